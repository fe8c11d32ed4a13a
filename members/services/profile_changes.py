"""Changing what the register says of a member: he asks, his branch may add a word, union staff decide.

Every service raises ``PermissionDenied`` or ``CannotChangeProfile`` and changes nothing then.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django_fsm import can_proceed

from core import attachments, audit, locks, telling
from core.constraints import refused_by
from core.errors import DomainError
from core.identity import InvalidIdNumber, check_id_number
from core.masks import mask_email, mask_kept4, mask_phone
from core.models import Attachment, User
from core.pinyin import search_terms, sort_key
from core.sealed import keyed_hash
from members.enums import ChangeState
from members.models import Member, MemberSecret, ProfileChange
from members.own_codes import ChangeRefusal
from members.rules import own as rules
from members.services.own_record import hold_own
from members.services.register_lock import hold, join_the_writers

Values = Mapping[str, str | date | None]


class CannotChangeProfile(DomainError):
    """The request does not take this step; ``code`` is a ``ChangeRefusal``."""


@transaction.atomic
def request_change(
    *,
    actor: User,
    values: Values,
    secrets: Mapping[str, str] | None = None,
    reason: str,
    papers: Sequence[Attachment] = (),
    at: datetime,
) -> ProfileChange:
    """Ask for ``values`` (``rules.GOVERNED``) and ``secrets`` (``rules.SEALED``, in clear; empty: no change)."""
    member = _own_file(actor)
    change = ProfileChange(member=member, submitted_at=at)
    _fill(change, member, values, secrets or {}, reason)
    with refused_by(change_one_open_per_member=lambda: CannotChangeProfile(ChangeRefusal.OPEN_ALREADY)):
        change.save(force_insert=True)
    _seal(change, secrets or {})
    attachments.attach(attachments=papers, owner=change, actor=actor, subject=member.pk)
    _note(change, "submitted", actor, at)
    return change


@transaction.atomic
def resubmit(
    *,
    change: ProfileChange,
    actor: User,
    values: Values,
    secrets: Mapping[str, str] | None = None,
    reason: str,
    papers: Sequence[Attachment] = (),
    at: datetime,
) -> ProfileChange:
    """Hand in again what came back, told anew against the register of today; papers are added."""
    member = _own_file(actor)
    change = _locked(change)
    if change.member_id != member.pk:
        raise PermissionDenied
    _refuse_state(change.resubmit)
    _fill(change, member, values, secrets or {}, reason)
    change.resubmit()
    change.submitted_at, change.said = at, ""
    change.branch_word, change.branch_word_by, change.branch_word_at = "", None, None
    _save(change, *_ASKED, "submitted_at", "said", "branch_word", "branch_word_by", "branch_word_at")
    _seal(change, secrets or {})
    attachments.attach(attachments=papers, owner=change, actor=actor, subject=member.pk)
    _note(change, "submitted", actor, at)
    return change


@transaction.atomic
def comment(*, change: ProfileChange, word: str, actor: User, at: datetime) -> ProfileChange:
    """分工会意见: an officer of the member's branch says what he knows; the decision is the union's."""
    change = _locked(change)
    if not ProfileChange.objects.of_branches(actor).filter(pk=change.pk).exists():
        raise PermissionDenied
    if change.state != ChangeState.SUBMITTED:
        raise CannotChangeProfile(ChangeRefusal.WRONG_STATE)
    if not word.strip():
        raise CannotChangeProfile(ChangeRefusal.NO_REASON)
    change.branch_word, change.branch_word_by, change.branch_word_at = word.strip(), actor, at
    _save(change, "branch_word", "branch_word_by", "branch_word_at")
    _note(change, "commented", actor, at)
    return change


@transaction.atomic
def accept(*, change: ProfileChange, actor: User, at: datetime) -> ProfileChange:
    """The register says it now. Refused when it no longer says what the member saw when he asked."""
    join_the_writers()
    change = _for_decision(change, actor)
    member = hold(change.member)  # a feed or clerk that changes the same person: one after the other
    secret = MemberSecret.objects.select_for_update().filter(member=member).first()
    _refuse_state(change.accept)
    _refuse(_changed_meanwhile(change, member, secret) or _contradicts_id(change, member, secret))
    _write_member(change, member)
    _write_secret(change, member, secret)
    change.accept()
    change.decided_by, change.decided_at = actor, at
    change.new_id_number = change.new_bank_card = ""  # they live in the register now
    _save(change, "decided_by", "decided_at", "new_id_number", "new_bank_card")
    _note(change, "accepted", actor, at, fields=sorted(change.after))
    _tell(change, "accepted")
    return change


@transaction.atomic
def return_for_correction(*, change: ProfileChange, reason: str, actor: User, at: datetime) -> ProfileChange:
    """退回补正: the member reads what to mend and may hand it in again."""
    change = _refused(change, "send_back", reason, actor)
    _save(change, "said")
    _note(change, "returned", actor, at)
    _tell(change, "returned")
    return change


@transaction.atomic
def reject(*, change: ProfileChange, reason: str, actor: User, at: datetime) -> ProfileChange:
    """不予更正, with the reason; the sealed numbers of the request are dropped."""
    change = _refused(change, "reject", reason, actor)
    change.decided_by, change.decided_at = actor, at
    change.new_id_number = change.new_bank_card = ""
    _save(change, "said", "decided_by", "decided_at", "new_id_number", "new_bank_card")
    _note(change, "rejected", actor, at)
    _tell(change, "rejected")
    return change


@transaction.atomic
def withdraw(*, change: ProfileChange, actor: User, at: datetime) -> ProfileChange:
    """The member takes it back, at any time before the decision."""
    change = _locked(change)
    if change.member.user_id != actor.pk:
        raise PermissionDenied
    _refuse_state(change.withdraw)
    change.withdraw()
    change.decided_at, change.new_id_number, change.new_bank_card = at, "", ""
    _save(change, "decided_at", "new_id_number", "new_bank_card")
    _note(change, "recalled", actor, at)
    return change


@transaction.atomic
def keep_contact(
    *, actor: User, phone: str, email: str, emergency_contact: str, emergency_phone: str, at: datetime
) -> Member:
    """The member keeps his own contact data; the audit says before and after, masked. Sign-in mail stays apart."""
    member = _own_file(actor)
    given = {
        "phone": phone.strip(),
        "email": email.strip(),
        "emergency_contact": emergency_contact.strip(),
        "emergency_phone": emergency_phone.strip(),
    }
    changed = {name: value for name, value in given.items() if getattr(member, name) != value}
    if not changed:
        raise CannotChangeProfile(ChangeRefusal.NOTHING_CHANGES)
    data = {}
    for name, value in changed.items():
        data[name] = [_masked(name, getattr(member, name)), _masked(name, value)]
        setattr(member, name, value)
    member.save(update_fields=sorted(changed))
    audit.record(
        actor=actor, action="members.member.contact_changed", target=member, subject=member.pk, data=data, at=at
    )
    return member


def text_of(value: object) -> str:
    """A field as it stands in ``before`` and ``after``."""
    return value.isoformat() if isinstance(value, date) else str(value or "").strip()


_ASKED = ("before", "after", "before_hashes", "reason", "new_id_number", "new_bank_card")


def _masked(name: str, value: str) -> str:
    if name == "emergency_contact":
        return "*" if value else ""
    return mask_email(value) if name == "email" else mask_phone(value)


def _own_file(actor: User) -> Member:
    """The actor's own record, locked after the import's tables."""
    join_the_writers()
    return hold_own(actor)


def _locked(change: ProfileChange) -> ProfileChange:
    return locks.held(ProfileChange.objects.select_related("member"), change.pk)


def _for_decision(change: ProfileChange, actor: User) -> ProfileChange:
    """Locked; union staff only, and nobody on his own file."""
    change = _locked(change)
    if not actor.has_perm("members.decide_profilechange") or change.member.user_id in actor.counts_as:
        raise PermissionDenied
    return change


def _refused(change: ProfileChange, event: str, reason: str, actor: User) -> ProfileChange:
    change = _for_decision(change, actor)
    _refuse_state(getattr(change, event))
    if not reason.strip():
        raise CannotChangeProfile(ChangeRefusal.NO_REASON)
    getattr(change, event)()
    change.said = reason.strip()
    return change


def _fill(change: ProfileChange, member: Member, values: Values, secrets: Mapping[str, str], reason: str) -> None:
    """Before and after of what differs from the register; numbers as masks and keyed hashes."""
    asked = {name: text_of(value) for name, value in values.items()}
    now = {name: text_of(getattr(member, name)) for name in asked if name in rules.GOVERNED}
    after = {name: value for name, value in asked.items() if now.get(name) != value}
    before = {name: now.get(name, "") for name in after}
    hashes = {}
    secret = MemberSecret.objects.filter(member=member).first()
    for name, typed in secrets.items():
        if number := _checked(name, typed):
            held = getattr(secret, f"{name}_hash", "")
            if keyed_hash(number) != held:
                before[name] = mask_kept4(getattr(secret, f"{name}_last4", ""))
                after[name], hashes[name] = mask_kept4(number[-4:]), held
    _refuse(rules.refuse_request(reason=reason, before=before, after=after))
    change.before, change.after, change.before_hashes, change.reason = before, after, hashes, reason.strip()
    change.new_id_number = change.new_bank_card = ""


def _checked(name: str, typed: str) -> str:
    """The number as it is kept; "" where nothing was typed."""
    plain = "".join(typed.split())
    if not plain:
        return ""
    if name == "id_number":
        try:
            return check_id_number(plain).number
        except InvalidIdNumber as wrong:
            raise CannotChangeProfile(ChangeRefusal.ID_NUMBER_WRONG, wrong.message) from wrong
    if not (plain.isascii() and plain.isdigit() and 12 <= len(plain) <= 19):
        raise CannotChangeProfile(ChangeRefusal.CARD_WRONG)
    return plain


def _seal(change: ProfileChange, secrets: Mapping[str, str]) -> None:
    """The new numbers, bound to this row, whose key is known now."""
    wanted = [name for name in rules.SEALED if name in change.after]
    for name in wanted:
        _sealed(name).put(change, _checked(name, secrets[name]))
    if wanted:
        change.save(update_fields=[f"new_{name}" for name in wanted])


def _sealed(name: str):
    return ProfileChange._meta.get_field(f"new_{name}")


def _changed_meanwhile(change: ProfileChange, member: Member, secret: MemberSecret | None) -> ChangeRefusal | None:
    fields = [name for name in change.after if name in rules.GOVERNED]
    same = all(text_of(getattr(member, name)) == change.before[name] for name in fields)
    numbers = all(getattr(secret, f"{name}_hash", "") == held for name, held in change.before_hashes.items())
    return None if same and numbers else ChangeRefusal.REGISTER_CHANGED


def _contradicts_id(change: ProfileChange, member: Member, secret: MemberSecret | None) -> ChangeRefusal | None:
    """A new ID number, or a new birth date or sex beside the known one."""
    if not {"id_number", "birth_on", "sex"} & set(change.after):
        return None
    number = _sealed("id_number").take(change)
    if number:
        taken = MemberSecret.objects.filter(id_number_hash=keyed_hash(number)).exclude(member=member)
        if taken.exists():
            return ChangeRefusal.ID_NUMBER_TAKEN
    elif secret is not None:
        number = MemberSecret._meta.get_field("id_number").take(secret)  # type: ignore[union-attr]
    known = check_id_number(number) if number else None
    if known is None:
        return None
    birth_on = change.after.get("birth_on", text_of(member.birth_on))
    return rules.refuse_identity(
        sex=change.after.get("sex", member.sex),
        birth_on=date.fromisoformat(birth_on) if birth_on else None,
        id_sex=known.sex,
        id_birth_on=known.birth_on,
    )


def _write_member(change: ProfileChange, member: Member) -> None:
    wanted = {name: value for name, value in change.after.items() if name in rules.GOVERNED}
    for name, value in wanted.items():
        setattr(member, name, (date.fromisoformat(value) if value else None) if name in rules.DATES else value)
    written = list(wanted)
    if "name" in wanted:
        member.pinyin, member.search_terms = sort_key(member.name), search_terms(member.name)
        written += ["pinyin", "search_terms"]
    if written:
        member.save(update_fields=written)


def _write_secret(change: ProfileChange, member: Member, secret: MemberSecret | None) -> None:
    wanted = [name for name in rules.SEALED if name in change.after]
    if not wanted:
        return
    secret = secret or MemberSecret(member=member)
    for name in wanted:
        number = _sealed(name).take(change)
        MemberSecret._meta.get_field(name).put(secret, number)  # type: ignore[union-attr]
        setattr(secret, f"{name}_hash", keyed_hash(number))
        setattr(secret, f"{name}_last4", number[-4:])
    # Two people asked for the same number.
    with refused_by(member_id_number_once=lambda: CannotChangeProfile(ChangeRefusal.ID_NUMBER_TAKEN)):
        secret.save()


def _refuse(refusal: ChangeRefusal | None) -> None:
    if refusal:
        raise CannotChangeProfile(refusal)


def _refuse_state(event) -> None:
    """The declared transitions decide where a request can go."""
    if not can_proceed(event):
        raise CannotChangeProfile(ChangeRefusal.WRONG_STATE)


def _save(change: ProfileChange, *fields: str) -> None:
    change.save(update_fields=["state", *fields])


def _tell(change: ProfileChange, how: str) -> None:
    if change.member.user_id:
        telling.tell(f"members.change_{how}", user=change.member.user_id, change=change.pk)


def _note(change: ProfileChange, verb: str, actor: User, at: datetime, **more) -> None:
    """Fields by name and the state; what they say, and why, is in the request and not in the audit."""
    audit.record(
        actor=actor,
        action=f"members.profilechange.{verb}",
        target=change,
        subject=change.member_id,
        data={"state": str(change.state), "fields": sorted(change.after), **more},
        at=at,
    )
