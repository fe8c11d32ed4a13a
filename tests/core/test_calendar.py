"""Lunar dates, festivals, birthdays, working days: vectors of REGULATIONS.md 6.5 and the State Council's notices."""

from datetime import date, datetime, timedelta

import cnlunar
import pytest
from django.core.management import call_command

from core.calendar.festivals import FESTIVALS, GIFT_FESTIVALS, FestivalKind, festival_on, festivals_of
from core.calendar.lunar import (
    InvalidLunarDate,
    LunarDate,
    LunarError,
    leap_month_of,
    lunar_birthday_in,
    solar_birthday_in,
    to_lunar,
    to_solar,
)
from core.calendar.workdays import (
    add_working_days,
    is_provisional,
    is_working_day,
    library_knows,
    status_of,
    working_days_between,
)
from core.models import CalendarDay


def days(first: date, until: date):
    return (first + timedelta(days=n) for n in range((until - first).days))


@pytest.mark.parametrize(
    ("name", "on"),
    [
        ("春节", date(2024, 2, 10)),
        ("春节", date(2025, 1, 29)),
        ("春节", date(2026, 2, 17)),
        ("春节", date(2027, 2, 6)),
        ("春节", date(2028, 1, 26)),
        ("端午节", date(2025, 5, 31)),
        ("端午节", date(2026, 6, 19)),
        ("中秋节", date(2025, 10, 6)),
        ("中秋节", date(2026, 9, 25)),
        ("清明", date(2025, 4, 4)),
        ("清明", date(2026, 4, 5)),
        ("除夕", date(2025, 1, 28)),
        ("元旦", date(2022, 1, 1)),
        ("劳动节", date(2022, 5, 1)),
        ("国庆节", date(2022, 10, 1)),
        ("妇女节", date(2022, 3, 8)),
        ("教师节", date(2022, 9, 10)),
    ],
)
def test_festival_falls_on_its_day(name, on):
    assert festival_on(name, on.year) == on


def test_unknown_festival_is_our_mistake():
    with pytest.raises(ValueError, match="元宵"):
        festival_on("元宵", 2022)


@pytest.mark.parametrize("year", range(2020, 2036))
def test_every_year_has_its_festivals_and_seven_of_them_for_greetings(year):
    festivals = festivals_of(year)

    assert {f.name for f in festivals} == set(FESTIVALS)
    assert [f.on for f in festivals] == sorted(f.on for f in festivals)
    assert {f.name for f in festivals if f.kind == FestivalKind.STATUTORY} == set(GIFT_FESTIVALS)
    assert {f.name for f in festivals if f.kind == FestivalKind.REMINDER} == {"妇女节", "教师节"}
    assert [f.name for f in festivals if f.half_day] == ["妇女节"]
    assert all(f.on.year == year for f in festivals)


def test_every_day_2020_to_2035_agrees_with_a_second_program_and_comes_back():
    for day in days(date(2020, 1, 1), date(2036, 1, 1)):
        lunar = to_lunar(day)
        other = cnlunar.Lunar(datetime(day.year, day.month, day.day, 12))  # noqa: DTZ001 - it takes no zone

        assert lunar == LunarDate(other.lunarYear, other.lunarMonth, other.lunarDay, other.isLunarLeapMonth)
        assert to_solar(lunar) == day


@pytest.mark.parametrize("year", range(2020, 2036))
def test_clear_and_bright_agrees_with_a_second_program(year):
    on = festival_on("清明", year)

    assert cnlunar.Lunar(datetime(year, on.month, on.day, 12)).todaySolarTerms == "清明"  # noqa: DTZ001


def test_leap_months():
    assert {year: leap_month_of(year) for year in (2022, 2023, 2025, 2028)} == {2022: None, 2023: 2, 2025: 6, 2028: 5}


