"""Announcements: the staff write and publish, the chair reads; everybody finds what is meant for him, anybody what is
public."""

from datetime import timedelta

from django.db.models import F

from core import clock
from core.enums import Role
from notices.enums import AnnouncementState
from notices.models import Announcement, NewsColumn
from tests.cast import OTHER_BRANCH_OFFICER, Cast
from tests.matrix.admin import CHAIR, STAFF, may, pages
from tests.matrix.table import Row, everybody, only, signed_in

OFFICERS = frozenset({Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER})
NOT_POSTED = everybody(405)


def _made(cast: Cast, title: str, state: str, **fields) -> Announcement:
    at = clock.now()
    given = {
        "column": NewsColumn.objects.order_by("pk").first(),
        "body": "请各分会按时报名。",
        "written_by": cast.users[Role.UNION_STAFF],
        "written_at": at,
        "publish_at": at - timedelta(hours=1),
        "needs_receipt": True,
        "is_public": True,
        **fields,
    }
    made, _ = Announcement.objects.get_or_create(title=title, defaults=given)
    Announcement.objects.filter(pk=made.pk).update(state=state, publish_at=F("publish_at"))
    return made


def draft(cast: Cast) -> Announcement:
    return _made(cast, "秋季运动会草稿", AnnouncementState.DRAFT)


def published(cast: Cast) -> Announcement:
    return _made(cast, "秋季运动会报名", AnnouncementState.PUBLISHED)


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


def _act(step: str, made) -> list[Row]:
    route = f"admin/notices/announcement/<int:pk>/{step}/"
    return [
        Row(route, get=may(STAFF), post=may(STAFF), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nobody),
    ]


ROWS = [
    *pages("notices/announcement", draft, view=STAFF | CHAIR, add=STAFF, change=STAFF),
    *_act("files", draft),
    *_act("publish", draft),
    *_act("withdraw", published),
    Row("notices/news/", get=signed_in(200), post=NOT_POSTED),
    Row("notices/news/<int:pk>/", get=signed_in(200), post=NOT_POSTED, kwargs=_pk(published)),
    Row("notices/news/<int:pk>/", label=" draft", get=signed_in(404), post=NOT_POSTED, kwargs=_pk(draft)),
    Row("notices/news/<int:pk>/confirm/", get=NOT_POSTED, post=signed_in(302), kwargs=_pk(published)),
    Row("notices/news/<int:pk>/confirm/", label=" draft", get=NOT_POSTED, post=signed_in(404), kwargs=_pk(draft)),
    Row("notices/news/<int:pk>/reading/", get=only(OFFICERS, 200), post=NOT_POSTED, kwargs=_pk(published)),
    Row("notices/news/<int:pk>/reading/", label=" draft", get=signed_in(404), post=NOT_POSTED, kwargs=_pk(draft)),
    Row("notices/public/", get=everybody(200), post=NOT_POSTED),
    Row("notices/public/<int:pk>/", get=everybody(200), post=NOT_POSTED, kwargs=_pk(published)),
    Row("notices/public/<int:pk>/", label=" draft", get=everybody(404), post=NOT_POSTED, kwargs=_pk(draft)),
]
FILLED = {
    "admin/notices/announcement/add/": lambda cast: {
        "column": str(NewsColumn.objects.order_by("pk").first().pk),
        "title": "秋季运动会",
        "body": "请各分会按时报名。",
        "readers": "members",
    },
    "admin/notices/announcement/<path:object_id>/change/": lambda cast: {"title": "秋季运动会（更正）"},
    "admin/notices/announcement/<int:pk>/publish/": lambda cast: {},
    "admin/notices/announcement/<int:pk>/withdraw/": lambda cast: {"reason": "时间有变"},
    "notices/news/<int:pk>/confirm/": lambda cast: {},
}
NOT_FILLED = {
    "admin/notices/announcement/<int:pk>/files/": "takes a file; tests/notices/test_announcements.py",
}
NOT_AUDITED = {
    "notices/news/<int:pk>/confirm/": "the receipt is itself an appended row: who, what, when",
}
