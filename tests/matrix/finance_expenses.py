"""Claims and their payment: the applicant's own, the branch's desk, the office's signatures, the batches."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role, Scope
from core.models import PolicyRule
from finance.enums import ExpenseKind
from finance.expense_rules import Item
from finance.models import Expense, Payment, PaymentBatch
from finance.services import approvals, expenses, payments
from finance.services.expenses import Content
from tests.cast import MEMBER, Cast
from tests.matrix import finance
from tests.matrix.admin import AUDITOR, CHAIR, STAFF, may, pages
from tests.matrix.finance import ACCOUNTANT
from tests.matrix.portal import MEMBERS, NOT_POSTED, OFFICERS, _nobody
from tests.matrix.table import Row, only, signed_in

CASHIER = frozenset({Role.CASHIER})
BOOKS = ACCOUNTANT | CHAIR | AUDITOR
SIGNERS = STAFF | ACCOUNTANT | CHAIR


def _rules() -> None:
    given = {"from_on": date(2012, 1, 1), "decided_by": "测试", "mark": "S", "effect": "warn"}
    value = {"其他": "分工会负责人、会计、主席"}
    known = {"key": expenses.ROUTE, "scope": Scope.NATION}
    PolicyRule.objects.get_or_create(**known, defaults={"value": value, **given})


def _claim(cast: Cast, purpose: str, applicant: str) -> Expense:
    """A draft of that purpose, made once."""
    found = Expense.objects.filter(purpose=purpose).first()
    if found:
        return found
    _rules()
    content = Content(
        line=finance._line(cast),
        kind=ExpenseKind.GENERAL,
        purpose=purpose,
        items=[Item("图书", Decimal("10.00"))],
        bills=[],
        payee_name="钱一",
        payee_bank="城北银行",
        account="62220200001234",
    )
    return expenses.draft_expense(actor=cast.users[applicant], content=content, at=clock.now())


def _submitted(cast: Cast, purpose: str = "运动会用水", applicant: str = MEMBER) -> Expense:
    claim = _claim(cast, purpose, applicant)
    if claim.state == "draft":
        claim = expenses.submit_expense(expense=claim, actor=cast.users[applicant], at=clock.now())
    return claim


def _signed(cast: Cast, purpose: str) -> Expense:
    """The branch officer's own, reviewed by union staff, approved."""
    claim = _submitted(cast, purpose, Role.BRANCH_OFFICER)
    for role in (Role.UNION_STAFF, Role.ACCOUNTANT, Role.CHAIR):
        if claim.state == "submitted":
            given = {"digest": claim.digest, "actor": cast.users[role], "at": clock.now()}
            claim = approvals.approve_expense(expense=claim, **given)
    return claim


def _draft(cast: Cast) -> Expense:
    return _claim(cast, "读书会用书", MEMBER)


def _at_staff(cast: Cast) -> Expense:
    return _submitted(cast, "合唱队服装", Role.BRANCH_OFFICER)


def _approved(cast: Cast) -> Expense:
    return _signed(cast, "茶话会用品")


def _waiting(cast: Cast, purpose: str = "座谈会用品") -> Payment:
    claim = _signed(cast, purpose)
    found = claim.payments.select_related("batch").first()
    if found is None:
        payments.make_batch(expenses=[claim], actor=cast.users[Role.CASHIER], at=clock.now())
        found = claim.payments.select_related("batch").get()
    return found


def _paid(cast: Cast) -> Payment:
    row = _waiting(cast, "讲座用品")
    if row.state == "waiting":
        given = {"payments": [row.pk], "actor": cast.users[Role.CASHIER], "at": clock.now()}
        payments.mark_paid(batch=row.batch, **given)
    return row


def _batch(cast: Cast) -> PaymentBatch:
    return _waiting(cast).batch


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _list(format: str):
    return lambda cast: {"pk": _batch(cast).pk, "format": format}


def _act(route: str, made, who, posted: int = 200) -> list[Row]:
    return [
        Row(route, get=may(who), post=may(who, posted), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(who, 404), post=may(who, 404), kwargs=_nobody),
    ]


