"""A small office of claims: a fund with a line, the rules, and a claim on its way."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from core import clock
from core.enums import Role, Scope
from core.models import PolicyRule, RoleGrant, User
from core.services import accounts
from finance.enums import ExpenseKind
from finance.expense_rules import Bill, Item
from finance.models import BudgetLine, Expense, PaymentBatch
from finance.services import approvals, expenses, payments
from finance.services.expenses import Content
from tests.cast import MEMBER
from tests.finance.factories import AT, Fund, make_fund, yuan

ACCOUNT = "6222020000000001234"
DESKS = (Role.BRANCH_OFFICER, Role.ACCOUNTANT, Role.CHAIR)
_numbers = count(1)


def make_rule(key: str, value, effect: str = "block") -> PolicyRule:
    given = {
        "scope": Scope.NATION,
        "from_on": date(2012, 1, 1),
        "decided_by": "建议值",
        "mark": "S",
        "effect": effect,
    }
    return PolicyRule.objects.create(key=key, value=value, **given)


def make_bill(number: str = "", amount: str | int = 1000, code: str = "") -> Bill:
    return Bill(code, number or f"2412{next(_numbers):08}", date(2022, 5, 6), yuan(amount), "城北文具店")


@dataclass(frozen=True)
class Office:
    fund: Fund
    line: BudgetLine

    def user(self, actor: str) -> User:
        """Read anew: a person keeps nothing from one act to the next."""
        user = self.fund.cast.users[actor]
        assert user
        return User.objects.get(pk=user.pk)

    def content(self, amount: str | int = 300, **more) -> Content:
        given = {
            "line": self.line,
            "kind": ExpenseKind.GENERAL,
            "purpose": "读书会用书",
            "items": [Item("图书", yuan(amount) - Decimal("0.50")), Item("邮费", Decimal("0.50"))],
            "bills": [make_bill(amount=amount)],
            "payee_name": "钱一",
            "payee_bank": "城北银行",
            "account": ACCOUNT,
        }
        return Content(**given | more)

    def draft(self, amount: str | int = 300, actor: str = MEMBER, **more) -> Expense:
        content = self.content(amount, **more)
        return expenses.draft_expense(actor=self.user(actor), content=content, at=AT)

    def submitted(self, amount: str | int = 300, actor: str = MEMBER, **more) -> Expense:
        expense = self.draft(amount, actor, **more)
        return expenses.submit_expense(expense=expense, actor=self.user(actor), at=AT)

    def sign(self, expense: Expense, desk: str, at: datetime = AT) -> Expense:
        fresh = Expense.objects.get(pk=expense.pk)
        return approvals.approve_expense(expense=fresh, digest=fresh.digest, actor=self.user(desk), at=at)

    def approved(self, amount: str | int = 300, actor: str = MEMBER, **more) -> Expense:
        expense = self.submitted(amount, actor, **more)
        for desk in DESKS:
            expense = self.sign(expense, desk)
        return expense

    def batch(self, *claims: Expense, actor: str = Role.CASHIER) -> PaymentBatch:
        return payments.make_batch(expenses=claims, actor=self.user(actor), at=AT)

    def pay(self, batch: PaymentBatch, actor: str = Role.CASHIER) -> PaymentBatch:
        rows = list(batch.payments.values_list("pk", flat=True))
        return payments.mark_paid(batch=batch, payments=rows, actor=self.user(actor), at=AT)

    def paid(self, amount: str | int = 300) -> Expense:
        expense = self.approved(amount)
        self.pay(self.batch(expense))
        return Expense.objects.get(pk=expense.pk)


def make_office(budget: str | int = 10_000) -> Office:
    fund = make_fund()
    make_rule(expenses.ROUTE, {"其他": "分工会负责人、会计、主席"})
    make_rule(expenses.MINUTE, 5000)
    return Office(fund, fund.line(budget))


def stand_in(office: Office, substitute: str, away: str) -> RoleGrant:
    """From today for three days, in the office that ``away`` has by his name in the cast."""
    today = clock.today()
    return accounts.grant_role(
        actor=office.user(Role.SECURITY_ADMIN),
        user=office.user(substitute),
        role=away,
        from_on=today,
        until_on=today + timedelta(days=3),
        branch_id=office.fund.cast.branch.pk if away == Role.BRANCH_OFFICER else None,
        stands_in_for=office.user(away),
        at=clock.now(),
    )
