"""The budget: a line with its first amount, more and less of it, from one to another."""

from uuid import uuid4

from django.core.management import call_command

from finance.codes import Refusal
from finance.enums import EntryKind, Side
from finance.services import budget
from finance.services.budget import Change
from tests.finance.factories import AT, totals, yuan
from tests.finance.refusing import refused


def test_a_budget_is_raised_cut_and_transferred_with_its_history(fund):
    one, two = fund.line(1000), fund.line(0, name="宣传活动")
    given = {"reason": "年中调整", "document": "经审〔2022〕3号", "actor": fund.accountant, "at": AT}

    budget.revise_budget(changes=[Change(one, yuan(500)), Change(two, yuan(100))], key=uuid4(), **given)
    budget.revise_budget(changes=[Change(one, yuan(-200))], key=uuid4(), **given)
    budget.transfer_budget(out_of=one, into=two, amount=yuan(300), key=uuid4(), **given)

    assert (totals(one)[0], totals(two)[0]) == (1000, 400)
    history = one.entries.filter(kind=EntryKind.BUDGET).order_by("pk").values_list("amount", "text", "document")
    assert [row[0] for row in history] == [1000, 500, -200, -300]
    assert history[1][1:] == ("年中调整", "经审〔2022〕3号")
    call_command("check_books")


def test_refusals_of_the_budget(fund):
    line, other = fund.line(1000), fund.line(1000, name="宣传活动")
    income = fund.line(100, name="会费收入", side=Side.INCOME)
    fund.reserve(line, 700)
    given = {"reason": "x", "document": "1号", "key": uuid4(), "actor": fund.accountant, "at": AT}

    cut = [Change(line, yuan("-300.01"))]
    assert refused(budget.revise_budget, changes=cut, **given) is Refusal.BUDGET_IN_USE
    assert refused(budget.revise_budget, changes=[Change(line, yuan(0))], **given) is Refusal.AMOUNT
    more = [Change(line, yuan(1))]
    assert refused(budget.revise_budget, changes=more, **given | {"document": " "}) is Refusal.NO_DOCUMENT
    assert refused(budget.revise_budget, changes=more, **given | {"reason": " "}) is Refusal.NO_TEXT
    for into in (line, income):
        transfer = {"out_of": line, "into": into, "amount": yuan(1)}
        assert refused(budget.transfer_budget, **transfer, **given) is Refusal.NOT_TRANSFERABLE
    transfer = {"out_of": line, "into": other}
    assert refused(budget.transfer_budget, **transfer, amount=yuan(-1), **given) is Refusal.AMOUNT
    assert refused(budget.transfer_budget, **transfer, amount=yuan(301), **given) is Refusal.BUDGET_IN_USE


def test_a_line_is_there_once_also_without_branch_and_project(fund):
    fund.line(1000)

    assert refused(fund.line, amount=1) is Refusal.LINE_EXISTS
    fund.line(1, project="运动会")
    fund.line(1, branch=fund.cast.branch)
    assert refused(fund.line, amount=1, branch=fund.cast.branch) is Refusal.LINE_EXISTS
    assert refused(fund.line, amount=1, name="新科目", document="") is Refusal.NO_DOCUMENT
    assert refused(fund.line, amount=-1, name="新科目") is Refusal.AMOUNT
    line = fund.line(2, name="停用科目")
    line.account.is_active = False
    line.account.save()
    assert refused(fund.line, amount=1, name="停用科目", project="x") is Refusal.ACCOUNT_OFF
