"""What the roll can be narrowed by: in the admin's list, the branch's workbench, segments and exports alike.

A filter has a name in the address, known values and the condition that a value stands for. A value that is not known
stands for nobody: what a wrong address finds is never more people than were meant.

Another room's filter is one more ``RollFilter`` in ``FILTERS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core import policies
from core.calendar.years import years_before
from core.models import User
from members import selectors
from members.enums import BodyKind, EndReason, JoinReason, Sex
from members.models import Branch, KeptMembership, Membership, MembershipAct, Post
from members.querysets.roll import MemberQuerySet
from members.rules import retirement, wording
from members.selectors.life import KEYS

Choices = list[tuple[str, Any]]
FIRST_YEAR, LAST_YEAR = 1900, 2200
# Values of ``state`` that find people who are on the roll no more: a branch then means one they were ever in.
GONE = {"ended", "kept", *(reason for reason in EndReason.values if reason != EndReason.BRANCH_CHANGE)}


@dataclass
class Asked:
    """Who asks, on which day, and everything that he asked for; what filters need beside is read once."""

    user: User | None  # None: only to say in words what was asked for
    on: date
    given: Mapping[str, str]

    @cached_property
    def branches(self) -> list[Branch]:
        return list(Branch.objects.visible_to(self.user) if self.user else Branch.objects.all())

    def below(self, branch: int) -> set[int]:
        """The branch and what is under it, as far as it is visible."""
        found, level = set[int](), {branch} & {known.pk for known in self.branches}
        while level:
            found |= level
            level = {known.pk for known in self.branches if known.parent_id in level} - found
        return found


@dataclass(frozen=True)
class RollFilter:
    """One filter. ``accepts`` says which values count where there are more than ``choices`` offers."""

    name: str
    title: Any
    choices: Callable[[Asked], Choices]
    narrow: Callable[[MemberQuerySet, str, Asked], MemberQuerySet]
    accepts: Callable[[str], bool] | None = None

    def knows(self, value: str, asked: Asked) -> bool:
        if self.accepts:
            return self.accepts(value)
        return value in {str(known) for known, _label in self.choices(asked)}

    def applied(self, people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
        return self.narrow(people, value, asked) if self.knows(value, asked) else people.none()

    def label(self, value: str, asked: Asked) -> str:
        """The value as people read it; as it is where there is no such value."""
        return str(next((label for known, label in self.choices(asked) if str(known) == value), value))


def _fixed(choices: Choices) -> Callable[[Asked], Choices]:
    @cache
    def in_words() -> Choices:  # Chinese is the one language of the pages
        return [(value, str(words)) for value, words in choices]

    return lambda asked: in_words()


def _years(first: int, last: int) -> Callable[[Asked], Choices]:
    """Years around the asked day's, the latest first."""

    def choices(asked: Asked) -> Choices:
        return [(str(year), str(year)) for year in range(asked.on.year + last, asked.on.year + first - 1, -1)]

    return choices


def _is_year(value: str) -> bool:
    return len(value) == 4 and value.isascii() and value.isdigit() and FIRST_YEAR <= int(value) <= LAST_YEAR


def _branches(asked: Asked) -> Choices:
    return [(str(branch.pk), branch.short_name) for branch in asked.branches]


