"""Every act of the ledger is once for its key, and a key is its user's own."""

from uuid import uuid4

from django.core.management import call_command

from finance.codes import Refusal
from finance.enums import Side
from finance.models import Entry
from finance.services import budget, ledger
from finance.services.budget import Change
from finance.services.ledger import Part
from tests.finance.factories import AT, CASE, totals, yuan
from tests.finance.refusing import refused


def test_same_key_same_entries_and_another_content_is_refused(fund):
    line, key = fund.line(1000), uuid4()
    first = fund.spend(line, 100, key=key)

    again = fund.spend(line, 100, key=key)

    assert (again.pk, totals(line)) == (first.pk, (1000, 0, 100))
    for part in (
        Part(line, yuan(101), "活动用品"),
        Part(line, yuan(100), "别的"),
        Part(fund.line(5, project="x"), yuan(5), "x"),
    ):
        assert refused(ledger.spend, parts=[part], key=key, actor=fund.accountant, at=AT) is Refusal.KEY_REUSED
    assert refused(ledger.reverse, entry=first, reason="x", key=key, actor=fund.accountant, at=AT) is (
        Refusal.KEY_REUSED
    )


def test_every_act_is_once_for_its_key(fund):
    line, income = fund.line(1000), fund.line(1000, name="会费收入", side=Side.INCOME)
    spent, held = fund.spend(line, 100), fund.reserve(line, 50)
    by = {"actor": fund.accountant, "at": AT}
    change = {"reason": "x", "document": "1号"}
    acts = {
        "reserve": lambda key: ledger.reserve(parts=[Part(line, yuan(9), "x")], key=key, **by),
        "release": lambda key: ledger.release(commitments=[held], text="x", key=key, **by),
        "refund": lambda key: ledger.refund(spending=spent, amount=yuan(1), text="x", key=key, **by),
        "income": lambda key: ledger.record_income(
            parts=[Part(income, yuan(1), "x", document="回单")], key=key, **by
        ),
        "reverse": lambda key: ledger.reverse(entry=fund.spend(line, 3, key=spend_key), reason="x", key=key, **by),
        "revise": lambda key: budget.revise_budget(changes=[Change(line, yuan(7))], key=key, **change, **by),
        "set": lambda key: fund.line(77, name="新科目", key=key),
    }
    spend_key = uuid4()
    fund.spend(line, 3, key=spend_key)
    for name, act in acts.items():
        key = uuid4()
        first = act(key)
        entries = Entry.objects.count()

        assert act(key) == first, name
        assert Entry.objects.count() == entries, name
    call_command("check_books")


def test_another_users_key_is_unknown(fund):
    line, key = fund.line(1000), uuid4()
    ledger.spend(parts=[Part(line, yuan(1), "甲")], case=CASE, key=key, actor=fund.chair, at=AT)

    other = ledger.spend(parts=[Part(line, yuan(2), "乙")], case=CASE, key=key, actor=fund.accountant, at=AT)

    assert (other[0].text, totals(line)) == ("乙", (1000, 0, 3))
