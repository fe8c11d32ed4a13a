"""Two records beside each other, as a clerk compares them: class C2 and C3 masked."""

from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.masks import mask_kept4, mask_phone
from members import merging
from members.feed_codes import Likeness
from members.models import DuplicatePair, Member, MemberSecret, Post
from members.services import merging_terms

_SHOWN = (
    "staff_no",
    "name",
    "sex",
    "birth_on",
    "department_name",
    "title",
    "education",
    "hired_on",
    "email",
    "card_no",
)


def reasons_of(pair: DuplicatePair) -> str:
    return "；".join(str(Likeness(one).label) for one in pair.reasons if one in Likeness.values)


def table_of(first: Member, second: Member) -> list[dict[str, Any]]:
    """Rows of (label, one, other, whether they differ); what neither has is left out."""
    mine, theirs = _facts(first), _facts(second)
    return [
        {"label": label, "one": mine[label], "other": theirs[label], "differs": mine[label] != theirs[label]}
        for label in mine
        if mine[label] or theirs[label]
    ]


def days_overlap(first: Member, second: Member) -> bool:
    """Whether both were on the roll on one day; then the clerk says whose membership stands."""
    mine, theirs = list(first.memberships.all()), list(second.memberships.all())
    return any(merging_terms.share_a_day(one, other) for one in mine for other in theirs)


def posts_of(first: Member, second: Member) -> list[dict[str, str]]:
    """Posts in one body that both records have on the same days, and what a merge makes of them."""
    return [
        {"body": str(one.body), "one": _term(one), "other": _term(other), "becomes": _becomes(one, other)}
        for one, other in merging_terms.clashing_posts(first, second)
    ]


def _becomes(one: Post, other: Post) -> str:
    if days := merging_terms.joined(one, other):
        return _("合为一段：%(days)s") % {"days": _days(*days)}
    return _("以保留的档案为准，另一条撤下")


def _term(post: Post) -> str:
    return f"{post.get_position_display()} {_days(post.from_on, post.until_on)}"


def _days(from_on: date, until_on: date | None) -> str:
    if until_on is None:
        return _("%(day)s 起") % {"day": f"{from_on:%Y-%m-%d}"}
    last = until_on - timedelta(days=1)
    return _("%(first)s 至 %(last)s") % {"first": f"{from_on:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}"}


def _facts(member: Member) -> dict[str, str]:
    told = {
        str(Member._meta.get_field(name).verbose_name): _text(member, name)  # type: ignore[union-attr]
        for name in _SHOWN
    }
    ends = MemberSecret.objects.filter(member=member).values_list("id_number_last4", "bank_card_last4").first()
    id_number, card = ends or ("", "")
    told[_("手机号码")] = mask_phone(member.phone)
    told[_("身份证号")], told[_("银行卡号")] = mask_kept4(id_number), mask_kept4(card)
    told[_("登录账号")] = member.user.username if member.user else ""
    periods = member.memberships.select_related("branch").order_by("from_on")
    told[_("会籍")] = "；".join(f"{one.branch} {_days(one.from_on, one.until_on)}" for one in periods)
    return told | {label: _("%(count)s 条") % {"count": count} if count else "" for label, count in _records(member)}


def _records(member: Member) -> list[tuple[str, int]]:
    """(what, how many) of the rows that a merge would move."""
    found: dict[str, int] = {}
    for relation in merging.relations():
        if relation.way in (merging.Way.MOVES, merging.Way.WHERE_FREE, merging.Way.TERMS):
            label = _("已并入的档案") if relation.model is Member else str(relation.model._meta.verbose_name)
            rows = relation.model._base_manager.filter(**{relation.column: member})
            found[label] = found.get(label, 0) + rows.count()
    return list(found.items())


def _text(member: Member, name: str) -> str:
    if name == "sex":
        return str(member.get_sex_display())
    value = getattr(member, name)
    return "" if value is None else str(value)
