"""The ledger's services: what each does to its line, what is refused, and that a refusal books nothing."""

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction

from core.enums import Role
from core.models import AuditEntry
from finance.codes import CannotBook, Refusal
from finance.enums import Ending, EntryKind, Side
from finance.models import Commitment, Entry
from finance.services import budget, ledger
from finance.services.budget import Change
from finance.services.ledger import Case, Part
from tests.cast import ACTORS, ANONYMOUS
from tests.finance.factories import AT, CASE, ZONE, make_fund, totals, yuan
from tests.finance.refusing import refused


def test_a_reservation_turns_into_spending_and_is_never_both(fund):
    line = fund.line(1000)
    commitment = fund.reserve(line, 300)
    assert totals(line) == (1000, 300, 0)

    fund.spend(line, 100, commitment=commitment)
    assert totals(line) == (1000, 200, 100)
    fund.spend(line, 200, commitment=commitment)

    assert totals(line) == (1000, 0, 300)
    commitment.refresh_from_db()
    assert (commitment.remaining, commitment.ending, commitment.ended_at) == (0, Ending.SPENT, AT)
    call_command("check_books")


def test_what_is_left_of_a_reservation_is_released(fund):
    line = fund.line(1000)
    commitment = fund.reserve(line, 300)
    fund.spend(line, 120, commitment=commitment)

    ledger.release(commitments=[commitment], text="余额", case=CASE, key=uuid4(), actor=fund.chair, at=AT)

    commitment.refresh_from_db()
    assert (totals(line), commitment.remaining, commitment.ending) == ((1000, 0, 120), 0, Ending.RELEASED)
    call_command("check_books")


def test_a_refund_and_a_reversal_give_back_to_the_line(fund):
    line = fund.line(1000)
    first, second = fund.spend(line, 300), fund.spend(line, 200)

    ledger.refund(spending=first, amount=yuan("50.50"), text="退货", key=uuid4(), actor=fund.accountant, at=AT)
    negative = ledger.reverse(entry=second, reason="登错科目", key=uuid4(), actor=fund.accountant, at=AT)

    assert totals(line) == (1000, 0, Decimal("249.50"))
    assert (negative.amount, negative.kind, negative.reverses_id) == (-200, EntryKind.SPEND, second.pk)
    call_command("check_books")


def test_a_reversed_spending_does_not_revive_its_reservation(fund):
    line = fund.line(1000)
    commitment = fund.reserve(line, 300)
    spending = fund.spend(line, 300, commitment=commitment)

    ledger.reverse(entry=spending, reason="付款失败", key=uuid4(), actor=fund.accountant, at=AT)

    commitment.refresh_from_db()
    assert (totals(line), commitment.ending) == ((1000, 0, 0), Ending.SPENT)
    call_command("check_books")


def test_income_comes_in_and_can_be_reversed(fund):
    line = fund.line(5000, name="拨缴经费收入", side=Side.INCOME)
    entry = fund.income(line, 1200)
    fund.income(line, "300.05")

    ledger.reverse(entry=entry, reason="重复入账", key=uuid4(), actor=fund.accountant, at=AT)

    line.refresh_from_db()
    assert (line.budget, line.income, line.available) == (5000, Decimal("300.05"), 5000)
    call_command("check_books")


def test_an_entry_says_who_when_and_for_which_case(fund):
    line = fund.line(1000)

    commitment = fund.reserve(line, 300)

    entry = commitment.entry
    assert (entry.actor, entry.at, f"{entry.booked_on}", entry.number) == (fund.chair, AT, "2022-05-20", 3)
    assert (entry.source_kind, entry.source_id) == CASE
    assert list(Commitment.objects.of_case(*CASE)) == [commitment]
    told = AuditEntry.objects.order_by("-position")[0]
    assert (told.action, told.target_id, told.data["source"]) == (
        "finance.entry.reserved",
        str(entry.pk),
        "welfare.claim:12",
    )
    (booked,) = told.data["entries"]
    assert (booked["number"], booked["amount"]) == (str(entry), "300.00") == ("2022-000003", "300.00")


def test_several_parts_are_one_act(fund):
    one, two = fund.line(100), fund.line(100, name="宣传活动")
    parts = [Part(one, yuan(60), "甲"), Part(two, yuan(101), "乙")]

    assert refused(ledger.spend, parts=parts, key=uuid4(), actor=fund.accountant, at=AT) is Refusal.NOT_COVERED
    parts[1] = Part(two, yuan(100), "乙")
    ledger.spend(parts=parts, key=uuid4(), actor=fund.accountant, at=AT)

    assert (totals(one), totals(two)) == ((100, 0, 60), (100, 0, 100))


def test_parts_of_one_line_are_counted_together(fund):
    line = fund.line(100)
    parts = [Part(line, yuan(60), "甲"), Part(line, yuan("40.01"), "乙")]

    assert refused(ledger.spend, parts=parts, key=uuid4(), actor=fund.accountant, at=AT) is Refusal.NOT_COVERED


