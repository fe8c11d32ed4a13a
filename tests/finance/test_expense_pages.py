"""Claims on their pages: filled in without JavaScript, signed, paid; what a page shows and what it does not."""

import csv
import io
from uuid import uuid4

import pytest
from django.test import Client
from pypdf import PdfReader

from core import clock
from core.enums import Role
from core.models import AuditEntry
from core.spreadsheets.sheets import open_sheets
from finance.enums import ExpenseState
from finance.models import Expense, PaymentBatch
from finance.services import expenses, payments
from tests.cast import MEMBER
from tests.finance.claims import ACCOUNT, DESKS, Office, make_rule
from tests.finance.factories import make_fund
from tests.fresh import fresh_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office() -> Office:
    """Of the year of the database's clock: pages act today."""
    fund = make_fund(year=clock.today().year)
    make_rule(expenses.ROUTE, {"其他": "分工会负责人、会计、主席"})
    return Office(fund, fund.line(1000))


def client_of(office: Office, actor: str) -> Client:
    return fresh_client(office.user(actor))


def typed(office: Office, **more) -> dict:
    return {
        **{"intent_key": str(uuid4()), "line": office.line.pk, "kind": "general", "purpose": "读书会用书"},
        **{"payee_name": "钱一", "payee_bank": "城北银行", "account": ACCOUNT, "minute": ""},
        **{"item-TOTAL_FORMS": 3, "item-INITIAL_FORMS": 0, "bill-TOTAL_FORMS": 3, "bill-INITIAL_FORMS": 0},
        **{"item-0-text": "图书", "item-0-amount": "299.50", "item-1-text": "邮费", "item-1-amount": "0.50"},
        **{
            "bill-0-number": "２４１２ ０００１",
            "bill-0-on": "2022-05-06",
            "bill-0-amount": "300",
            "bill-0-seller": "书店",
        },
    } | more


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_from_the_form_to_the_bank(office):
    mine, officer = client_of(office, MEMBER), client_of(office, Role.BRANCH_OFFICER)
    form = typed(office, submit="1")
    for _again in range(2):  # the second click is the same act
        mine.post("/finance/me/expenses/new/", form)
    expense = Expense.objects.get()
    assert (expense.state, expense.invoices.get().number) == (ExpenseState.SUBMITTED, "24120001")
    assert str(expense) in page(mine, "/finance/me/expenses/")

    seen = page(officer, f"/finance/expenses/{expense.pk}/")
    assert "****1234" in seen
    assert ACCOUNT not in seen
    officer.post(f"/finance/expenses/{expense.pk}/", {"digest": expense.digest, "word": "属实", "do": "approve"})
    for role in (Role.ACCOUNTANT, Role.CHAIR):
        client = client_of(office, role)
        assert "待您审批" in page(client, "/admin/finance/expense/")
        shown = page(client, f"/admin/finance/expense/{expense.pk}/decide/")
        assert "叁佰元整" in shown
        given = {"intent_key": str(uuid4()), "digest": expense.digest, "do": "approve", "word": ""}
        client.post(f"/admin/finance/expense/{expense.pk}/decide/", given)

    cashier = client_of(office, Role.CASHIER)
    assert "1 份报销单已批准待支付" in page(cashier, "/admin/finance/paymentbatch/")
    given = {"intent_key": str(uuid4()), "expenses": [expense.pk]}
    cashier.post("/admin/finance/paymentbatch/make/", given)
    batch = PaymentBatch.objects.get()
    place = f"/admin/finance/paymentbatch/{batch.pk}"
    answer = cashier.post(f"{place}/file/", {"format": "csv", "reason": ""})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[1][3] == ACCOUNT
    assert "attachment" in answer["Content-Disposition"]
    assert "已导出过一次" in cashier.post(f"{place}/file/", {"format": "csv", "reason": ""}).content.decode()
    payment = batch.payments.get()
    cashier.post(f"{place}/paid/", {"intent_key": str(uuid4()), "payments": [payment.pk]})
    assert Expense.objects.get().state == ExpenseState.PAID
    bounce = f"/admin/finance/paymentbatch/payment/{payment.pk}/bounce/"
    cashier.post(bounce, {"intent_key": str(uuid4()), "reason": "账号不符"})
    assert Expense.objects.get().state == ExpenseState.APPROVED
    assert "账号不符" in page(mine, f"/finance/me/expenses/{expense.pk}/")


