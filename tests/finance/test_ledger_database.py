"""What the database itself refuses, whoever writes the SQL: the guard that is left when a service forgets its own."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import clock
from finance.enums import Side
from finance.models import Account, BudgetLine, Commitment, Entry, FiscalYear
from finance.services import ledger, years
from tests.finance.factories import AT, ZONE, make_account, make_fund, totals, yuan
from tests.owner import as_owner, owner_does

INSERT = """
INSERT INTO finance_entry (year_id, line_id, kind, amount, commitment_id, reverses_id, refund_of_id, expired, text,
                           document, source_kind, source_id, key, part, at)
VALUES (%(year)s, %(line)s, %(kind)s, %(amount)s, %(commitment)s, %(reverses)s, %(refund_of)s, %(expired)s, %(text)s,
        '', %(source_kind)s, '', gen_random_uuid(), 0, %(at)s)
"""
NULLS = dict.fromkeys(("commitment", "reverses", "refund_of"))


def insert(line: BudgetLine, kind: str, amount: str, **more) -> None:
    given = {**NULLS, "expired": False, "text": "x", "source_kind": "", "at": AT, "year": line.year_id} | more
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, {"line": line.pk, "kind": kind, "amount": amount, **given})


def test_raw_sql_moves_the_totals_too_and_gets_the_next_number(fund):
    line = fund.line(1000)

    insert(line, "spend", "400.00")
    insert(line, "reserve", "100.00", year=None)

    assert totals(line) == (1000, 100, 400)
    assert list(Entry.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert Commitment.objects.get().remaining == 100


@pytest.mark.parametrize(
    ("kind", "amount", "rule"),
    [
        ("spend", "1000.01", "budget_line_never_overspent"),
        ("reserve", "1000.01", "budget_line_never_overspent"),
        ("budget", "-1000.01", "budget_line_never_overspent"),
        ("spend", "-1.00", "entry_sign_fits"),
        ("spend", "0.00", "entry_sign_fits"),
        ("reserve", "-1.00", "entry_sign_fits"),
        ("refund", "1.00", "entry_refund_names_its_spending"),
        ("release", "1.00", "entry_commitment_fits"),
        ("income", "1.00", "entry_fits_its_line"),
        ("bribe", "1.00", "entry_kind_known"),
    ],
)
def test_raw_sql_against_a_rule_is_refused(fund, kind, amount, rule):
    line = fund.line(1000)

    with pytest.raises(IntegrityError, match=rule):
        insert(line, kind, amount)

    assert totals(line) == (1000, 0, 0)
    assert Entry.objects.count() == 2
    call_command("check_books")


def test_raw_sql_cannot_bend_what_an_entry_refers_to(fund):
    line, other = fund.line(1000), fund.line(1000, name="宣传活动")
    spent, held, second = fund.spend(line, 100), fund.reserve(line, 100), fund.spend(line, 50)
    fund.reserve(line, 100)  # so that the line itself has enough reserved
    ledger.reverse(entry=second, reason="x", key=second.key, actor=fund.chair, at=AT, case=ledger.Case("a.b", "1"))
    refusals = {
        "entry_commitment_of_its_line": (other, "spend", "1.00", {"commitment": held.pk}),
        "commitment_ends_when_nothing_remains": (line, "spend", "100.01", {"commitment": held.pk}),
        "entry_commitment_fits": (line, "budget", "1.00", {"commitment": held.pk}),
        "entry_reversal_is_exact": (line, "spend", "-99.00", {"reverses": spent.pk}),
        "entry_refund_within_its_spending": (line, "refund", "100.01", {"refund_of": spent.pk}),
        "finance_entry_reverses_id_key": (line, "spend", "-50.00", {"reverses": second.pk}),
        "entry_says_what_for": (line, "spend", "1.00", {"text": ""}),
        "entry_source_whole": (line, "spend", "1.00", {"source_kind": "a.b"}),
        "entry_expiry_is_a_release": (line, "spend", "1.00", {"expired": True}),
        "entry_within_its_year": (line, "spend", "1.00", {"at": AT.replace(year=2023)}),
    }
    for rule, (on, kind, amount, more) in refusals.items():
        with pytest.raises(IntegrityError, match=rule):
            insert(on, kind, amount, **more)
    with pytest.raises(IntegrityError, match="entry_refund_within_its_spending"):
        insert(other, "refund", "1.00", refund_of=spent.pk)
    with pytest.raises(IntegrityError, match="entry_reversal_is_exact"):
        insert(other, "spend", "-100.00", reverses=spent.pk)

    assert totals(line) == (1000, 200, 100)
    assert totals(other) == (1000, 0, 0)
    call_command("check_books")


def test_an_insert_that_does_nothing_counts_nothing(fund):
    line = fund.line(1000)
    entry = fund.spend(line, 1)
    again = INSERT.replace("gen_random_uuid(), 0", f"'{entry.key}', 0").replace("part, at)", "part, at, actor_id)")
    again = again.replace("%(at)s)", f"%(at)s, {entry.actor_id}) ON CONFLICT DO NOTHING")

    with connection.cursor() as cursor:
        given = {**NULLS, "expired": False, "text": "x", "source_kind": "", "at": AT, "year": None}
        cursor.execute(again, {"line": line.pk, "kind": "spend", "amount": "5.00", **given})
        assert cursor.rowcount == 0
    fund.spend(line, 1)

    assert totals(line) == (1000, 0, 2)
    call_command("check_books")


def test_one_statement_of_many_rows_is_numbered_and_held_to_the_budget(fund):
    line = fund.line(1000)
    many = INSERT.replace("VALUES (", "SELECT ").replace("%(at)s)", "%(at)s FROM generate_series(1, %(times)s)")
    given = {**NULLS, "expired": False, "text": "x", "source_kind": "", "at": AT, "year": None}
    given |= {"line": line.pk, "kind": "spend", "amount": "100.00"}

    with pytest.raises(IntegrityError, match="never_overspent"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(many, {**given, "times": 11})
    with connection.cursor() as cursor:
        cursor.execute(many, {**given, "times": 10})

    assert totals(line) == (1000, 0, 1000)
    assert list(Entry.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 13))


def test_the_trigger_decides_year_day_and_number(fund):
    line = fund.line(1000)
    late = AT.replace(hour=0, minute=30)

    insert(line, "spend", "1.00", at=late, year=999)

    entry = Entry.objects.order_by("-pk")[0]
    assert (entry.year_id, entry.number, entry.booked_on) == (line.year_id, 3, clock.local_date(late))
    assert entry.recorded_at > late
    assert str(ZONE) == settings.TIME_ZONE  # the trigger's zone is written in the migration


WRITES = [
    "UPDATE finance_budgetline SET budget = 9999",
    "UPDATE finance_budgetline SET reserved = 0, spent = 0",
    "DELETE FROM finance_budgetline",
    "TRUNCATE finance_budgetline CASCADE",
    "UPDATE finance_commitment SET remaining = 1",
    "DELETE FROM finance_commitment",
    "INSERT INTO finance_commitment (entry_id, line_id, amount, remaining, ending) VALUES (1, 1, 5, 5, '')",
    "UPDATE finance_entrycounter SET last = 0",
    "INSERT INTO finance_entrycounter (year_id, last) VALUES (1, 7)",
    "UPDATE finance_entry SET amount = 1",
    "DELETE FROM finance_entry",
    "TRUNCATE finance_entry CASCADE",
]


@pytest.mark.django_db(transaction=True)
def test_neither_the_application_nor_the_owner_writes_what_entries_derive():
    fund = make_fund()
    line = fund.line(1000)
    fund.reserve(line, 100)

    for write in WRITES:
        with pytest.raises(DatabaseError, match=r"permission denied|refused"), connection.cursor() as cursor:
            cursor.execute(write)
        with as_owner() as owner, pytest.raises(Exception, match="refused"):
            owner.execute(write)

    assert totals(line) == (1000, 100, 0)
    call_command("check_books")


def test_a_line_begins_empty_and_on_its_heads_side(fund):
    account = make_account("会费收入", Side.INCOME)

    line = BudgetLine.objects.create(year=fund.year, account=account, side=Side.SPENDING, budget=9, spent=5, income=7)

    line.refresh_from_db()
    assert (line.side, line.budget, line.spent, line.income) == (Side.INCOME, 0, 0, 0)


def test_a_head_keeps_its_side(fund):
    account = fund.line(1).account

    with pytest.raises(IntegrityError, match="account_keeps_its_side"), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(side=Side.INCOME)


def test_a_closed_year_is_closed_to_sql_too(fund):
    line = fund.line(1000)
    after = AT.replace(year=2023)
    years.close_year(year=fund.year, actor=fund.accountant, at=after)

    for kind, at in (("spend", AT), ("spend", after), ("budget", after)):
        with pytest.raises(IntegrityError, match="entry_year_is_open"):
            insert(line, kind, "1.00", at=at)
    for change in ({"state": "open"}, {"document": "x"}, {"year": 2030}):
        with pytest.raises(IntegrityError, match="fiscal_year_goes_forwards"), transaction.atomic():
            FiscalYear.objects.filter(pk=fund.year.pk).update(**change)
    call_command("check_books")


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_raw_sql_overspends_and_the_books_tell(capsys):
    line = make_fund().line(1000)
    owner_does("ALTER TABLE finance_budgetline DROP CONSTRAINT budget_line_never_overspent")

    insert(line, "spend", "1000.01")

    assert totals(line) == (1000, 0, yuan("1000.01"))
    with pytest.raises(CommandError):
        call_command("check_books")
    said = capsys.readouterr().err
    assert "I3" in said
    assert "I8" in said  # nobody audited it
