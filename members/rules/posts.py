"""Who may sit where, and for how long."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from members.enums import POSITIONS, BodyKind


class PostRefusal(StrEnum):
    NO_TERM = "post_no_term"
    WRONG_BRANCH = "post_wrong_branch"
    BODY_TAKEN = "post_body_taken"
    WRONG_POSITION = "post_wrong_position"
    OUTSIDE_BODY = "post_outside_body"
    NOT_ON_ROLL = "post_not_on_roll"
    NOT_IN_BRANCH = "post_not_in_branch"
    OWN_POST = "post_own"
    TAKEN = "post_taken"
    AUDIT_APART = "post_audit_apart"
    WOMEN_ONLY = "post_women_only"
    ENDED = "post_ended"
    BEFORE_IT_BEGAN = "post_before_it_began"
    POSTS_OPEN = "post_posts_open"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    PostRefusal.NO_TERM: _("委员会每届任期为三年或五年；其他机构不设任期。"),
    PostRefusal.WRONG_BRANCH: _("分工会委员会和工会小组须注明分工会或小组，其他机构不填。"),
    PostRefusal.BODY_TAKEN: _("同一期间已有这个机构；请先结束上一届。"),
    PostRefusal.WRONG_POSITION: _("这个机构没有这个职务。"),
    PostRefusal.OUTSIDE_BODY: _("任职日期不在该机构存续期间内。"),
    PostRefusal.NOT_ON_ROLL: _("任职当日不是在会会员。"),
    PostRefusal.NOT_IN_BRANCH: _("任职当日不在这个分工会。"),
    PostRefusal.OWN_POST: _("不能登记自己的任职，请由其他干事办理。"),
    PostRefusal.TAKEN: _("该会员已在这个机构任职，或该机构同期已有主席、主任或组长。"),
    PostRefusal.AUDIT_APART: _("工会委员会委员与经费审查委员会委员不能互相兼任。"),
    PostRefusal.WOMEN_ONLY: _("女职工委员会委员由女会员担任。"),
    PostRefusal.ENDED: _("已经结束。"),
    PostRefusal.BEFORE_IT_BEGAN: _("结束日期早于开始日期。"),
    PostRefusal.POSTS_OPEN: _("该机构在此之后还有任职，请核对日期。"),
}


class Note(StrEnum):
    """Against a rule that warns; kept with the post."""

    AUDIT_APART = "audit_apart"
    WOMEN_ONLY = "women_only"
    KIN_NOT_CHECKED = "kin_not_checked"
    TOO_MANY_SEATS = "too_many_seats"

    @property
    def label(self) -> str:
        return str(_NOTES[self])


_NOTES = {
    Note.AUDIT_APART: _("兼任工会委员会和经费审查委员会委员"),
    Note.WOMEN_ONLY: _("女职工委员会委员不是女会员"),
    Note.KIN_NOT_CHECKED: _("未核对单位主要负责人近亲属回避（工会法第十条）"),
    Note.TOO_MANY_SEATS: _("委员人数超过会员人数对应的名额"),
}


def term_end(from_on: date, years: int) -> date:
    """The first day after a term of whole years; one begun on 29 February ends on 1 March."""
    try:
        return from_on.replace(year=from_on.year + years)
    except ValueError:
        return date(from_on.year + years, 3, 1)


def refuse_position(*, kind: str, position: str) -> PostRefusal | None:
    """Each body has its positions; a group has a leader and no chair."""
    return None if position in POSITIONS[kind] else PostRefusal.WRONG_POSITION


def mixes_audit(*, kind: str, others: Collection[str]) -> bool:
    """经审: who spends and who reviews the spending are different people (REGULATIONS.md 2; mark M)."""
    pair = {BodyKind.COMMITTEE, BodyKind.AUDIT}
    return kind in pair and bool((pair - {BodyKind(kind)}) & set(others))


@dataclass(frozen=True)
class Seats:
    least: int
    most: int


def seats_for(members: int, bands: Mapping[str, str]) -> Seats | None:
    """Committee seats by members (工会基层组织选举工作条例; mark M). ``bands``: highest head count -> ``15-21``."""
    fitting = sorted((int(top), span) for top, span in bands.items() if members <= int(top))
    if not fitting:
        return None
    least, _dash, most = fitting[0][1].partition("-")
    return Seats(int(least), int(most))