MINE, DESK, BATCH = "finance/me/expenses/", "finance/expenses/", "admin/finance/paymentbatch/"
DECIDE, PDF = "admin/finance/expense/<int:pk>/decide/", f"{DESK}<int:pk>/form.pdf"
LIST = f"{BATCH}<int:pk>/list.<str:format>"
SEEN = {MEMBER, Role.BRANCH_OFFICER} | BOOKS
ROWS = [
    Row(MINE, get=only(MEMBERS, 200), post=NOT_POSTED),
    Row(f"{MINE}new/", get=only(MEMBERS, 200), post=only(MEMBERS, 200)),
    Row(f"{MINE}<int:pk>/", get=only({MEMBER}, 200), post=only({MEMBER}, 200), kwargs=_pk(_draft)),
    Row(f"{MINE}<int:pk>/", label=" nobody", get=signed_in(404), post=signed_in(404), kwargs=_nobody),
    Row(f"{MINE}<int:pk>/edit/", get=only({MEMBER}, 200), post=only({MEMBER}, 200), kwargs=_pk(_draft)),
    Row(f"{MINE}<int:pk>/edit/", label=" handed in", get=signed_in(404), post=signed_in(404), kwargs=_pk(_submitted)),
    Row(DESK, get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(
        f"{DESK}<int:pk>/",
        get=only({Role.BRANCH_OFFICER}, 200),
        post=only({Role.BRANCH_OFFICER}, 302),  # to a fresh sign-in
        kwargs=_pk(_submitted),
    ),
    Row(f"{DESK}<int:pk>/", label=" a draft", get=signed_in(404), post=signed_in(404), kwargs=_pk(_draft)),
    Row(PDF, get=only(SEEN, 200), post=NOT_POSTED, kwargs=_pk(_submitted)),
    *pages("finance/expense", _approved, view=BOOKS | STAFF | CASHIER),
    *_act(DECIDE, _at_staff, SIGNERS, 302),
    Row("admin/finance/expense/sign/", get=may(SIGNERS), post=may(SIGNERS, 302)),
    *pages("finance/paymentbatch", _batch, view=BOOKS | CASHIER),
    Row("admin/finance/expense/sample/", get=may(AUDITOR), post=may(AUDITOR)),
    Row(LIST, get=may(BOOKS | CASHIER), post=finance.WRONG_METHOD, kwargs=_list("pdf")),
    Row(LIST, label=" xlsx", get=may(BOOKS | CASHIER), post=finance.WRONG_METHOD, kwargs=_list("xlsx")),
    Row(LIST, label=" unknown", get=may(BOOKS | CASHIER, 404), post=finance.WRONG_METHOD, kwargs=_list("exe")),
    Row(f"{BATCH}make/", get=may(CASHIER), post=may(CASHIER)),
    *_act(f"{BATCH}<int:pk>/file/", _batch, CASHIER),
    *_act(f"{BATCH}<int:pk>/paid/", _batch, CASHIER),
    *_act(f"{BATCH}payment/<int:pk>/drop/", _waiting, CASHIER),
    *_act(f"{BATCH}payment/<int:pk>/bounce/", _paid, CASHIER),
]
FILES = {PDF, LIST}


def _new(cast: Cast) -> dict:
    _rules()
    return {
        **{"line": str(finance._line(cast).pk), "kind": "general", "purpose": f"用品{uuid4().hex[:6]}"},
        **{"payee_name": "钱一", "payee_bank": "城北银行", "account": "62220200001234"},
        **{"item-0-text": "图书", "item-0-amount": "9.00"},
    }


FILLED = {
    f"{MINE}new/": _new,
    f"{MINE}<int:pk>/": lambda cast: {"do": "submit"},
    f"{MINE}<int:pk>/edit/": lambda cast: {"purpose": "读书会用书", "item-0-amount": "8.00"},
    f"{BATCH}make/": lambda cast: {"expenses": str(_approved(cast).pk)},
    f"{BATCH}payment/<int:pk>/drop/": lambda cast: {"reason": "余额不足"},
}
_FRESH = "asks for a fresh sign-in first; tests/finance/test_expense_signing.py"
_BOOKED = "booked as well: an entry for the claim, the ledger and the batch; tests/finance/test_payments.py"
NOT_FILLED = {
    **dict.fromkeys([f"{DESK}<int:pk>/", DECIDE, "admin/finance/expense/sign/"], _FRESH),
    f"{BATCH}<int:pk>/file/": "a transaction of its own, answered with a file; tests/finance/test_payments.py",
    "admin/finance/expense/sample/": "answered with a file; tests/finance/test_expense_pages.py",
    f"{BATCH}<int:pk>/paid/": _BOOKED,
    f"{BATCH}payment/<int:pk>/bounce/": _BOOKED,
}