def test_a_draft_is_kept_changed_and_handed_in_later(office):
    mine = client_of(office, MEMBER)
    mine.post("/finance/me/expenses/new/", typed(office))
    draft = Expense.objects.get()
    place = f"/finance/me/expenses/{draft.pk}/"
    shown = page(mine, f"{place}edit/")
    assert "299.50" in shown
    assert "现为 ****1234" in shown

    changed = typed(
        office, account="", **{"item-INITIAL_FORMS": 2, "item-TOTAL_FORMS": 5, "item-1-text": "", "item-1-amount": ""}
    )
    mine.post(f"{place}edit/", changed | {"bill-INITIAL_FORMS": 1})
    mine.post(place, {"do": "submit", "reason": ""})

    expense = Expense.objects.get()
    assert (expense.state, str(expense.amount), expense.payee_account_last4) == ("submitted", "299.50", "1234")
    mine.post(place, {"do": "recall", "reason": ""})
    assert Expense.objects.get().state == ExpenseState.SUBMITTED
    mine.post(place, {"do": "recall", "reason": "换账号"})
    assert Expense.objects.get().state == ExpenseState.RETURNED
    mine.post(place, {"do": "withdraw", "reason": ""})
    assert Expense.objects.get().state == ExpenseState.WITHDRAWN


def test_rows_that_are_half_filled_come_back(office):
    mine = client_of(office, MEMBER)

    shown = mine.post("/finance/me/expenses/new/", typed(office, **{"item-2-text": "书架"})).content.decode()

    assert "请填写。" in shown
    assert not Expense.objects.exists()


def test_a_refusal_keeps_nothing_of_a_new_claim(office):
    mine = client_of(office, MEMBER)
    mine.post("/finance/me/expenses/new/", typed(office, submit="1"))

    shown = mine.post("/finance/me/expenses/new/", typed(office, submit="1")).content.decode()

    assert "发票 24120001 已用于报销单" in shown
    assert Expense.objects.count() == 1


def test_union_staff_enter_for_somebody(office):
    staff = client_of(office, Role.UNION_STAFF)
    other = office.user(Role.HANDLER)
    staff.post("/finance/me/expenses/new/", typed(office, applicant=other.username))

    assert Expense.objects.get().applicant == other
    assert 'name="applicant"' not in page(client_of(office, MEMBER), "/finance/me/expenses/new/")


def test_the_form_on_paper(office):
    mine = client_of(office, MEMBER)
    mine.post("/finance/me/expenses/new/", typed(office, submit="1"))
    expense = Expense.objects.get()
    office.sign(expense, Role.BRANCH_OFFICER, at=clock.now())

    answer = mine.get(f"/finance/expenses/{expense.pk}/form.pdf")

    text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(b"".join(answer.streaming_content))).pages)
    for words in (
        "工会经费报销单",
        "叁佰元整",
        "300.00",
        "读书会用书",
        "附单据",
        "1 张",
        "分工会负责人",
        "经手",
        "证明",
        "审批",
    ):
        assert words in text
    assert ACCOUNT not in text


def _batch(office: Office, number: int) -> PaymentBatch:
    """So many claims of 10, 20, ... yuan, approved and in one batch, today."""
    at = clock.now()
    made = []
    for place in range(1, number + 1):
        mine = {"actor": office.user(MEMBER), "at": at}
        claim = expenses.draft_expense(content=office.content(10 * place, purpose=f"用品{place}"), **mine)
        expenses.submit_expense(expense=claim, **mine)
        for desk in DESKS:
            office.sign(claim, desk, at=at)
        made.append(Expense.objects.get(pk=claim.pk))
    return payments.make_batch(expenses=made, actor=office.user(Role.CASHIER), at=at)


def _sheet(answer) -> list[tuple]:
    with open_sheets(io.BytesIO(b"".join(answer.streaming_content)), filename="a.xlsx") as sheets:
        return [cells for _number, cells in sheets[0].rows]


def test_the_list_of_payments(office):
    batch = _batch(office, 3)
    auditor = client_of(office, Role.AUDITOR)
    place = f"/admin/finance/paymentbatch/{batch.pk}/list"

    pdf = PdfReader(io.BytesIO(b"".join(auditor.get(f"{place}.pdf").streaming_content)))
    rows = _sheet(auditor.get(f"{place}.xlsx"))

    text = "".join(one.extract_text() for one in pdf.pages)
    for words in ("工会经费付款清单", "陆拾元整", "60.00", "3 笔", "****1234"):
        assert words in text
    assert [float(row[6]) for row in rows[-3:]] == [10, 20, 30]
    assert not [row for row in rows if ACCOUNT in map(str, row)]


def test_the_audit_committees_sample_is_drawn_again_by_its_seed(office):
    _batch(office, 6)
    auditor = client_of(office, Role.AUDITOR)
    asked = {"year": clock.today().year, "number": 3, "seed": "2022经审"}

    one, same, other = (
        _sheet(auditor.post("/admin/finance/expense/sample/", asked | {"seed": seed}))
        for seed in ("2022经审", "2022经审", "7")
    )

    assert one == same
    assert one[3:] != other[3:]
    assert "6 份中随机抽取 3 份，随机种子：2022经审" in str(one[1][0])
    assert len(one[3:]) == 3
    assert "主席" in str(one[-1])
    entry = AuditEntry.objects.filter(action="finance.expense.exported").latest("position")
    assert (entry.data["seed"], entry.data["of"], len(entry.data["expenses"])) == ("7", 6, 3)
