"""What people ask about their data (PIPL Art 44-47): in by the person, answered by union staff with a basis.

Every service raises ``PermissionDenied`` or ``CannotAnswer`` and changes nothing then.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django_fsm import can_proceed

from core import audit, clock, locks, policies, telling
from core.calendar.workdays import add_working_days
from core.errors import DomainError
from core.models import User
from members.enums import SubjectKind, SubjectState
from members.models import SubjectRequest
from members.own_codes import SubjectRefusal
from members.services.own_record import hold_own

DAYS = "members.subject_request.days"
WITHOUT_RULE = 15  # working days, when a school has ended the rule: promised rather than open-ended
MOST_OPEN = 5  # of one person
EVENTS = {SubjectState.GRANTED: "grant", SubjectState.PARTLY: "grant_partly", SubjectState.REFUSED: "refuse"}


class CannotAnswer(DomainError):
    """The request does not take this step; ``code`` is a ``SubjectRefusal``."""


@transaction.atomic
def submit_request(*, actor: User, kind: SubjectKind, text: str, at: datetime) -> SubjectRequest:
    """Put a request; the day by which it is answered is counted and stored with its rule."""
    member = hold_own(actor)
    if not text.strip():
        raise CannotAnswer(SubjectRefusal.NO_TEXT)
    if member.subject_requests.filter(state=SubjectState.OPEN).count() >= MOST_OPEN:
        raise CannotAnswer(SubjectRefusal.TOO_MANY_OPEN)
    today = clock.local_date(at)
    rule = policies.rule_at(DAYS, on=today)
    days = int(rule.value) if rule else WITHOUT_RULE
    request = SubjectRequest.objects.create(
        member=member,
        kind=kind,
        text=text.strip(),
        submitted_at=at,
        due_on=add_working_days(today, days),
        due_rule=rule,
    )
    _note(request, "submitted", actor, at)
    return request


@transaction.atomic
def answer_request(
    *, request: SubjectRequest, outcome: SubjectState, answer: str, basis: str, actor: User, at: datetime
) -> SubjectRequest:
    """Granted, partly or refused, in words and with the article; nobody answers his own."""
    request = _locked(request)
    if not actor.has_perm("members.answer_subjectrequest") or request.member.user_id in actor.counts_as:
        raise PermissionDenied
    event = getattr(request, EVENTS[outcome])
    _refuse_state(event)
    if not answer.strip():
        raise CannotAnswer(SubjectRefusal.NO_ANSWER)
    if not basis.strip():
        raise CannotAnswer(SubjectRefusal.NO_BASIS)
    event()
    request.answer, request.basis = answer.strip(), basis.strip()
    request.answered_by, request.closed_at = actor, at
    request.save(update_fields=["state", "answer", "basis", "answered_by", "closed_at"])
    _note(request, "answered", actor, at, basis=request.basis)
    if request.member.user_id:
        telling.tell("members.subject_answered", user=request.member.user_id, request=request.pk)
    return request


@transaction.atomic
def withdraw_request(*, request: SubjectRequest, actor: User, at: datetime) -> SubjectRequest:
    """The person takes it back before it is answered."""
    request = _locked(request)
    if request.member.user_id != actor.pk:
        raise PermissionDenied
    _refuse_state(request.withdraw)
    request.withdraw()
    request.closed_at = at
    request.save(update_fields=["state", "closed_at"])
    _note(request, "recalled", actor, at)
    return request


def _locked(request: SubjectRequest) -> SubjectRequest:
    return locks.held(SubjectRequest.objects.select_related("member"), request.pk)  # two answers at once: one


def _refuse_state(event) -> None:
    if not can_proceed(event):
        raise CannotAnswer(SubjectRefusal.WRONG_STATE)


def _note(request: SubjectRequest, verb: str, actor: User, at: datetime, basis: str = "") -> None:
    audit.record(
        actor=actor,
        action=f"members.subjectrequest.{verb}",
        target=request,
        subject=request.member_id,
        basis=basis,
        data={"kind": str(request.kind), "state": str(request.state), "due_on": request.due_on.isoformat()},
        at=at,
    )
