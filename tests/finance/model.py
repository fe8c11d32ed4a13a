"""The ledger in plain Python: what should come of each act, worked out without the database."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass
class Spending:
    line: str
    amount: Decimal
    back: Decimal = Decimal(0)
    reversed: bool = False


@dataclass
class Held:
    line: str
    amount: Decimal
    left: Decimal
    ending: str = ""


@dataclass
class Refund:
    of: int
    amount: Decimal
    reversed: bool = False


@dataclass
class Model:
    """Sums by line; spendings, refunds, incomes and commitments by the primary key of their entry or row."""

    budget: dict[str, Decimal] = field(default_factory=dict)
    reserved: dict[str, Decimal] = field(default_factory=dict)
    spent: dict[str, Decimal] = field(default_factory=dict)
    received: Decimal = Decimal(0)
    spendings: dict[int, Spending] = field(default_factory=dict)
    refunds: dict[int, Refund] = field(default_factory=dict)
    incomes: dict[int, Decimal] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    entries: int = 0

    def add(self, line: str, amount: Decimal) -> None:
        self.budget[line], self.reserved[line], self.spent[line] = amount, Decimal(0), Decimal(0)
        self.entries += 1

    def free(self, line: str) -> Decimal:
        return self.budget[line] - self.reserved[line] - self.spent[line]

    def revise(self, line: str, by: Decimal) -> bool:
        if by == 0 or self.free(line) + by < 0:
            return False
        self.budget[line] += by
        self.entries += 1
        return True

    def transfer(self, out_of: str, into: str, amount: Decimal) -> bool:
        if amount <= 0 or out_of == into or self.free(out_of) < amount:
            return False
        self.budget[out_of] -= amount
        self.budget[into] += amount
        self.entries += 2
        return True

    def may_take(self, line: str, amount: Decimal) -> bool:
        return amount > 0 and self.free(line) >= amount

    def reserve(self, pk: int, line: str, amount: Decimal) -> None:
        self.reserved[line] += amount
        self.held[pk] = Held(line, amount, amount)
        self.entries += 1

    def spend(self, pk: int, line: str, amount: Decimal) -> None:
        self.spent[line] += amount
        self.spendings[pk] = Spending(line, amount)
        self.entries += 1

    def may_use(self, held: int, amount: Decimal) -> bool:
        return 0 < amount <= self.held[held].left

    def use(self, pk: int, held: int, amount: Decimal) -> None:
        row = self.held[held]
        row.left -= amount
        row.ending = "" if row.left else "spent"
        self.reserved[row.line] -= amount
        self.spend(pk, row.line, amount)

    def release(self, held: int, ending: str = "released") -> bool:
        row = self.held[held]
        if not row.left:
            return False
        self.reserved[row.line] -= row.left
        row.left, row.ending = Decimal(0), ending
        self.entries += 1
        return True

    def may_refund(self, spending: int, amount: Decimal) -> bool:
        row = self.spendings[spending]
        return not row.reversed and 0 < amount <= row.amount - row.back

    def refund(self, pk: int, spending: int, amount: Decimal) -> None:
        row = self.spendings[spending]
        row.back += amount
        self.spent[row.line] -= amount
        self.refunds[pk] = Refund(spending, amount)
        self.entries += 1

    def may_reverse_spending(self, pk: int) -> bool:
        row = self.spendings[pk]
        return not row.reversed and not row.back

    def reverse_spending(self, pk: int) -> None:
        row = self.spendings[pk]
        row.reversed = True
        self.spent[row.line] -= row.amount
        self.entries += 1

    def may_reverse_refund(self, pk: int) -> bool:
        row = self.refunds[pk]
        return not row.reversed and self.free(self.spendings[row.of].line) >= row.amount

    def reverse_refund(self, pk: int) -> None:
        row = self.refunds[pk]
        row.reversed = True
        spending = self.spendings[row.of]
        spending.back -= row.amount
        self.spent[spending.line] += row.amount
        self.entries += 1

    def receive(self, pk: int, amount: Decimal) -> None:
        self.received += amount
        self.incomes[pk] = amount
        self.entries += 1

    def reverse_income(self, pk: int) -> bool:
        if not self.incomes[pk]:
            return False
        self.received -= self.incomes[pk]
        self.incomes[pk] = Decimal(0)
        self.entries += 1
        return True
