"""Claims of the demo's branch: one still a draft, one on each desk, one to be paid, one paid. All of it invented."""

from datetime import datetime
from decimal import Decimal

from core.clock import local_date
from core.models import User
from finance.enums import ExpenseKind
from finance.expense_rules import Bill, Item
from finance.models import BudgetLine, Expense
from finance.services import approvals, expenses, payments
from finance.services.expenses import Content
from union_site.demo_fund import ACCOUNTANT, BRANCH_PROJECT, CHAIR

MEMBER, OFFICER, CASHIER = "1900106", "1900078", "1900039"
DESKS = (OFFICER, ACCOUNTANT, CHAIR)
# What for, its rows, the invoice's seller, how many desks have signed (None: not handed in), whether it is paid.
CLAIMS = (
    ("读书分享会用书和茶歇", (("图书 12 册", "486.00"), ("茶歇", "153.50")), "城北书店", 3, True),
    ("秋季登山健步活动饮水和奖品", (("饮用水", "168.00"), ("纪念毛巾 40 条", "720.00")), "东门百货", 3, False),
    ("女教职工插花活动材料", (("鲜花和花泥", "860.00"),), "南园花木", 2, False),
    ("乒乓球友谊赛用球", (("乒乓球 6 盒", "228.00"),), "体育用品商行", 0, False),
    ("教工之家添置茶具", (("茶具 2 套", "316.00"),), "西街瓷器", None, False),
)


def load(*, at: datetime) -> None:
    """Needs the fund and the accounts of the cast."""
    line = BudgetLine.objects.get(
        year__year=local_date(at).year, project=BRANCH_PROJECT, branch__short_name="纺织学院"
    )
    for number, (purpose, rows, seller, signed, is_paid) in enumerate(CLAIMS):
        items = [Item(text, Decimal(amount)) for text, amount in rows]
        total = sum((item.amount for item in items), Decimal(0))
        bill = Bill("", f"2632000000{4711 + number:010}", local_date(at), total, seller)
        content = Content(
            line=line,
            kind=ExpenseKind.ACTIVITY,
            purpose=purpose,
            items=items,
            bills=[bill],
            payee_name=_user(MEMBER).name,
            payee_bank="城北银行江南支行",
            account=f"62220200000000{47110 + number}",
        )
        claim = expenses.draft_expense(actor=_user(MEMBER), content=content, at=at)
        if signed is not None:
            _carry(claim, signed, is_paid, at)


def _carry(claim: Expense, signed: int, is_paid: bool, at: datetime) -> None:
    claim = expenses.submit_expense(expense=claim, actor=_user(MEMBER), at=at)
    for desk in DESKS[:signed]:
        claim = approvals.approve_expense(expense=claim, digest=claim.digest, actor=_user(desk), at=at)
    if is_paid:
        batch = payments.make_batch(expenses=[claim], actor=_user(CASHIER), at=at)
        chosen = list(batch.payments.values_list("pk", flat=True))
        payments.mark_paid(batch=batch, payments=chosen, actor=_user(CASHIER), at=at)


def _user(username: str) -> User:
    """Read anew: a person keeps nothing from one act to the next."""
    return User.objects.get(username=username)