@pytest.mark.parametrize(("amount", "fits"), [("100.00", True), ("100.01", False)])
def test_cover_on_both_sides(fund, amount, fits):
    line = fund.line(1000)
    fund.reserve(line, 300)
    fund.spend(line, 600)
    parts = [Part(line, yuan(amount), "购书")]

    if fits:
        ledger.reserve(parts=parts, case=CASE, key=uuid4(), actor=fund.chair, at=AT)
        assert totals(line) == (1000, 400, 600)
    else:
        given = {"parts": parts, "case": CASE, "key": uuid4(), "actor": fund.chair, "at": AT}
        assert refused(ledger.reserve, **given) is Refusal.NOT_COVERED


def test_a_refusal_says_which_line_what_is_left_and_what_was_asked(fund):
    line = fund.line(1234, branch=fund.cast.branch, project="运动会")

    with pytest.raises(CannotBook) as refusal:
        fund.spend(line, "1234.50")

    assert refusal.value.message == "“文体活动（甲院，运动会）”可用 1,234.00 元，本次需要 1,234.50 元，超出预算。"


AMOUNTS = ["0", "-1.00", "0.001", "1000000000000.00", "NaN", "Infinity"]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_what_is_no_amount_is_refused(fund, amount):
    line, income = fund.line(1000), fund.line(1000, name="会费收入", side=Side.INCOME)
    given = {"key": uuid4(), "actor": fund.accountant, "at": AT}
    spent = fund.spend(line, 10)

    assert refused(ledger.spend, parts=[Part(line, Decimal(amount), "x")], **given) is Refusal.AMOUNT
    assert refused(ledger.reserve, parts=[Part(line, Decimal(amount), "x")], **given) is Refusal.AMOUNT
    assert refused(ledger.refund, spending=spent, amount=Decimal(amount), text="x", **given) is Refusal.AMOUNT
    parts = [Part(income, Decimal(amount), "x", document="回单")]
    assert refused(ledger.record_income, parts=parts, **given) is Refusal.AMOUNT


def test_refusals_of_form(fund):
    line, income = fund.line(1000), fund.line(1000, name="会费收入", side=Side.INCOME)
    other = fund.reserve(fund.line(100, name="宣传活动"), 100)
    given = {"key": uuid4(), "actor": fund.accountant, "at": AT}

    assert refused(ledger.spend, parts=[], **given) is Refusal.NOTHING
    assert refused(ledger.spend, parts=[Part(line, yuan(1), " ")], **given) is Refusal.NO_TEXT
    assert refused(ledger.spend, parts=[Part(income, yuan(1), "x")], **given) is Refusal.WRONG_SIDE
    paper = Part(line, yuan(1), "x", document="回单")
    assert refused(ledger.record_income, parts=[paper], **given) is Refusal.WRONG_SIDE
    assert refused(ledger.record_income, parts=[Part(income, yuan(1), "x")], **given) is Refusal.NO_DOCUMENT
    assert refused(ledger.spend, parts=[Part(line, yuan(1), "x", other)], **given) is Refusal.OTHER_LINE


def test_a_commitment_gives_what_it_holds_and_ends_once(fund):
    line = fund.line(1000)
    commitment = fund.reserve(line, 100)
    given = {"key": uuid4(), "actor": fund.accountant, "at": AT}

    assert refused(ledger.spend, parts=[Part(line, yuan("100.01"), "x", commitment)], **given) is (
        Refusal.COMMITMENT_USED_UP
    )
    twice = [Part(line, yuan(60), "x", commitment)] * 2
    assert refused(ledger.spend, parts=twice, **given) is Refusal.COMMITMENT_USED_UP
    ledger.release(commitments=[commitment], text="撤回", **given)
    again = given | {"key": uuid4()}
    assert refused(ledger.release, commitments=[commitment], text="撤回", **again) is Refusal.COMMITMENT_ENDED
    assert refused(ledger.spend, parts=[Part(line, yuan(1), "x", commitment)], **again) is Refusal.COMMITMENT_USED_UP


def test_a_refund_is_at_most_what_has_not_come_back(fund):
    line = fund.line(1000)
    spent, other = fund.spend(line, 100), fund.spend(line, 500)
    given = {"text": "退货", "actor": fund.accountant, "at": AT}
    back = ledger.refund(spending=spent, amount=yuan(60), key=uuid4(), **given)

    key = {"key": uuid4()}
    assert refused(ledger.refund, spending=spent, amount=yuan("40.01"), **key, **given) is Refusal.REFUND_TOO_HIGH
    assert refused(ledger.refund, spending=back, amount=yuan(1), **key, **given) is Refusal.NOT_A_SPENDING
    by = {"reason": "x", "actor": fund.accountant, "at": AT}
    assert refused(ledger.reverse, entry=spent, **key, **by) is Refusal.PARTLY_REFUNDED
    ledger.reverse(entry=back, key=uuid4(), **by)
    ledger.reverse(entry=spent, key=uuid4(), **by)
    assert refused(ledger.refund, spending=spent, amount=yuan(1), **key, **given) is Refusal.ALREADY_REVERSED
    assert totals(line) == (1000, 0, other.amount)
    call_command("check_books")


