"""Joining the union (入会): the person applies, the branch reviews, staff prepare, the chair approves on a minute.

Every service raises ``PermissionDenied``, ``CannotJoin`` or ``CannotChangeLife`` and changes nothing then.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import OuterRef, Q
from django_fsm import can_proceed

from core import attachments, audit, clock, locks, telling
from core.constraints import refused_by
from core.errors import DomainError
from core.identity import IdNumber, InvalidIdNumber, check_id_number
from core.models import Attachment, User
from core.pinyin import search_terms, sort_key
from core.sealed import keyed_hash
from members import joining_rights as rights
from members.enums import ActKind, JoinReason
from members.life_codes import JoinRefusal
from members.models import Branch, JoinApplication, KeptMembership, Member, MemberSecret, MembershipAct
from members.models.joining import EDITABLE
from members.rules import joining as rules
from members.selectors.life import died
from members.services import life
from members.services.cards import give_card_no
from members.services.register_lock import join_the_writers

FIELDS = (
    *("name", "sex", "birth_on", "ethnicity", "education", "native_place", "political_status", "department_name"),
    *("duty", "title", "hired_on", "phone", "email", "other_union", "resume", "statement"),
)
# What the register takes over; a field that the applicant left empty keeps what the register says.
_TAKEN_OVER = (
    *("name", "sex", "birth_on", "ethnicity", "education", "political_status", "department_name", "title"),
    *("hired_on", "phone", "email"),
)


class CannotJoin(DomainError):
    """The application does not take this step; ``code`` is a ``JoinRefusal``."""


@transaction.atomic
def start_application(
    *,
    actor: User,
    branch: Branch,
    values: dict[str, Any],
    id_number: str = "",
    family: str = "",
    papers: Sequence[Attachment] = (),
    at: datetime,
) -> JoinApplication:
    """A draft of one's own; ``values`` are ``FIELDS``. One open application a person."""
    User.objects.select_for_update().get(pk=actor.pk)
    today = clock.local_date(at)
    if Member.objects.on_roll(today).filter(user=actor).exists():
        raise CannotJoin(JoinRefusal.ON_ROLL)
    if KeptMembership.objects.on(today).filter(member__user=actor).exists():
        raise CannotJoin(JoinRefusal.KEPT)
    if User.objects.filter(died(OuterRef("pk")), pk=actor.pk).exists():
        raise CannotJoin(JoinRefusal.DIED)
    application = JoinApplication(applicant=actor, branch=branch, created_at=at, **_known(values))
    with refused_by(join_one_open_per_person=lambda: CannotJoin(JoinRefusal.OPEN_ALREADY)):
        application.save()
    _seal(application, id_number, family)
    attachments.attach(attachments=papers, owner=application, actor=actor)
    _tell_audit(application, "created", actor, at)
    return application


@transaction.atomic
def save_draft(
    *,
    application: JoinApplication,
    actor: User,
    branch: Branch,
    values: dict[str, Any],
    id_number: str = "",
    family: str = "",
    papers: Sequence[Attachment] = (),
    at: datetime,
) -> JoinApplication:
    """The applicant goes on writing; an empty ID number or family keeps the sealed one."""
    application = _own(application, actor)
    if application.state not in EDITABLE:
        raise CannotJoin(JoinRefusal.WRONG_STATE)
    for name, value in _known(values).items():
        setattr(application, name, value)
    application.branch = branch
    application.save(update_fields=[*FIELDS, "branch"])
    _seal(application, id_number, family)
    attachments.attach(attachments=papers, owner=application, actor=actor)
    _tell_audit(application, "changed", actor, at)
    return application


@transaction.atomic
def submit(*, application: JoinApplication, actor: User, at: datetime) -> JoinApplication:
    """To the branch; checked against the ID number."""
    application = _own(application, actor)
    _refuse_state(application.submit)
    known = _opened_id(application)
    values = {name: getattr(application, name) for name in FIELDS}
    _refuse(
        rules.refuse_submission(
            is_complete=not rules.missing(values) and application.branch.is_active,
            sex=application.sex,
            birth_on=application.birth_on,
            id_sex=known.sex if known else "",
            id_birth_on=known.birth_on if known else None,
        )
    )
    application.submit()
    application.submitted_at, application.said = at, ""
    application.branch_reviewer = application.branch_reviewed_at = None
    _save(application, "submitted_at", "said", "branch_reviewer", "branch_reviewed_at")
    _tell_audit(application, "submitted", actor, at)
    return application


@transaction.atomic
def branch_approve(*, application: JoinApplication, actor: User, at: datetime, opinion: str = "") -> JoinApplication:
    """分工会同意: by the branch's officer."""
    application = _locked(application)
    if not rights.is_reviewer(actor, application):
        raise PermissionDenied
    _refuse_state(application.branch_approve)
    application.branch_approve()
    application.branch_reviewer, application.branch_reviewed_at = actor, at
    application.branch_opinion = opinion.strip()
    _save(application, "branch_reviewer", "branch_reviewed_at", "branch_opinion")
    _tell_audit(application, "branch_approved", actor, at)
    return application


