"""Honours: declared by the member, checked by branch or union; entered by the staff as they stand."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed

from core import attachments, audit, clock
from core.enums import Role
from core.errors import DomainError
from core.models import Attachment, User
from members.enums import HonourKind
from members.models import Branch, Honour, HonourHolder, Member, Membership

FIELDS = ("title", "level", "kind", "year", "awarded_on", "issuer", "document", "team")


class HonourRefusal(StrEnum):
    NO_FILE = "honour_no_file"
    NOBODY = "honour_nobody"
    NO_BRANCH = "honour_no_branch"
    YEAR_AHEAD = "honour_year_ahead"
    DAY_AHEAD = "honour_day_ahead"
    TWICE = "honour_twice"
    WRONG_STATE = "honour_wrong_state"
    NO_REASON = "honour_no_reason"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    HonourRefusal.NO_FILE: _("这个账号没有关联会员档案。"),
    HonourRefusal.NOBODY: _("个人和家庭荣誉须填写获奖人。"),
    HonourRefusal.NO_BRANCH: _("分工会荣誉须注明分工会。"),
    HonourRefusal.YEAR_AHEAD: _("年度还没有到。"),
    HonourRefusal.DAY_AHEAD: _("授予日期不能晚于今天。"),
    HonourRefusal.TWICE: _("同一年度、同一名称的荣誉已经登记，获奖人相同。"),
    HonourRefusal.WRONG_STATE: _("状态已经变化，请刷新后再看。"),
    HonourRefusal.NO_REASON: _("请写明退回原因。"),
}


class CannotHonour(DomainError):
    """Against a rule of honours; ``code`` is a ``HonourRefusal``."""


@transaction.atomic
def record(
    *, values: dict[str, Any], holders: Sequence[Member], branch: Branch | None, actor: User, at: datetime
) -> Honour:
    """Entered by union staff from the document: it stands at once. Several people share one honour."""
    if not actor.has_perm("members.add_honour"):
        raise PermissionDenied
    honour = _made(values, holders, branch, actor, at)
    honour.checked_by, honour.checked_at = actor, at
    honour.confirm()
    honour.save(update_fields=["state", "checked_by", "checked_at"])
    _record("created", honour, None, actor, at)
    return honour


@transaction.atomic
def declare(*, values: dict[str, Any], papers: Sequence[Attachment] = (), actor: User, at: datetime) -> Honour:
    """The member's own, with the certificate; it counts when branch or union have checked it."""
    member = Member.objects.select_for_update().filter(user=actor).first()  # two clicks: one after the other
    if member is None:
        raise CannotHonour(HonourRefusal.NO_FILE)
    here = Membership.objects.on(clock.local_date(at)).filter(member=member).select_related("branch").first()
    honour = _made(values, [member], here.branch if here else None, actor, at)
    if papers:
        attachments.attach(attachments=papers, owner=honour, actor=actor, subject=member.pk)
    _record("submitted", honour, member.pk, actor, at)
    return honour


@transaction.atomic
def declare_again(
    *, honour: Honour, values: dict[str, Any], papers: Sequence[Attachment] = (), actor: User, at: datetime
) -> Honour:
    """A returned one, put right by who declared it."""
    honour = Honour.objects.select_for_update().get(pk=honour.pk)
    if honour.declared_by_id != actor.pk:
        raise PermissionDenied
    if not can_proceed(honour.declare_again):
        raise CannotHonour(HonourRefusal.WRONG_STATE)
    _refuse_days(values, at)
    for name in FIELDS:
        setattr(honour, name, values[name])
    honour.said = ""
    honour.declare_again()
    honour.save(update_fields=[*FIELDS, "said", "state"])
    if papers:
        attachments.attach(attachments=papers, owner=honour, actor=actor)
    _record("submitted", honour, _subject(honour), actor, at)
    return honour


@transaction.atomic
def confirm(*, honour: Honour, actor: User, at: datetime) -> Honour:
    """Checked against the certificate by the branch's officer or union staff, never one's own."""
    honour = _held(honour, actor)
    if not can_proceed(honour.confirm):
        raise CannotHonour(HonourRefusal.WRONG_STATE)
    honour.checked_by, honour.checked_at = actor, at
    honour.confirm()
    honour.save(update_fields=["state", "checked_by", "checked_at"])
    _record("confirmed", honour, _subject(honour), actor, at)
    return honour


@transaction.atomic
def send_back(*, honour: Honour, reason: str, actor: User, at: datetime) -> Honour:
    """Back to the member with a reason."""
    honour = _held(honour, actor)
    if not can_proceed(honour.send_back):
        raise CannotHonour(HonourRefusal.WRONG_STATE)
    if not reason.strip():
        raise CannotHonour(HonourRefusal.NO_REASON)
    honour.checked_by, honour.checked_at, honour.said = actor, at, reason.strip()
    honour.send_back()
    honour.save(update_fields=["state", "checked_by", "checked_at", "said"])
    _record("returned", honour, _subject(honour), actor, at, basis=honour.said)
    return honour


def may_check(user: User, honour: Honour) -> bool:
    """Branch officer of its branch or union staff; neither who declared it nor who holds it."""
    if honour.declared_by_id == user.pk or honour.holders.filter(member__user=user).exists():
        return False
    return user.holds(Role.UNION_STAFF) or honour.branch_id in user.branch_ids


def _held(honour: Honour, actor: User) -> Honour:
    honour = Honour.objects.select_for_update().get(pk=honour.pk)
    if not may_check(actor, honour):
        raise PermissionDenied
    return honour


def _made(
    values: dict[str, Any], holders: Sequence[Member], branch: Branch | None, actor: User, at: datetime
) -> Honour:
    _refuse_days(values, at)
    if not holders and values["kind"] in (HonourKind.PERSON, HonourKind.FAMILY):
        raise CannotHonour(HonourRefusal.NOBODY)
    if branch is None and values["kind"] == HonourKind.BRANCH:
        raise CannotHonour(HonourRefusal.NO_BRANCH)
    same = {name: values[name] for name in ("title", "level", "year")}
    if holders and Honour.objects.filter(**same, holders__member__in=holders).exists():
        raise CannotHonour(HonourRefusal.TWICE)
    given = {name: values[name] for name in FIELDS}
    honour = Honour.objects.create(**given, branch=branch, declared_by=actor, declared_at=at)
    HonourHolder.objects.bulk_create([HonourHolder(honour=honour, member=member) for member in holders])
    return honour


def _refuse_days(values: dict[str, Any], at: datetime) -> None:
    today = clock.local_date(at)
    if values["year"] > today.year:
        raise CannotHonour(HonourRefusal.YEAR_AHEAD)
    awarded: date | None = values["awarded_on"]
    if awarded and awarded > today:
        raise CannotHonour(HonourRefusal.DAY_AHEAD)


def _subject(honour: Honour) -> int | None:
    return honour.holders.values_list("member", flat=True).first()


def _record(verb: str, honour: Honour, subject: int | None, actor: User, at: datetime, *, basis: str = "") -> None:
    data = {"year": honour.year, "level": honour.level, "people": honour.holders.count()}
    action = f"members.honour.{verb}"
    audit.record(actor=actor, action=action, target=honour, subject=subject, basis=basis, data=data, at=at)
