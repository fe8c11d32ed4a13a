"""The pure judgements on claims, both sides of every threshold."""

from datetime import date
from decimal import Decimal

import pytest

from finance import expense_rules as rules
from finance.enums import Desk
from finance.expense_codes import ExpenseRefusal as Refusal
from finance.expense_rules import Bill, Item

D = Decimal
ITEM = Item("图书", D("10.00"))
BILL = Bill("", "24120001", date(2022, 5, 6), D("10.00"), "书店")
FULL = {
    "purpose": "读书",
    "items": [ITEM],
    "bills": [BILL],
    "payee": "钱一",
    "bank": "城北银行",
    "account": "62220200",
}


def bill(**how) -> Bill:
    return Bill(**{"code": "", "number": "24120001", "on": BILL.on, "amount": D("10.00"), "seller": "书店"} | how)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("２４１２ ０００１", "24120001"),
        (" ab-12　34 ", "AB1234"),
        ("ａｂ１２", "AB12"),
        ("6222 0200－0000", "622202000000"),
        ("", ""),
    ],
)
def test_numbers_are_kept_plain(typed, kept):
    assert rules.plain(typed) == kept


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({}, None),
        ({"purpose": " "}, Refusal.NO_PURPOSE),
        ({"items": []}, Refusal.NO_ITEMS),
        ({"items": [Item("", D("1.00"))]}, Refusal.ITEM),
        ({"items": [Item("书", D("0.00"))]}, Refusal.ITEM),
        ({"items": [Item("书", D("0.001"))]}, Refusal.ITEM),
        ({"items": [Item("书", D("999999999999.00")), ITEM]}, Refusal.ITEM),
        ({"payee": ""}, Refusal.NO_PAYEE),
        ({"bank": " "}, Refusal.NO_PAYEE),
        ({"account": "1234567"}, Refusal.ACCOUNT),
        ({"account": "12345678"}, None),
        ({"account": "1" * 32}, None),
        ({"account": "1" * 33}, Refusal.ACCOUNT),
        ({"account": "1234567A"}, Refusal.ACCOUNT),
        ({"bills": []}, None),
        ({"bills": [bill(number="1234")]}, Refusal.INVOICE),
        ({"bills": [bill(number="12345")]}, None),
        ({"bills": [bill(number="1" * 21)]}, Refusal.INVOICE),
        ({"bills": [bill(code="1234567")]}, Refusal.INVOICE),
        ({"bills": [bill(code="12345678")]}, None),
        ({"bills": [bill(seller="")]}, Refusal.INVOICE),
        ({"bills": [bill(amount=D(0))]}, Refusal.INVOICE),
        ({"bills": [BILL, bill()]}, Refusal.INVOICE_TWICE),
        ({"bills": [bill(amount=D("9.99"))]}, Refusal.INVOICES_SHORT),
        ({"bills": [bill(amount=D("9.99")), bill(number="24120002", amount=D("0.01"))]}, None),
    ],
)
def test_content(how, refusal):
    assert rules.refuse_content(**FULL | how) == refusal


POLICY = {
    "其他<500": "分工会负责人、会计",
    "其他": "分工会负责人、会计、主席",
    "采购<100": "会计",
    "采购<2000": "会计、主席",
    "慰问支出": "猫、会计",
    "培训支出": "会计、会计",
}


@pytest.mark.parametrize(
    ("kind", "amount", "route"),
    [
        ("general", "499.99", ["branch", "accountant"]),
        ("general", "500", ["branch", "accountant", "chair"]),
        ("procurement", "99.99", ["accountant"]),
        ("procurement", "100", ["accountant", "chair"]),
        ("procurement", "2000", ["branch", "accountant", "chair"]),
        ("condolence", "1", []),
        ("training", "1", []),
    ],
)
def test_route_by_kind_and_amount(kind, amount, route):
    assert rules.route_of(POLICY, kind=kind, amount=D(amount)) == route


@pytest.mark.parametrize("policy", [None, [], "会计", {"其他<x": "会计"}, {}])
def test_a_policy_that_cannot_be_read_gives_no_route(policy):
    assert rules.route_of(policy, kind="general", amount=D(1)) == []


def test_staff_review_where_the_branch_has_nobody():
    steps = [Desk.BRANCH, Desk.ACCOUNTANT, Desk.CHAIR]

    assert rules.route_for(steps, has_branch_reviewer=True) == ["branch", "accountant", "chair"]
    assert rules.route_for(steps, has_branch_reviewer=False) == ["staff", "accountant", "chair"]
    assert rules.route_for([Desk.STAFF, Desk.BRANCH], has_branch_reviewer=False) == ["staff"]


@pytest.mark.parametrize(
    ("limit", "amount", "needed"),
    [(5000, "4999.99", False), (5000, "5000", True), ("0.5", "1", True), (None, "9999999", False)],
)
def test_minute_from_the_limit_on(limit, amount, needed):
    assert rules.needs_minute(limit, D(amount)) is needed


@pytest.mark.parametrize(
    ("user", "may", "refusal"),
    [
        (1, True, Refusal.OWN),
        (2, True, Refusal.OWN),
        (3, True, Refusal.SIGNED_BEFORE),
        (4, False, Refusal.NOT_YOURS),
        (4, True, None),
    ],
)
def test_signatures_are_apart(user, may, refusal):
    assert rules.refuse_signature(people={user}, applicant=1, entered_by=2, signed=[3], may=may) == refusal


def test_digest_names_the_content_and_not_its_order_of_keys():
    one = rules.digest_of({"a": D("1.00"), "b": ["图书"]})

    assert one == rules.digest_of({"b": ["图书"], "a": D("1.00")})
    assert one != rules.digest_of({"a": D("1.01"), "b": ["图书"]})
    assert len(one) == 64
