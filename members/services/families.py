"""A member keeps his family's data himself, on his own consent; what leaves the seal is on record.

The audit names nobody but the member: no name, birth date or relation of the family (class C3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.errors import DomainError
from core.models import User
from core.sealed import SealedField
from members.models import FamilyConsent, FamilyMember, Member
from members.rules import families as rules
from members.rules.families import FamilyRefusal
from members.selectors.families import Child, children_between

CONSENT_TEXT = "2026-1"  # the wording in templates/members/family_consent.html
_BASIS = "个人信息保护法第二十八、二十九、三十一条"


class CannotKeepFamily(DomainError):
    """Against a rule of family data; ``code`` is a ``FamilyRefusal``."""


@transaction.atomic
def sign_consent(*, actor: User, at: datetime) -> FamilyConsent:
    """The member lets the union keep what he tells about his family, to the wording of today."""
    member = _own_record(actor)
    if FamilyConsent.objects.filter(member=member, withdrawn_at=None).exists():
        raise CannotKeepFamily(FamilyRefusal.ALREADY_SIGNED)
    signed = FamilyConsent.objects.create(member=member, text_version=CONSENT_TEXT, signed_at=at)
    _record("members.familyconsent.signed", signed, member, actor, at)
    return signed


@transaction.atomic
def withdraw_consent(*, actor: User, at: datetime) -> int:
    """He takes it back: everything about his family is removed at once; returns of how many people."""
    member = _own_record(actor)
    consent = FamilyConsent.objects.filter(member=member, withdrawn_at=None).first()
    if consent is None:
        raise CannotKeepFamily(FamilyRefusal.NOT_SIGNED)
    removed, _models = FamilyMember.objects.filter(member=member).delete()
    consent.withdrawn_at = at
    consent.save(update_fields=["withdrawn_at"])
    _record("members.familyconsent.withdrawn", consent, member, actor, at, removed=removed)
    return removed


@transaction.atomic
def add_person(
    *, relation: str, name: str, birth_on: date | None, guardian: bool, actor: User, at: datetime
) -> FamilyMember:
    """One more person, under the open consent; for a child under 14 the member says so as its guardian."""
    member = _own_record(actor)
    consent = FamilyConsent.objects.filter(member=member, withdrawn_at=None).first()
    if consent is None:
        raise CannotKeepFamily(FamilyRefusal.NOT_SIGNED)
    today = clock.local_date(at)
    if refusal := rules.refuse_person(relation=relation, born=birth_on, today=today, guardian=guardian):
        raise CannotKeepFamily(refusal)
    if FamilyMember.objects.filter(member=member).count() >= rules.MOST:
        raise CannotKeepFamily(FamilyRefusal.TOO_MANY)
    person = FamilyMember(member=member, consent=consent, relation=relation, created_at=at)
    person.guardian_at = at if guardian and birth_on and rules.age_on(birth_on, today) < rules.UNDER else None
    person.save()
    _sealed("name").put(person, name)  # sealed to its row, whose number is known now
    _sealed("birth_on").put(person, birth_on.isoformat() if birth_on else "")
    person.save(update_fields=["name", "birth_on"])
    _record("members.familymember.created", person, member, actor, at, text=consent.text_version)
    return person


@transaction.atomic
def remove_person(*, person: FamilyMember, actor: User, at: datetime) -> None:
    """The member takes one person out; nothing of him stays but that something was removed."""
    member = _own_record(actor)
    person = FamilyMember.objects.select_for_update().get(pk=person.pk)
    if person.member_id != member.pk:
        raise PermissionDenied
    pk = person.pk
    person.delete()
    person.pk = pk  # the entry names the row that is gone
    _record("members.familymember.deleted", person, member, actor, at)


@dataclass(frozen=True)
class Named:
    """A child in clear, for one answer that nothing stores."""

    name: str
    child: Child


@transaction.atomic(durable=True)  # nothing leaves before its entries are committed
def reveal_children(
    *, branch: int | None, youngest: int, under: int, on: date, reason: str, actor: User, at: datetime
) -> Sequence[Named]:
    """Names and birth dates of children of ``youngest`` <= age < ``under``, with an entry for each parent.

    Raises ``PermissionDenied``, ``CannotKeepFamily``, ``core.sealed.CannotOpen``.
    """
    if not actor.has_perm("members.reveal_familymember"):
        raise PermissionDenied
    reason = reason.strip()
    if not reason:
        raise CannotKeepFamily(FamilyRefusal.NO_REASON)
    found = [c for c in children_between(youngest, under, on) if branch is None or c.branch.pk == branch]
    if not found:
        raise CannotKeepFamily(FamilyRefusal.NOBODY)
    named = [Named(_sealed("name").take(child.person), child) for child in found]
    for child in found:
        audit.record(
            actor=actor,
            action="members.familymember.revealed",
            target=child.person,
            subject=child.person.member_id,
            basis=reason[:200],
            data={"ages": [youngest, under]},
            at=at,
        )
    return named


def own_family(member: Member) -> list[tuple[FamilyMember, str, str]]:
    """(row, name, birth date) for the member's own page."""
    rows = FamilyMember.objects.filter(member=member).order_by("pk")
    return [(row, _sealed("name").take(row), _sealed("birth_on").take(row)) for row in rows]


def _own_record(actor: User) -> Member:
    """Held: consent, additions and withdrawal of one member one after the other."""
    member = Member.objects.select_for_update().filter(user=actor).first()
    if member is None:
        raise CannotKeepFamily(FamilyRefusal.NO_FILE)
    return member


def _sealed(name: str) -> SealedField:
    return cast(SealedField, FamilyMember._meta.get_field(name))


def _record(action: str, target, member: Member, actor: User, at: datetime, **facts) -> None:
    audit.record(actor=actor, action=action, target=target, subject=member.pk, basis=_BASIS, data=facts, at=at)
