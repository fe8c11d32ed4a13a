"""Reads about changes of membership: who is due to retire, who was admitted or said farewell to, what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from core import policies
from core.models import PolicyRule, User
from members.enums import ActKind, EndReason, JoinReason, Sex
from members.models import JoinApplication, KeptMembership, Member, Membership, MembershipAct
from members.rules import retirement as rules

DAYS_AHEAD = 92  # that the list of retirements looks ahead when nobody says
KEYS = {kind: f"members.retirement.{kind}" for kind in ("male", "cadre", "worker")}


@dataclass(frozen=True)
class Due:
    """Somebody on the roll and the day he reaches the age. ``is_assumed``: a woman without a recorded category."""

    member: Member
    branch_id: int
    branch: str
    retires_on: date
    rule: PolicyRule
    is_assumed: bool = False


def retirement_due(*, until: date, on: date | None = None) -> list[Due]:
    """Who is on the roll of ``on`` (``until`` itself where not given) and retires by age up to ``until``, in order.

    By the policy rows of that day; nobody without a birth date or sex (see ``retirement_unknown``).
    """
    day = on or until
    rows = {kind: row for kind, key in KEYS.items() if (row := policies.rule_at(key, on=day))}
    ages = {kind: rules.Ages(*row.value) for kind, row in rows.items()}
    found = []
    for member in _old_enough(day, until).iterator(chunk_size=2000):
        kind = rules.kind_of(sex=member.sex, category=member.staff_category)
        if kind not in ages or member.birth_on is None:
            continue
        day_due = rules.retires_on(birth_on=member.birth_on, ages=ages[kind])
        if day_due <= until:
            (period,) = member.periods  # type: ignore[attr-defined]
            assumed = member.sex == Sex.FEMALE and not member.staff_category
            found.append(Due(member, period.branch_id, period.branch.short_name, day_due, rows[kind], assumed))
    return sorted(found, key=lambda due: (due.retires_on, due.member.pinyin, due.member.pk))


def retirement_unknown(*, on: date) -> int:
    """How many on the roll cannot be judged, their birth date or sex being unknown."""
    return Member.objects.on_roll(on).filter(Q(birth_on__isnull=True) | Q(sex="")).count()


def _old_enough(day: date, until: date) -> QuerySet[Member]:
    """On the roll, and born early enough for the youngest age of all."""
    youngest = date(until.year - rules.YOUNGEST, until.month, 1) + timedelta(days=31)
    periods = Membership.objects.on(day).select_related("branch")
    needed = ("name", "pinyin", "staff_no", "sex", "birth_on", "staff_category")
    rows = Member.objects.on_roll(day).filter(birth_on__lte=youngest).exclude(sex="").only(*needed)
    return rows.prefetch_related(Prefetch("memberships", periods, to_attr="periods"))


def applications_waiting_for(user: User) -> QuerySet[JoinApplication]:
    """Applications whose next step is this user's, the oldest first."""
    found = JoinApplication.objects.waiting_for(user).select_related("branch", "applicant")
    return found.order_by("submitted_at", "pk")


def kept_on(day: date) -> QuerySet[KeptMembership]:
    """Kept memberships of the day; who is on the roll is not kept, whatever an older row says."""
    on_roll = Membership.objects.on(day).values("member")
    return KeptMembership.objects.on(day).exclude(member__in=on_roll).select_related("member")


def end_of_keeping(member: Member) -> MembershipAct | None:
    """What ended the membership that was kept last: leaving, death; None while it is kept, or was never kept."""
    acts = MembershipAct.objects.standing().filter(member=member).newest()
    return acts.filter(effect__has_key="kept_ended").exclude(kind=ActKind.RESUMED).first()


def deaths_of(members: Iterable[int]) -> dict[int, date]:
    """Day of death of those whose newest act tells it, whether they were on the roll or kept; one query."""
    return dict(deaths().filter(member__in=members).values_list("member", "on"))


def deaths() -> QuerySet[MembershipAct]:
    """Acts of death that nothing followed and nobody corrected: one for whoever died here."""
    return MembershipAct.objects.standing().newest().filter(kind=ActKind.DIED)


def died(account: Any) -> Q:
    """Whether the person of an account has died, by his acts or by how his last period ended.

    ``account``: a user, or ``OuterRef("pk")`` of one.
    """
    later = Membership.objects.filter(member=OuterRef("member"), from_on__gt=OuterRef("from_on"))
    ended = Membership.objects.filter(~Exists(later), member__user=account, reason_out=EndReason.DIED)
    return Q(Exists(ended)) | Q(Exists(deaths().filter(member__user=account)))


def newcomers(*, from_on: date, until_on: date) -> QuerySet[Membership]:
    """入会仪式: whose stay began on ``[from_on, until_on)`` by joining or transfer in."""
    joined = Membership.objects.filter(reason_in__in=[JoinReason.JOINED, JoinReason.TRANSFERRED_IN])
    found = joined.filter(from_on__gte=from_on, from_on__lt=until_on)
    return found.select_related("member", "branch").order_by("branch__position", "branch", "member__pinyin")


def farewells(*, from_on: date, until_on: date) -> QuerySet[Membership]:
    """荣退: who retired with the last day on the roll in ``[from_on, until_on)``."""
    retired = Membership.objects.filter(reason_out=EndReason.RETIRED)
    found = retired.filter(until_on__gt=from_on, until_on__lte=until_on)
    return found.select_related("member", "branch").order_by("branch__position", "branch", "member__pinyin")