@pytest.mark.parametrize(
    ("lunar", "code"),
    [
        (LunarDate(2022, 2, 1, leap=True), LunarError.IMPOSSIBLE),
        (LunarDate(2025, 2, 30), LunarError.IMPOSSIBLE),
        (LunarDate(2025, 13, 1), LunarError.IMPOSSIBLE),
        (LunarDate(2025, 1, 0), LunarError.IMPOSSIBLE),
        (LunarDate(2100, 1, 1), LunarError.OUT_OF_RANGE),
        (LunarDate(1900, 1, 1), LunarError.OUT_OF_RANGE),
    ],
)
def test_lunar_day_that_does_not_exist_is_refused(lunar, code):
    with pytest.raises(InvalidLunarDate) as refused:
        to_solar(lunar)

    assert refused.value.code is code
    assert refused.value.message


@pytest.mark.parametrize("day", [date(1901, 2, 18), date(2100, 2, 9)])
def test_solar_day_outside_the_table_is_refused(day):
    with pytest.raises(InvalidLunarDate) as refused:
        to_lunar(day)

    assert refused.value.code is LunarError.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("year", "lunar", "leap", "on"),
    [
        (2024, (12, 1), False, [date(2024, 1, 11), date(2024, 12, 31)]),  # twice in one solar year
        (2025, (12, 1), False, []),  # and never in the next
        (2026, (12, 1), False, [date(2026, 1, 19)]),
        (2025, (6, 15), True, [date(2025, 8, 8)]),  # the leap month is there
        (2025, (6, 15), False, [date(2025, 7, 9)]),  # born in the ordinary month: once, not again in the leap one
        (2026, (6, 15), True, [date(2026, 7, 28)]),  # no leap sixth month: the ordinary one
        (2025, (2, 30), False, [date(2025, 3, 28)]),  # the month has 29 days
        (2025, (6, 30), True, [date(2025, 8, 22)]),  # so has the leap month
        (2025, (1, 1), False, [date(2025, 1, 29)]),
    ],
)
def test_lunar_birthday_in_a_solar_year(year, lunar, leap, on):
    assert lunar_birthday_in(year, *lunar, leap=leap) == on


def test_lunar_birthday_falls_once_a_lunar_year_on_the_whole():
    for month, day in [(1, 1), (6, 15), (11, 20), (12, 1), (12, 30)]:
        assert sum(len(lunar_birthday_in(year, month, day)) for year in range(2020, 2036)) in (15, 16, 17)


@pytest.mark.parametrize(("month", "day"), [(0, 1), (13, 1), (1, 0), (1, 31)])
def test_lunar_birthday_that_no_year_has_is_refused(month, day):
    with pytest.raises(InvalidLunarDate) as refused:
        lunar_birthday_in(2022, month, day)

    assert refused.value.code is LunarError.IMPOSSIBLE


@pytest.mark.parametrize(
    ("year", "birth_on", "on"),
    [
        (2022, date(1984, 2, 29), date(2022, 2, 28)),
        (2024, date(1984, 2, 29), date(2024, 2, 29)),
        (2100, date(1984, 2, 29), date(2100, 2, 28)),
        (2022, date(1984, 2, 28), date(2022, 2, 28)),
        (2022, date(1984, 12, 31), date(2022, 12, 31)),
    ],
)
def test_solar_birthday_of_29_february_is_kept_on_the_28th(year, birth_on, on):
    assert solar_birthday_in(year, birth_on) == on


# The State Council's notices for 2022, 2025 and 2026: weekdays off and weekend days worked, typed from the notices.
WORKED = {
    2022: ["0129", "0130", "0402", "0424", "0507", "1008", "1009"],
    2025: ["0126", "0208", "0427", "0928", "1011"],
    2026: ["0104", "0214", "0228", "0509", "0920", "1010"],
}
OFF = {  # first and last day of each holiday
    2022: "0101-0103 0131-0206 0403-0405 0430-0504 0603-0605 0910-0912 1001-1007",
    2025: "0101-0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008",
    2026: "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
}


