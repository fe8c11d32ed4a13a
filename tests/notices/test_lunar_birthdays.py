"""Birthdays by the lunar calendar: once a solar year each, by a table made by hand (REGULATIONS 6.5)."""

from collections import Counter
from datetime import date, datetime, timedelta
from io import StringIO

import cnlunar
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.calendar.lunar import lunar_birthday_kept_in
from notices.models import Delivery, Reminder
from notices.services.delivery import deliver_due
from notices.services.due import Made, make_due
from tests.notices.factories import AT, make_person, make_rule
from tests.owner import owner_does

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2023, 1, 1), date(2029, 12, 31)

# Month, day and leap flag as the member says them, and the day of each solar year 2023-2029.
TWELFTH = (12, 1, False)
LEAP_SECOND, LEAP_SIXTH, LEAP_FIFTH, FIRST_MONTH = (2, 15, True), (6, 30, True), (5, 10, True), (1, 20, False)
TABLE = {
    TWELFTH: ["12-31", "01-11", "12-31", "01-19", "01-08", "12-31", "01-15"],
    LEAP_SECOND: ["04-05", "03-24", "03-14", "04-02", "03-22", "03-10", "03-29"],
    LEAP_SIXTH: ["08-15", "08-03", "08-22", "08-12", "08-01", "08-19", "08-09"],
    LEAP_FIFTH: ["06-27", "06-15", "06-05", "06-24", "06-14", "07-02", "06-21"],
    FIRST_MONTH: ["02-10", "02-29", "02-17", "03-08", "02-25", "02-14", "03-04"],
}
ON_29_FEBRUARY = ["02-28", "02-29", "02-28", "02-28", "02-28", "02-29", "02-28"]


def days(column: list[str]) -> list[date]:
    return [date.fromisoformat(f"{year}-{day}") for year, day in zip(range(2023, 2030), column, strict=True)]


def make_lunar_person(month: int, day: int, leap: bool, **fields):
    member = make_person(**fields)
    member.birthday_calendar, member.lunar_month, member.lunar_day, member.lunar_leap = "lunar", month, day, leap
    member.save()
    return member


def kept(member) -> list[date]:
    return list(Reminder.objects.filter(member=member).order_by("occasion_on").values_list("occasion_on", flat=True))


@pytest.mark.parametrize("stride", [5, 8])
def test_five_lunar_birthdays_and_29_february_fall_due_once_a_solar_year(stride):
    """``send_due`` through 2023-2029, over outages of four days and once more of a week, makes this table:

    | born on    | 2023     | 2024     | 2025     | 2026    | 2027     | 2028     | 2029  |
    |------------|----------|----------|----------|---------|----------|----------|-------|
    | 腊月初一   | 12-31 a  | 01-11 b  | 12-31 a  | 01-19   | 01-08 b  | 12-31 a  | 01-15 |
    | 闰二月十五 | 04-05 L  | 03-24    | 03-14    | 04-02   | 03-22    | 03-10    | 03-29 |
    | 闰六月三十 | 08-15 c  | 08-03 c  | 08-22 Lc | 08-12   | 08-01 c  | 08-19 c  | 08-09 |
    | 闰五月初十 | 06-27    | 06-15    | 06-05    | 06-24   | 06-14    | 07-02 L  | 06-21 |
    | 正月二十   | 02-10    | 02-29    | 02-17    | 03-08   | 02-25    | 02-14    | 03-04 |
    | solar 29/2 | 02-28    | 02-29    | 02-28    | 02-28   | 02-28    | 02-29    | 02-28 |

    a: not at all this year, so the last day. b: twice, the first counts (the second: 2024-12-31, 2027-12-28).
    c: that month has no 30th, so the 29th. L: the leap month itself; every other year its ordinary month.
    """
    rule = make_rule(offset_days=0, channels=["inbox"], skip_after_days=7)
    people = {make_lunar_person(*birth): days(column) for birth, column in TABLE.items()}
    people[make_person(born=date(1992, 2, 29))] = days(ON_29_FEBRUARY)
    make_due(on=FIRST - timedelta(days=1), at=AT)  # the rule is older than the table
    Reminder.objects.filter(rule=rule).delete()

    on = FIRST
    while on <= LAST + timedelta(days=stride - 1):
        call_command("send_due", "--on", str(on), stdout=StringIO())
        on += timedelta(days=stride)

    assert {member: [day for day in kept(member) if day <= LAST] for member in people} == people
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_table_is_what_another_library_counts():
    """cnlunar walks the days; where it meets the birthday (or its stand-in) first in a year is the table's day."""
    met: dict[tuple, list[date]] = {}
    for ahead in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=ahead)
        lunar = cnlunar.Lunar(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001
        met.setdefault((lunar.lunarMonth, lunar.lunarDay, lunar.isLunarLeapMonth), []).append(day)

    for (month, number, leap), column in TABLE.items():
        for day in days(column):
            ways = [
                (month, number, leap),
                (month, number - 1, leap),
                (month, number, False),
                (month, number - 1, False),
            ]
            fits = [d for way in ways for d in met.get(way, []) if d.year == day.year]
            nowhere = not [d for d in met.get((month, number, leap), []) if d.year == day.year]
            assert day in fits or (day == date(day.year, 12, 31) and nowhere), (month, number, leap, day)


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 1, 11)), (2025, date(2025, 12, 31)), (2026, date(2026, 1, 19))]
)
def test_first_of_the_twelfth_month_counts_once_a_year(year, day):
    assert lunar_birthday_kept_in(year, *TWELFTH[:2]) == day


