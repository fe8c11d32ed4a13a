"""G1: random sequences of every money act against a model in plain Python; after each, sound books."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest

from core import books
from finance.codes import CannotBook
from finance.enums import Side
from finance.models import BudgetLine, Commitment, Entry
from finance.services import budget, ledger, years
from finance.services.budget import Change
from finance.services.ledger import Part
from tests.cast import Cast, make_cast
from tests.finance.factories import CASE, ZONE, Fund, make_fund
from tests.finance.model import Model
from tests.trust.sizes import dice, size

SEQUENCES = size(100, 10_000, 100_000)
STEPS = size(50, 20)  # nightly: 200,000 steps
FIRST, YEARS = 2000, 50  # a year is there once: so many sequences in one database
NAMES = ("文体活动", "宣传活动", "困难帮扶")


class Walk:
    """One year of its own: three spending lines and one of income, and the model beside them."""

    def __init__(self, fund: Fund, chance: Random) -> None:
        self.fund, self.chance, self.model = fund, chance, Model()
        self.at = datetime(fund.year.year, 5, 20, 10, 0, tzinfo=ZONE)
        self.told: Counter = Counter()
        self.lines: dict[str, BudgetLine] = {}
        for name in NAMES:
            amount = Decimal(chance.randint(0, 100_000)) / 100
            self.lines[name] = fund.line(str(amount), name=name)
            self.model.add(name, amount)
        self.income = fund.line(0, name="会费收入", side=Side.INCOME)
        self.others = 2  # the year's first line and the income's

    @property
    def by(self) -> dict:
        return {"key": uuid4(), "actor": self.fund.accountant, "at": self.at}

    def amount(self) -> Decimal:
        """Often round, sometimes nothing, now and then the whole of a line to the cent."""
        if self.chance.random() < 0.15:
            return max(self.model.free(self.chance.choice(NAMES)), Decimal(0))
        return Decimal(self.chance.choice([0, 1, 1000, self.chance.randint(1, 60_000)])) / 100

    def tried(self, expected: bool, act: Callable) -> object:
        """The act's answer; it is refused exactly when the model says so. Sent again, it changes nothing."""
        try:
            answer = act()
        except CannotBook:
            assert not expected, act
            return None
        assert expected, act
        if self.chance.random() < 0.1:
            assert act() == answer
        return answer

    def step(self) -> None:
        name = self.chance.choice(STEPS_OF)
        self.told[name] += 1
        getattr(self, name)()

    def revise(self) -> None:
        line, by = self.chance.choice(NAMES), self.amount() * self.chance.choice([1, 1, -1])
        given = {"changes": [Change(self.lines[line], by)], "reason": "调整", "document": "1号"} | self.by
        self.tried(self.model.revise(line, by), lambda: budget.revise_budget(**given))

    def transfer(self) -> None:
        one, other, amount = self.chance.choice(NAMES), self.chance.choice(NAMES), self.amount()
        given = {"out_of": self.lines[one], "into": self.lines[other], "amount": amount} | self.by
        given |= {"reason": "调剂", "document": "1号"}
        self.tried(self.model.transfer(one, other, amount), lambda: budget.transfer_budget(**given))

    def reserve(self) -> None:
        line, amount = self.chance.choice(NAMES), self.amount()
        given = {"parts": [Part(self.lines[line], amount, "占用")], "case": CASE} | self.by
        if made := self.tried(self.model.may_take(line, amount), lambda: ledger.reserve(**given)):
            self.model.reserve(made[0].pk, line, amount)

    def spend(self) -> None:
        line, amount = self.chance.choice(NAMES), self.amount()
        given = {"parts": [Part(self.lines[line], amount, "支出")]} | self.by
        if made := self.tried(self.model.may_take(line, amount), lambda: ledger.spend(**given)):
            self.model.spend(made[0].pk, line, amount)

    def spend_reserved(self) -> None:
        if not self.model.held:
            return
        held = self.chance.choice(list(self.model.held))
        amount = self.chance.choice([self.model.held[held].left, self.amount()])
        row = Commitment.objects.get(pk=held)
        given = {"parts": [Part(self.lines[self.model.held[held].line], amount, "支出", row)]} | self.by
        if made := self.tried(self.model.may_use(held, amount), lambda: ledger.spend(**given)):
            self.model.use(made[0].pk, held, amount)

    def release(self) -> None:
        if not self.model.held:
            return
        held = self.chance.choice(list(self.model.held))
        given = {"commitments": [Commitment.objects.get(pk=held)], "text": "撤回", "case": CASE} | self.by
        self.tried(self.model.release(held), lambda: ledger.release(**given))

    def refund(self) -> None:
        if not self.model.spendings:
            return
        pk = self.chance.choice(list(self.model.spendings))
        amount = self.chance.choice([self.model.spendings[pk].amount, self.amount()])
        given = {"spending": Entry.objects.get(pk=pk), "amount": amount, "text": "退回"} | self.by
        if made := self.tried(self.model.may_refund(pk, amount), lambda: ledger.refund(**given)):
            self.model.refund(made.pk, pk, amount)

    def reverse_spending(self) -> None:
        if not self.model.spendings:
            return
        pk = self.chance.choice(list(self.model.spendings))
        given = {"entry": Entry.objects.get(pk=pk), "reason": "登错"} | self.by
        if self.tried(self.model.may_reverse_spending(pk), lambda: ledger.reverse(**given)):
            self.model.reverse_spending(pk)

    def reverse_refund(self) -> None:
        if not self.model.refunds:
            return
        pk = self.chance.choice(list(self.model.refunds))
        given = {"entry": Entry.objects.get(pk=pk), "reason": "登错"} | self.by
        if self.tried(self.model.may_reverse_refund(pk), lambda: ledger.reverse(**given)):
            self.model.reverse_refund(pk)

    def receive(self) -> None:
        amount = self.amount()
        given = {"parts": [Part(self.income, amount, "会费", document="回单")]} | self.by
        if made := self.tried(amount > 0, lambda: ledger.record_income(**given)):
            self.model.receive(made[0].pk, amount)

    def reverse_income(self) -> None:
        if not self.model.incomes:
            return
        pk = self.chance.choice(list(self.model.incomes))
        given = {"entry": Entry.objects.get(pk=pk), "reason": "登错"} | self.by
        self.tried(self.model.reverse_income(pk), lambda: ledger.reverse(**given))

    def close(self) -> None:
        """The year's end: what is held expires, nothing moves any more."""
        self.at = datetime(self.fund.year.year + 1, 1, 5, 9, 0, tzinfo=ZONE)
        still = [pk for pk, row in self.model.held.items() if row.left]
        if still:
            years.expire_commitments(year=self.fund.year, **self.by)
            for pk in still:
                self.model.release(pk, "expired")
        years.close_year(year=self.fund.year, actor=self.fund.accountant, at=self.at)
        for name in NAMES:
            with pytest.raises(CannotBook):
                budget.revise_budget(
                    changes=[Change(self.lines[name], Decimal(1))], reason="x", document="1号", **self.by
                )

    def compare(self) -> None:
        """Database and model, to the cent and to the row."""
        rows = BudgetLine.objects.filter(pk__in=[line.pk for line in self.lines.values()])
        shown = {row.pk: (row.budget, row.reserved, row.spent) for row in rows}
        model = self.model
        assert shown == {
            self.lines[name].pk: (model.budget[name], model.reserved[name], model.spent[name]) for name in NAMES
        }
        assert BudgetLine.objects.get(pk=self.income.pk).income == model.received
        held = Commitment.objects.filter(line__year=self.fund.year).values_list("pk", "amount", "remaining", "ending")
        assert {row[0]: row[1:] for row in held} == {
            pk: (row.amount, row.left, row.ending) for pk, row in model.held.items()
        }
        assert self.fund.year.entries.count() == model.entries + self.others


STEPS_OF = [
    *("revise", "transfer", "receive", "reverse_income", "reverse_spending", "reverse_refund"),
    *["reserve", "spend", "spend_reserved"] * 2,
    *("release", "refund", "refund"),
]


def walk_a_year(year: int, cast: Cast, chance: Random) -> Counter:
    walk = Walk(make_fund(year=year, cast=cast), chance)
    for _ in range(STEPS):
        walk.step()
        if chance.random() < 0.2:
            walk.compare()
    walk.compare()
    if chance.random() < 0.3:
        walk.close()
        walk.compare()
    assert list(books.differences()) == [], year
    return walk.told


@pytest.mark.parametrize("century", range(SEQUENCES // YEARS))
def test_random_sequences_keep_the_books_as_the_model_says(century, db):
    chance, cast, told = dice(f"G1-{century}"), make_cast(), Counter()

    for year in range(FIRST, FIRST + YEARS):
        told += walk_a_year(year, cast, chance)

    print(f"G1: {YEARS} sequences, {sum(told.values())} steps {dict(told)}")
    assert set(told) == set(STEPS_OF)
