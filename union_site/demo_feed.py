"""One day's file of HR, two records that look like one person, and a merge that can be taken back."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core import clock
from core.models import User
from members.models import Body, FeedRun, Member
from members.services import duplicates, feed, merging, posts
from members.services.roster import import_roster

STAFF = "1900083"
HEADER = ("工号", "姓名", "分工会", "部门", "职称", "人员状态", "备注")
NEWCOMERS = (("2600001", "范思远", "纺织学院"), ("2600002", "唐语晨", "信息学院"))
# Records made by mistake under a temporary number: whose, under which number, until when.
TWICE = (("LS230915", "2024年6月30日调出"), ("LS240903", "2025年1月20日调出"))
FROM, SEATED, LAST = "2023-09-01", date(2023, 10, 9), date(2024, 6, 30)


def load(*, at: datetime) -> None:
    """Needs the roster, the accounts and the bodies of the cast; does nothing where a file was taken before."""
    if FeedRun.objects.exists():
        return
    by: dict[str, Any] = {"actor": User.objects.get(username=STAFF), "at": at}
    first, second = _twice(by)
    duplicates.scan(**by)
    merging.merge(keep=second[0], drop=second[1], stands="keep", reason="临时工号转正，同一人两份档案", **by)
    on = clock.local_date(at)
    rows = _rows(on, spared=[*first, *second], merged=second[1])
    feed.take_feed(source=_file(rows), filename=f"教职工名单{on:%Y%m%d}.csv", on=on, **by)


def _twice(by: dict[str, Any]) -> list[list[Member]]:
    """Two people of the committee, each with a second record; the first one's was in the committee, too."""
    body = Body.objects.get(kind="committee")
    here = Member.objects.on_roll(clock.local_date(by["at"])).filter(user=None)
    known = list(here.filter(posts__body=body, posts__until_on=None).order_by("-birth_on", "pk")[:2])
    header = ("工号", "姓名", "性别", "出生日期", "分工会", "入会时间", "备注")
    rows = [
        (number, one.name, one.get_sex_display(), one.birth_on, _branch_of(one), FROM, remark)
        for one, (number, remark) in zip(known, TWICE, strict=True)
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "临时工号.csv"
        path.write_bytes(_file([header, *rows]).getvalue())
        import_roster(path=path, **by)
    pairs = [[one, Member.objects.get(staff_no=number)] for one, (number, _) in zip(known, TWICE, strict=True)]
    given: dict[str, Any] = {"position": "committee", "how": "elected", "from_on": SEATED, "kin_checked": True}
    post = posts.appoint(body=body, member=pairs[0][1], **given, **by)
    posts.end(post=post, on=LAST, document="调出", **by)
    return pairs


def _rows(on: date, *, spared: list[Member], merged: Member) -> list[tuple]:
    """Everybody on the roll as HR has him, with one or two differences of every kind."""
    people = Member.objects.on_roll(on).order_by("staff_no")
    rows = [[one.staff_no, one.name, _branch_of(one), one.department_name, one.title, "在职", ""] for one in people]
    keep = {member.staff_no for member in spared} | set(User.objects.values_list("username", flat=True))
    free = [row for row in rows if row[0] not in keep][40:48]
    free[0][5:] = ["退休", f"{on.year}年{on.month}月{on.day}日退休"]
    free[1][5] = "调出"
    free[2][2] = free[2][3] = "人文学院" if free[2][2] == "信息学院" else "信息学院"
    free[3][1] = f"{free[3][1][0]}若溪"
    for row, title in zip(free[4:6], ("高级实验师", "研究馆员"), strict=True):
        row[4] = title
    rows.remove(free[6])
    rows += [[number, name, branch, branch, "", "在职", ""] for number, name, branch in NEWCOMERS]
    rows.append([merged.staff_no, merged.name, "", "", "", "在职", ""])
    return [HEADER, *map(tuple, rows)]


def _branch_of(member: Member) -> str:
    period = member.memberships.select_related("branch").filter(until_on=None).first()
    return period.branch.short_name if period else ""


def _file(rows: list[tuple]) -> BytesIO:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return BytesIO(text.getvalue().encode("utf-8-sig"))
