"""Keep the reminder rules."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import DomainError
from core.models import User
from core.reminders import source_of
from notices import rules, segments
from notices.enums import RuleRefusal
from notices.models import ReminderRule

# Judged together by rules.refuse_rule; what a reminder is about and for whom stays once it was used.
GOVERNED = (
    *("kind", "occasion", "fixed_on", "source", "repeat", "every_days", "audience", "roles", "channels"),
    *("offset_days", "skip_after_days", "subject", "body"),
)
IDENTITY = ("code", "kind", "occasion", "source", "repeat", "audience")
LINKED = ("branches", "robots")
FIELDS = ("code", "name", *GOVERNED, "segment", "timing", "until_on", "is_active", "service_critical")


class CannotKeepRule(DomainError):
    """The rule cannot be saved so."""


def _message_of(refusal: RuleRefusal) -> str:
    names = "、".join(f"{{{name}}}" for name in rules.PLACEHOLDERS)
    return {
        RuleRefusal.UNKNOWN_PLACEHOLDER: _("文字里只能使用这些占位符：%(names)s。") % {"names": names},
        RuleRefusal.STRAY_BRACE: _("花括号只能用于占位符：%(names)s。") % {"names": names},
        RuleRefusal.EMPTY_TEXT: _("标题和正文都要填写。"),
        RuleRefusal.LINE_BREAK_IN_SUBJECT: _("标题只能是一行，不能有连续空格。"),
        RuleRefusal.NO_CHANNEL: _("至少选择一个渠道。"),
        RuleRefusal.OFFSET_OUT_OF_RANGE: _("天数须在 0 到 60 之间。"),
        RuleRefusal.BIRTHDAY_IS_FOR_MEMBERS: _("生日提醒只发给会员本人，不选节日。"),
        RuleRefusal.FESTIVAL_UNKNOWN: _("请选择节日。"),
        RuleRefusal.DATE_UNKNOWN: _("指定日期规则须填日期，其他规则不填。"),
        RuleRefusal.SOURCE_UNKNOWN: _("待办事项规则须选事项，其他规则不选。"),
        RuleRefusal.REPEAT_DOES_NOT_FIT: _(
            "生日和节日每年一次；待办事项只能一次或每隔若干天；每隔若干天时须填间隔，其他重复方式不填。"
        ),
        RuleRefusal.AUDIENCE_INCOMPLETE: _(
            "指定分工会时须选分工会，常用名单时须选名单，指定岗位时须选岗位，其他对象都不选。"
        ),
        RuleRefusal.SEGMENT_UNFIT: _("只能选用供全体干事使用、建立人能查看全体会员的常用名单。"),
        RuleRefusal.ROBOTS_ARE_FOR_STAFF_RULES: _("群机器人只用于发给工会干部或岗位的规则：会员个人的事不进群。"),
        RuleRefusal.IN_USE: _("已经发过提醒的规则不能改代码、类型、节日和对象：请停用它，另建一条。"),
    }[refusal]


@transaction.atomic
def keep_rule(*, actor: User, rule: ReminderRule | None, values: dict[str, Any], at: datetime) -> ReminderRule:
    """Add a rule (None) or change one; ``values`` maps names of ``FIELDS`` and ``LINKED``. Raises ``CannotKeepRule``.

    A rule that is switched on begins that day: what fell due while it was off is not made up for.
    """
    if not actor.has_perm("notices.change_reminderrule" if rule else "notices.add_reminderrule"):
        raise PermissionDenied
    fit = segments.hold(values.get("segment", rule.segment if rule else None))
    kept = ReminderRule.objects.select_for_update().get(pk=rule.pk) if rule else ReminderRule()
    changed = [name for name in FIELDS if name in values and (rule is None or getattr(kept, name) != values[name])]
    links = {name: sorted(row.pk for row in values[name]) for name in LINKED if name in values}
    linked = [name for name, pks in links.items() if pks != _linked(kept, name)]
    if not changed and not linked:
        return kept
    if rule is not None and set(changed) & set(IDENTITY) and kept.reminders.exists():
        raise CannotKeepRule(RuleRefusal.IN_USE, _message_of(RuleRefusal.IN_USE))
    was_active = kept.is_active
    for name in changed:
        setattr(kept, name, values[name])
    refusal = rules.refuse_rule(_facts(kept, {name: _linked(kept, name) for name in LINKED} | links))
    if refusal is None and kept.is_active and kept.segment_id and (fit is None or fit.pk != kept.segment_id):
        refusal = RuleRefusal.SEGMENT_UNFIT
    if refusal:
        raise CannotKeepRule(refusal, _message_of(refusal))
    if kept.is_active and not was_active:
        kept.started_on = kept.covered_until_on = None
    kept.save(update_fields=[*changed, "started_on", "covered_until_on"] if rule else None)
    for name in linked:
        getattr(kept, name).set(links[name])
    verb = "changed" if rule else "created"
    audit.record(
        actor=actor,
        action=f"notices.reminderrule.{verb}",
        target=kept,
        data={"code": kept.code, "fields": [*changed, *linked]},
        at=at,
    )
    return kept


def _linked(rule: ReminderRule, name: str) -> list[int]:
    return sorted(getattr(rule, name).values_list("pk", flat=True)) if rule.pk else []


def _facts(rule: ReminderRule, links: dict[str, list[int]]) -> rules.RuleFacts:
    return rules.RuleFacts(
        **{name: getattr(rule, name) for name in GOVERNED},
        source_known=not rule.source or source_of(rule.source) is not None,
        has_branches=bool(links["branches"]),
        has_robots=bool(links["robots"]),
        has_segment=rule.segment_id is not None,
    )
