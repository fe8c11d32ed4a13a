"""The hand-out: who is on the list fetches his share, once, himself or by a proxy (TRUST.md 2.2).

Two tables move together: the share of the list becomes received, and a ``Handout`` says by whom, when and to whom.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit, clock
from core.enums import Role
from core.models import AuditEntry, User
from members.models import Member
from members.selectors import member_ids_of
from welfare.enums import BenefitState, EntitlementState, HandoutWay
from welfare.handout_codes import CannotHandOut, HandoutRefusal
from welfare.models import Benefit, Entitlement, Handout

# The run first, shared: many hand out at once, but nobody settles or cancels it meanwhile; then the one share.
# Whoever waited for it reads the row as the one before him left it.
_HOLD = """
WITH run AS MATERIALIZED (SELECT id, state FROM welfare_benefit WHERE id = %s FOR SHARE)
SELECT e.id, e.state, e.branch_id, run.state FROM run JOIN welfare_entitlement AS e ON e.benefit_id = run.id
WHERE e.member_id = ANY(%s) AND e.state <> 'out' ORDER BY e.state = 'listed' DESC, e.id LIMIT 1
FOR NO KEY UPDATE OF e
"""
_GIVE = """
WITH given AS (
    UPDATE welfare_entitlement SET state = 'received', received_on = %(on)s
    WHERE id = %(entitlement)s AND state = 'listed' RETURNING id
)
INSERT INTO welfare_handout (entitlement_id, by_id, at, way, proxy, relation, key, device, said)
SELECT id, %(by)s, %(at)s, %(way)s, %(proxy)s, %(relation)s, %(key)s, %(device)s, '' FROM given
ON CONFLICT (by_id, key) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class Given:
    """``repeated``: the same submit had been answered before."""

    handout: Handout
    repeated: bool = False


@dataclass(frozen=True)
class _Held:
    entitlement: int
    state: str
    branch: int
    run: str


@transaction.atomic
def hand_out(
    *,
    benefit: Benefit,
    member: Member,
    way: HandoutWay,
    key: str | UUID,
    proxy: str = "",
    relation: str = "",
    device: UUID | None = None,
    actor: User,
    at: datetime,
) -> Given:
    """Note that ``member`` fetched his share of the run. The same ``key`` again is the same act and the same answer.

    Raises ``PermissionDenied``, or ``CannotHandOut``: RECEIVED says when and by whom. Nobody notes his own.
    """
    if not actor.has_perm("welfare.hand_out"):
        raise PermissionDenied
    key, proxy, relation = _parsed(key), proxy.strip(), relation.strip()
    if bool(proxy) != bool(relation):
        raise CannotHandOut(HandoutRefusal.PROXY)
    held = _hold(benefit, member, actor)
    if held.state != EntitlementState.LISTED and (before := _answered(held, actor, key)):
        return Given(before, repeated=True)
    _refuse(held, member, actor)
    row: dict[str, Any] = {
        "entitlement": held.entitlement,
        "by": actor.pk,
        "on": clock.local_date(at),
        "at": at,
        "way": str(way),
    }
    row |= {"proxy": proxy, "relation": relation, "key": key, "device": device}
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, row)
        made = cursor.fetchone()
    if made is None:
        raise CannotHandOut(HandoutRefusal.KEY_USED)
    given = Handout(
        pk=made[0],
        entitlement_id=held.entitlement,
        by=actor,
        at=at,
        way=way,
        proxy=proxy,
        relation=relation,
        key=key,
        device=device,
    )
    said: dict[str, Any] = {"way": str(way), "proxy": bool(proxy)}
    audit.commit_with(_entry(given, "noted", benefit.pk, member.pk, actor, at, **said))
    return Given(given)


