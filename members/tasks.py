"""What a worker says for the register; the words stand nowhere else (core/telling.py)."""

from celery import shared_task
from django.utils.translation import gettext as _

from core import clock, jobs, outbox, telling
from members.services import import_runs, import_working


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
