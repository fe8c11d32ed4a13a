"""All gifts of a year's festivals against a share of the union's money: both sides of it, warned of or refused."""

from decimal import Decimal
from uuid import uuid4

import pytest

from core.enums import Effect, Role
from finance.enums import Side
from finance.models import Account
from finance.services import budget
from tests.acts import acts
from tests.finance.factories import AT
from tests.welfare.factories import Office, make_office, make_rule
from welfare.budget_share import KEY
from welfare.codes import CannotRun, Refusal
from welfare.enums import Verdict
from welfare.models import Benefit
from welfare.services import freezing

PEOPLE = 14  # of the cast on the roll


def income(office: Office, code: str, amount: int) -> None:
    """A budgeted income of the year."""
    account = Account.objects.get_or_create(code=code, defaults={"name": f"收入{code}", "side": Side.INCOME})[0]
    given = {"branch": None, "project": "", "amount": Decimal(amount), "document": "预算〔2022〕1号", "key": uuid4()}
    budget.set_budget(year=office.fund.year, account=account, actor=office.fund.accountant, at=AT, **given)


@pytest.fixture
def office(db) -> Office:
    """60,000 of the levy and 20,000 of dues; 5,600 given at Spring Festival, 1,400 for films, which do not count."""
    office = make_office()
    income(office, "402", 60_000)
    income(office, "401", 20_000)
    office.settled(occasion="spring", per_head=Decimal(400))
    office.settled(occasion="cinema", per_head=Decimal(100))
    return office


def rule(value: int, base: str, effect: str = Effect.WARN) -> None:
    make_rule(KEY, value, unit="%", base=base, effect=effect, decided_by="上海 2015")


def said(run: Benefit) -> list[dict]:
    return [note for note in run.notes if "占经费比例" in note["words"]]


# 20 % of 60,000 is 12,000, of which 6,400 are left; 10 % of 80,000 is 8,000, of which 2,400 are left.
@pytest.mark.parametrize(
    ("value", "base", "per_head", "over"),
    [
        (20, "留成拨缴经费", "457.14", False),
        (20, "留成拨缴经费", "457.15", True),
        (10, "当年工会经费预算收入", "171.42", False),
        (10, "当年工会经费预算收入", "171.43", True),
    ],
)
def test_the_years_festivals_are_added_up_to_the_fen(office, value, base, per_head, over):
    rule(value, base)

    run = office.frozen(per_head=Decimal(per_head))

    (note,) = said(run)
    assert note["people"] == (PEOPLE if over else 0)
    assert "上海 2015" in note["words"]
    assert (run.verdict == Verdict.WARNED) is over


def test_a_row_that_blocks_refuses_the_run_whoever_might_be_left_out(office):
    rule(20, "留成拨缴经费", Effect.BLOCK)
    run = office.draft(per_head=Decimal(500), leaves_out=True)
    before = acts().count()

    with pytest.raises(CannotRun) as refused:
        freezing.freeze(benefit=run, **office.by(Role.UNION_STAFF))

    assert refused.value.code is Refusal.OVER_CEILING
    assert "超过上限 12,000.00 元" in refused.value.message
    run.refresh_from_db()
    assert (run.state, run.entitlements.count(), acts().count()) == ("draft", 0, before)


def test_without_a_budget_of_the_year_it_says_so_and_refuses_nothing(office):
    rule(20, "留成拨缴经费", Effect.BLOCK)
    Account.objects.filter(code="402").update(code="498")

    run = office.frozen(per_head=Decimal(500))

    (note,) = said(run)
    assert (note["people"], "未能核对" in note["words"]) == (0, True)


def test_other_occasions_are_not_asked(office):
    rule(20, "留成拨缴经费", Effect.BLOCK)

    run = office.frozen(occasion="other", name="慰问", per_head=Decimal(1000))

    assert said(run) == []
