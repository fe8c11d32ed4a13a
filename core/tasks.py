"""What a worker of this room does. A message carries an outbox id and nothing else (TRUST.md 2.3)."""

import logging
from uuid import UUID

from celery import shared_task
from django.core.management import call_command
from django.utils.translation import gettext as _

from core import clock, exports, jobs, outbox, telling
from core.management.commands.check_books import BooksWrong
from core.models import Alert, ExportJob
from core.services import exporting, tidying, watching

log = logging.getLogger(__name__)


@shared_task(name="core.run_outbox")
def run_outbox(outbox_id: str) -> None:
    """Work off one outbox message; a malformed id is refused and logged."""
    try:
        message_id = UUID(outbox_id)
    except (ValueError, TypeError, AttributeError):
        log.error("outbox message refused: malformed id")
        return
    outbox.work_off(message_id)


@shared_task(name="core.check_books")
def check_books() -> None:
    """Hourly: what the books say about themselves; a difference is logged as critical, and is an alert."""
    try:
        call_command("check_books")
    except BooksWrong as wrong:
        at = clock.now()
        if wrong.differences:
            watching.raise_alert(watching.broken_books(differences=wrong.differences, at=at), at=at)
        if wrong.breaks:
            watching.raise_alert(watching.broken_chain(breaks=wrong.breaks, at=at), at=at)
        raise


@shared_task(name="core.watch")
def watch() -> None:
    """Every minute; a minute that was missed is looked at by the next one."""
    for alert in watching.look(at=clock.now()):
        log.warning("alert %s: %s, period %s", alert.pk, alert.story, alert.period)


@telling.words(watching.RAISED)
def alert_raised(*, alert: int) -> tuple[str, str]:
    """The story only: who and from where is on the alert's own page."""
    raised = Alert.objects.get(pk=alert)
    subject = _("安全告警：%(story)s") % {"story": raised.get_story_display()}
    return subject, _("请到管理后台“安全告警”查看第 %(number)s 号，核实后填写处理说明。") % {"number": alert}


@telling.words(exporting.READY)
def export_ready(*, job: str) -> tuple[str, str]:
    title = exports.kinds[ExportJob.objects.values_list("kind", flat=True).get(pk=UUID(job))].title
    words = _("请在“我的导出”中下载，文件保留 %(days)s 天。")
    return _("%(title)s已生成") % {"title": title}, words % {"days": exports.KEPT.days}


@shared_task(name="core.tidy")
def tidy() -> None:
    """Daily; a day that was missed is caught up by the next one."""
    at = clock.now()
    with jobs.once_per(job="core.tidy", period=clock.local_date(at).isoformat()) as mine:
        if mine:
            log.info("tidied %s", tidying.tidy(at=at))
            call_command("clearsessions")


@outbox.handler(exports.RUN)
def export(job: str) -> None:
    exporting.run_export(UUID(job))