def _in_branch(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    periods = Membership.objects.filter(member=OuterRef("pk"), branch__in=asked.below(int(value)))
    if asked.given.get("state") not in GONE:
        periods = periods.on(asked.on)
    return people.filter(Exists(periods))


def _in_state(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    mine = Membership.objects.filter(member=OuterRef("pk"))
    today = Exists(mine.on(asked.on))
    if value == "on":
        return people.filter(today)
    people = people.filter(~today)
    if value == "ended":
        return people
    if value == "kept":
        return people.filter(Exists(KeptMembership.objects.filter(member=OuterRef("pk")).on(asked.on)))
    later = Membership.objects.filter(
        member=OuterRef("member"), from_on__lte=asked.on, from_on__gte=OuterRef("until_on")
    )
    ended = mine.filter(~Exists(later), until_on__lte=asked.on, reason_out=value)
    acts = MembershipAct.objects.standing().filter(member=OuterRef("pk"), kind=value, on__lt=asked.on)
    kept_before = acts.newest().filter(effect__has_key="kept_ended")  # who retired, and died years later
    return people.filter(Exists(ended) | Exists(kept_before))


def _joined_in(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    """The year in which a stay began; a change of branch begins none."""
    year = int(value)
    joined = Membership.objects.filter(
        member=OuterRef("pk"), from_on__gte=date(year, 1, 1), from_on__lt=date(year + 1, 1, 1)
    )
    return people.filter(Exists(joined.exclude(reason_in=JoinReason.BRANCH_CHANGE)))


def _left_in(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    """The year of the last day on the roll, which is the day before ``until_on``."""
    year = int(value)
    left = Membership.objects.filter(
        member=OuterRef("pk"), until_on__gt=date(year, 1, 1), until_on__lte=date(year + 1, 1, 1)
    )
    return people.filter(Exists(left.exclude(reason_out=EndReason.BRANCH_CHANGE)))


def _holding(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    """Who holds a post on the asked day: in any body, or in one of that kind."""
    posts = Post.objects.on(asked.on).filter(member=OuterRef("pk"))
    return people.filter(Exists(posts if value == "any" else posts.filter(body__kind=value)))


AGES = {"u30": (None, 30), "30": (30, 40), "40": (40, 50), "50": (50, 60), "60": (60, None)}


def _aged(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    if value == "none":
        return people.filter(birth_on__isnull=True)
    least, under = AGES[value]
    born = Q(birth_on__isnull=False)
    if least is not None:
        born &= Q(birth_on__lte=years_before(asked.on, least))
    if under is not None:
        born &= Q(birth_on__gt=years_before(asked.on, under))
    return people.filter(born)


def _retiring_in(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
    """Whose statutory retirement day, by the rules of the asked day, falls into the year."""
    due = Q(pk__in=[])
    for kind, key in KEYS.items():
        if rule := policies.rule_at(key, on=asked.on):
            first, behind = retirement.born_to_retire_in(int(value), retirement.Ages(*rule.value))
            due |= Q(birth_on__gte=first, birth_on__lt=behind) & _WHOSE[kind]
    return people.filter(due)


MONTHS = {
    **{"1": _("1 月"), "2": _("2 月"), "3": _("3 月"), "4": _("4 月"), "5": _("5 月"), "6": _("6 月")},
    **{"7": _("7 月"), "8": _("8 月"), "9": _("9 月"), "10": _("10 月"), "11": _("11 月"), "12": _("12 月")},
}
_SENIOR_WOMAN = Q(sex=Sex.FEMALE, staff_category="senior")
_WHOSE = {
    "male": Q(sex=Sex.MALE) | _SENIOR_WOMAN,
    "worker": Q(sex=Sex.FEMALE, staff_category="worker"),
    "cadre": Q(sex=Sex.FEMALE, staff_category__in=["", "cadre"]),
}


def _worded(column: selectors.Worded, class_of: Callable[[str], str]):
    """People whose free text in ``column`` is of the class: the few wordings in use are read, then asked for."""

    def narrow(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
        wordings = [text for text in selectors.wordings_of(column) if class_of(text) == value]
        return people.filter(**{f"{column}__in": wordings})

    return narrow


def _given(column: str) -> Callable[[MemberQuerySet, str, Asked], MemberQuerySet]:
    """Whether there is anything in ``column``."""

    def narrow(people: MemberQuerySet, value: str, asked: Asked) -> MemberQuerySet:
        return people.exclude(**{column: ""}) if value == "yes" else people.filter(**{column: ""})

    return narrow


_ENDED = [(reason.value, reason.label) for reason in EndReason if reason not in (EndReason.BRANCH_CHANGE, "kept")]
STATE = RollFilter(
    "state",
    _("会籍"),
    _fixed([("on", _("在会")), ("kept", _("保留会籍")), ("ended", _("不在会")), *_ENDED]),
    _in_state,
)
SEX = RollFilter("sex", _("性别"), _fixed(list(Sex.choices)), lambda people, value, asked: people.filter(sex=value))
BORN = RollFilter(
    "born",
    _("生日月份"),
    _fixed(list(MONTHS.items())),
    lambda people, value, asked: people.filter(birth_on__month=int(value)),
)
FILTERS: tuple[RollFilter, ...] = (
    RollFilter("branch", _("分工会"), _branches, _in_branch),
    STATE,
    SEX,
    RollFilter("joined", _("入会年份"), _years(-44, 0), _joined_in, _is_year),
    RollFilter("left", _("离会年份"), _years(-5, 0), _left_in, _is_year),
    RollFilter(
        "age",
        _("年龄"),
        _fixed(
            [
                ("u30", _("30 岁以下")),
                ("30", _("30–39 岁")),
                ("40", _("40–49 岁")),
                ("50", _("50–59 岁")),
                ("60", _("60 岁及以上")),
                ("none", _("出生日期未登记")),
            ]
        ),
        _aged,
    ),
    BORN,
    RollFilter("retires", _("到龄退休年份"), _years(-1, 10), _retiring_in, _is_year),
    RollFilter(
        "rank",
        _("职称等级"),
        _fixed(
            [
                *(("full", _("正高")), ("vice", _("副高")), ("middle", _("中级")), ("entry", _("初级"))),
                *(("other", _("其他")), ("none", _("未登记"))),
            ]
        ),
        _worded("title", wording.rank_of),
    ),
    RollFilter(
        "education",
        _("学历"),
        _fixed(
            [
                *(("doctor", _("博士")), ("master", _("硕士")), ("bachelor", _("本科")), ("college", _("大专"))),
                *(("other", _("其他")), ("none", _("未登记"))),
            ]
        ),
        _worded("education", wording.education_of),
    ),
    RollFilter(
        "politics",
        _("政治面貌"),
        _fixed(
            [
                *(("party", _("中共党员（含预备）")), ("league", _("共青团员")), ("democratic", _("民主党派"))),
                *(("none_party", _("群众、无党派")), ("other", _("其他")), ("none", _("未登记"))),
            ]
        ),
        _worded("political_status", wording.politics_of),
    ),
    RollFilter("post", _("任职"), _fixed([("any", _("有任职")), *BodyKind.choices]), _holding),
    RollFilter("has_phone", _("手机"), _fixed([("yes", _("有手机")), ("no", _("没有手机"))]), _given("phone")),
    RollFilter("has_email", _("邮箱"), _fixed([("yes", _("有邮箱")), ("no", _("没有邮箱"))]), _given("email")),
)
IN_BRANCH = (SEX, BORN)  # of the branch officer's workbench
