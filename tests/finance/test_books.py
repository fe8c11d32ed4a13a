"""``check_books``: every invariant sees the fault that is planted for it, and sound books have none."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from core import books, tasks
from core.enums import Role, Story
from core.models import Alert, OutboxMessage
from finance.enums import Side
from finance.services import budget, ledger, years
from finance.services.expenses import ROUTE
from tests.finance.claims import Office, make_rule
from tests.finance.factories import AT, CASE, Fund, make_fund, yuan
from tests.owner import as_owner, owner_does

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = (
    *("finance_entry", "finance_budgetline", "finance_commitment", "finance_entrycounter", "finance_fiscalyear"),
    *("finance_expense", "finance_expenseact", "finance_expenseitem", "finance_payment", "finance_paymentbatch"),
)
WITHOUT_TRIGGERS = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES]
# (code, what somebody with all rights does to the tables)
FAULTS = [
    ("I1", "UPDATE finance_budgetline SET budget = budget + 1"),
    ("I1", "UPDATE finance_budgetline SET reserved = reserved + 0.01 WHERE reserved > 0"),
    ("I1", "UPDATE finance_budgetline SET spent = spent - 0.01 WHERE spent > 0"),
    ("I1", "UPDATE finance_budgetline SET income = income + 1 WHERE income > 0"),
    ("I1", "UPDATE finance_entry SET amount = amount - 1 WHERE source_kind = 'finance.transfer' AND amount > 0"),
    ("I2", "UPDATE finance_budgetline SET spent = spent + 1 WHERE spent > 0"),
    ("I3", "UPDATE finance_entry SET amount = 10000 WHERE kind = 'spend' AND amount = 30"),
    ("I7", "DELETE FROM finance_entry WHERE number = 3"),
    ("I7", "UPDATE finance_entry SET number = 99 WHERE number = 3"),
    ("I7", "UPDATE finance_entrycounter SET last = last + 1"),
    ("I8", "UPDATE finance_entry SET amount = amount + 1 WHERE kind = 'income' AND reverses_id IS NULL"),
    ("I8", "DELETE FROM finance_entry WHERE kind = 'refund'"),
    ("I8", "UPDATE finance_entry SET line_id = line_id + 1 WHERE kind = 'refund'"),
    ("I9", "UPDATE finance_entry SET booked_on = '2022-05-19' WHERE kind = 'spend'"),
    ("I9", "UPDATE finance_entry SET at = at - interval '1 year', booked_on = '2021-05-20' WHERE kind = 'spend'"),
    ("I9", "UPDATE finance_fiscalyear SET state = 'closed', closed_by_id = opened_by_id, closed_at = opened_at"),
    ("I10", "ALTER TABLE finance_fiscalyear ALTER drawn TYPE numeric(14, 3)"),
    ("I10", "ALTER TABLE finance_fiscalyear ADD extra double precision"),
    ("I11", "UPDATE finance_entry SET amount = -29 WHERE reverses_id IS NOT NULL AND kind = 'spend'"),
    ("I12", "UPDATE finance_commitment SET remaining = remaining - 1 WHERE ending = ''"),
    ("I12", "UPDATE finance_commitment SET ending = 'expired' WHERE ending = 'released'"),
    ("I12", "DELETE FROM finance_commitment WHERE ending = ''"),
    ("I12", "UPDATE finance_budgetline SET reserved = reserved + 1 WHERE reserved > 0"),
    (
        "I4",
        "DROP INDEX payment_one_live_per_expense; INSERT INTO finance_payment (batch_id, expense_id, amount, digest,"
        " state, said) SELECT batch_id, expense_id, amount, digest, 'waiting', '' FROM finance_payment",
    ),
    ("I4", "UPDATE finance_expense SET state = 'approved' WHERE state = 'paid'"),
    ("I5", "UPDATE finance_expense SET amount = amount + 1 WHERE state = 'paid'"),
    ("I5", "UPDATE finance_expenseitem SET amount = amount - 0.01"),
    ("I5", "UPDATE finance_payment SET amount = amount - 1"),
    ("I6", "DELETE FROM finance_expenseact WHERE kind = 'approve' AND position = 1"),
    ("I6", "UPDATE finance_expenseact SET digest = md5('') WHERE kind = 'approve' AND position = 2"),
    (
        "I6",
        "UPDATE finance_expense SET entered_by_id = (SELECT actor_id FROM finance_expenseact"
        " WHERE expense_id = finance_expense.id AND position = 0)",
    ),
    (
        "I6",
        "UPDATE finance_payment SET paid_by_id = (SELECT actor_id FROM finance_expenseact"
        " WHERE expense_id = finance_payment.expense_id AND position = 2)",
    ),
    ("I6", "UPDATE finance_payment SET digest = md5('')"),
    (
        "I6",
        "UPDATE finance_expenseact SET on_behalf_of_id = (SELECT applicant_id FROM finance_expense"
        " WHERE id = expense_id) WHERE kind = 'approve' AND position = 2",
    ),
    ("I13", "UPDATE finance_paymentbatch SET total = total + 1"),
    ("I13", "UPDATE finance_paymentbatch SET count = count + 1"),
]


def busy_fund() -> Fund:
    """One of every entry, and a commitment of each ending but expiry."""
    fund = make_fund()
    line, income = fund.line(1000), fund.line(900, name="会费收入", side=Side.INCOME)
    other = fund.line(500, name="宣传活动")
    given = {"actor": fund.accountant, "at": AT}
    one, two, _three = fund.reserve(line, 100), fund.reserve(line, 50), fund.reserve(line, 25)
    fund.spend(line, 100, commitment=one)
    ledger.release(**given | _key(1), commitments=[two], text="撤回", case=CASE)
    wrong, kept = fund.spend(line, 30), fund.spend(line, 200)
    ledger.reverse(**given | _key(2), entry=wrong, reason="登错")
    ledger.refund(**given | _key(3), spending=kept, amount=yuan(20), text="退货")
    ledger.reverse(**given | _key(4), entry=fund.income(income, 400), reason="重复")
    fund.income(income, 77)
    move = {"out_of": other, "into": line, "amount": yuan(5), "reason": "调剂", "document": "1号"}
    budget.transfer_budget(**given | _key(5), **move)
    office = Office(fund, fund.line(700, name="其他"))
    make_rule(ROUTE, {"其他": "分工会负责人、会计、主席"})
    office.paid(300)
    office.approved(100)
    return fund


def _key(number: int) -> dict:
    return {"key": UUID(int=number)}


def codes() -> set[str]:
    return {difference.code for difference in books.differences()}


def test_sound_books_have_no_difference(capsys):
    busy_fund()

    call_command("check_books")

    assert "没有差异" in capsys.readouterr().out
    assert codes() == set()


def test_every_invariant_sees_its_fault():
    """Each fault is planted in a transaction of the owner's, looked at from inside it, and undone."""
    busy_fund()
    asked = {check.code: [] for check in books._checks}
    for check in books._checks:
        asked[check.code].append(check.sql)
    assert {code for code, _fault in FAULTS} == set(asked)

    blind = [fault for code, fault in FAULTS if not _seen(asked[code], fault)]

    assert blind == []
    assert codes() == set()


