"""Who is due and why not, on both sides of every threshold; and that the SQL over the register agrees."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest

from members.enums import BirthdayCalendar
from members.models import KeptMembership, Member, Membership
from members.rules.birthdays import birthday_in
from tests.members.factories import make_branch, make_member, make_membership
from tests.welfare.factories import AT, DAY
from welfare import rules
from welfare.codes import Refusal
from welfare.due import people_of
from welfare.enums import Occasion, OutReason
from welfare.models import Benefit
from welfare.rules import Period, reason_for
from welfare.services.freezing import rules_of

FOREVER = [Period(date(2020, 1, 1), None)]


@pytest.mark.parametrize(
    ("periods", "kept", "reason"),
    [
        (FOREVER, False, ""),
        ([Period(DAY, None)], False, ""),
        ([Period(DAY + timedelta(1), None)], False, "joined_after"),
        ([Period(date(2020, 1, 1), DAY + timedelta(1), "retired")], False, ""),  # the last day counts
        ([Period(date(2020, 1, 1), DAY, "retired")], False, "retired"),
        ([Period(date(2020, 1, 1), DAY, "retired")], True, "retired"),
        ([Period(date(2020, 1, 1), DAY, "died")], False, "died"),
        ([Period(date(2020, 1, 1), DAY, "left")], False, "left"),
        ([Period(date(2020, 1, 1), DAY, "transferred_out")], False, "left"),
        ([Period(date(2020, 1, 1), DAY, "kept")], True, "kept"),
        ([Period(date(2020, 1, 1), DAY, "left"), Period(DAY + timedelta(9), None)], False, "left"),
        ([Period(date(2020, 1, 1), DAY, "branch_change"), Period(DAY, None)], False, ""),
        (FOREVER, True, ""),  # on the roll counts before kept
        ([], True, "kept"),
    ],
)
def test_who_is_due_on_a_day(periods, kept, reason):
    assert reason_for(DAY, periods=periods, kept=kept) == reason


def test_without_a_birth_date_nobody_is_due_a_birthday():
    assert reason_for(None, periods=FOREVER, kept=False) == OutReason.NO_BIRTHDAY


@pytest.mark.parametrize(("had", "over"), [("1699.99", False), ("1700.00", False), ("1700.01", True)])
def test_a_ceiling_is_reached_and_not_passed(had, over):
    assert rules.is_over(had=Decimal(had), gets=Decimal(100), ceiling=Decimal(1800)) is over


RUN = {
    **{"occasion": "spring", "name": "春节慰问", "eligible_on": DAY, "month": None, "year": 2022},
    **{"per_head": Decimal(1), "today": DAY},
}
BIRTHDAY = {"occasion": "birthday", "eligible_on": None}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({}, None),
        ({"today": DAY - timedelta(1)}, Refusal.NOT_YET),
        ({"per_head": Decimal(0)}, Refusal.AMOUNT),
        ({"per_head": Decimal("0.01")}, None),
        ({"per_head": Decimal("NaN")}, Refusal.AMOUNT),
        ({"per_head": Decimal("1.005")}, Refusal.AMOUNT),
        ({"year": 2023}, None),  # the end of a year, for the next one's 元旦 and 春节
        ({"year": 2021}, Refusal.WRONG_YEAR),
        ({"eligible_on": None}, Refusal.CUT_OFF),
        ({"month": 3}, Refusal.CUT_OFF),
        ({"occasion": "other", "name": "三八妇女节礼品"}, Refusal.NOT_A_FESTIVAL),
        ({"occasion": "other", "name": "高温慰问"}, None),
        (BIRTHDAY, None),
        ({**BIRTHDAY, "month": 6}, None),  # a month ahead, and no more
        ({**BIRTHDAY, "month": 7}, Refusal.NOT_YET),
        ({**BIRTHDAY, "eligible_on": DAY}, Refusal.CUT_OFF),
    ],
)
def test_what_a_run_may_be(given, refusal):
    assert rules.refuse_run(**(RUN | given)) == refusal


@pytest.mark.parametrize(
    ("text", "occasion"),
    [("春节", "spring"), ("端午", "dragon_boat"), ("电影券", "cinema"), (" 生日 ", "birthday"), ("教师节", None)],
)
def test_what_an_occasion_is_called(text, occasion):
    assert rules.occasion_called(text) == occasion


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ({"eligible_on": DAY, "year": 2022, "month": None}, DAY),
        ({"eligible_on": None, "year": 2022, "month": 2}, date(2022, 2, 28)),
        ({"eligible_on": None, "year": 2022, "month": None}, date(2022, 12, 31)),
    ],
)
def test_the_rules_of_which_day_judge(given, day):
    assert rules.judged_on(**given) == day


def random_register(chance: random.Random) -> None:
    """People whose periods, keepings and birthdays lie around the days that matter."""
    branches = [make_branch(), make_branch()]
    for _ in range(80):
        lunar = chance.random() < 0.3
        choice = {"birthday_calendar": BirthdayCalendar.LUNAR, "lunar_month": chance.choice([1, 5, 6, 12])}
        choice |= {"lunar_day": chance.choice([1, 29, 30]), "lunar_leap": chance.random() < 0.5}
        births = [
            None,
            date(1980, 2, 29),
            date(1985, 5, 19),
            date(1985, 5, 20),
            date(1990, 5, 21),
            date(1970, 12, 31),
        ]
        member = make_member(birth_on=chance.choice(births), **(choice if lunar else {}))
        on = date(2019, 6, 1) if chance.random() < 0.8 else DAY + timedelta(chance.choice([-1, 0, 1, 40]))
        for _ in range(chance.choice([1, 1, 2])):
            length = chance.choice([None, None, (DAY - on).days + chance.choice([-30, -1, 0, 1, 30])])
            until = on + timedelta(max(length, 1)) if length is not None else None
            why = chance.choice(["retired", "died", "left", "transferred_out"]) if until else ""
            make_membership(member=member, branch=chance.choice(branches), from_on=on, until_on=until, reason_out=why)
            if until is None:
                break
            on = until + timedelta(chance.choice([0, 5, 60]))
        if until is not None and why != "died" and chance.random() < 0.4:
            KeptMembership.objects.create(member=member, reason="retired", from_on=until)


def expected(run: Benefit) -> dict[str, set[int]]:
    """Person by person, with the pure rule."""
    found: dict[str, set[int]] = {}
    first, last = rules.days_of(run.year, run.month)
    since, until = date(run.year, 1, 1), run.eligible_on or last
    until = max(until, min(AT.date(), date(run.year, 12, 31)))
    for member in Member.objects.all():
        day = run.eligible_on or birthday_in(
            run.year,
            calendar=member.birthday_calendar,
            birth_on=member.birth_on,
            month=member.lunar_month,
            day=member.lunar_day,
            leap=member.lunar_leap,
        )
        rows = Membership.objects.filter(member=member, from_on__lte=until).exclude(until_on__lte=since)
        periods = [Period(*row) for row in rows.values_list("from_on", "until_on", "reason_out")]
        kept = bool(day) and KeptMembership.objects.on(day).filter(member=member).exists()
        if run.eligible_on is None and day is not None and not first <= day <= last:
            continue
        if periods or kept:
            found.setdefault(reason_for(day, periods=periods, kept=kept), set()).add(member.pk)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_the_statement_says_of_everybody_what_the_rule_says(db, seed):
    random_register(random.Random(seed))
    runs = [
        Benefit(occasion=Occasion.SPRING, year=2022, eligible_on=DAY, per_head=Decimal(1)),
        Benefit(occasion=Occasion.BIRTHDAY, year=2022, per_head=Decimal(1)),
        Benefit(occasion=Occasion.BIRTHDAY, year=2022, month=5, per_head=Decimal(1)),
    ]

    for run in runs:
        said = {
            reason: {one.member for one in people_of(run, rules_of(run), reason=reason, today=AT.date(), most=1000)}
            for reason in OutReason.values
        }
        assert {reason: people for reason, people in said.items() if people} == expected(run)
        assert said[""]
