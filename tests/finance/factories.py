"""A small fund: heads, a year and its lines, made by the services, so that the audit knows every entry."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from core.enums import Role
from core.models import User
from finance.enums import Side
from finance.models import Account, BudgetLine, Commitment, Entry, FiscalYear
from finance.services import budget, ledger, years
from finance.services.ledger import Case, Part
from tests.cast import Cast, make_cast

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2022, 5, 20, 10, 0, tzinfo=ZONE)
CASE = Case("welfare.claim", "12")


def yuan(text: str | int) -> Decimal:
    return Decimal(text).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Fund:
    """An open year. ``book`` by the accountant, who also plans; the chair opens."""

    cast: Cast
    year: FiscalYear

    @property
    def accountant(self) -> User:
        user = self.cast.users[Role.ACCOUNTANT]
        assert user
        return user

    @property
    def chair(self) -> User:
        user = self.cast.users[Role.CHAIR]
        assert user
        return user

    def line(self, amount: str | int = 1000, name: str = "文体活动", side: str = Side.SPENDING, **more) -> BudgetLine:
        """A line of its own head with ``amount`` yuan."""
        given = {"branch": None, "project": "", "document": "预算〔2022〕1号", "key": uuid4()} | more
        return budget.set_budget(
            year=self.year,
            account=make_account(name, side),
            amount=yuan(amount),
            actor=self.accountant,
            at=AT,
            **given,
        )

    def reserve(
        self, line: BudgetLine, amount: str | int, *, key: UUID | None = None, at: datetime = AT
    ) -> Commitment:
        parts = [Part(line, yuan(amount), "活动用品")]
        (made,) = ledger.reserve(parts=parts, case=CASE, key=key or uuid4(), actor=self.chair, at=at)
        return made

    def spend(
        self,
        line: BudgetLine,
        amount: str | int,
        *,
        commitment: Commitment | None = None,
        key: UUID | None = None,
        actor: User | None = None,
        at: datetime = AT,
    ) -> Entry:
        parts = [Part(line, yuan(amount), "活动用品", commitment)]
        (made,) = ledger.spend(parts=parts, key=key or uuid4(), actor=actor or self.accountant, at=at)
        return made

    def income(self, line: BudgetLine, amount: str | int, at: datetime = AT) -> Entry:
        parts = [Part(line, yuan(amount), "一季度拨缴", document="银行回单 0412")]
        (made,) = ledger.record_income(parts=parts, key=uuid4(), actor=self.accountant, at=at)
        return made


def make_account(name: str = "文体活动", side: str = Side.SPENDING) -> Account:
    number = Account.objects.count() + 1
    return Account.objects.get_or_create(name=name, side=side, defaults={"code": f"9{number:03}"})[0]


def make_fund(*, year: int = 2022, cast: Cast | None = None, opened: bool = True) -> Fund:
    cast = cast or make_cast()
    at = datetime(year, 1, 4, 9, 0, tzinfo=ZONE)
    accountant, chair = cast.users[Role.ACCOUNTANT], cast.users[Role.CHAIR]
    assert accountant
    assert chair
    planned = years.plan_year(year=year, carried_over=yuan(500), drawn=yuan(200), actor=accountant, at=at)
    fund = Fund(cast, planned)
    if not opened:
        return fund
    budget.set_budget(
        year=planned,
        account=make_account("其他支出"),
        branch=None,
        project="",
        amount=yuan(0),
        key=uuid4(),
        actor=accountant,
        at=at,
    )
    return Fund(cast, years.open_year(year=planned, document="教代会决议1号", actor=chair, at=at))


def totals(line: BudgetLine) -> tuple[Decimal, Decimal, Decimal]:
    """(budget, reserved, spent) as the database has them now."""
    return BudgetLine.objects.values_list("budget", "reserved", "spent").get(pk=line.pk)