def day_of(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


@pytest.mark.django_db
@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize("year", sorted(WORKED))
def test_working_days_of_a_year_are_those_of_the_notice(year, loaded):
    if loaded:
        call_command("load_reference", verbosity=0)
    worked = {day_of(year, text) for text in WORKED[year]}
    spans = [[day_of(year, end) for end in span.split("-")] for span in OFF[year].split()]
    off = {day for first, last in spans for day in days(first, last + timedelta(days=1))}

    for day in days(date(year, 1, 1), date(year + 1, 1, 1)):
        assert is_working_day(day) == (day in worked or (day.weekday() < 5 and day not in off)), day
    assert not is_provisional(year)


@pytest.mark.django_db
def test_year_without_a_notice_is_provisional_with_its_statutory_days_off():
    assert not library_knows(2030)

    assert is_provisional(2030)
    assert status_of(date(2030, 10, 1)) == (False, "国庆节", True)
    assert status_of(date(2030, 10, 15)) == (True, "", True)


@pytest.mark.django_db
def test_row_of_the_table_comes_before_the_library():
    CalendarDay.objects.create(day=date(2022, 3, 9), is_workday=False, name="校庆")

    assert status_of(date(2022, 3, 9)) == (False, "校庆", False)
    assert is_working_day(date(2022, 3, 10))


@pytest.mark.django_db
def test_confirmed_make_up_day_ends_a_years_provision():
    sunday = CalendarDay.objects.create(day=date(2030, 9, 29), is_workday=True, provisional=True)
    assert is_provisional(2030)

    CalendarDay.objects.filter(pk=sunday.pk).update(provisional=False)

    assert not is_provisional(2030)
    assert not status_of(date(2030, 10, 15)).provisional


@pytest.mark.django_db
def test_schools_own_day_off_does_not_end_a_years_provision():
    CalendarDay.objects.create(day=date(2030, 5, 20), is_workday=False, name="校庆")

    assert is_provisional(2030)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "count", "on"),
    [
        (date(2022, 9, 30), 1, date(2022, 10, 8)),  # the Saturday after the holiday is worked
        (date(2022, 9, 30), 2, date(2022, 10, 9)),
        (date(2022, 9, 30), 3, date(2022, 10, 10)),
        (date(2022, 10, 3), 1, date(2022, 10, 8)),
        (date(2022, 10, 8), -1, date(2022, 9, 30)),
        (date(2022, 3, 9), 5, date(2022, 3, 16)),
        (date(2022, 3, 9), 0, date(2022, 3, 9)),
        (date(2022, 1, 1), 249, date(2022, 12, 30)),  # 260 weekdays, 18 of them off, 7 weekend days worked
    ],
)
def test_deadline_in_working_days(day, count, on):
    assert add_working_days(day, count) == on
    if count > 0:
        assert working_days_between(day, on) == count


@pytest.mark.django_db
def test_working_days_between_counts_the_last_day_and_goes_backwards():
    friday, monday = date(2022, 3, 11), date(2022, 3, 14)

    assert working_days_between(friday, monday) == 1
    assert working_days_between(monday, friday) == -1
    assert working_days_between(friday, friday) == 0


@pytest.mark.django_db
def test_deadline_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        add_working_days(date(2022, 3, 9), 60)


@pytest.mark.django_db
def test_deadline_is_found_beyond_a_long_closure():
    CalendarDay.objects.bulk_create(
        CalendarDay(day=day, is_workday=False) for day in days(date(2022, 3, 10), date(2022, 6, 1))
    )

    assert add_working_days(date(2022, 3, 9), 1) == date(2022, 6, 1)


@pytest.mark.django_db
def test_load_reference_twice_changes_nothing():
    call_command("load_reference", verbosity=0)
    before = list(CalendarDay.objects.values_list())

    call_command("load_reference", verbosity=0)

    assert list(CalendarDay.objects.values_list()) == before
    assert {day.year for day in CalendarDay.objects.values_list("day", flat=True)} == set(range(2020, 2027))
    assert not CalendarDay.objects.filter(provisional=True).exists()


@pytest.mark.django_db
def test_load_reference_never_overwrites_an_edited_day():
    call_command("load_reference", verbosity=0)
    CalendarDay.objects.filter(day=date(2022, 10, 8)).update(is_workday=False)

    call_command("load_reference", verbosity=0)

    assert not is_working_day(date(2022, 10, 8))
