"""``run_benefit --occasion 春节 --eligible-on 2022-01-15 --per-head 1000``: a run with its frozen list (DESIGN.md).

It waits for the chair then, as one made in the admin. ``--settled`` records history instead: handed out in full.
"""

import json as json_format
from argparse import ArgumentTypeError
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from core import clock
from core.commands import actor_of
from core.errors import DomainError
from core.money import grouped
from members.models import Branch
from welfare.enums import Occasion, OutReason
from welfare.models import Benefit
from welfare.rules import is_other_festival, occasion_called
from welfare.services import drafting, freezing

BIRTHDAY = "birthday"


def _cut_off(text: str) -> date | None:
    """A day; ``birthday`` is None."""
    if text == BIRTHDAY:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(_("应为 YYYY-MM-DD 或 birthday")) from None


def _yuan(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ArgumentTypeError(_("应为金额，如 1000 或 99.50")) from None


class Command(BaseCommand):
    help = "按截止日定一次福利发放的名单；--settled 补登历史。"

    def add_arguments(self, parser: CommandParser) -> None:
        words = "、".join(str(label) for label in Occasion.labels)
        parser.add_argument("--occasion", help=f"事由：{words}")
        parser.add_argument("--eligible-on", type=_cut_off, required=True, metavar="YYYY-MM-DD|birthday")
        parser.add_argument("--per-head", type=_yuan, required=True, metavar="YUAN", help="每人标准（元）")
        parser.add_argument("--year", type=int, help="计入年度；生日福利必填")
        parser.add_argument("--month", type=int, choices=range(1, 13), metavar="1-12", help="只发这个月的生日")
        parser.add_argument("--name", default="", help="名称，默认按事由")
        parser.add_argument("--leave-out", action="store_true", help="超过标准的人不列入，其余照发")
        parser.add_argument("--settled", action="store_true", help="补登历史：已全部发放，不动预算")
        parser.add_argument("--actor", metavar="STAFF_NO", help="操作人工号；不填记为系统")
        parser.add_argument("--dry-run", action="store_true", help="只算名单，不写入")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args, **options) -> None:
        given = _given(options)
        actor = actor_of(options["actor"])
        at = clock.now()
        try:
            with transaction.atomic():
                if options["dry_run"]:
                    benefit = drafting.planned(**given, at=at)
                    benefit.leaves_out = options["leave_out"]
                    people, outs = self._try(benefit, at)
                else:
                    benefit = drafting.draft(**given, leaves_out=options["leave_out"], actor=actor, at=at)
                    act = freezing.record_afterwards if options["settled"] else freezing.freeze
                    benefit = act(benefit=benefit, actor=actor, at=at)
                    people, outs = _listed(benefit), _outs(benefit)
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        except PermissionDenied as refused:
            raise CommandError(_("该账号无权办理福利发放。")) from refused
        self._tell(benefit, people, outs, options)

    def _try(self, benefit: Benefit, at) -> tuple[dict[int, int], dict[str, int]]:
        judged, _ceilings = freezing.dry_run(benefit, at=at)
        freezing.refuse_judged(benefit, judged)
        benefit.notes = [finding.as_json() for finding in judged.findings]
        return judged.people, judged.outs

    def _tell(self, benefit: Benefit, people: dict[int, int], outs: dict[str, int], options: dict[str, Any]) -> None:
        count = sum(people.values())
        total = count * benefit.per_head
        names = Branch.objects.filter(pk__in=people).order_by("position", "pk").values_list("pk", "short_name")
        by_branch = {name: people[pk] for pk, name in names}
        if options["json"]:
            figures = {"people": count, "total": _number(total), "by_branch": by_branch}
            self.stdout.write(json_format.dumps(figures, ensure_ascii=False))
            return
        facts = {"run": benefit, "people": count, "total": grouped(total)}
        lines = [_("%(run)s：%(people)d 人，%(total)s 元。") % facts]
        lines += [f"  {name} {number}" for name, number in by_branch.items()]
        lines += [f"  {_('不享受')} {OutReason(reason).label} {number}" for reason, number in outs.items()]
        lines += [f"  {note['words']}" for note in benefit.notes]
        if options["dry_run"]:
            lines.append(_("这是试运行，没有写入。"))
        self.stdout.write("\n".join(lines))


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What ``draft`` takes. Raises ``CommandError``: 2 for wrong usage, 1 for what no run may be for."""
    called, eligible_on = options["occasion"], options["eligible_on"]
    occasion = occasion_called(called) if called else (Occasion.BIRTHDAY if eligible_on is None else None)
    if occasion is None:
        if called and is_other_festival(called):
            raise CommandError(_("“%(name)s”不是可以慰问的法定节日（总工办发〔2017〕32号）。") % {"name": called})
        words = "、".join(str(label) for label in Occasion.labels)
        raise CommandError(_("--occasion 应为：%(words)s") % {"words": words}, returncode=2)
    if (occasion == Occasion.BIRTHDAY) != (eligible_on is None):
        raise CommandError(_("生日福利用 --eligible-on birthday，其他事由用截止日。"), returncode=2)
    if eligible_on is None and options["year"] is None:
        raise CommandError(_("生日福利须写明 --year。"), returncode=2)
    if options["year"] is not None and not 2000 <= options["year"] <= 2099:
        raise CommandError(_("--year 应在 2000 至 2099 之间。"), returncode=2)
    if eligible_on is not None and options["month"] is not None:
        raise CommandError(_("--month 只用于生日福利。"), returncode=2)
    wanted = {name: options[name] for name in ("eligible_on", "per_head", "year", "month", "name")}
    return {"occasion": occasion, **wanted}


def _listed(benefit: Benefit) -> dict[int, int]:
    rows = benefit.entitlements.listed().order_by("branch").values_list("branch")
    return dict(rows.annotate(people=Count("pk")))


def _outs(benefit: Benefit) -> dict[str, int]:
    rows = benefit.entitlements.out().order_by("reason").values_list("reason")
    return dict(rows.annotate(people=Count("pk")))


def _number(total: Decimal) -> int | str:
    """Whole yuan as a number; with fen as text, which loses nothing."""
    return int(total) if total == int(total) else f"{total:.2f}"
