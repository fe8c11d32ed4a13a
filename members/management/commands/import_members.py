"""``import_members FILE [--dry-run] [--json]``: a roster as the office keeps it, with a verdict for every row."""

import json as json_format
from datetime import date
from pathlib import Path

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from core import clock
from core.commands import actor_of
from core.errors import DomainError
from members.services.roster import ImportReport, import_roster


class Command(BaseCommand):
    help = "导入会员花名册（xlsx 或 csv），逐行给出结论。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--as-of", type=date.fromisoformat, metavar="YYYY-MM-DD", help="分工会调整的生效日，默认今天"
        )
        parser.add_argument("--actor", metavar="STAFF_NO", help="操作人工号；不填记为系统")
        parser.add_argument("--dry-run", action="store_true", help="只给结论，不写入")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args, file: Path, as_of: date | None, actor: str | None, **options) -> None:
        if not file.is_file():
            raise CommandError(_("没有这个文件：%(file)s") % {"file": file}, returncode=2)
        person = actor_of(actor)
        try:
            report = import_roster(path=file, actor=person, at=clock.now(), as_of=as_of, dry_run=options["dry_run"])
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        except PermissionDenied as refused:
            raise CommandError(_("该账号无权导入花名册。")) from refused
        if options["json"]:
            self.stdout.write(json_format.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(_summary(report, dry_run=options["dry_run"]))


def _summary(report: ImportReport, *, dry_run: bool) -> str:
    """The verdicts in words, rows first, figures last."""
    lines = [_("工作表“%(name)s”是隐藏的，未导入。") % {"name": name} for name in report.skipped_sheets]
    for word, findings in ((_("未导入"), report.rejected), (_("请核对"), report.warned)):
        for place, code, about in findings:
            facts = {"word": word, "sheet": place.sheet, "row": place.row, "staff_no": place.staff_no}
            lines.append(
                _("%(word)s：%(sheet)s 第 %(row)d 行，工号 %(staff_no)s，") % facts
                + f"{code.label}（{code}）{'：' if about else ''}{about}"
            )
    figures = {
        "accepted": report.accepted,
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "rejected": len(report.rejected),
    }
    lines.append(
        _("接受 %(accepted)d 人：新增 %(created)d，更新 %(changed)d，未变 %(unchanged)d；未导入 %(rejected)d 行。")
        % figures
    )
    if dry_run:
        lines.append(_("这是试运行，没有写入。"))
    return "\n".join(lines)
