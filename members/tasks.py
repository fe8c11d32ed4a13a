"""What a worker says for the register; the words stand nowhere else (core/telling.py)."""

import logging
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core import clock, jobs, outbox, telling
from members.services import duplicates, import_runs, import_working
from members.services.feed_deciding import INVITED
from members.services.feed_folder import take_folder

log = logging.getLogger(__name__)


@telling.words("members.join_admitted")
def join_admitted(*, application: int) -> tuple[str, str]:
    return _("您的入会申请已获批准"), _("欢迎加入工会！会员证号和会籍可在“我的档案”中查看。")


@telling.words("members.join_returned")
def join_returned(*, application: int) -> tuple[str, str]:
    return _("您的入会申请需要补正"), _("申请已退回，请在“加入工会”中查看原因，补正后重新提交。")


@telling.words("members.join_rejected")
def join_rejected(*, application: int) -> tuple[str, str]:
    return _("您的入会申请未获批准"), _("原因请在“加入工会”中查看；如有疑问，请联系校工会办公室。")


@outbox.handler(import_runs.WORK)
def work_off_import(*, run: int) -> None:
    """Judge, commit or undo one import, as its run says."""
    import_working.work_off(run)


@shared_task(name="members.tidy_imports")
def tidy_imports() -> None:
    """Daily; a day that was missed is caught up by the next one."""
    at = clock.now()
    with jobs.once_per(job="members.tidy_imports", period=clock.local_date(at).isoformat()) as mine:
        if mine:
            import_runs.tidy(at=at)


@telling.words(INVITED)
def feed_invited(*, change: int) -> tuple[str, str]:
    return _("欢迎加入工会"), _("入会自愿。如愿意加入，请在门户“加入工会”中填写入会申请，由所在分工会审核。")


@shared_task(name="members.hr_feed")
def hr_feed() -> None:
    """Hourly: HR may leave its file at any time of the day; what was taken once is known."""
    if not settings.HR_FEED_DIR:
        return
    at = clock.now()
    with jobs.once_per(job="members.hr_feed", period=f"{timezone.localtime(at):%Y-%m-%dT%H}") as mine:
        if mine:
            folder = take_folder(folder=Path(settings.HR_FEED_DIR), on=None, at=at)
            log.info(
                "HR feed: %s new, %s refused, %s waiting", len(folder.runs), len(folder.refused), len(folder.waiting)
            )


@shared_task(name="members.find_duplicates")
def find_duplicates() -> None:
    """Nightly; a night that was missed is caught up by the next one."""
    at = clock.now()
    with jobs.once_per(job="members.find_duplicates", period=clock.local_date(at).isoformat()) as mine:
        if mine:
            duplicates.scan(actor=None, at=at)


@outbox.handler(duplicates.SCAN)
def scan_duplicates() -> None:
    duplicates.scan(actor=None, at=clock.now())


@telling.words("members.change_accepted")
def change_accepted(*, change: int) -> tuple[str, str]:
    return _("您的信息变更已登记"), _("花名册已按您的申请更正，可在“我的档案”中查看。")


@telling.words("members.change_returned")
def change_returned(*, change: int) -> tuple[str, str]:
    return _("您的信息变更申请需要补正"), _("请在“我的档案”的“申请变更信息”中查看原因，补正后重新提交。")


@telling.words("members.change_rejected")
def change_rejected(*, change: int) -> tuple[str, str]:
    return _("您的信息变更申请未获同意"), _(
        "原因请在“我的档案”的“申请变更信息”中查看；如有疑问，请联系校工会办公室。"
    )


@telling.words("members.subject_answered")
def subject_answered(*, request: int) -> tuple[str, str]:
    return _("您的个人信息请求已有答复"), _("请在“我的档案”的“我的数据”中查看答复和依据。")