def test_choosing_the_other_calendar_after_the_reminder_makes_no_second_one():
    make_rule(offset_days=0, channels=["inbox"])
    member = make_person(born=date(1980, 2, 1))
    make_due(on=date(2024, 2, 1), at=AT)
    deliver_due(on=date(2024, 2, 1))
    type(member).objects.filter(pk=member.pk).update(birthday_calendar="lunar", lunar_month=1, lunar_day=20)

    make_due(on=date(2024, 2, 29), at=AT)

    assert kept(member) == [date(2024, 2, 1)]


def test_choosing_the_other_calendar_moves_what_nobody_got_yet():
    make_rule(offset_days=7, channels=["inbox"])
    member = make_person(born=date(1980, 2, 20))
    make_due(on=date(2024, 2, 13), at=AT)
    type(member).objects.filter(pk=member.pk).update(birthday_calendar="lunar", lunar_month=1, lunar_day=20)

    made = make_due(on=date(2024, 2, 13), at=AT)

    assert (made, kept(member)) == (Made(moved=1), [date(2024, 2, 29)])


def test_lunar_birthday_without_a_birth_date_is_known():
    make_rule(offset_days=0, channels=["inbox"])
    member = make_lunar_person(1, 20, False, born=None)

    make_due(on=date(2024, 2, 29), at=AT)
    deliver_due(on=date(2024, 2, 29))

    assert kept(member) == [date(2024, 2, 29)]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize(
    "choice",
    [
        {"birthday_calendar": "lunar"},
        {"birthday_calendar": "lunar", "lunar_month": 1},
        {"birthday_calendar": "lunar", "lunar_month": 13, "lunar_day": 1},
        {"birthday_calendar": "lunar", "lunar_month": 1, "lunar_day": 31},
        {"birthday_calendar": "solar", "lunar_month": 1, "lunar_day": 1},
        {"birthday_calendar": "solar", "lunar_leap": True},
    ],
)
def test_database_refuses_half_a_choice(choice):
    member = make_person()

    with pytest.raises(IntegrityError, match="member_birthday_fits_calendar"), transaction.atomic():
        type(member).objects.filter(pk=member.pk).update(**choice)


@pytest.mark.django_db(transaction=True)
def test_control_without_the_unique_row_a_birthday_that_falls_again_is_told_twice():
    """The table's "once" rests on the unique row: without it an overlap of runs is seen as a double."""
    make_rule(offset_days=0, channels=["inbox"], skip_after_days=7)
    member = make_lunar_person(*TWELFTH)
    make_due(on=date(2024, 1, 11), at=AT)
    owner_does(
        "ALTER TABLE notices_reminder DROP CONSTRAINT reminder_once_per_occasion",
        "INSERT INTO notices_reminder (rule_id, member_id, occasion_year, occasion_on, due_on, created_at)"
        " SELECT rule_id, member_id, occasion_year, occasion_on, due_on, created_at FROM notices_reminder",
    )

    assert Counter(kept(member)) == {date(2024, 1, 11): 2}