def _seen(asked: list[str], fault: str) -> bool:
    with as_owner() as owner, owner.transaction(force_rollback=True):
        for statement in WITHOUT_TRIGGERS:
            owner.execute(statement)
        owner.execute("ALTER TABLE finance_commitment DROP CONSTRAINT commitment_ends_when_nothing_remains")
        owner.execute(fault)
        return any(owner.execute(sql).fetchall() for sql in asked)


def test_a_difference_ends_the_command_with_one_and_raises_the_alert(capsys):
    make_fund().line(1000)
    owner_does(*WITHOUT_TRIGGERS, "UPDATE finance_budgetline SET budget = 1001 WHERE budget = 1000")

    with pytest.raises(CommandError) as refused:
        tasks.check_books()
    with pytest.raises(CommandError):
        tasks.check_books()

    assert refused.value.returncode == 1
    assert "I1 预算各项合计与明细不符" in capsys.readouterr().err
    alert = Alert.objects.get()
    assert (alert.story, alert.count) == (Story.BROKEN_BOOKS, 1)
    assert OutboxMessage.objects.count() == 2  # both administrators, once


def test_closing_leaves_no_difference():
    fund = busy_fund()
    years.expire_commitments(
        year=fund.year, actor=fund.cast.users[Role.ACCOUNTANT], at=AT.replace(year=2023), **_key(6)
    )
    years.close_year(year=fund.year, actor=fund.accountant, at=AT.replace(year=2023))

    assert codes() == set()