@transaction.atomic
def prepare(
    *,
    applications: Sequence[JoinApplication],
    minute: str,
    met_on: date,
    actor: User,
    at: datetime,
    document: str = "",
    joins_on: date | None = None,
) -> list[JoinApplication]:
    """Put applications before one meeting of the committee; membership begins on its day or on ``joins_on``."""
    found = _locked_many(applications)
    if not all(rights.is_preparer(actor, application) for application in found):
        raise PermissionDenied
    if not minute.strip() or (joins_on or met_on) < met_on:
        raise CannotJoin(JoinRefusal.NO_MINUTE if not minute.strip() else JoinRefusal.BACK_TOO_FAR)
    for application in found:
        if application.state != "branch_approved" or application.is_prepared:
            raise CannotJoin(JoinRefusal.WRONG_STATE)
    for application in found:
        application.prepared_by, application.prepared_at = actor, at
        application.minute, application.document = minute.strip(), document.strip()
        application.document_on, application.joins_on = met_on, joins_on or met_on
        _save(application, *_PREPARED)
    for application in found:
        _tell_audit(application, "prepared", actor, at, basis=minute.strip())
    return found


@transaction.atomic
def union_approve(*, application: JoinApplication, actor: User, at: datetime) -> MembershipAct:
    """The committee has admitted him: member, period on the roll, card number and act at once."""
    return register_collectively(applications=[application], actor=actor, at=at)[0]


@transaction.atomic
def register_collectively(
    *, applications: Sequence[JoinApplication], actor: User, at: datetime
) -> list[MembershipAct]:
    """批量批准: everybody whom one meeting admitted, all or none, each with an act of his own."""
    join_the_writers()
    found = _locked_many(applications)
    if not all(rights.is_approver(actor, application) for application in found):
        raise PermissionDenied
    if not all(application.is_prepared for application in found):
        raise CannotJoin(JoinRefusal.NOT_PREPARED)
    if len({(one.minute, one.document, one.document_on, one.joins_on) for one in found}) > 1:
        raise CannotJoin(JoinRefusal.DIFFERENT_MINUTES)
    for application in found:
        _refuse_state(application.admit)
    acts = [_admitted(application, actor, at) for application in found]
    for application, act in zip(found, acts, strict=True):
        audit.record(
            actor=actor,
            action="members.joinapplication.admitted",
            target=application,
            subject=act.member_id,
            basis=application.minute,
            data={"act": act.pk, "card_no": act.member.card_no, **life.facts_of(act)},
            at=at,
        )
        telling.tell("members.join_admitted", user=application.applicant_id, application=application.pk)
    return acts


@transaction.atomic
def return_for_correction(*, application: JoinApplication, reason: str, actor: User, at: datetime) -> JoinApplication:
    """退回补正: whoever has it on his desk says what to mend; the applicant may hand it in again."""
    application = _decided(application, "send_back", reason, actor)
    application.prepared_by = application.prepared_at = application.document_on = application.joins_on = None
    application.minute = application.document = ""
    _save(application, "said", *_PREPARED)
    _tell_audit(application, "returned", actor, at)
    telling.tell("members.join_returned", user=application.applicant_id, application=application.pk)
    return application


@transaction.atomic
def reject(*, application: JoinApplication, reason: str, actor: User, at: datetime) -> JoinApplication:
    """不予批准: by the branch, or by the chair for the committee; never by who only prepares."""
    application = _decided(application, "reject", reason, actor)
    application.decided_at = at
    _save(application, "said", "decided_at")
    _tell_audit(application, "rejected", actor, at)
    telling.tell("members.join_rejected", user=application.applicant_id, application=application.pk)
    return application


@transaction.atomic
def withdraw(*, application: JoinApplication, actor: User, at: datetime) -> JoinApplication:
    """The applicant takes it back, at any time before the decision."""
    application = _own(application, actor)
    _refuse_state(application.withdraw)
    application.withdraw()
    application.decided_at = at
    _save(application, "decided_at")
    _tell_audit(application, "recalled", actor, at)
    return application


_PREPARED = ("prepared_by", "prepared_at", "minute", "document", "document_on", "joins_on")


