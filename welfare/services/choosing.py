"""Choosing a package until the deadline; who did not choose has the default. Stock is never oversold."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, Q

from core import audit, locks, row_states
from core.models import User
from members.dossier import file_of
from members.selectors import records_of
from welfare.enums import EntitlementState
from welfare.models import Entitlement, Package, PackageChoice, PackageOffer
from welfare.models.packages import CHOSEN_IN
from welfare.package_codes import CannotChoose, PackageRefusal

# Whoever is listed and has no choice when it closes; the count is what the default package gives.
_DEFAULT = """
INSERT INTO welfare_packagechoice (entitlement_id, package_id, point, by_default, at)
SELECT e.id, %s, '', true, %s FROM welfare_entitlement AS e
WHERE e.benefit_id = %s AND e.state IN ('listed', 'received')
  AND NOT EXISTS (SELECT FROM welfare_packagechoice AS c WHERE c.entitlement_id = e.id)
ON CONFLICT (entitlement_id) DO NOTHING
"""


@transaction.atomic
def choose(*, share: Entitlement, package: Package, point: str = "", actor: User, at: datetime) -> PackageChoice:
    """One's own choice, or another one until the deadline. Raises ``PermissionDenied`` or ``CannotChoose``.

    SOLD_OUT leaves what he had chosen before.
    """
    offer = _offer(share.benefit_id)
    share = Entitlement.objects.select_for_update(of=("self",)).get(pk=share.pk)  # one's own two clicks
    if not _is_own(share, actor):
        raise PermissionDenied
    if share.state != EntitlementState.LISTED:
        raise CannotChoose(PackageRefusal.NOT_DUE)
    if at >= offer.closes_at:
        raise CannotChoose(PackageRefusal.CLOSED)
    if package.benefit_id != share.benefit_id:
        raise CannotChoose(PackageRefusal.NOT_OFFERED)
    if (point not in offer.places) if offer.places else point:
        raise CannotChoose(PackageRefusal.POINT)
    chosen = PackageChoice.objects.filter(entitlement=share).first()
    if chosen is None or chosen.package_id != package.pk:
        _move(chosen.package_id if chosen else None, package.pk)
    chosen = chosen or PackageChoice(entitlement=share)
    chosen.package, chosen.point, chosen.by_default, chosen.at = package, point, False, at
    chosen.save()
    _note(chosen, share, actor, at)
    return chosen


@transaction.atomic
def assign_defaults(*, offer: PackageOffer, actor: User | None, at: datetime) -> int:
    """Who has not chosen by the deadline has the default package; how many. Again: only who was added since."""
    if actor is not None and not actor.has_perm("welfare.offer_packages"):
        raise PermissionDenied
    offer = locks.held(PackageOffer.objects.select_related("benefit"), offer.pk)
    if offer.benefit.state not in CHOSEN_IN:
        raise CannotChoose(PackageRefusal.RUN_OVER)
    if at < offer.closes_at:
        raise CannotChoose(PackageRefusal.NOT_YET)
    default = Package.objects.filter(benefit=offer.benefit_id, is_default=True).first()
    if default is None:
        raise CannotChoose(PackageRefusal.NO_DEFAULT)
    with row_states.not_kept(), connection.cursor() as cursor:  # bulk work; its entry is about the offer
        cursor.execute(_DEFAULT, [default.pk, at, offer.benefit_id])
        given = cursor.rowcount
        Package.objects.filter(pk=default.pk).update(taken=F("taken") + given)
    offer.assigned_at = at
    offer.save(update_fields=["assigned_at"])
    data = {"benefit": offer.benefit_id, "package": default.pk, "people": given}
    audit.record(actor=actor, action="welfare.packageoffer.assigned", target=offer, data=data, at=at)
    return given


def assign_due_defaults(*, at: datetime) -> dict[int, int]:
    """The scheduler's: every closed offer whose run has somebody without a choice; offer -> how many were given it.

    Each by itself and only where there is something to do: it may come twice, late or at once. An offer without a
    default package waits for one.
    """
    given = {}
    for pk in PackageOffer.objects.to_assign(at).values_list("pk", flat=True):
        with transaction.atomic():
            PackageOffer.objects.select_for_update(of=("self",)).get(pk=pk)  # another scheduler may be at it
            offer = PackageOffer.objects.to_assign(at).filter(pk=pk).first()
            if offer is not None:
                given[pk] = assign_defaults(offer=offer, actor=None, at=at)
    return given


def hold_offer(benefit: int) -> None:
    """Shared, before any share is locked: nobody gives the defaults out meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM welfare_packageoffer WHERE benefit_id = %s FOR SHARE", [benefit])


def take_back(share: Entitlement) -> int | None:
    """Whoever is withdrawn has no package: the one that he had, by its key, is another's to choose.

    Inside the transaction that withdraws him, after ``hold_offer`` and with the share locked.
    """
    chosen = PackageChoice.objects.filter(entitlement=share).first()
    if chosen is None:
        return None
    chosen.delete()
    Package.objects.filter(pk=chosen.package_id).update(taken=F("taken") - 1)
    return chosen.package_id


def pass_on(share: Entitlement, heir: Entitlement) -> int | None:
    """The package of ``share``, by its key, is that of ``heir`` now; under the same locks as ``take_back``."""
    chosen = PackageChoice.objects.filter(entitlement=share).first()
    if chosen is None:
        return None
    take_back(heir)
    chosen.entitlement = heir
    chosen.save(update_fields=["entitlement"])
    return chosen.package_id


def _offer(benefit: int) -> PackageOffer:
    """What is offered in a run that is not over."""
    hold_offer(benefit)
    offer = PackageOffer.objects.select_related("benefit").filter(benefit=benefit).first()
    if offer is None or offer.benefit.state not in CHOSEN_IN:
        raise CannotChoose(PackageRefusal.NOT_OFFERED)
    return offer


def _is_own(share: Entitlement, actor: User) -> bool:
    """A record that was merged into his is his."""
    member = file_of(actor)
    return member is not None and records_of(member).filter(pk=share.member_id).exists()


def _move(before: int | None, wanted: int) -> None:
    """From one package to another, in the order of their keys: no two wait for each other."""
    for pk in sorted({wanted} if before is None else {before, wanted}):
        if pk == before:
            Package.objects.filter(pk=pk).update(taken=F("taken") - 1)
        elif not _claim(pk):
            raise CannotChoose(PackageRefusal.SOLD_OUT)


def _claim(package: int) -> bool:
    """The last one goes to one only: whoever waited for the row counts anew."""
    left = Q(stock__isnull=True) | Q(taken__lt=F("stock"))
    return Package.objects.filter(left, pk=package).update(taken=F("taken") + 1) == 1


def _note(chosen: PackageChoice, share: Entitlement, actor: User, at: datetime) -> None:
    data = {"benefit": share.benefit_id, "package": chosen.package_id, "point": chosen.point}
    action = "welfare.packagechoice.made"
    audit.record(actor=actor, action=action, target=chosen, subject=share.member_id, data=data, at=at)
