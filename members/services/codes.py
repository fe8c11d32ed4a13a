"""The member code (会员码): 128 random bits in a QR, never the staff number; whoever scans it asks here."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import segno
from django.db import transaction

from core import audit, clock
from core.errors import DomainError
from core.models import User
from core.sealed import keyed_hash
from members.models import Member, MemberCode
from members.own_codes import CodeRefusal
from members.services.own_record import hold_own

A_DAY = 5  # new codes of one person
_BYTES = 16


class CannotUseCode(DomainError):
    """No new code, or no member by this one; ``code`` is a ``CodeRefusal``."""


@transaction.atomic
def renew_code(*, actor: User, at: datetime) -> MemberCode:
    """A new code of one's own; the old one is dead from this commit on. Raises ``CannotUseCode``."""
    member = hold_own(actor)
    today = clock.local_date(at)
    row = MemberCode.objects.filter(member=member).first()
    if row is not None and row.day == today and row.that_day >= A_DAY:
        raise CannotUseCode(CodeRefusal.TOO_MANY_TODAY)
    that_day = row.that_day + 1 if row is not None and row.day == today else 1
    row = _fresh(member, at)
    row.that_day = that_day
    row.save()
    audit.record(actor=actor, action="members.membercode.made", target=row, subject=member.pk, at=at)
    return row


def codes_for(members: Sequence[Member], *, at: datetime) -> dict[int, str]:
    """Member -> code in clear, for cards that the caller prints; made for whoever has none. In a transaction."""
    held = {row.member_id: row for row in MemberCode.objects.filter(member__in=members)}
    fresh = [_fresh(member, at) for member in members if member.pk not in held]
    # Somebody who makes his own at this moment keeps that one: it is read again.
    MemberCode.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        held |= {row.member_id: row for row in MemberCode.objects.filter(member__in=[one.pk for one in fresh])}
    return {pk: plain_of(row) for pk, row in held.items()}


def plain_of(row: MemberCode) -> str:
    """What the QR says."""
    return _sealed().take(row)


def picture_of(code: str) -> str:
    """The QR as a ``data:`` address, for a page or a document."""
    return segno.make(code, error="m", micro=False).svg_data_uri(scale=4, border=2)


def holder_of(code: str) -> Member:
    """Whose code this is, on the roll or not: what was frozen before he left is his. Raises ``CannotUseCode``."""
    found = Member.objects.filter(member_code__code_hash=_hash(code)).first()
    if found is None:
        raise CannotUseCode(CodeRefusal.UNKNOWN)
    return found


def member_for(code: str, at: datetime) -> Member:
    """The member on the roll of that day whose code this is. Raises ``CannotUseCode``."""
    found = holder_of(code)
    if not Member.objects.on_roll(clock.local_date(at)).filter(pk=found.pk).exists():
        raise CannotUseCode(CodeRefusal.NOT_ON_ROLL)
    return found


def _fresh(member: Member, at: datetime) -> MemberCode:
    code = secrets.token_urlsafe(_BYTES)
    row = MemberCode(member=member, code_hash=_hash(code), made_at=at, day=clock.local_date(at))
    _sealed().put(row, code)
    return row


def _hash(code: str) -> str:
    return keyed_hash(code.strip())  # of the code alone, as the start-up check expects (core/startup.py)


def _sealed():
    return MemberCode._meta.get_field("code")
