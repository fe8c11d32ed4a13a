"""The admin's first page: what the union looks like today, what is coming, what waits for whom."""

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any, cast

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from core.calendar.festivals import GIFT_FESTIVALS, festival_on
from core.calendar.workdays import is_provisional, library_overrides, status_of
from core.clock import local_date
from core.files import scanning
from core.models import Alert, CalendarDay, OutboxMessage
from core.requests import SignedInRequest
from core.services import watching
from members import selectors
from notices.enums import DeliveryState
from notices.models import Delivery, ReminderRule

BIRTHDAYS_SHOWN = 12
DAYS_AHEAD = 7
WATCH_LATE = timedelta(minutes=5)  # it looks every minute (TRUST.md Q5)


@dataclass(frozen=True)
class Figure:
    """One number with the address of the rows behind it; ``lead`` is the page's first number."""

    label: str
    value: int
    url: str = ""
    lead: bool = False


def context(request: SignedInRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the page shows to this user: each part only with the right to see its rows."""
    user, today = request.user, local_date(request.at)
    parts: dict[str, Any] = {
        "title": _("总览"),
        "today": today,
        "scanner_silent": scanning.is_silent(),
        "setup_notice": os.environ.get("SETUP_NOTICE", "").strip(),
        "figures": [],
        "festival": next_festival(today),
        "workday": workday_note(today),
    }
    if user.has_perm("members.view_member"):
        counts = selectors.head_counts(today)
        parts |= {"figures": member_figures(today, sum(counts.values())), "birthdays": birthdays(today)}
        parts["branches"] = shares(counts)
    if user.has_perm("notices.view_reminder"):
        parts |= {"deliveries": deliveries(today), "idle_rules": ReminderRule.objects.idle().count()}
    if user.has_perm("core.view_outboxmessage"):
        parts["parked"] = OutboxMessage.objects.filter(parked_at__isnull=False).count()
    if user.has_perm("core.view_alert"):
        parts["alerts"] = alerts(request.at)
    return context | parts


def alerts(at: datetime) -> dict[str, Any]:
    """Alerts that nobody has looked into, and whether the watch itself stands still."""
    last = watching.last_look()
    waiting = Alert.objects.filter(acknowledged_at__isnull=True).count()
    return {"waiting": waiting, "is_late": last is None or at - last > WATCH_LATE}


def member_figures(today: date, on_roll: int) -> list[Figure]:
    """On the roll today; who joined and who retired this year, as far as the year has gone."""
    members = reverse("admin:members_member_changelist")
    joined = selectors.joined_in(today.year).filter(from_on__lte=today).count()
    retired = selectors.retired_in(today.year).filter(until_on__lte=today).count()
    return [
        Figure(_("今日在会"), on_roll, f"{members}?state=on", lead=True),
        Figure(_("本年入会"), joined, f"{members}?joined={today.year}"),
        Figure(_("本年退休"), retired, f"{members}?left={today.year}"),
    ]


def shares(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Head counts with the length of their bars, the longest being 100."""
    longest = max(counts.values(), default=0)
    return [{"name": name, "people": people, "length": people * 100 // longest} for name, people in counts.items()]


def birthdays(today: date) -> dict[str, Any]:
    """People on the roll with a birthday today or in the six days after; 29 February counts as the 28th."""
    days = {(day.month, day.day): day for day in (today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD))}
    if (2, 28) in days and not _is_leap(days[2, 28].year):
        days[2, 29] = days[2, 28]
    born = Q(pk__in=[])
    for month, day in days:
        born |= Q(member__birth_on__month=month, member__birth_on__day=day)
    rows = []
    for period in selectors.roll_on(today).filter(born, member__birth_on__isnull=False):
        birth_on = cast(date, period.member.birth_on)
        rows.append({"period": period, "on": days[birth_on.month, birth_on.day], "name": period.member.pinyin})
    rows.sort(key=itemgetter("on", "name"))
    return {"rows": rows[:BIRTHDAYS_SHOWN], "more": max(len(rows) - BIRTHDAYS_SHOWN, 0), "until": max(days.values())}


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def deliveries(today: date) -> dict[str, int]:
    """Reminders due in the seven days up to and with today, by what became of them."""

    def having(*states: str) -> Count:
        return Count("pk", filter=Q(state__in=states))

    recent = Delivery.objects.filter(reminder__due_on__gt=today - timedelta(days=7), reminder__due_on__lte=today)
    return recent.aggregate(
        due=Count("pk"),
        waiting=having(DeliveryState.PENDING, DeliveryState.SENDING),
        sent=having(DeliveryState.SENT),
        failed=having(DeliveryState.FAILED),
        skipped=having(DeliveryState.SKIPPED),
    )


def next_festival(today: date) -> dict[str, Any]:
    """The next of the seven festivals, today included, and whether its working days are settled."""
    days = [(festival_on(name, year), name) for year in (today.year, today.year + 1) for name in GIFT_FESTIVALS]
    day, name = min(found for found in days if found[0] >= today)
    return {"name": name, "on": day, "days": (day - today).days, "provisional": is_provisional(day.year)}


def workday_note(today: date) -> dict[str, Any]:
    """Is today worked, and the next weekend day that is (调休上班) within sixty days."""
    until = today + timedelta(days=60)
    worked = {
        day: name
        for year in {today.year, until.year}
        for day, (is_worked, name) in library_overrides(year).items()
        if is_worked and today < day <= until
    }
    for row in CalendarDay.objects.filter(day__gt=today, day__lte=until):
        worked.pop(row.day, None)
        if row.is_workday and row.day.weekday() > 4:
            worked[row.day] = row.name
    return {"status": status_of(today), "next_worked": min(worked, default=None)}
