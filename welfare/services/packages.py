"""What a run offers: packages with price and stock, until when they are chosen and where they are fetched."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.constraints import refused_by
from core.models import User
from welfare.enums import BenefitState
from welfare.models import Package, PackageOffer
from welfare.models.packages import CHOSEN_IN
from welfare.package_codes import CannotChoose, PackageRefusal

FACTS = ("name", "spec", "price", "stock", "is_default")
_OPEN = (BenefitState.DRAFT, *CHOSEN_IN)


@transaction.atomic
def keep_offer(*, offer: PackageOffer | None, values: dict[str, Any], actor: User, at: datetime) -> PackageOffer:
    """Until when the run's people choose, and where they fetch it. Raises ``PermissionDenied``, ``CannotChoose``."""
    _ask(actor)
    row = PackageOffer.objects.select_for_update(of=("self",)).get(pk=offer.pk) if offer else None
    benefit = row.benefit if row else values["benefit"]
    if benefit.state not in _OPEN:
        raise CannotChoose(PackageRefusal.RUN_OVER)
    if values["closes_at"] <= at:
        raise CannotChoose(PackageRefusal.PAST)
    made = row is None
    row = row or PackageOffer(benefit=benefit, made_by=actor)
    row.closes_at, row.points = values["closes_at"], values["points"].strip()
    row.save()
    data = {"benefit": benefit.pk, "closes_at": row.closes_at.isoformat(), "points": len(row.places)}
    _note(row, "welfare.packageoffer", made, actor, at, data)
    return row


@transaction.atomic
def keep_package(*, package: Package | None, values: dict[str, Any], actor: User, at: datetime) -> Package:
    """One package; once somebody has chosen it only its stock changes. Raises as ``keep_offer``."""
    _ask(actor)
    row = Package.objects.select_for_update(of=("self",)).get(pk=package.pk) if package else None
    made = row is None
    row = row or Package(benefit=values["benefit"])
    if row.benefit.state not in _OPEN:
        raise CannotChoose(PackageRefusal.RUN_OVER)
    changed = sorted(name for name in FACTS if name in values and getattr(row, name) != values[name])
    for name in changed:
        setattr(row, name, values[name])
    _refuse(row, changed)
    with refused_by(
        package_once=lambda: CannotChoose(PackageRefusal.NAME),
        package_one_default=lambda: CannotChoose(PackageRefusal.DEFAULT),
    ):
        if made:
            row.save(force_insert=True)
        else:
            row.save(update_fields=FACTS)
    _note(row, "welfare.package", made, actor, at, {"benefit": row.benefit_id, "fields": changed, "stock": row.stock})
    return row


def _ask(actor: User) -> None:
    if not actor.has_perm("welfare.offer_packages"):
        raise PermissionDenied


def _refuse(row: Package, changed: list[str]) -> None:
    if row.taken and set(changed) - {"stock"}:
        raise CannotChoose(PackageRefusal.CHOSEN)
    if row.stock is not None and row.stock < row.taken:
        raise CannotChoose(PackageRefusal.STOCK)
    if not 0 < row.price <= row.benefit.per_head:
        raise CannotChoose(PackageRefusal.PRICE)
    if row.is_default and row.stock is not None:
        raise CannotChoose(PackageRefusal.DEFAULT)


def _note(
    row: Package | PackageOffer, noun: str, made: bool, actor: User, at: datetime, data: dict[str, Any]
) -> None:
    verb = "created" if made else "changed"
    audit.record(actor=actor, action=f"{noun}.{verb}", target=row, data=data, at=at)
