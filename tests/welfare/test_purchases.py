"""Suppliers and purchases: what is refused, what the database keeps, and the year's share of assistance areas."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from core.enums import ADMIN_ROLES, Effect, Role
from core.identity import credit_code_of
from core.models import AuditEntry
from tests.acts import acts
from tests.welfare.factories import Office, make_office, make_rule
from welfare import rules
from welfare.assistance import TARGET, year_share, years_with_purchases
from welfare.models import Package, Purchase, Supplier
from welfare.purchase_codes import CannotPurchase, PurchaseRefusal
from welfare.services import purchasing

DAY = date(2022, 5, 20)


@pytest.fixture
def office(db) -> Office:
    return make_office()


def supplier(office: Office, name: str = "云岭农产品公司", **more) -> Supplier:
    values = {"name": name, **more}
    return purchasing.keep_supplier(supplier=None, values=values, **office.by())


def bought(office: Office, run, seller: Supplier, amount, **more) -> Purchase:
    values = {"benefit": run, "supplier": seller, "what": "大米 5 公斤", "quantity": 1, "price": Decimal(amount)}
    return purchasing.record_purchase(values=values | {"bought_on": DAY} | more, **office.by())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),  # the example of GB 32100-2015
        (" 9135 0100 m000100y43 ", "91350100M000100Y43"),
        ("91350100M000100Y44", None),
        ("91350100M000100Y4", None),
        ("91350100M000100I43", None),  # no I, O, S, V, Z
        ("", None),
    ],
)
def test_a_credit_code_is_checked_by_its_last_character(typed, kept):
    assert credit_code_of(typed) == kept


@pytest.mark.parametrize(
    ("part", "whole", "percent", "reached"),
    [
        ("30", "100", "30.0", True),
        ("29.99", "100", "29.9", False),
        ("0", "100", "0.0", False),
        ("0", "0", None, False),
    ],
)
def test_a_share_is_never_rounded_up_to_its_target(part, whole, percent, reached):
    share = rules.share_in_percent(Decimal(part), Decimal(whole))

    assert share == (None if percent is None else Decimal(percent))
    assert rules.reaches(Decimal(part), Decimal(whole), target=Decimal(30)) is reached


@pytest.mark.parametrize(
    ("quantity", "price", "refusal"),
    [
        (1, "0.01", None),
        (0, "1.00", PurchaseRefusal.QUANTITY),
        (-1, "1.00", PurchaseRefusal.QUANTITY),
        (1, "0.00", PurchaseRefusal.PRICE),
        (1, "0.001", PurchaseRefusal.PRICE),
        (1, "NaN", PurchaseRefusal.PRICE),
        (2, "4999999999.99", None),
        (2, "5000000000.00", PurchaseRefusal.PRICE),
    ],
)
def test_quantity_and_price_of_a_purchase(quantity, price, refusal):
    assert rules.refuse_purchase(quantity=quantity, price=Decimal(price)) is refusal


def test_a_supplier_is_kept_with_his_code_in_capitals(office):
    made = supplier(office, credit_code="91350100m000100y43", area="贵州省雷山县", phone="0851-5550100")

    changed = purchasing.keep_supplier(supplier=made, values={"is_active": False}, **office.by())

    assert (changed.credit_code, changed.is_active) == ("91350100M000100Y43", False)
    assert [one.action for one in acts().filter(target_type="welfare.supplier").order_by("position")] == [
        "welfare.supplier.created",
        "welfare.supplier.changed",
    ]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"name": "甲", "credit_code": "91350100M000100Y44"}, PurchaseRefusal.CODE),
        ({"name": "甲", "phone": "138 0000 1234"}, PurchaseRefusal.MOBILE),
        ({"name": "已有"}, PurchaseRefusal.NAME),
        ({"name": "甲", "credit_code": "91350100M000100Y43"}, PurchaseRefusal.CODE_TAKEN),
    ],
)
def test_refusals_of_a_supplier_change_nothing(office, values, refusal):
    supplier(office, "已有", credit_code="91350100M000100Y43")
    before = AuditEntry.objects.count()

    with pytest.raises(CannotPurchase) as refused:
        purchasing.keep_supplier(supplier=None, values=values, **office.by())

    assert refused.value.code is refusal
    assert (Supplier.objects.count(), AuditEntry.objects.count()) == (1, before)


def test_a_purchase_keeps_the_area_that_its_supplier_had(office):
    seller = supplier(office, area="贵州省雷山县")
    run = office.frozen()

    made = bought(office, run, seller, "198.00", quantity=30)
    purchasing.keep_supplier(supplier=seller, values={"area": ""}, **office.by())

    made.refresh_from_db()
    assert (made.amount, made.area) == (Decimal("5940.00"), "贵州省雷山县")
    entry = acts().get(action="welfare.purchase.recorded")
    assert (entry.data["amount"], entry.target_id) == ("5940.00", str(made.pk))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"quantity": 0}, PurchaseRefusal.QUANTITY),
        ({"price": Decimal("0.001")}, PurchaseRefusal.PRICE),
        ({"what": " "}, PurchaseRefusal.WHAT),
        ({"by_platform": True}, PurchaseRefusal.AREA),
        ({"bought_on": date(2022, 6, 30)}, PurchaseRefusal.TO_COME),
    ],
)
def test_refusals_of_a_purchase_change_nothing(office, more, refusal):
    run, seller = office.frozen(), supplier(office)
    before = AuditEntry.objects.count()

    with pytest.raises(CannotPurchase) as refused:
        bought(office, run, seller, "10.00", **more)

    assert refused.value.code is refusal
    assert (Purchase.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_a_package_of_another_run_a_closed_supplier_and_a_cancelled_run_are_refused(office):
    run, other = office.frozen(), office.frozen(name="另一次")
    foreign = Package.objects.create(benefit=other, name="米", price=Decimal(5))
    seller, closed = supplier(office), supplier(office, "停用的", is_active=False)
    other.__class__.objects.filter(pk=other.pk).update(state="cancelled", said="重复")

    for given, refusal in (
        ((run, seller, {"package": foreign}), PurchaseRefusal.PACKAGE),
        ((run, closed, {}), PurchaseRefusal.SUPPLIER_OFF),
        ((other, seller, {}), PurchaseRefusal.RUN_OFF),
    ):
        with pytest.raises(CannotPurchase) as refused:
            bought(office, *given[:2], "10.00", **given[2])
        assert refused.value.code is refusal
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("role", sorted(ADMIN_ROLES - {Role.UNION_STAFF}))
def test_only_union_staff_keep_suppliers_and_purchases(office, role):
    run, seller = office.frozen(), supplier(office)
    made = bought(office, run, seller, "10.00")
    by = office.by(role)

    for act in (
        lambda: purchasing.keep_supplier(supplier=seller, values={"name": "改名"}, **by),
        lambda: purchasing.keep_supplier(supplier=None, values={"name": "新"}, **by),
        lambda: purchasing.record_purchase(values={"benefit": run}, **by),
        lambda: purchasing.cancel_purchase(purchase=made, reason="误登", **by),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_cancelled_purchase_counts_no_more_and_is_cancelled_once(office):
    run, seller = office.frozen(), supplier(office, area="贵州省雷山县")
    made = bought(office, run, seller, "300.00")

    purchasing.cancel_purchase(purchase=made, reason="误登", **office.by())

    assert year_share(2022, today=DAY).share.bought == 0
    for reason, refusal in (("误登", PurchaseRefusal.CANCELLED), (" ", PurchaseRefusal.CANCELLED)):
        with pytest.raises(CannotPurchase) as refused:
            purchasing.cancel_purchase(purchase=made, reason=reason, **office.by())
        assert refused.value.code is refusal
    other = bought(office, run, seller, "1.00")
    with pytest.raises(CannotPurchase) as refused:
        purchasing.cancel_purchase(purchase=other, reason=" ", **office.by())
    assert refused.value.code is PurchaseRefusal.NO_REASON


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE welfare_purchase SET amount = 1, price = 1",
        "UPDATE welfare_purchase SET area = '别处'",
        "UPDATE welfare_purchase SET bought_on = '2021-01-01'",
        "DELETE FROM welfare_purchase",
    ],
)
def test_the_database_keeps_a_purchase_as_it_was_recorded(office, statement):
    bought(office, office.frozen(), supplier(office), "10.00")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Purchase.objects.get().amount == 10


def test_the_years_share_is_counted_by_hand(office):
    """1000 of 4000 yuan in 2022, 600 of it by the platform; 2021's 500 and the cancelled 999 are not in it."""
    make_rule(TARGET, 30, unit="%", effect=Effect.WARN, decided_by="校工会〔2022〕3号")
    plain, aiding = supplier(office, "本地粮油"), supplier(office, "雷山合作社", area="贵州省雷山县")
    spring, other = office.frozen(), office.frozen(name="另一次")
    bought(office, spring, plain, "3000.00")
    bought(office, spring, aiding, "300.00", quantity=2, by_platform=True)
    bought(office, other, aiding, "400.00")
    bought(office, other, aiding, "500.00", bought_on=date(2021, 12, 31))
    gone = bought(office, other, aiding, "999.00")
    purchasing.cancel_purchase(purchase=gone, reason="误登", **office.by())

    found = year_share(2022, today=DAY)

    assert (found.share.bought, found.share.aided, found.share.platform) == (4000, 1000, 600)
    assert (found.share.percent, found.target, found.reached) == (Decimal("25.0"), 30, False)
    assert found.missing == Decimal("200.00")  # 30 % of 4000 less 1000
    assert [(one.run, one.share.bought, one.share.aided) for one in found.runs] == [
        (spring, 3600, 600),
        (other, 400, 400),
    ]
    assert years_with_purchases() == [2022, 2021]
    assert year_share(2021, today=DAY).reached


def test_without_a_rule_in_force_it_is_only_counted(office):
    make_rule(TARGET, 30, unit="%", effect=Effect.WARN, from_on=date(2023, 1, 1))

    found = year_share(2022, today=DAY)

    assert (found.rule, found.reached, found.missing, found.share.percent) == (None, False, 0, None)
