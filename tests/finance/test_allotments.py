"""Allotments to the branches: the dry run, one act once, what is refused, and what the books see."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection

from core import books
from core.enums import Role
from core.models import AuditEntry
from finance.codes import Refusal
from finance.enums import Side
from finance.models import Allotment, AllotmentShare, BudgetLine, Entry
from finance.services import allotments, budget
from finance.services.allotments import plan_of
from members.enums import BranchKind
from tests.cast import ACTORS, ANONYMOUS
from tests.finance.factories import AT, Fund, make_fund, yuan
from tests.finance.refusing import refused
from tests.members.factories import make_branch, make_membership
from tests.owner import as_owner
from tests.together import together

DAY = date(2005, 3, 1)  # long before anybody of the cast


def people(branch, number: int) -> None:
    for _ in range(number):
        make_membership(branch=branch, from_on=date(2004, 1, 1))


@pytest.fixture
def two(fund) -> Fund:
    """Three people in one branch, one of them in a group of it, two in the other, one in the union's office."""
    people(fund.cast.branch, 2)
    people(make_branch(kind=BranchKind.GROUP, parent=fund.cast.branch), 1)
    people(fund.cast.other_branch, 2)
    people(make_branch(kind=BranchKind.UNION), 1)
    make_membership(branch=fund.cast.branch, from_on=DAY + timedelta(1))  # joined a day too late
    left = {"from_on": date(2004, 1, 1), "until_on": DAY, "reason_out": "transferred_out"}
    make_membership(branch=fund.cast.branch, **left)
    return fund


def asked(fund: Fund, line: BudgetLine, **given) -> dict:
    """What the accountant asks for: 100.50 each."""
    wanted = {"on": DAY, "per_head": yuan("100.50")} | {k: given.pop(k) for k in ("on", "per_head") if k in given}
    rest = {"project": "分工会活动经费", "text": "春季活动", "document": "工会〔2022〕3号", "key": uuid4()}
    by = {"seen": plan_of(**wanted).fingerprint, "actor": fund.accountant, "at": AT}
    return {"out_of": line, **wanted, **rest, **by} | given


@pytest.mark.django_db
def test_the_dry_run_counts_the_day_by_branch_and_books_nothing(two):
    plan = plan_of(on=DAY, per_head=yuan("100.50"))

    assert {share.branch: (share.heads, share.amount) for share in plan.shares} == {
        two.cast.branch: (3, Decimal("301.50")),
        two.cast.other_branch: (2, Decimal("201.00")),
    }
    assert (plan.heads, plan.amount, plan.outside) == (5, Decimal("502.50"), 1)
    assert not Allotment.objects.exists()
    assert plan_of(on=date(1990, 1, 1), per_head=yuan(1)).shares == []


@pytest.mark.django_db
def test_an_allotment_moves_the_money_in_one_act_and_makes_the_lines_that_are_missing(two):
    source = two.line(1000)
    there = two.line(50, branch=two.cast.branch, project="分工会活动经费")

    made = allotments.allot(**asked(two, source))

    lines = {share.branch: share.line for share in made.shares.select_related("line")}
    assert lines[two.cast.branch] == there
    source.refresh_from_db()
    assert (source.budget, lines[two.cast.branch].budget) == (Decimal("497.50"), Decimal("351.50"))
    new = lines[two.cast.other_branch]
    assert (new.account, new.project, new.budget, new.side) == (
        *(source.account, "分工会活动经费", Decimal("201.00")),
        Side.SPENDING,
    )
    entries = Entry.objects.of_case("finance.allotment", str(made.pk))
    assert [entry.amount for entry in entries] == [Decimal("-502.50"), Decimal("301.50"), Decimal("201.00")]
    told = AuditEntry.objects.get(action="finance.entry.allotted")
    assert told.data["source"] == f"finance.allotment:{made.pk}"
    assert [one["id"] for one in told.data["entries"]] == [entry.pk for entry in entries]
    call_command("check_books")


@pytest.mark.django_db
def test_the_same_key_is_the_same_allotment_and_another_content_is_refused(two):
    given = asked(two, two.line(2000))
    made = allotments.allot(**given)

    assert allotments.allot(**given) == made
    assert Allotment.objects.count() == 1
    assert refused(allotments.allot, **given | {"text": "别的"}) is Refusal.KEY_REUSED
    allotments.allot(**given | {"key": uuid4()})  # another page, another allotment
    assert AllotmentShare.objects.count() == 4
    call_command("check_books")


@pytest.mark.django_db(transaction=True)
def test_one_key_sent_by_many_at_once_is_one_allotment():
    fund = make_fund()
    people(fund.cast.branch, 2)
    given = asked(fund, fund.line(1000))

    answers = together(lambda _: allotments.allot(**given), 4)

    done = {one.pk for one in answers if isinstance(one, Allotment)}
    assert all(isinstance(one, Allotment) or one.code is Refusal.BUSY for one in answers)
    assert done == {Allotment.objects.get().pk}
    assert Entry.objects.filter(source_kind="finance.allotment").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_allotments_at_once_that_miss_the_same_lines_are_both_booked():
    fund = make_fund()
    people(fund.cast.branch, 2)
    people(fund.cast.other_branch, 1)
    lines = [fund.line(1000), fund.line(1000, project="二")]

    answers = together(lambda n: allotments.allot(**asked(fund, lines[n], per_head=yuan(10))), 2)

    assert [type(one) for one in answers] == [Allotment, Allotment]
    sums = BudgetLine.objects.filter(branch__isnull=False).values_list("budget", flat=True)
    assert sorted(sums) == [20, 40]
    call_command("check_books")


