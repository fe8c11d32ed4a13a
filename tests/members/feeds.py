"""Daily files of HR made for a test."""

from datetime import date
from pathlib import Path

from core import clock
from core.enums import Role
from core.models import PolicyRule
from members.models import FeedChange, FeedRun, Member
from members.services import feed, feed_deciding
from tests.cast import Cast
from tests.members.factories import make_member, make_membership
from tests.members.rosters import write_book

HEADER = ("工号", "姓名", "性别", "出生日期", "身份证号", "部门", "职称", "学历", "手机", "人员状态", "备注")
ON = date(2026, 3, 16)
LIMITS = {feed.MOST_LEAVING: 5, feed.MOST_SMALLER: 20}


def set_limits(**given) -> None:
    """The two per cents of the preset, or others."""
    for key, value in (LIMITS | given).items():
        PolicyRule.objects.create(
            key=key, scope="nation", value=value, from_on=date(2012, 1, 1), decided_by="测试", mark="S"
        )


def staff_of(cast: Cast, count: int = 40) -> list[dict]:
    """So many people on the roll of 甲院, and their rows in the file."""
    rows = []
    for number in range(count):
        member = make_member(staff_no=f"F{number:04}", name="钱七", title="讲师", department_name="甲院")
        make_membership(member=member, branch=cast.branch)
        rows.append({"工号": member.staff_no, "姓名": member.name, "职称": "讲师", "部门": "甲院"})
    return rows


def everybody(cast: Cast) -> list[dict]:
    """The rows of the cast's own members, as the register has them."""
    people = Member.objects.filter(user__in=[user for user in cast.users.values() if user is not None])
    return [{"工号": member.staff_no, "姓名": member.name} for member in people.order_by("pk")]


def write_feed(path: Path, rows: list[dict], *, header=HEADER) -> Path:
    return write_book(path, {"在职人员": [list(header), *([row.get(word, "") for word in header] for row in rows)]})


def take(path: Path, rows: list[dict], *, on: date = ON, actor=None) -> FeedRun:
    run, _is_new = feed.take_feed(
        source=write_feed(path, rows), filename=path.name, on=on, actor=actor, at=clock.now()
    )
    return run


def lines(run: FeedRun) -> list[tuple[str, str, str]]:
    return list(run.changes.order_by("staff_no", "kind").values_list("staff_no", "kind", "state"))


def line(run: FeedRun, staff_no: str, kind: str) -> FeedChange:
    return run.changes.get(staff_no=staff_no, kind=kind)


def confirm(cast: Cast, *changes: FeedChange, **given) -> feed_deciding.Outcome:
    staff = cast.users[Role.UNION_STAFF]
    keys = [change.pk for change in changes]
    return feed_deciding.confirm(run=changes[0].run, changes=keys, actor=staff, at=clock.now(), **given)
