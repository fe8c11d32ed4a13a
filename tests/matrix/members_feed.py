"""HR's daily file and duplicates: the admin's pages."""

from datetime import date

from core import clock
from core.enums import Role
from members.feed_codes import FeedKind, FeedState
from members.models import DuplicatePair, FeedChange, FeedRun, Member, MergeRecord
from members.services import merging
from tests.cast import Cast
from tests.matrix.admin import STAFF, may, pages
from tests.matrix.portal import _nobody
from tests.matrix.table import Row
from tests.members.factories import make_member

ON = date(2026, 3, 16)


def run(cast: Cast) -> FeedRun:
    """One that is open, with one line."""
    at = clock.now()
    given = {"filename": "a.xlsx", "on": ON, "state": FeedState.OPEN, "opened_at": at, "taken_at": at}
    row, is_new = FeedRun.objects.get_or_create(sha256="a" * 64, defaults=given)
    if is_new:
        line = {"kind": FeedKind.JOINED, "staff_no": "N0001", "name": "新来", "on": ON, "seen_on": ON}
        FeedChange.objects.create(run=row, fingerprint="b" * 64, **line)
    return row


def _run(cast: Cast) -> dict:
    return {"pk": run(cast).pk}


def _lines(cast: Cast) -> dict:
    return {"pk": run(cast).pk, "kind": "joined"}


def _no_lines(cast: Cast) -> dict:
    return {"pk": 0, "kind": "joined"}


def change(cast: Cast) -> FeedChange:
    return run(cast).changes.get()


def _member(staff_no: str) -> Member:
    return Member.objects.filter(staff_no=staff_no).first() or make_member(staff_no=staff_no, name="孙二")


def pair(cast: Cast) -> DuplicatePair:
    first, second = sorted((_member("P0001").pk, _member("P0002").pk))
    told = {"score": 100, "reasons": ["name_birth"], "found_at": clock.now()}
    return DuplicatePair.objects.get_or_create(first_id=first, second_id=second, defaults=told)[0]


def _pair(cast: Cast) -> dict:
    return {"pk": pair(cast).pk}


def record(cast: Cast) -> MergeRecord:
    known = MergeRecord.objects.first()
    given = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now(), "reason": "同一人"}
    return known or merging.merge(keep=_member("Q0001"), drop=_member("Q0002"), **given)


def _record(cast: Cast) -> dict:
    return {"pk": record(cast).pk}


def _one(route: str, kwargs, missing=_nobody) -> list[Row]:
    """A page of one row, and of a row that is not there."""
    return [
        Row(route, get=may(STAFF), post=may(STAFF), kwargs=kwargs),
        Row(route, label=" nobody", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=missing),
    ]


ADMIN_ROWS = [
    *pages("members/feedrun", run, view=STAFF),
    *pages("members/feedchange", change, view=STAFF),
    *pages("members/duplicatepair", pair, view=STAFF),
    *pages("members/mergerecord", record, view=STAFF),
    Row("admin/members/feedrun/upload/", get=may(STAFF), post=may(STAFF)),
    Row("admin/members/duplicatepair/scan/", get=may(STAFF), post=may(STAFF)),
    *_one("admin/members/feedrun/<int:pk>/decide/", _run),
    *_one("admin/members/feedrun/<int:pk>/lines/<str:kind>/", _lines, _no_lines),
    *_one("admin/members/duplicatepair/<int:pk>/merge/", _pair),
    *_one("admin/members/duplicatepair/<int:pk>/distinct/", _pair),
    *_one("admin/members/mergerecord/<int:pk>/undo/", _record),
]
ROWS = ADMIN_ROWS


FILLED = {
    "admin/members/feedrun/<int:pk>/decide/": lambda cast: {"do": "discard", "reason": "文件有误"},
    "admin/members/duplicatepair/scan/": lambda cast: {},
    "admin/members/duplicatepair/<int:pk>/distinct/": lambda cast: {"reason": "同名同日生"},
}
_MORE_ENTRIES = "one entry for each side or line and one for the person; tests/members/test_{}.py"
NOT_FILLED = {
    "admin/members/feedrun/upload/": "takes a file; tests/members/test_feed.py",
    "admin/members/feedrun/<int:pk>/lines/<str:kind>/": _MORE_ENTRIES.format("feed"),
    "admin/members/duplicatepair/<int:pk>/merge/": _MORE_ENTRIES.format("merging"),
    "admin/members/mergerecord/<int:pk>/undo/": _MORE_ENTRIES.format("merging"),
}
WITHOUT_TARGET = {"admin/members/duplicatepair/scan/"}
