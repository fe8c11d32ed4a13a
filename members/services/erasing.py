"""Emptying what is no longer needed of people who left: by the retention table, with a journal, never more.

Ledger, membership and audit stay as they are. Every service raises ``PermissionDenied`` or ``CannotErase``.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from core import audit, clock, policies
from core.calendar.years import years_before
from core.errors import DomainError
from core.models import PolicyRule, User
from members.models import Erasure, KeptMembership, Member
from members.own_codes import SubjectRefusal
from members.retention import CONTACT_YEARS, erasable_fields
from members.services.register_lock import join_the_writers

AT_ONCE = 500  # people of one run


class CannotErase(DomainError):
    """The term is not over, or nothing is there; ``code`` is a ``SubjectRefusal``."""


@dataclass(frozen=True)
class DueForErasure:
    """Who left before ``until``, the first day that is still kept by ``rule``, with something to empty."""

    rule: PolicyRule
    until: date
    people: QuerySet[Member]


def due_for_erasure(*, on: date) -> DueForErasure:
    """The dry run: nothing is written. Raises ``CannotErase`` where no term is in force."""
    rule = policies.rule_at(CONTACT_YEARS, on=on)
    if rule is None:
        raise CannotErase(SubjectRefusal.NO_TERM)
    until = years_before(on, int(rule.value))
    something = Q()
    for name in erasable_fields():
        something |= ~Q(**{name: ""})
    still_kept = KeptMembership.objects.filter(Q(until_on__isnull=True) | Q(until_on__gt=until)).values("member")
    belonging = Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=until)
    gone = (
        Member.objects.filter(something, memberships__isnull=False)
        .exclude(pk__in=Member.objects.filter(belonging, memberships__isnull=False).values("pk"))
        .exclude(pk__in=still_kept)
        .annotate(left_on=Max("memberships__until_on"))
    )
    return DueForErasure(rule=rule, until=until, people=gone.order_by("pk"))


@transaction.atomic
def erase_due(*, actor: User, at: datetime) -> int:
    """Empty the contact data of everybody whose term is over, at most ``AT_ONCE`` people; how many it were."""
    join_the_writers()
    _may(actor)
    due = due_for_erasure(on=clock.local_date(at))
    people = list(Member.objects.filter(pk__in=due.people.values("pk")).order_by("pk").select_for_update()[:AT_ONCE])
    for member in people:
        _empty(member, due.rule, actor, at)
    if people:
        data = {"people": len(people), "first": people[0].pk, "last": people[-1].pk, "until": due.until.isoformat()}
        audit.record(actor=actor, action="members.erasure.made", basis=str(due.rule), data=data, at=at)
    return len(people)


@transaction.atomic
def erase_one(*, member: Member, actor: User, at: datetime) -> Erasure:
    """For a deletion request: as far as the table allows, one person."""
    join_the_writers()
    _may(actor)
    member = Member.objects.select_for_update().get(pk=member.pk)
    if not any(getattr(member, name) for name in erasable_fields()):
        raise CannotErase(SubjectRefusal.NOTHING_THERE)
    due = due_for_erasure(on=clock.local_date(at))
    if not due.people.filter(pk=member.pk).exists():
        raise CannotErase(SubjectRefusal.STILL_NEEDED)
    row = _empty(member, due.rule, actor, at)
    data = {"fields": row.fields}
    audit.record(
        actor=actor, action="members.erasure.made", target=row, subject=member.pk, basis=row.rule, data=data, at=at
    )
    return row


def empty_again(*, at: datetime) -> int:
    """After a restore: empty what the journal says was emptied, for people who have not come back since; how many.

    The journal of the days since the backup is loaded first. Idempotent.
    """
    done = 0
    for row in Erasure.objects.select_related("member").order_by("pk"):
        back = row.member.memberships.filter(from_on__gt=clock.local_date(row.at)).exists()
        left = {name: "" for name in row.fields if getattr(row.member, name)}
        if left and not back:
            done += Member.objects.filter(pk=row.member_id).update(**left)
    return done


def _may(actor: User) -> None:
    if not actor.has_perm("members.erase_member"):
        raise PermissionDenied


def _empty(member: Member, rule: PolicyRule, actor: User, at: datetime) -> Erasure:
    fields = [name for name in erasable_fields() if getattr(member, name)]
    for name in fields:
        setattr(member, name, "")
    member.save(update_fields=fields)
    return Erasure.objects.create(member=member, fields=fields, rule=str(rule)[:200], erased_by=actor, at=at)
