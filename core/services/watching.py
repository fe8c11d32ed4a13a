"""The watch looks every minute and tells the security and the audit administrator; one of them looks into it."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from core import audit, clock, telling, watch
from core.enums import Role, Story
from core.errors import DomainError
from core.models import Alert, AuditEntry, JobRun, OutboxMessage, RoleGrant, User
from core.watch import Fact, Finding

JOB = {"job": "core.watch", "period": "last"}
NEWEST = 2000  # entries of the chain that every look verifies; the whole of it is check_books' hourly work
TOLD = (Role.AUDIT_ADMIN, Role.SECURITY_ADMIN)
RAISED = "core.alert_raised"


class Refusal(StrEnum):
    ALREADY = "alert_already_acknowledged"
    ABOUT_ONESELF = "alert_about_oneself"
    NO_NOTE = "alert_without_note"


class CannotAcknowledge(DomainError):
    """Somebody has, or it is not for him to say."""


@transaction.atomic
def look(*, at: datetime) -> list[Alert]:
    """Every story since the last look, as far back as that was; the alerts that are new. Safe to repeat."""
    last = last_look()
    since = min(last or at, at) - watch.LONGEST
    found = [*watch.findings(_facts(since)), *_parked(at), *_breaks(at)]
    raised = [alert for finding in found if (alert := raise_alert(finding, at=at))]
    JobRun.objects.update_or_create(job=JOB["job"], period=JOB["period"], defaults={"finished_at": at})
    return raised


def last_look() -> datetime | None:
    return JobRun.objects.filter(**JOB).values_list("finished_at", flat=True).first()


@transaction.atomic
def raise_alert(finding: Finding, *, at: datetime) -> Alert | None:
    """One row per story, subject and period, with a message to each who is to be told; None: it was there."""
    alert, is_new = Alert.objects.get_or_create(
        story=finding.story,
        subject=finding.subject,
        period=finding.period,
        defaults={"count": finding.count, "seen_at": finding.at, "raised_at": at},
    )
    if not is_new:
        return None
    grants = RoleGrant.objects.in_force(clock.local_date(at)).filter(role__in=TOLD, user__is_active=True)
    for user in sorted(set(grants.values_list("user", flat=True))):
        telling.tell(RAISED, user=user, alert=alert.pk)
    return alert


@transaction.atomic
def acknowledge(*, actor: User, alert: Alert, note: str, at: datetime) -> Alert:
    """Say what came of it, once, and not by whom it is about. Raises ``CannotAcknowledge``."""
    alert = Alert.objects.select_for_update().get(pk=alert.pk)  # both administrators at once
    if not actor.has_perm("core.change_alert"):
        raise PermissionDenied
    if alert.subject == f"user:{actor.pk}":
        raise CannotAcknowledge(Refusal.ABOUT_ONESELF, _("涉及本人的告警须由另一位管理员处理。"))
    if alert.acknowledged_at is not None:
        raise CannotAcknowledge(Refusal.ALREADY, _("该告警已处理。"))
    if not note.strip():
        raise CannotAcknowledge(Refusal.NO_NOTE, _("请填写处理说明。"))

    alert.acknowledged_at, alert.acknowledged_by, alert.note = at, actor, note.strip()
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "note"])
    data = {"story": alert.story, "period": alert.period}
    audit.record(actor=actor, action="core.alert.acknowledged", target=alert, data=data, at=at)
    return alert


def broken_chain(*, breaks: int, at: datetime) -> Finding:
    return Finding(Story.BROKEN_CHAIN, "", at, breaks)


def broken_books(*, differences: int, at: datetime) -> Finding:
    return Finding(Story.BROKEN_BOOKS, "", at, differences)


def _facts(since: datetime) -> Iterator[Fact]:
    """Entries of interest recorded since then: positions and times run together, so the end is enough."""
    before = AuditEntry.objects.filter(recorded_at__lt=since).order_by("-position").values_list("position", flat=True)
    of_interest = Q()
    for ending in watch.ACTIONS:
        of_interest |= Q(action__endswith=ending)
    entries = AuditEntry.objects.filter(of_interest, position__gt=before.first() or 0)
    for at, actor, address, action, data in entries.values_list("at", "actor_id", "address", "action", "data"):
        yield Fact(at, actor, address or "", action, data)


def _parked(at: datetime) -> Iterator[Finding]:
    parked = OutboxMessage.objects.filter(parked_at__isnull=False)
    for row in parked.values("name").annotate(number=Count("pk"), last=Max("parked_at")).order_by("name"):
        yield Finding(Story.PARKED_WORK, f"task:{row['name']}", row["last"], row["number"])


def _breaks(at: datetime) -> Iterator[Finding]:
    if breaks := audit.verify_chain(newest=NEWEST):
        yield broken_chain(breaks=len(breaks), at=at)
