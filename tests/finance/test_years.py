"""Fiscal years: planned, opened by another on a document, closed at their end; and the heads."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.enums import Role
from core.models import AuditEntry
from finance.codes import CannotBook, Refusal
from finance.enums import Ending, Side, YearState
from finance.models import Account, Commitment, Entry, FiscalYear
from finance.reference import load_accounts, shipped
from finance.services import accounts, budget, ledger, years
from finance.services.ledger import Part
from tests.cast import ACTORS, ANONYMOUS
from tests.finance.factories import AT, ZONE, make_account, make_fund, totals, yuan

AFTER = datetime(2023, 1, 10, 9, 0, tzinfo=ZONE)
END = datetime(2022, 12, 31, 23, 59, 59, tzinfo=ZONE)


def refused(call, **given) -> Refusal:
    before = (Entry.objects.count(), AuditEntry.objects.count(), list(FiscalYear.objects.values()))
    with pytest.raises(CannotBook) as refusal:
        call(**given)
    assert before == (Entry.objects.count(), AuditEntry.objects.count(), list(FiscalYear.objects.values()))
    return refusal.value.code


def test_a_year_goes_from_plan_to_close(db):
    fund = make_fund(opened=False)
    line = fund.line(1000, document="")
    budget.revise_budget(
        changes=[budget.Change(line, yuan(-100))], reason="二上", key=uuid4(), actor=fund.accountant, at=AT
    )

    opened = years.open_year(year=fund.year, document="教代会决议1号", actor=fund.chair, at=AT)
    closed = years.close_year(year=opened, actor=fund.accountant, at=AFTER)

    assert (closed.state, closed.opened_by, closed.closed_by) == (YearState.CLOSED, fund.chair, fund.accountant)
    told = AuditEntry.objects.filter(target_type="finance.fiscalyear").order_by("position")
    assert [entry.action.rpartition(".")[2] for entry in told] == ["planned", "opened", "closed"]
    assert told[1].basis == "教代会决议1号"
    call_command("check_books")


def test_in_a_planned_year_only_the_budget_is_booked(db):
    fund = make_fund(opened=False)
    line, income = fund.line(1000), fund.line(1, name="会费收入", side=Side.INCOME)
    given = {"key": uuid4(), "actor": fund.accountant, "at": AT}

    assert refused(ledger.spend, parts=[Part(line, yuan(1), "x")], **given) is Refusal.YEAR_NOT_OPEN
    assert refused(ledger.reserve, parts=[Part(line, yuan(1), "x")], **given) is Refusal.YEAR_NOT_OPEN
    paper = [Part(income, yuan(1), "x", document="回单")]
    assert refused(ledger.record_income, parts=paper, **given) is Refusal.YEAR_NOT_OPEN


def test_refusals_of_planning_and_opening(db):
    fund = make_fund(opened=False)
    given = {"actor": fund.accountant, "at": AT}

    assert refused(years.plan_year, year=2022, carried_over=yuan(0), drawn=yuan(0), **given) is Refusal.YEAR_EXISTS
    plan = {"year": 2023, "carried_over": yuan(5)}
    assert refused(years.plan_year, **plan, drawn=yuan("5.01"), **given) is Refusal.DRAWN_TOO_HIGH
    assert refused(years.plan_year, **plan, drawn=yuan(-1), **given) is Refusal.AMOUNT
    by_chair = {"year": fund.year, "actor": fund.chair, "at": AT}
    assert refused(years.open_year, document="1号", **by_chair) is Refusal.NO_LINES
    fund.line(1000)
    assert refused(years.open_year, document=" ", **by_chair) is Refusal.NO_DOCUMENT
    assert refused(years.close_year, year=fund.year, actor=fund.accountant, at=AFTER) is Refusal.YEAR_STATE
    FiscalYear.objects.filter(pk=fund.year.pk).update(planned_by=fund.chair)
    assert refused(years.open_year, document="1号", **by_chair) is Refusal.PLANNED_BY_SELF
    with pytest.raises(IntegrityError, match="opened_by_another"), transaction.atomic():
        FiscalYear.objects.filter(pk=fund.year.pk).update(
            state=YearState.OPEN, opened_by=fund.chair, opened_at=AT, document="1号"
        )


def test_a_year_is_closed_when_it_is_over_and_holds_nothing_back(fund):
    line = fund.line(1000)
    held = fund.reserve(line, 300)
    fund.spend(line, 100, commitment=held)
    by = {"year": fund.year, "actor": fund.accountant}

    assert refused(years.close_year, **by, at=END) is Refusal.YEAR_NOT_OVER
    with pytest.raises(CannotBook, match=r"1 笔占用共 200\.00 元"):
        years.close_year(**by, at=AFTER)
    assert refused(years.expire_commitments, **by, key=uuid4(), at=END) is Refusal.YEAR_NOT_OVER
    key = uuid4()
    (freed,) = years.expire_commitments(**by, key=key, at=AFTER)
    assert years.expire_commitments(**by, key=key, at=AFTER) == [freed]
    years.close_year(**by, at=AFTER)

    held.refresh_from_db()
    assert (held.ending, totals(line)) == (Ending.EXPIRED, (1000, 0, 100))
    assert refused(years.close_year, **by, at=AFTER) is Refusal.YEAR_STATE
    given = {"key": uuid4(), "actor": fund.accountant, "at": AFTER}
    spent = Entry.objects.get(kind="spend")
    assert refused(ledger.reverse, entry=spent, reason="x", **given) is Refusal.YEAR_CLOSED
    assert refused(ledger.spend, parts=[Part(line, yuan(1), "x")], **given) is Refusal.YEAR_CLOSED
    change = {"changes": [budget.Change(line, yuan(1))], "reason": "x", "document": "1号"}
    assert refused(budget.revise_budget, **change, **given) is Refusal.YEAR_CLOSED
    assert not Commitment.objects.open().exists()
    call_command("check_books")


def test_who_may_plan_open_and_close(fund):
    other = make_fund(year=2024, cast=fund.cast, opened=False)
    other.line(1)
    acts = {
        "plan": lambda by: years.plan_year(year=2025, carried_over=yuan(0), drawn=yuan(0), **by),
        "open": lambda by: years.open_year(year=other.year, document="1号", **by),
        "close": lambda by: years.close_year(year=fund.year, **by),
        "account": lambda by: accounts.keep_account(
            account=None, values={"code": "999", "name": "新", "side": "income", "parent": None}, **by
        ),
    }
    may: dict[str, set[str]] = {name: set() for name in acts}
    for actor in ACTORS:
        for name, act in acts.items():
            if actor == ANONYMOUS:
                continue
            with transaction.atomic():
                try:
                    act({"actor": fund.cast.users[actor], "at": AFTER})
                    may[name].add(actor)
                except PermissionDenied:
                    pass
                transaction.set_rollback(True)

    accountant = {Role.ACCOUNTANT}
    assert may == {"plan": accountant, "open": {Role.CHAIR}, "close": accountant, "account": accountant}


def test_heads_ship_once_and_edits_stay(db):
    assert load_accounts() == len(list(shipped())) == 39
    head = Account.objects.get(preset="2022/职工服务支出")
    Account.objects.filter(pk=head.pk).update(code="502", name="服务职工支出", is_active=False)

    assert load_accounts() == 0

    head.refresh_from_db()
    assert (head.code, head.name, head.is_active) == ("502", "服务职工支出", False)
    assert Account.objects.get(code="50102").full_name == "职工活动支出／文体活动"
    assert AuditEntry.objects.get().action == "finance.account.loaded"


def test_a_head_in_the_way_of_the_schools_own_is_left_out(db):
    make_account("会费收入", Side.INCOME)
    Account.objects.create(code="501", name="文娱支出", side=Side.SPENDING)

    assert load_accounts() == 39 - 1 - 7  # 401; 501 with what is below it


def test_refusals_of_heads(fund):
    income = make_account("会费收入", Side.INCOME)
    head, below = make_account("职工活动支出"), make_account("疗休养")
    by = {"actor": fund.accountant, "at": AT}
    keep = accounts.keep_account
    keep(account=below, values={"parent": head}, **by)

    assert refused(keep, account=head, values={"side": Side.INCOME}, **by) is Refusal.SIDE_FIXED
    assert refused(keep, account=head, values={"code": income.code}, **by) is Refusal.CODE_TAKEN
    assert refused(keep, account=make_account("培训"), values={"parent": income}, **by) is Refusal.PARENT
    assert refused(keep, account=make_account("培训"), values={"parent": below}, **by) is Refusal.PARENT
    assert refused(keep, account=head, values={"parent": head}, **by) is Refusal.PARENT
    assert refused(keep, account=make_account("培训"), values={"name": "会议"} | {"code": head.code}, **by) is (
        Refusal.CODE_TAKEN
    )
    make_account("会议")
    assert refused(keep, account=make_account("培训"), values={"name": "会议"}, **by) is Refusal.NAME_TAKEN
