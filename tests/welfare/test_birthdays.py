"""Birthday runs: by month or year, once a solar year, for who was on the roll on his own day (REGULATIONS 6.5)."""

from datetime import date
from decimal import Decimal

import pytest

from members.models import Member
from tests.welfare.factories import AT, Office, moment, on_roll
from tests.welfare.test_services import refused
from welfare.codes import Refusal
from welfare.models import Benefit
from welfare.services import drafting, freezing


def birthday_run(office: Office, month: int | None = None, year: int = 2022, **given) -> Benefit:
    at = moment(date(year, month or 12, 28)) if year != 2022 else AT.replace(month=12, day=28)
    by = {"actor": office.staff, "at": at}
    run = drafting.draft(occasion="birthday", per_head=Decimal(300), month=month, year=year, **given, **by)
    return freezing.freeze(benefit=run, **by)


def reasons(run: Benefit, *members: Member) -> list[str]:
    rows = dict(run.entitlements.values_list("member", "reason"))
    return [rows.get(member.pk, "-") for member in members]


def test_born_on_29_february_is_due_with_february_in_a_common_year(office):
    leap, march = on_roll(office, birth_on=date(1980, 2, 29)), on_roll(office, birth_on=date(1980, 3, 1))

    run = birthday_run(office, 2)

    assert reasons(run, leap, march) == ["", "-"]
    assert run.entitlements.get(member=leap).reason_on == date(2022, 2, 28)


def test_on_the_roll_on_the_own_day_and_not_on_another(office):
    joined = on_roll(office, birth_on=date(1980, 3, 10), from_on=date(2022, 3, 10))
    late = on_roll(office, birth_on=date(1980, 3, 9), from_on=date(2022, 3, 10))
    given = {"until_on": date(2022, 3, 11), "reason_out": "retired"}
    retired, gone = (
        on_roll(office, birth_on=date(1980, 3, 10), **given),
        on_roll(office, birth_on=date(1980, 3, 11), **given),
    )

    assert reasons(birthday_run(office, 3), joined, late, retired, gone) == ["", "joined_after", "", "retired"]


def lunar(office: Office, month: int, day: int, leap: bool = False) -> Member:
    member = on_roll(office)
    choice = {"birthday_calendar": "lunar", "lunar_month": month, "lunar_day": day, "lunar_leap": leap}
    Member.objects.filter(pk=member.pk).update(**choice)
    return member


def test_a_lunar_birthday_that_falls_twice_is_due_once(office):
    """腊月初一 is on 2024-01-11 and on 2024-12-31."""
    twice = lunar(office, 12, 1)
    on_roll(office, birth_on=date(1980, 12, 5))

    first, last = birthday_run(office, 1, 2024), birthday_run(office, 12, 2024, leaves_out=True)

    assert reasons(first, twice) == [""]
    assert reasons(last, twice) == ["-"]


def test_a_lunar_birthday_that_does_not_fall_is_due_with_the_last_run(office):
    """腊月初一 is on no day of 2025."""
    never = lunar(office, 12, 1)

    assert reasons(birthday_run(office, 12, 2025), never) == [""]


def test_who_had_it_with_his_month_has_it_not_again_with_the_year(office):
    march = on_roll(office, birth_on=date(1980, 3, 10))
    may = on_roll(office, birth_on=date(1980, 5, 10))
    birthday_run(office, 3)

    whole = birthday_run(office)

    assert reasons(whole, march, may) == ["received", ""]


def test_who_changes_his_calendar_has_it_once(office):
    member = on_roll(office, birth_on=date(1980, 3, 10))
    birthday_run(office, 3)
    Member.objects.filter(pk=member.pk).update(birthday_calendar="lunar", lunar_month=5, lunar_day=5)
    on_roll(office, birth_on=date(1980, 6, 30))

    assert reasons(birthday_run(office, 6), member) == ["received"]


def test_nobodys_birthday_is_no_run(office):
    run = drafting.draft(occasion="birthday", per_head=Decimal(300), month=4, **office.by())

    refused(Refusal.NOBODY, freezing.freeze, benefit=run, **office.by())


@pytest.mark.parametrize("month", [None, 3])
def test_the_same_birthdays_twice_are_refused(office, month):
    on_roll(office, birth_on=date(1980, 3, 10))
    birthday_run(office, month)
    given = {"occasion": "birthday", "per_head": Decimal(300), "month": month, "year": 2022}

    refused(Refusal.RUN_EXISTS, drafting.draft, **given, **office.by())
