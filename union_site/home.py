"""What the portal's first page tells: who I am here, what waits, and what the next seven days bring."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import timezone

from core import clock
from core.calendar.festivals import Festival, FestivalKind, festivals_of
from core.models import RoleGrant, User
from members import dossier
from members.models import Branch, Member
from members.querysets.roll import MemberQuerySet
from members.rules.birthdays import birthday_in
from members.standing import Standing, standing_on

WEEK = 7  # days, today included


@dataclass(frozen=True)
class Birthday:
    """A birthday within the week; ``branch`` is where the member is on the roll."""

    member: Member
    on: date
    branch: str = ""


@dataclass(frozen=True)
class Home:
    today: date
    hour: int
    member: Member | None = None
    standing: Standing = field(default_factory=Standing)
    birthday: Birthday | None = None
    festivals: list[Festival] = field(default_factory=list)
    next_festival: Festival | None = None
    branches: list[Branch] = field(default_factory=list)
    people: int = 0  # on the roll of these branches today
    birthdays: list[Birthday] = field(default_factory=list)


def home_of(user: User, *, at: datetime) -> Home:
    """Everything that the first page shows to this user at this time."""
    today = clock.local_date(at)
    week = [today + timedelta(days=n) for n in range(WEEK)]
    member = dossier.file_of(user)
    branches = list(Branch.objects.filter(pk__in=user.branch_ids)) if user.branch_ids else []
    coming = _festivals_from(today)
    return Home(
        today=today,
        hour=timezone.localtime(at).hour,
        member=member,
        standing=standing_on(today, member.periods) if member else Standing(),
        birthday=_birthday_of(member, week) if member else None,
        festivals=[festival for festival in coming if festival.on <= week[-1]],
        next_festival=coming[0],
        branches=branches,
        people=_people_of(user, today).count() if branches else 0,
        birthdays=_birthdays_in(user, week) if branches else [],
    )


def offices_of(user: User) -> list[RoleGrant]:
    """The user's offices in force today, with their scope."""
    grants = RoleGrant.objects.filter(pk__in=[grant.pk for grant in user.grants])
    return list(grants.select_related("branch", "department", "stands_in_for"))


def _birthday_of(member: Member, week: list[date]) -> Birthday | None:
    """His birthday of this week, by the calendar of his choice."""
    kept = {
        birthday_in(
            year,
            calendar=member.birthday_calendar,
            birth_on=member.birth_on,
            month=member.lunar_month,
            day=member.lunar_day,
            leap=member.lunar_leap,
        )
        for year in {day.year for day in week}
    }
    return next((Birthday(member, day) for day in week if day in kept), None)


def _people_of(user: User, on: date) -> MemberQuerySet:
    return Member.objects.visible_to(user).in_branches(user.branch_ids, on=on)


def _birthdays_in(user: User, week: list[date]) -> list[Birthday]:
    """Birthdays of the officer's branches, in the order of the days."""
    found = (
        _people_of(user, week[0])
        .born_on_days({pair for day in week for pair in _births_kept_on(day)})
        .annotate(branch_name=F("memberships__branch__short_name"))
        .order_by("pinyin", "pk")
    )
    kept = [
        Birthday(member, own.on, member.branch_name)
        for member in found
        if (own := _birthday_of(member, week)) is not None
    ]
    return sorted(kept, key=lambda birthday: birthday.on)


def _births_kept_on(day: date) -> set[tuple[int, int]]:
    """(month, day) of the births whose birthday may be kept on ``day``: the 28th of February serves the 29th too."""
    return {(2, 28), (2, 29)} if (day.month, day.day) == (2, 28) else {(day.month, day.day)}


def _festivals_from(today: date) -> list[Festival]:
    """Statutory festivals from today on, the nearest first, at least one."""
    coming = [*festivals_of(today.year), *festivals_of(today.year + 1)]
    return [festival for festival in coming if festival.on >= today and festival.kind is FestivalKind.STATUTORY]
