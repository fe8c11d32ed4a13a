"""A kept selection as the people of a rule: in the union's name, or nobody and why (members/segments.py)."""

from datetime import date

from django.utils.translation import gettext as _

from members import segments
from members.models import Segment
from notices.enums import Audience
from notices.models import ReminderRule


def people_of(rule: ReminderRule, *, on: date) -> list[int]:
    """Ids of the members whom the rule's selection finds on that day with its owner's eyes; judged at each run."""
    if rule.segment is None or why_nobody(rule, on=on):
        return []
    return list(segments.people_of(rule.segment, user=rule.segment.owner, on=on).values_list("pk", flat=True))


def why_nobody(rule: ReminderRule, *, on: date) -> str:
    """Why a rule for a selection means nobody today, in words; "" for every rule that can be carried out."""
    if rule.audience != Audience.SEGMENT:
        return ""
    if rule.segment is None:
        return _("没有选择常用名单。")
    return segments.why_not_union_wide(rule.segment, on=on)


def hold(segment: Segment | None) -> Segment | None:
    """The selection, locked, where a rule may use it; before the rule: who deletes it locks in the same order."""
    if segment is None:
        return None
    return Segment.objects.union_wide().select_for_update(of=("self",)).filter(pk=segment.pk).first()


@segments.tells_uses
def _rules_on(segment: Segment) -> list[str]:
    names = ReminderRule.objects.filter(is_active=True, segment=segment).values_list("name", flat=True)
    return [_("提醒规则“%(name)s”") % {"name": name} for name in names]