def test_a_reversal_is_once_and_of_money_only(fund):
    line = fund.line(1000)
    spent, commitment = fund.spend(line, 100), fund.reserve(line, 100)
    negative = ledger.reverse(entry=spent, reason="x", key=uuid4(), actor=fund.accountant, at=AT)
    given = {"reason": "x", "key": uuid4(), "actor": fund.accountant, "at": AT}

    assert refused(ledger.reverse, entry=spent, **given) is Refusal.ALREADY_REVERSED
    assert refused(ledger.reverse, entry=negative, **given) is Refusal.NOT_REVERSIBLE
    assert refused(ledger.reverse, entry=commitment.entry, **given) is Refusal.NOT_REVERSIBLE
    assert refused(ledger.reverse, entry=Entry.objects.filter(kind="budget").first(), **given) is (
        Refusal.NOT_REVERSIBLE
    )
    assert refused(ledger.reverse, entry=fund.spend(line, 1), **given | {"reason": " "}) is Refusal.NO_TEXT


def test_by_hand_the_accountant_books_and_nobody_else(fund):
    line, income = fund.line(1000), fund.line(1000, name="会费收入", side=Side.INCOME)
    spent, held = fund.spend(line, 100), fund.reserve(line, 50)
    paper = {"reason": "x", "document": "1号"}
    acts = {
        "spend": lambda by: ledger.spend(parts=[Part(line, yuan(1), "x")], **by),
        "reserve": lambda by: ledger.reserve(parts=[Part(line, yuan(1), "x")], **by),
        "release": lambda by: ledger.release(commitments=[held], text="x", **by),
        "refund": lambda by: ledger.refund(spending=spent, amount=yuan(1), text="x", **by),
        "income": lambda by: ledger.record_income(parts=[Part(income, yuan(1), "x", document="回单")], **by),
        "reverse": lambda by: ledger.reverse(entry=spent, reason="x", **by),
        "revise": lambda by: budget.revise_budget(changes=[Change(line, yuan(1))], **paper, **by),
        "transfer": lambda by: budget.transfer_budget(
            out_of=line, into=fund.line(1, name="新科目"), amount=yuan(1), **paper, **by
        ),
    }
    may: dict[str, set[str]] = {name: set() for name in acts}
    for actor in ACTORS:
        for name, act in acts.items():
            if actor == ANONYMOUS:
                continue
            with transaction.atomic():
                try:
                    act({"actor": fund.cast.users[actor], "key": uuid4(), "at": AT})
                    may[name].add(actor)
                except PermissionDenied:
                    pass
                transaction.set_rollback(True)

    assert may == {name: {Role.ACCOUNTANT} for name in acts}


def test_the_system_books_for_a_case_only(fund):
    line = fund.line(1000)

    ledger.reserve(parts=[Part(line, yuan(1), "x")], case=Case("welfare.run", "1"), key=uuid4(), actor=None, at=AT)
    with pytest.raises(PermissionDenied):
        ledger.reserve(parts=[Part(line, yuan(1), "x")], key=uuid4(), actor=None, at=AT)

    assert totals(line) == (1000, 1, 0)


LAST_MOMENT = datetime(2022, 12, 31, 23, 59, 59, 999000, tzinfo=ZONE)
NEXT_MOMENT = datetime(2023, 1, 1, 0, 0, tzinfo=ZONE)


def test_the_last_moment_of_a_year_is_its_own_and_the_next_one_is_not(fund):
    line, income = fund.line(1000), fund.line(1000, name="会费收入", side=Side.INCOME)
    commitment = fund.reserve(line, 100)
    next_line = make_fund(year=2023, cast=fund.cast).line(1000)

    entry = fund.spend(line, 10, at=LAST_MOMENT)

    assert f"{entry.booked_on}" == "2022-12-31"
    given = {"key": uuid4(), "actor": fund.accountant, "at": NEXT_MOMENT}
    for parts in ([Part(line, yuan(1), "x")], [Part(line, yuan(1), "x", commitment)]):
        assert refused(ledger.spend, parts=parts, **given) is Refusal.OUTSIDE_YEAR
    assert refused(ledger.reserve, parts=[Part(line, yuan(1), "x")], **given) is Refusal.OUTSIDE_YEAR
    assert refused(ledger.refund, spending=entry, amount=yuan(1), text="x", **given) is Refusal.OUTSIDE_YEAR
    paper = [Part(income, yuan(1), "x", document="回单")]
    assert refused(ledger.record_income, parts=paper, **given) is Refusal.OUTSIDE_YEAR
    early = given | {"at": LAST_MOMENT}
    assert refused(ledger.spend, parts=[Part(next_line, yuan(1), "x")], **early) is Refusal.OUTSIDE_YEAR
    ledger.reverse(entry=entry, reason="登错", **given)  # a correction may follow, until the year is closed
    fund.spend(next_line, 1, at=NEXT_MOMENT)
    assert totals(line) == (1000, 100, 0)
    call_command("check_books")
