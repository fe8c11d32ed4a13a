"""What people are told and what they agree to, by version (PIPL Art 14-17, 29).

Every service raises ``PermissionDenied`` or ``CannotConsent`` and changes nothing then.
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.constraints import refused_by
from core.errors import DomainError
from core.models import User
from members.enums import ConsentKind
from members.models import Consent, ConsentText
from members.own_codes import SubjectRefusal
from members.services.own_record import hold_own


class CannotConsent(DomainError):
    """Nothing to agree to, or nothing to take back; ``code`` is a ``SubjectRefusal``."""


@transaction.atomic
def publish_text(
    *, kind: ConsentKind, version: str, text: str, from_on: date, actor: User, at: datetime
) -> ConsentText:
    """A new wording from a day on; what people agreed to before stays what they agreed to."""
    if not actor.has_perm("members.add_consenttext"):
        raise PermissionDenied
    if from_on < clock.local_date(at):
        raise CannotConsent(SubjectRefusal.TEXT_BACKDATED)
    row = ConsentText(kind=kind, version=version.strip(), text=text.strip(), from_on=from_on)
    with refused_by(consent_text_version_once=_known, consent_text_one_a_day=_known):
        row.save(force_insert=True)
    data = {"kind": str(kind), "version": row.version, "from_on": from_on.isoformat()}
    audit.record(actor=actor, action="members.consenttext.created", target=row, data=data, at=at)
    return row


@transaction.atomic
def give_consent(*, text: ConsentText, actor: User, at: datetime) -> Consent:
    """Take note of, or agree to, the text in force today."""
    member = hold_own(actor)
    in_force = {row.pk for row in ConsentText.objects.in_force(clock.local_date(at))}
    if text.pk not in in_force:
        raise CannotConsent(SubjectRefusal.NOT_THE_TEXT)
    if member.consents.filter(text=text, withdrawn_at__isnull=True).exists():
        raise CannotConsent(SubjectRefusal.GIVEN_ALREADY)
    row = Consent.objects.create(member=member, text=text, given_at=at)
    _note(row, "given", actor, at)
    return row


@transaction.atomic
def withdraw_consent(*, text: ConsentText, actor: User, at: datetime) -> Consent:
    """Take an agreement back (Art 15); what was done before stays lawful. A notice that was read stays read."""
    member = hold_own(actor)
    if text.kind == ConsentKind.PRIVACY:
        raise CannotConsent(SubjectRefusal.NOTICE_STAYS)
    row = member.consents.filter(text=text, withdrawn_at__isnull=True).first()
    if row is None:
        raise CannotConsent(SubjectRefusal.NOT_GIVEN)
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    _note(row, "taken_back", actor, at)
    return row


def _known() -> CannotConsent:
    return CannotConsent(SubjectRefusal.TEXT_KNOWN)


def _note(row: Consent, verb: str, actor: User, at: datetime) -> None:
    data = {"kind": str(row.text.kind), "version": row.text.version}
    audit.record(
        actor=actor,
        action=f"members.consent.{verb}",
        target=row,
        subject=row.member_id,
        data=data,
        at=at,
    )
