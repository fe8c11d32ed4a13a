"""The folder of HR and the command that looks into it: good files, bad ones, one twice, one half written."""

import os
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from core import clock
from members import tasks
from members.feed_codes import FeedState
from members.models import FeedRun, Member
from members.services import feed_folder
from members.services.feed_folder import TAKEN, take_folder
from tests.acts import acts
from tests.cast import make_cast
from tests.members.feeds import ON, everybody, set_limits, staff_of, write_feed

pytestmark = pytest.mark.django_db
NAME = "教职工20260316.xlsx"


@pytest.fixture
def rows():
    cast = make_cast()
    set_limits()
    return everybody(cast) + staff_of(cast, 10)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "日报"
    made.mkdir()
    return made


def settle(path: Path, *, ago: timedelta = timedelta(hours=1)) -> Path:
    """As if it had been written ``ago``."""
    then = (clock.now() - ago).timestamp()
    os.utime(path, (then, then))
    return path


def put(folder: Path, rows: list[dict], name: str = NAME) -> Path:
    return settle(write_feed(folder / name, rows))


def command(folder: Path, *words: str) -> str:
    out = StringIO()
    call_command("hr_feed", "--folder", str(folder), *words, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_good_file_is_compared_and_put_away_and_nothing_in_the_register_changes(rows, folder):
    rows[-1]["职称"] = "教授"
    put(folder, rows)

    said = command(folder)

    run = FeedRun.objects.get()
    assert (run.on, run.state, run.taken_by) == (ON, FeedState.OPEN, None)
    assert f"{NAME}：{len(rows)} 人，1 处变化" in said
    assert not (folder / NAME).exists()
    assert (folder / TAKEN / NAME).exists()
    assert Member.objects.get(staff_no=rows[-1]["工号"]).title == "讲师"


def test_bad_file_is_told_once_and_does_not_keep_the_good_one_out(rows, folder):
    settle(folder / "坏20260315.xlsx") if (folder / "坏20260315.xlsx").write_bytes(b"PK\x03\x04 nothing") else None
    put(folder, rows)

    with pytest.raises(CommandError, match="有 1 个文件无法使用"):
        command(folder)

    assert {run.filename: run.state for run in FeedRun.objects.all()} == {
        "坏20260315.xlsx": FeedState.REFUSED,
        NAME: FeedState.OPEN,
    }
    assert acts().filter(action="members.feedrun.unreadable").count() == 1
    assert command(folder) == ""


def test_same_file_under_two_names_and_again_is_one_run(rows, folder):
    path = put(folder, rows)
    settle((folder / "又一份20260317.xlsx").write_bytes(path.read_bytes()) and folder / "又一份20260317.xlsx")

    first = command(folder)
    settle((folder / "第三天.xlsx").write_bytes((folder / TAKEN / NAME).read_bytes()) and folder / "第三天.xlsx")
    second = command(folder)

    assert FeedRun.objects.count() == 1
    assert "又一份20260317.xlsx：以前比对过" in first
    assert second == "第三天.xlsx：以前比对过\n"
    assert acts().filter(action="members.feedrun.taken").count() == 1


def test_file_that_is_still_being_written_is_left_until_it_is_whole(rows, folder):
    whole = put(folder, rows).read_bytes()
    path = folder / NAME
    path.write_bytes(whole[: len(whole) // 2])
    settle(path, ago=timedelta(seconds=5))

    said = command(folder)

    assert f"{NAME}：可能还没有写完，下次再取" in said
    assert path.exists()
    assert not FeedRun.objects.exists()
    path.write_bytes(whole)
    settle(path)
    command(folder)
    assert FeedRun.objects.get().state == FeedState.OPEN


def test_control_without_waiting_the_half_file_is_refused_and_taken_from_its_writer(rows, folder, monkeypatch):
    monkeypatch.setattr(feed_folder, "is_settled", lambda path, at: True)
    whole = put(folder, rows).read_bytes()
    (folder / NAME).write_bytes(whole[: len(whole) // 2])

    with pytest.raises(CommandError):
        command(folder)

    assert FeedRun.objects.get().state == FeedState.REFUSED
    assert not (folder / NAME).exists()


def test_file_that_vanishes_leaves_the_others(rows, folder, monkeypatch):
    put(folder, rows)
    put(folder, rows[:-1], "早20260315.xlsx")
    take = feed_folder.take_feed

    def gone(*, filename, **given):
        if filename.startswith("早"):
            raise FileNotFoundError(filename)
        return take(filename=filename, **given)

    monkeypatch.setattr(feed_folder, "take_feed", gone)

    found = take_folder(folder=folder, on=None, at=clock.now())

    assert [run.filename for run in found.runs] == [NAME]
    assert found.waiting == ["早20260315.xlsx"]


def test_files_are_taken_in_the_order_of_their_days_and_others_are_left(rows, folder):
    put(folder, rows, "b20260316.xlsx")
    rows[-1]["职称"] = "教授"
    put(folder, rows, "z20260315.xlsx")
    for name in ("~$b20260316.xlsx", ".hidden.xlsx", "说明.txt"):
        settle((folder / name).write_text("x") and folder / name)
    (folder / "链接20260316.xlsx").symlink_to(folder / "b20260316.xlsx")

    command(folder)

    runs = FeedRun.objects.order_by("pk").values_list("filename", "on", "state")
    assert list(runs) == [
        ("z20260315.xlsx", date(2026, 3, 15), FeedState.SUPERSEDED),
        ("b20260316.xlsx", date(2026, 3, 16), FeedState.OPEN),
    ]


def test_file_without_a_day_is_of_the_day_that_is_given(rows, folder):
    put(folder, rows, "教职工.xlsx")

    command(folder, "--on", "2026-03-14")

    assert FeedRun.objects.get().on == date(2026, 3, 14)


def test_file_of_tomorrow_waits_in_the_folder(rows, folder):
    name = f"教职工{clock.today() + timedelta(days=1):%Y%m%d}.xlsx"
    put(folder, rows, name)

    with pytest.raises(CommandError):
        command(folder)

    assert (folder / name).exists()
    assert not FeedRun.objects.exists()


def test_half_the_staff_is_held_and_the_command_says_so(rows, folder):
    put(folder, rows[: len(rows) // 2])

    said = command(folder)

    assert "人数异常，须先核实" in said
    assert FeedRun.objects.get().state == FeedState.HELD


def test_no_folder_is_wrong_usage(tmp_path):
    for words in (["--folder", str(tmp_path / "nowhere")], []):
        with pytest.raises(CommandError, match="没有这个文件夹") as refused:
            call_command("hr_feed", *words)
        assert refused.value.returncode == 2


def test_hourly_job_takes_the_folder_once_an_hour(rows, folder, settings):
    settings.HR_FEED_DIR = str(folder)
    put(folder, rows)

    tasks.hr_feed()
    put(folder, rows[:-1], "教职工20260317.xlsx")
    tasks.hr_feed()

    assert [run.filename for run in FeedRun.objects.all()] == [NAME]
    assert (folder / "教职工20260317.xlsx").exists()
