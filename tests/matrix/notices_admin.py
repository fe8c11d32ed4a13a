"""Reminders in the browser admin: union staff keep rules and send again, the chair reads."""

from core import clock
from notices.models import Delivery, Digest, Reminder, ReminderRule, Robot, RobotPost
from tests.cast import MEMBER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.table import ADMIN, Row


def _rule(cast: Cast) -> ReminderRule:
    return ReminderRule.objects.get(code="birthday")


def _reminder(cast: Cast) -> Reminder:
    at = clock.now()
    day = clock.local_date(at)
    return Reminder.objects.get_or_create(
        rule=_rule(cast),
        member=cast.member_of(MEMBER),
        occasion_year=day.year,
        defaults={"occasion_on": day, "due_on": day, "created_at": at},
    )[0]


def _delivery(cast: Cast) -> Delivery:
    """One that failed."""
    return Delivery.objects.get_or_create(
        reminder=_reminder(cast), channel="inbox", defaults={"state": "failed", "reason": "interrupted"}
    )[0]


def _digest(cast: Cast) -> Digest:
    """One that failed."""
    at = clock.now()
    facts = {"state": "failed", "reason": "smtp_550", "message_id": "<matrix@example.org>", "created_at": at}
    user = cast.member_of(MEMBER).user
    return Digest.objects.get_or_create(user=user, period_on=clock.local_date(at), defaults=facts)[0]


def _robot(cast: Cast) -> Robot:
    return Robot.objects.get_or_create(name="工会干部群", kind="wecom", host="qyapi.weixin.qq.com")[0]


def _post(cast: Cast) -> RobotPost:
    """One that failed."""
    at = clock.now()
    facts = {"due_on": clock.local_date(at), "subject": "端午节", "body": "慰问准备", "created_at": at}
    return RobotPost.objects.get_or_create(
        robot=_robot(cast), key="matrix", defaults={"state": "failed", "reason": "errcode_93000", **facts}
    )[0]


def _pk_of(made):
    return lambda cast: {"pk": made(cast).pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


READERS = STAFF | CHAIR
WRONG_METHOD = may(ADMIN, 405)
ROWS = [
    *pages("notices/reminderrule", _rule, view=READERS, add=STAFF, change=STAFF),
    *pages("notices/reminder", _reminder, view=READERS),
    *pages("notices/delivery", _delivery, view=READERS),
    Row("admin/notices/reminderrule/<int:pk>/preview/", get=may(READERS), post=WRONG_METHOD, kwargs=_pk_of(_rule)),
    Row(
        "admin/notices/reminderrule/<int:pk>/preview/",
        label=" nobody",
        get=may(READERS, 404),
        post=WRONG_METHOD,
        kwargs=_nobody,
    ),
    *pages("notices/robot", _robot, view=READERS, add=STAFF, change=STAFF),
    *pages("notices/robotpost", _post, view=READERS),
    *pages("notices/digest", _digest, view=READERS),
    *(
        row
        for route, made in (
            ("admin/notices/reminderrule/<int:pk>/test/", _rule),
            ("admin/notices/robot/<int:pk>/test/", _robot),
            ("admin/notices/robotpost/<int:pk>/resend/", _post),
            ("admin/notices/digest/<int:pk>/resend/", _digest),
            ("admin/notices/delivery/<int:pk>/resend/", _delivery),
        )
        for row in (
            Row(route, get=WRONG_METHOD, post=may(STAFF, 302), kwargs=_pk_of(made)),
            Row(route, label=" nobody", get=WRONG_METHOD, post=may(STAFF, 404), kwargs=_nobody),
        )
    ),
    *(
        Row(f"admin/notices/{model}/resend/", get=WRONG_METHOD, post=may(STAFF, 302))
        for model in ("delivery", "digest", "robotpost")
    ),
]


def _failed_post(cast: Cast) -> dict:
    _post(cast)
    return {}


def _failed_digest(cast: Cast) -> dict:
    _digest(cast)
    return {}


ROBOT = {
    "name": "干部群",
    "kind": "wecom",
    "address": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
    "is_active": "on",
}
FILLED = {
    "notices/preferences/birthday/": lambda cast: {"calendar": "lunar", "month": "12", "day": "1"},
    "admin/notices/reminderrule/<int:pk>/test/": lambda cast: {},
    "admin/notices/robot/add/": lambda cast: ROBOT,
    "admin/notices/robot/<path:object_id>/change/": lambda cast: {"name": "新群名", "address": ROBOT["address"]},
    "admin/notices/robot/<int:pk>/test/": lambda cast: {},
    "admin/notices/robotpost/<int:pk>/resend/": _failed_post,
    "admin/notices/robotpost/resend/": _failed_post,
    "admin/notices/digest/<int:pk>/resend/": _failed_digest,
    "admin/notices/digest/resend/": _failed_digest,
}
BESIDE_TARGET = {"admin/notices/reminderrule/<int:pk>/test/", "admin/notices/robot/<int:pk>/test/"}  # a message