@transaction.atomic
def reverse(*, handout: Handout, reason: str, actor: User, at: datetime) -> Handout:
    """误登: the share is to be fetched again, and the row says who took it back and why.

    By union staff, while the run is handed out, not for oneself. Raises ``PermissionDenied`` or ``CannotHandOut``.
    """
    if not actor.has_perm("welfare.reverse_handout"):
        raise PermissionDenied
    told = Handout.objects.select_related("entitlement__benefit", "entitlement__member").get(pk=handout.pk)
    member = told.entitlement.member
    held = _hold(told.entitlement.benefit, member, actor)
    row = Handout.objects.select_for_update(of=("self",)).get(pk=handout.pk)
    if row.reversed_at is not None:
        raise CannotHandOut(HandoutRefusal.REVERSED)
    if held.run != BenefitState.HANDING_OUT:
        raise CannotHandOut(HandoutRefusal.NOT_HANDING_OUT)
    if _is_own(member, actor):
        raise CannotHandOut(HandoutRefusal.OWN)
    if not reason.strip():
        raise CannotHandOut(HandoutRefusal.NO_REASON)
    row.reversed_by, row.reversed_at, row.said = actor, at, reason.strip()
    row.save(update_fields=["reversed_by", "reversed_at", "said"])
    Entitlement.objects.filter(pk=row.entitlement_id).update(state=EntitlementState.LISTED, received_on=None)
    entry = _entry(row, "note_reversed", told.entitlement.benefit_id, member.pk, actor, at, basis=row.said)
    audit.commit_with(entry)
    return row


def may_serve(actor: User, branch: int | None) -> bool:
    """The people of which branch he hands out to: union staff everybody, a branch's officer his own."""
    return actor.has_perm("welfare.hand_out") and (actor.holds(Role.UNION_STAFF) or branch in actor.branch_ids)


def words_of(handout: Handout) -> str:
    """已于…由…登记领取."""
    when = timezone.localtime(handout.at)
    facts = {"when": f"{when.month}月{when.day}日 {when:%H:%M}", "by": handout.by.name}
    if handout.proxy:
        facts |= {"proxy": handout.proxy, "relation": handout.relation}
        return _("已于 %(when)s 由%(by)s登记领取，%(proxy)s（%(relation)s）代领。") % facts
    return _("已于 %(when)s 由%(by)s登记领取。") % facts


def _hold(benefit: Benefit, member: Member, actor: User) -> _Held:
    """The share, locked. A record merged into the member's counts for him. Outside his branches nothing exists."""
    held = _locked(benefit, [member.pk]) or _locked(benefit, member_ids_of(member))
    if held is None or not may_serve(actor, held.branch):
        raise CannotHandOut(HandoutRefusal.NOT_LISTED)
    return held


def _locked(benefit: Benefit, members: list[int]) -> _Held | None:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [benefit.pk, members])
        row = cursor.fetchone()
    return _Held(*row) if row else None


def _answered(held: _Held, actor: User, key: UUID) -> Handout | None:
    """What this submit was answered with, when it has been."""
    rows = Handout.objects.standing().filter(entitlement=held.entitlement, by=actor, key=key)
    return rows.select_related("by").first()


def _refuse(held: _Held, member: Member, actor: User) -> None:
    if held.state == EntitlementState.RECEIVED:
        last = Handout.objects.standing().filter(entitlement=held.entitlement).select_related("by").first()
        raise CannotHandOut(HandoutRefusal.RECEIVED, words_of(last) if last else "")
    if held.run != BenefitState.HANDING_OUT:
        raise CannotHandOut(HandoutRefusal.NOT_HANDING_OUT)
    if held.state != EntitlementState.LISTED:
        raise CannotHandOut(HandoutRefusal.CLOSED)
    if _is_own(member, actor):
        raise CannotHandOut(HandoutRefusal.OWN)


def _is_own(member: Member, actor: User) -> bool:
    """TRUST.md 3: what he receives himself, another one notes."""
    return member.user_id == actor.pk


def _parsed(key: str | UUID) -> UUID:
    try:
        return key if isinstance(key, UUID) else UUID(key)
    except ValueError:
        raise CannotHandOut(HandoutRefusal.KEY_MALFORMED) from None


def _entry(
    handout: Handout, verb: str, benefit: int, member: int, actor: User, at: datetime, *, basis: str = "", **data
) -> AuditEntry:
    return audit.entry_of(
        actor=actor,
        action=f"welfare.handout.{verb}",
        target=handout,
        subject=member,
        basis=basis,
        data={"benefit": benefit, "entitlement": handout.entitlement_id, **data},
        at=at,
    )
