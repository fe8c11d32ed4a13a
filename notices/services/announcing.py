"""Announcements: written, published or scheduled, told in the inbox, confirmed, withdrawn."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import attachments, audit
from core.clock import local_date
from core.errors import DomainError
from core.models import Attachment, User
from members.models import Branch
from notices.eligibility import STAFF_ROLES
from notices.enums import AnnouncementRefusal, AnnouncementState, Readers
from notices.models import Announcement, Receipt

FIELDS = (
    *("column", "title", "body", "readers", "is_public", "needs_receipt"),
    *("publish_at", "expires_on", "pinned_until"),
)


class CannotAnnounce(DomainError):
    """The announcement does not take this step; ``code`` is an ``AnnouncementRefusal``."""


@transaction.atomic
def keep_announcement(
    *,
    actor: User,
    announcement: Announcement | None,
    values: dict[str, Any],
    branches: Collection[Branch],
    at: datetime,
) -> Announcement:
    """Write a draft (None: a new one); ``values`` are ``FIELDS``. Raises ``PermissionDenied``, ``CannotAnnounce``."""
    if not actor.has_perm("notices.change_announcement" if announcement else "notices.add_announcement"):
        raise PermissionDenied
    kept = _locked(announcement) if announcement else Announcement(written_by=actor, written_at=at)
    if kept.state != AnnouncementState.DRAFT:
        raise CannotAnnounce(AnnouncementRefusal.NOT_A_DRAFT, _("已发布的不能修改，请撤回后另发。"))
    _refuse(values, branches)
    for name in FIELDS:
        setattr(kept, name, values[name])
    kept.save()
    kept.branches.set(branches if values["readers"] == Readers.BRANCHES else [])
    verb = "changed" if announcement else "created"
    data = {"title": kept.title, "readers": kept.readers}
    audit.record(actor=actor, action=f"notices.announcement.{verb}", target=kept, data=data, at=at)
    return kept


@transaction.atomic
def add_files(*, announcement: Announcement, files: Sequence[Attachment], actor: User, at: datetime) -> None:
    """Give a draft more files that ``actor`` uploaded. Raises as ``keep_announcement``."""
    if not actor.has_perm("notices.change_announcement"):
        raise PermissionDenied
    held = _locked(announcement)
    if held.state != AnnouncementState.DRAFT:
        raise CannotAnnounce(AnnouncementRefusal.NOT_A_DRAFT, _("已发布的不能修改，请撤回后另发。"))
    attachments.attach(attachments=files, owner=held, actor=actor)
    data = {"files": len(files)}
    audit.record(actor=actor, action="notices.announcement.changed", target=held, data=data, at=at)


def _refuse(values: dict[str, Any], branches: Collection[Branch]) -> None:
    if not values["title"].strip() or not values["body"].strip():
        raise CannotAnnounce(AnnouncementRefusal.EMPTY, _("请填写标题和正文。"))
    if values["readers"] == Readers.BRANCHES and not branches:
        raise CannotAnnounce(AnnouncementRefusal.NO_BRANCH, _("请选择发给哪些分工会。"))
    if values["is_public"] and values["readers"] != Readers.MEMBERS:
        raise CannotAnnounce(AnnouncementRefusal.PUBLIC_IS_FOR_ALL, _("公开的内容须面向全体会员。"))


def _locked(announcement: Announcement) -> Announcement:
    return Announcement.objects.select_for_update().get(pk=announcement.pk)


@transaction.atomic
def publish(*, announcement: Announcement, actor: User, at: datetime) -> Announcement:
    """Show it from ``publish_at`` on, or from now where that is empty or past. Raises as above."""
    if not actor.has_perm("notices.publish_announcement"):
        raise PermissionDenied
    held = _locked(announcement)  # two clicks publish once
    if held.state != AnnouncementState.DRAFT:
        raise CannotAnnounce(AnnouncementRefusal.NOT_A_DRAFT, _("只有草稿可以发布。"))
    shown_at = max(held.publish_at or at, at)
    if held.expires_on and held.expires_on < local_date(shown_at):
        raise CannotAnnounce(AnnouncementRefusal.EXPIRES_BEFORE, _("有效期在发布时间之前。"))
    held.publish_at = shown_at
    held.publish()
    held.save(update_fields=["state", "publish_at"])
    data = {"publish_at": shown_at.isoformat(), "public": held.is_public}
    audit.record(actor=actor, action="notices.announcement.published", target=held, data=data, at=at)
    return held


@transaction.atomic
def withdraw(*, announcement: Announcement, reason: str, actor: User, at: datetime) -> Announcement:
    """Take it back, with the reason; who got it in the inbox finds there that it was withdrawn."""
    if not actor.has_perm("notices.publish_announcement"):
        raise PermissionDenied
    held = _locked(announcement)
    if held.state != AnnouncementState.PUBLISHED:
        raise CannotAnnounce(AnnouncementRefusal.NOT_PUBLISHED, _("只有已发布的可以撤回。"))
    if not reason.strip():
        raise CannotAnnounce(AnnouncementRefusal.NO_REASON, _("请写明撤回原因。"))
    held.withdrawn_because = reason.strip()
    held.withdraw()
    held.save(update_fields=["state", "withdrawn_because"])
    audit.record(
        actor=actor, action="notices.announcement.withdrawn", target=held, basis=held.withdrawn_because, at=at
    )
    return held


@transaction.atomic
def confirm(*, announcement: Announcement, actor: User, at: datetime) -> Receipt:
    """The reader says that he has read it, once. Raises ``PermissionDenied`` or ``CannotAnnounce``."""
    if not Announcement.objects.read_by(actor, at).filter(pk=announcement.pk).exists():
        raise PermissionDenied
    if not announcement.needs_receipt:
        raise CannotAnnounce(AnnouncementRefusal.NO_RECEIPT_ASKED, _("该通知不要求回执。"))
    receipt, _made = Receipt.objects.get_or_create(
        announcement=announcement, user=actor, defaults={"confirmed_at": at}
    )
    return receipt


# Everybody it is meant for, whatever runs how often: the unique row decides.
_TELL = """
INSERT INTO notices_inboxmessage (announcement_id, member_id, user_id, subject, body, created_at)
SELECT %(id)s, r.member_id, r.user_id, %(subject)s, %(body)s, %(at)s
FROM (
    SELECT m.member_id, NULL::bigint AS user_id FROM members_membership m
    WHERE %(readers)s <> 'staff' AND m.from_on <= %(on)s AND (m.until_on IS NULL OR m.until_on > %(on)s)
    AND (%(readers)s = 'members' OR m.branch_id IN (
        SELECT branch_id FROM notices_announcement_branches WHERE announcement_id = %(id)s))
  UNION
    SELECT NULL, g.user_id FROM core_rolegrant g JOIN core_user u ON u.id = g.user_id AND u.is_active
    WHERE %(readers)s = 'staff' AND g.role = ANY(%(roles)s)
    AND g.from_on <= %(on)s AND (g.until_on IS NULL OR g.until_on > %(on)s)
) r
ORDER BY 2, 3
ON CONFLICT DO NOTHING"""


def tell_due(*, at: datetime) -> int:
    """Put every published announcement whose time has come into its readers' inboxes; how many messages were made.

    Each announcement is a transaction of its own; again, or two at once: nobody has it twice.
    """
    due = Announcement.objects.filter(state=AnnouncementState.PUBLISHED, told_at=None, publish_at__lte=at)
    return sum(_tell(pk, at) for pk in due.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _tell(pk: int, at: datetime) -> int:
    waiting = Announcement.objects.filter(pk=pk, state=AnnouncementState.PUBLISHED, told_at=None)
    found = waiting.select_for_update(skip_locked=True).first()
    if found is None:  # another run has it
        return 0
    values: dict[str, Any] = {
        "id": pk,
        "readers": found.readers,
        "roles": [str(role) for role in STAFF_ROLES],
        "on": local_date(at),
        "subject": found.title,
        "body": _("校工会发布了：%(title)s") % {"title": found.title},
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, values)
        made = cursor.rowcount
    found.told_at = at
    found.save(update_fields=["told_at"])
    audit.record(actor=None, action="notices.announcement.told", target=found, data={"messages": made}, at=at)
    return made
