"""Suppliers, and what was bought from them for a run. Every service changes nothing where it refuses."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.constraints import refused_by
from core.identity import credit_code_of, mobile_of
from core.models import User
from welfare import rules
from welfare.enums import BenefitState
from welfare.models import Benefit, Purchase, Supplier
from welfare.purchase_codes import CannotPurchase, PurchaseRefusal

FACTS = ("name", "credit_code", "area", "contact", "phone", "note", "is_active")


@transaction.atomic
def keep_supplier(*, supplier: Supplier | None, values: dict[str, Any], actor: User, at: datetime) -> Supplier:
    """Add one (None) or change one; ``values`` maps ``FACTS``. Raises ``PermissionDenied``, ``CannotPurchase``.

    What was bought before keeps the area that it had.
    """
    if not actor.has_perm("welfare.change_supplier" if supplier else "welfare.add_supplier"):
        raise PermissionDenied
    row = Supplier.objects.select_for_update().get(pk=supplier.pk) if supplier else Supplier()
    given = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    code = given.get("credit_code", "")
    if code:
        given["credit_code"] = credit_code_of(code) or ""
    if code and not given["credit_code"]:
        raise CannotPurchase(PurchaseRefusal.CODE)
    if mobile_of(given.get("phone", "")):
        raise CannotPurchase(PurchaseRefusal.MOBILE)
    changed = sorted(name for name in FACTS if name in given and getattr(row, name) != given[name])
    for name in changed:
        setattr(row, name, given[name])
    with refused_by(
        supplier_once=lambda: CannotPurchase(PurchaseRefusal.NAME),
        supplier_code_once=lambda: CannotPurchase(PurchaseRefusal.CODE_TAKEN),
    ):
        row.save()
    verb = "changed" if supplier else "created"
    audit.record(actor=actor, action=f"welfare.supplier.{verb}", target=row, data={"fields": changed}, at=at)
    return row


@transaction.atomic
def record_purchase(*, values: dict[str, Any], actor: User, at: datetime) -> Purchase:
    """``values``: benefit, package or None, supplier, what, quantity, price (yuan), area, by_platform, bought_on.

    ``area`` empty: the supplier's own. Raises ``PermissionDenied`` or ``CannotPurchase``.
    """
    if not actor.has_perm("welfare.add_purchase"):
        raise PermissionDenied
    benefit = Benefit.objects.select_for_update(of=("self",)).get(pk=values["benefit"].pk)  # nobody cancels meanwhile
    supplier, package = values["supplier"], values.get("package")
    quantity, price = values["quantity"], values["price"]
    _refuse(
        PurchaseRefusal.RUN_OFF if benefit.state == BenefitState.CANCELLED else None,
        None if supplier.is_active else PurchaseRefusal.SUPPLIER_OFF,
        PurchaseRefusal.PACKAGE if package is not None and package.benefit_id != benefit.pk else None,
        rules.refuse_purchase(quantity=quantity, price=price),
        PurchaseRefusal.TO_COME if values["bought_on"] > clock.local_date(at) else None,
    )
    row = Purchase(benefit=benefit, package=package, supplier=supplier, quantity=quantity, price=price)
    row.what = values.get("what", "").strip() or _thing(package)
    row.area = values.get("area", "").strip() or supplier.area
    row.by_platform, row.bought_on = values.get("by_platform", False), values["bought_on"]
    _refuse(
        None if row.what else PurchaseRefusal.WHAT,
        PurchaseRefusal.AREA if row.by_platform and not row.area else None,
    )
    row.amount, row.made_by, row.made_at = Decimal(quantity) * price, actor, at
    row.save(force_insert=True)
    _note(row, "recorded", actor, at)
    return row


@transaction.atomic
def cancel_purchase(*, purchase: Purchase, reason: str, actor: User, at: datetime) -> Purchase:
    """作废: it counts no more and stays to be read. Raises ``PermissionDenied`` or ``CannotPurchase``."""
    row = Purchase.objects.select_for_update(of=("self",)).get(pk=purchase.pk)
    if not actor.has_perm("welfare.cancel_purchase"):
        raise PermissionDenied
    _refuse(
        PurchaseRefusal.CANCELLED if row.cancelled_at else None,
        None if reason.strip() else PurchaseRefusal.NO_REASON,
    )
    row.cancelled_by, row.cancelled_at, row.said = actor, at, reason.strip()
    row.save(update_fields=["cancelled_by", "cancelled_at", "said"])
    _note(row, "cancelled", actor, at, basis=row.said)
    return row


def _refuse(*found: PurchaseRefusal | None) -> None:
    """The first of them."""
    for refusal in found:
        if refusal:
            raise CannotPurchase(refusal)


def _thing(package) -> str:
    return f"{package.name} {package.spec}".strip()[:200] if package else ""


def _note(row: Purchase, verb: str, actor: User, at: datetime, *, basis: str = "") -> None:
    data = {
        **{"benefit": row.benefit_id, "supplier": row.supplier_id, "package": row.package_id},
        **{"quantity": row.quantity, "amount": str(row.amount), "area": row.area, "bought_on": f"{row.bought_on}"},
    }
    action = f"welfare.purchase.{verb}"
    audit.record(actor=actor, action=action, target=row, basis=basis, data=data, at=at)