def _admitted(application: JoinApplication, actor: User, at: datetime) -> MembershipAct:
    today = clock.local_date(at)
    _refuse(rules.refuse_admission(met_on=application.document_on, joins_on=application.joins_on, today=today))
    assert application.joins_on is not None
    member = _member_for(application)
    give_card_no(member)
    kind = ActKind.TRANSFERRED_IN if application.other_union else ActKind.JOINED
    paper: life.Paper = {
        "document": application.document,
        "document_on": application.document_on,
        "approved_by": application.minute,
    }
    case = life.case_for(member=member, kind=kind, on=application.joins_on, actor=actor, at=at, paper=paper)
    case.other_union = application.other_union
    life.enter(case, application.branch, JoinReason(kind))
    act = case.written()
    application.admit()
    application.member, application.approved_by, application.decided_at = member, actor, at
    _save(application, "member", "approved_by", "decided_at")
    return act


def _member_for(application: JoinApplication) -> Member:
    """The applicant's file, with what he wrote: his old one where he was a member before."""
    user = application.applicant
    known = list(Member.objects.select_for_update().filter(Q(user=user) | Q(staff_no=user.username)).order_by("pk"))
    if len(known) > 1 or any(one.merged_into_id or one.user_id not in (None, user.pk) for one in known):
        raise CannotJoin(JoinRefusal.STAFF_NO_TAKEN)
    member = known[0] if known else Member(staff_no=user.username)
    taken = MemberSecret.objects.filter(id_number_hash=application.id_number_hash).exclude(member=member.pk)
    if application.id_number_hash and taken.exists():
        raise CannotJoin(JoinRefusal.ID_NUMBER_TAKEN)
    for name in _TAKEN_OVER:
        if value := getattr(application, name):
            setattr(member, name, value)
    member.user, member.pinyin, member.search_terms = user, sort_key(member.name), search_terms(member.name)
    member.save()
    secret = MemberSecret.objects.filter(member=member).first() or MemberSecret(member=member)
    MemberSecret._meta.get_field("id_number").put(secret, _sealed("id_number").take(application))
    secret.id_number_hash, secret.id_number_last4 = application.id_number_hash, application.id_number_last4
    secret.save()
    return member


def _decided(application: JoinApplication, event: str, reason: str, actor: User) -> JoinApplication:
    """Lock, permission, rule and transition of a refusal; the caller saves."""
    application = _locked(application)
    if not rights.works_on_it(actor, application):
        raise PermissionDenied
    _refuse_state(getattr(application, event))
    prepares_only = event == "reject" and application.state == "branch_approved" and not application.is_prepared
    if prepares_only or not rights.decides_now(actor, application):
        raise PermissionDenied
    if not reason.strip():
        raise CannotJoin(JoinRefusal.NO_REASON)
    getattr(application, event)()
    application.said = reason.strip()
    return application


def _locked(application: JoinApplication) -> JoinApplication:
    return locks.held(JoinApplication.objects.select_related("branch", "applicant"), application.pk)


def _locked_many(applications: Sequence[JoinApplication]) -> list[JoinApplication]:
    if not applications:
        raise CannotJoin(JoinRefusal.NOBODY)
    return [_locked(one) for one in sorted(applications, key=lambda one: one.pk)]


def _own(application: JoinApplication, actor: User) -> JoinApplication:
    application = _locked(application)
    if application.applicant_id != actor.pk:
        raise PermissionDenied
    return application


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in FIELDS if name in values}


def _sealed(name: str):
    return JoinApplication._meta.get_field(name)


def _seal(application: JoinApplication, id_number: str, family: str) -> None:
    """What was typed, sealed; nothing typed keeps what is there."""
    if id_number:
        try:
            number = check_id_number(id_number).number
        except InvalidIdNumber as wrong:
            raise CannotJoin(JoinRefusal.ID_NUMBER_WRONG, wrong.message) from wrong
        _sealed("id_number").put(application, number)
        application.id_number_hash, application.id_number_last4 = keyed_hash(number), number[-4:]
    if family:
        _sealed("family").put(application, family)
    application.save(update_fields=["id_number", "id_number_hash", "id_number_last4", "family"])


def _opened_id(application: JoinApplication) -> IdNumber | None:
    number = _sealed("id_number").take(application)
    return check_id_number(number) if number else None


def _refuse(refusal: JoinRefusal | None) -> None:
    if refusal:
        raise CannotJoin(refusal)


def _refuse_state(event) -> None:
    """The declared transitions decide where an application can go."""
    if not can_proceed(event):
        raise CannotJoin(JoinRefusal.WRONG_STATE)


def _save(application: JoinApplication, *fields: str) -> None:
    application.save(update_fields=["state", *fields])


def _tell_audit(application: JoinApplication, verb: str, actor: User, at: datetime, basis: str = "") -> None:
    data = {"state": str(application.state), "branch": application.branch_id}
    subject = Member.objects.filter(user=application.applicant_id).values_list("pk", flat=True).first()
    audit.record(
        actor=actor,
        action=f"members.joinapplication.{verb}",
        target=application,
        subject=subject,
        basis=basis,
        data=data,
        at=at,
    )
