"""E5: no day is ever off by one, whatever zone the process and the database's session are in.

Days of birth at the edges of the daylight saving of 1986-1991, at the year's end, on 29 February, and others by seed;
each goes in by a roster in all spellings, is stored, shown, taken out, and goes in again.
"""

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test import Client

from core import attachments, clock, exports
from core.dates import parse_date
from core.enums import Role
from core.models import User
from core.services import exporting
from core.spreadsheets.sheets import open_sheets
from members.models import ImportRow, Member, Membership
from tests.cast import make_cast
from tests.members.importing import commit, judged
from tests.members.rosters import write_book
from tests.trust.sizes import dice, size

SHANGHAI, UTC_ = "Asia/Shanghai", "UTC"
ZONES = [(process, session) for process in (UTC_, SHANGHAI) for session in (UTC_, SHANGHAI)]
DAY = timedelta(days=1)
# Daylight saving in China: the Sundays on which it began and ended.
SUMMERS = (
    *(date(1986, 5, 4), date(1986, 9, 14), date(1987, 4, 12), date(1987, 9, 13), date(1988, 4, 17)),
    *(date(1988, 9, 11), date(1989, 4, 16), date(1989, 9, 17), date(1990, 4, 15), date(1990, 9, 16)),
    *(date(1991, 4, 14), date(1991, 9, 15)),
)
EDGES = [
    *(sunday + DAY * step for sunday in SUMMERS for step in (-1, 0, 1)),
    *(date(year, *day) for year in (1949, 1969, 1970, 1985, 1991, 1999) for day in ((12, 31), (1, 1))),
    *(
        date(1940, 6, 1),
        date(1941, 3, 15),
        date(1949, 5, 28),
        date(1936, 2, 29),
        date(1988, 2, 29),
        date(1996, 2, 29),
    ),
]
HEADER = ("工号", "姓名", "性别", "出生日期", "分工会", "入会日期")
OF_A_DAY = [(0, 0, 0, 0), (0, 0, 0, 1), (4, 0, 0, 0), (7, 59, 59, 999_999), (8, 0, 0, 0), (23, 59, 59, 999_999)]


def days() -> list[date]:
    """The edges, then days between 1936 and 1999 by seed."""
    chance, count = dice("days"), size(100, 2_000)
    more = (date(1936, 1, 1) + DAY * chance.randrange(64 * 365) for _ in range(count * 2))
    return [*EDGES, *(sorted(set(more) - set(EDGES), key=lambda day: (day.day, day)))][:count]