@pytest.mark.django_db
def test_refusals(two):
    line, income = two.line(1000), two.line(1000, name="会费收入", side=Side.INCOME)
    own = two.line(1000, branch=two.cast.branch)
    given = asked(two, line)
    nobody = asked(two, line, on=date(1990, 1, 1))

    assert refused(allotments.allot, **given | {"per_head": yuan(0)}) is Refusal.AMOUNT
    assert refused(allotments.allot, **given | {"per_head": Decimal("0.001")}) is Refusal.AMOUNT
    much = asked(two, line, per_head=yuan("999999999999.99"))
    assert refused(allotments.allot, **much) is Refusal.AMOUNT
    assert refused(allotments.allot, **given | {"text": " "}) is Refusal.NO_TEXT
    assert refused(allotments.allot, **given | {"document": ""}) is Refusal.NO_DOCUMENT
    assert refused(allotments.allot, **given | {"out_of": income}) is Refusal.NOT_FROM_THE_UNION
    assert refused(allotments.allot, **given | {"out_of": own}) is Refusal.NOT_FROM_THE_UNION
    assert refused(allotments.allot, **asked(two, line, on=AT.date() + timedelta(1))) is Refusal.DAY_AHEAD
    assert refused(allotments.allot, **nobody) is Refusal.NO_HEADS
    assert refused(allotments.allot, **asked(two, line, per_head=yuan("200.01"))) is Refusal.BUDGET_IN_USE
    line.account.is_active = False
    line.account.save()
    assert refused(allotments.allot, **given) is Refusal.ACCOUNT_OFF


@pytest.mark.django_db
def test_another_roll_than_the_one_that_was_shown_is_refused(two):
    given = asked(two, two.line(1000))
    people(two.cast.branch, 1)

    assert refused(allotments.allot, **given) is Refusal.HEADS_CHANGED
    assert allotments.allot(**given | {"seen": plan_of(on=DAY, per_head=yuan("100.50")).fingerprint}).heads == 6


@pytest.mark.django_db
def test_a_roll_that_is_corrected_later_changes_no_allotment(two):
    made = allotments.allot(**asked(two, two.line(1000)))
    people(two.cast.branch, 7)

    made.refresh_from_db()
    assert (made.heads, made.amount) == (5, Decimal("502.50"))
    assert [share.heads for share in made.shares.all()] == [3, 2]
    call_command("check_books")


@pytest.mark.django_db
def test_the_accountant_allots_and_nobody_else(two):
    given = asked(two, two.line(1000))
    others = [two.cast.users[actor] for actor in ACTORS if actor not in (ANONYMOUS, Role.ACCOUNTANT)]

    for actor in others:
        with pytest.raises(PermissionDenied):
            allotments.allot(**given | {"actor": actor})

    assert not Allotment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["finance_allotment", "finance_allotmentshare"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET heads = 1", "DELETE FROM {}"])
def test_what_was_allotted_is_never_changed(two, table, statement):
    allotments.allot(**asked(two, two.line(1000)))

    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


# What the check of the allotments alone must see; the lines' totals are another check's.
FAULTS = (
    "UPDATE finance_entry SET amount = amount - 1 WHERE source_kind = 'finance.allotment' AND amount > 0",
    "UPDATE finance_entry SET source_id = '0' WHERE source_kind = 'finance.allotment' AND amount < 0",
    "DELETE FROM finance_entry WHERE source_kind = 'finance.allotment'",
    "UPDATE finance_allotmentshare SET heads = heads + 1",
    "UPDATE finance_allotmentshare SET amount = amount + 1",
    "DELETE FROM finance_allotmentshare WHERE id = (SELECT max(id) FROM finance_allotmentshare)",
    "DELETE FROM finance_allotmentshare",
    "UPDATE finance_allotment SET heads = heads + 1, amount = (heads + 1) * per_head",
)


@pytest.mark.django_db(transaction=True)
def test_the_books_see_an_allotment_that_does_not_sum_to_zero():
    fund = make_fund()
    people(fund.cast.branch, 3)
    people(fund.cast.other_branch, 2)
    line, other = fund.line(1000), fund.line(100, name="宣传活动")
    allotments.allot(**asked(fund, line))
    move = {"out_of": other, "into": line, "amount": yuan(5), "reason": "调剂", "document": "1号"}
    budget.transfer_budget(**move, key=uuid4(), actor=fund.accountant, at=AT)
    (check,) = [one for one in books._checks if "finance_allotment" in one.sql]

    blind = [fault for fault in FAULTS if not _seen(check.sql, fault)]

    assert blind == []
    assert list(books.differences()) == []


def _seen(sql: str, fault: str) -> bool:
    """The fault is planted in a transaction of the owner's, looked at from inside it, and undone."""
    with as_owner() as owner, owner.transaction(force_rollback=True):
        for table in ("finance_entry", "finance_allotment", "finance_allotmentshare"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(fault)
        return bool(owner.execute(sql).fetchall())


@pytest.mark.django_db
def test_an_amount_is_heads_times_per_head_whoever_writes(two):
    line = two.line(1000)
    given = {"source": line, "on": DAY, "per_head": yuan(10), "text": "x", "key": uuid4(), "made_by": two.accountant}

    with pytest.raises(IntegrityError, match="allotment_is_so_much_per_head"):
        Allotment.objects.create(**given, heads=3, amount=yuan(31), made_at=AT)