def serial_of(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def spellings_of(day: date) -> list[object]:
    """As offices write it; the last ones are cells of a workbook rather than texts."""
    y, m, d = day.year, day.month, day.day
    texts = [day.isoformat(), f"{y}-{m}-{d}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{day:%Y%m%d}", f"{y}年{m}月{d}日"]
    texts += [f"{day} 00:00:00", f"{y}/{m}/{d} 0:00", str(serial_of(day))]
    return [*texts, serial_of(day), float(serial_of(day)), serial_of(day) + 0.99999, day]


@contextmanager
def process_in(zone: str) -> Iterator[None]:
    before = os.environ.get("TZ", "")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ["TZ"] = before
        time.tzset()


@contextmanager
def session_in(zone: str) -> Iterator[None]:
    """A connection of its own in that zone, as ``DATABASES`` may name one."""
    before = connections["default"].settings_dict["TIME_ZONE"]
    _reconnect_in(zone)
    try:
        yield
    finally:
        _reconnect_in(before)


def _reconnect_in(zone: str | None) -> None:
    here = connections["default"]
    here.close()
    here.settings_dict["TIME_ZONE"] = zone
    for known in ("timezone", "timezone_name"):
        vars(here).pop(known, None)


@pytest.fixture(params=ZONES, ids=" and ".join)
def zones(request, transactional_db) -> Iterator[tuple[str, str]]:
    process, session = request.param
    with process_in(process), session_in(session):
        yield request.param


@pytest.fixture
def cast(zones, media):
    return make_cast()


def test_the_zones_are_really_those(zones):
    process, session = zones
    with connection.cursor() as cursor:
        cursor.execute("SHOW TimeZone")
        (told,) = cursor.fetchone()

    assert told == session
    assert time.localtime(0).tm_hour == {UTC_: 0, SHANGHAI: 8}[process]


def test_instants_of_a_day_are_of_that_day(zones):
    """Local 00:00 to 08:00 is the day before in UTC; so is the year's end."""
    user = User.objects.create_user("1001", name="甲")
    wrong = []

    for day in [*days(), *(date(year, *end) for year in (2024, 2025, 2026) for end in ((12, 31), (1, 1)))]:
        for hour in OF_A_DAY:
            local = datetime(day.year, day.month, day.day, *hour, tzinfo=ZoneInfo(SHANGHAI))
            User.objects.filter(pk=user.pk).update(last_login=local.astimezone(UTC))
            kept = User.objects.get(pk=user.pk).last_login
            found = {clock.local_date(local), clock.local_date(local.astimezone(UTC)), clock.local_date(kept)}
            if found != {day} or not User.objects.filter(pk=user.pk, last_login__date=day).exists():
                wrong.append((local, kept, found))

    assert wrong == []


def test_days_go_in_are_shown_come_out_and_go_in_again(zones, cast, tmp_path):
    staff = cast.users[Role.UNION_STAFF]
    people = {f"8{number:06}": (day, joined_on(day)) for number, day in enumerate(days())}

    run = commit(judged(write_people(tmp_path / "花名册.xlsx", people), staff), staff)

    assert run.trouble == ""
    assert kept() == people
    assert told_by_the_database() == {staff_no: day.isoformat() for staff_no, (day, _) in people.items()}
    place, apart = ZONES.index(zones), size(len(ZONES), 1)  # in a small run each day's pages under one pair of zones
    assert wrongly_shown(cast, dict(list(people.items())[place % apart :: apart])) == []
    for format in ("xlsx", "csv"):
        taken = taken_out(staff, format)
        assert read(taken, format) == people
        again = judged(file_of(tmp_path / f"again.{format}", taken), staff)
        assert set(ImportRow.objects.filter(run=again).values_list("verdict", flat=True)) == {"same"}


def joined_on(day: date) -> date:
    """A day between 1986 and 2025, at the edges too."""
    return SUMMERS[day.toordinal() % 12] if day.year < 1960 else day.replace(day=min(day.day, 28), year=day.year + 26)


def write_people(path: Path, people: dict[str, tuple[date, date]]) -> Path:
    """The next spelling from person to person."""
    rows: list[list] = [list(HEADER)]
    for number, (staff_no, (born, joined)) in enumerate(people.items()):
        spelled, other = spellings_of(born), spellings_of(joined)
        rows.append(
            [staff_no, "张三", "男", spelled[number % len(spelled)], "甲院", other[(number * 5 + 3) % len(other)]]
        )
    return write_book(path, {"名册": rows})


def kept() -> dict[str, tuple[date, date]]:
    rows = Membership.objects.filter(member__staff_no__startswith="8")
    found = rows.values_list("member__staff_no", "member__birth_on", "from_on")
    return {staff_no: (born, joined) for staff_no, born, joined in found}


def told_by_the_database() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT staff_no, birth_on::text FROM members_member WHERE staff_no LIKE '8%'")
        return dict(cursor.fetchall())


def wrongly_shown(cast, people: dict[str, tuple[date, date]]) -> list[str]:
    """Whose own file, or page in the admin, does not say his day in words."""
    own, staff, user = Client(), Client(), User.objects.create_user("8", name="本人")
    own.force_login(user, "core.backends.StaffNumberBackend")
    staff.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    wrong = []
    for staff_no, (born, _joined) in people.items():
        Member.objects.filter(user=user).update(user=None)
        member = Member.objects.get(staff_no=staff_no)
        Member.objects.filter(pk=member.pk).update(user=user)
        for client, path in ((own, "/members/me/"), (staff, f"/admin/members/member/{member.pk}/change/")):
            if f"{born.year}年{born.month}月{born.day}日" not in client.get(path).content.decode():
                wrong.append(f"{path} {born}")
    return wrong


def taken_out(staff: User, format: str) -> bytes:
    """The roll with the days in it."""
    job = exports.request_export(
        actor=staff,
        kind="members.roll",
        parameters={"q": "张三"},
        columns=["staff_no", "name", "sex", "birth_on", "branch", "joined_on"],
        reason="核对",
        format=format,
        at=clock.now(),
    )
    exporting.run_export(job.pk)
    job.refresh_from_db()
    return attachments.content_of(job.result)


def read(content: bytes, format: str) -> dict[str, tuple]:
    with open_sheets(io.BytesIO(content), filename=f"名册.{format}") as sheets:
        rows = [[*cells] for _, cells in sheets[0].rows]
    return {str(row[0]): (parse_date(row[3]), parse_date(row[5])) for row in rows if str(row[0]).startswith("8")}


def file_of(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_every_spelling_is_that_day():
    wrong = [(day, spelled) for day in days() for spelled in spellings_of(day) if parse_date(spelled) != day]

    assert wrong == []


def test_control_a_day_made_of_an_instant_in_utc_is_another(zones):
    """What the test must see: the day of local midnight, taken in UTC."""
    midnight = datetime(1986, 5, 4, tzinfo=ZoneInfo(SHANGHAI))

    assert midnight.astimezone(UTC).date() == date(1986, 5, 3)
    assert clock.local_date(midnight.astimezone(UTC)) == date(1986, 5, 4)
