"""The pages of HR's file and of duplicates as a browser sends them: lines, confirm, merge, undo."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core import clock
from core.enums import Role
from members.feed_codes import ChangeState, FeedState, MergeRefusal, PairState
from members.models import DuplicatePair, FeedRun, Member, MembershipAct, MergeRecord, Post
from members.services import posts
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_member, make_membership
from tests.members.feeds import everybody, line, set_limits, staff_of, take, write_feed
from tests.members.twins import digests, fill, make_pair, merge, twins
from tests.trust.scene import fields_of

pytestmark = pytest.mark.django_db
RUNS, PAIRS, MERGES = (f"/admin/members/{name}/" for name in ("feedrun", "duplicatepair", "mergerecord"))


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def desk(cast):
    client = Client()
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    return client


@pytest.fixture
def rows(cast):
    set_limits()
    return everybody(cast) + staff_of(cast)


def post(client, address: str, **typed):
    """The page's form as a browser sends it, with what is typed over."""
    return client.post(address, dict(fields_of(client.get(address))) | typed)


def text(client, address: str) -> str:
    return client.get(address).content.decode()


# HR's file ----------------------------------------------------------------------------------------------------
def uploaded(path: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile(path.name, path.read_bytes())


def test_uploaded_file_is_compared_and_its_kinds_lead_to_their_lines(cast, desk, rows, tmp_path):
    rows[-1]["职称"], rows[-2]["姓名"] = "教授", "钱八"
    path = write_feed(tmp_path / "日报.xlsx", rows)

    answer = post(desk, f"{RUNS}upload/", file=uploaded(path), on="2026-03-16")

    run = FeedRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, RUNS)
    assert (run.taken_by, run.changes.count()) == (cast.users[Role.UNION_STAFF], 2)
    page = text(desk, f"{RUNS}{run.pk}/change/")
    assert all(f"{RUNS}{run.pk}/lines/{kind}/" in page for kind in ("renamed", "changed"))
    assert "职称 讲师 → 教授" in text(desk, f"{RUNS}{run.pk}/lines/changed/")


def test_the_same_file_again_and_a_broken_one_are_told(desk, rows, tmp_path):
    path = write_feed(tmp_path / "日报.xlsx", rows)
    post(desk, f"{RUNS}upload/", file=uploaded(path), on="2026-03-16")

    again = desk.post(
        f"{RUNS}upload/",
        dict(fields_of(desk.get(f"{RUNS}upload/"))) | {"file": uploaded(path), "on": "2026-03-16"},
        follow=True,
    )
    broken = post(desk, f"{RUNS}upload/", file=SimpleUploadedFile("坏.xlsx", b"PK\x03\x04 nothing"), on="2026-03-17")

    assert "以前比对过" in again.content.decode()
    assert broken.status_code == 200
    assert 'role="alert"' in broken.content.decode() or "errorlist" in broken.content.decode()
    assert FeedRun.objects.count() == 1


def test_ticked_lines_are_confirmed_and_the_others_wait(desk, rows, tmp_path):
    for row in rows[-3:]:
        row["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    ticked = [line(run, row["工号"], "changed").pk for row in rows[-2:]]

    answer = post(desk, f"{RUNS}{run.pk}/lines/changed/", changes=ticked, do="confirm")

    assert answer["Location"] == f"{RUNS}{run.pk}/change/"
    states = run.changes.order_by("staff_no").values_list("state", flat=True)
    assert list(states) == [ChangeState.PROPOSED, ChangeState.CONFIRMED, ChangeState.CONFIRMED]
    titles = Member.objects.filter(staff_no__in=[row["工号"] for row in rows[-3:]]).order_by("staff_no")
    assert list(titles.values_list("title", flat=True)) == ["讲师", "教授", "教授"]


def test_double_click_confirms_once(desk, rows, tmp_path):
    run = take(tmp_path / "a.xlsx", [row for row in rows if row != rows[-1]])
    address = f"{RUNS}{run.pk}/lines/left/"
    given = dict(fields_of(desk.get(address))) | {
        "changes": [line(run, rows[-1]["工号"], "left").pk],
        "do": "confirm",
        "on": "2026-03-15",
        "other_union": "乙校工会",
    }

    answers = [desk.post(address, given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    act = MembershipAct.objects.get()
    assert (act.on, act.other_union, act.document) == (date(2026, 3, 15), "乙校工会", "人事处日报 2026-03-16")


def test_every_line_of_a_kind_at_once(desk, rows, tmp_path):
    for row in rows[-3:]:
        row["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)

    post(desk, f"{RUNS}{run.pk}/lines/changed/", every="on", do="confirm")

    assert set(run.changes.values_list("state", flat=True)) == {ChangeState.CONFIRMED}


@pytest.mark.parametrize(
    ("typed", "said"), [({"do": "confirm"}, "没有选中任何一行"), ({"do": "dismiss", "every": "on"}, "不采用的原因")]
)
def test_nothing_ticked_or_no_reason_comes_back_and_changes_nothing(desk, rows, tmp_path, typed, said):
    rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)

    answer = post(desk, f"{RUNS}{run.pk}/lines/changed/", **typed)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert run.changes.get().state == ChangeState.PROPOSED
    assert not acts().filter(action__startswith="members.feedchange").exists()


def test_dismissed_lines_say_why_in_the_list_of_lines(desk, rows, tmp_path):
    rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)

    post(desk, f"{RUNS}{run.pk}/lines/changed/", every="on", do="dismiss", reason="人事处笔误")

    change = run.changes.get()
    assert (change.state, change.reason) == (ChangeState.DISMISSED, "人事处笔误")
    assert "人事处笔误" in text(desk, f"/admin/members/feedchange/{change.pk}/change/")
    assert "不采用" in text(desk, "/admin/members/feedchange/?state=dismissed")


def test_refused_line_is_named_with_its_reason(cast, desk, rows, tmp_path):
    own = next(row for row in rows if row["工号"] == cast.users[Role.UNION_STAFF].username)
    own["职称"] = rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    address = f"{RUNS}{run.pk}/lines/changed/"

    given = dict(fields_of(desk.get(address))) | {"every": "on", "do": "confirm"}
    page = desk.post(address, given, follow=True).content.decode()

    assert "1 行未办理" in page
    assert "不能确认自己的变动" in page
    assert line(run, rows[-1]["工号"], "changed").state == ChangeState.CONFIRMED


def test_held_file_shows_no_way_to_its_lines_until_it_is_released(desk, rows, tmp_path):
    run = take(tmp_path / "a.xlsx", rows[: len(rows) // 2])
    lines = f"{RUNS}{run.pk}/lines/left/"
    page = text(desk, f"{RUNS}{run.pk}/change/")
    assert lines not in page
    assert "人数异常" in page
    refused = post(desk, lines, every="on", do="confirm")
    assert "须先核实放行" in refused.content.decode()

    answer = post(desk, f"{RUNS}{run.pk}/decide/", do="release", reason="后勤转制")

    assert answer.status_code == 302
    assert FeedRun.objects.get().state == FeedState.OPEN
    assert lines in text(desk, f"{RUNS}{run.pk}/change/")
    assert not MembershipAct.objects.exists()


def test_file_in_use_can_only_be_given_up(desk, rows, tmp_path):
    rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    address = f"{RUNS}{run.pk}/decide/"
    assert 'value="release"' not in text(desk, address)

    post(desk, address, do="discard", reason="人事处通知重发")

    assert FeedRun.objects.get().state == FeedState.DISCARDED
    assert run.changes.get().state == ChangeState.SUPERSEDED


def test_discarded_file_has_no_lines_left(desk, rows, tmp_path):
    run = take(tmp_path / "a.xlsx", rows[: len(rows) // 2])

    post(desk, f"{RUNS}{run.pk}/decide/", do="discard", reason="文件残缺")

    assert FeedRun.objects.get().state == FeedState.DISCARDED
    assert "没有待确认的行" in text(desk, f"{RUNS}{run.pk}/lines/left/")


# Duplicates ---------------------------------------------------------------------------------------------------
@pytest.fixture
def pair(cast):
    keep, drop = twins(cast)
    fill(cast, keep, drop)
    return make_pair(keep, drop)


def test_merging_from_the_pair_and_undoing_leave_the_register_as_it_was(cast, desk, pair):
    keep, drop = Member.objects.get(staff_no="K0001"), Member.objects.get(staff_no="D0001")
    before = digests()

    answer = post(desk, f"{PAIRS}{pair.pk}/merge/", keep=str(keep.pk), reason="同一人两份档案")

    record = MergeRecord.objects.get()
    assert answer["Location"] == PAIRS
    assert (record.keep, record.drop, record.merged_by) == (keep, drop, cast.users[Role.UNION_STAFF])
    assert f"{MERGES}{record.pk}/undo/" in text(desk, f"{MERGES}{record.pk}/change/")
    post(desk, f"{MERGES}{record.pk}/undo/", reason="不是同一人")
    record.refresh_from_db()
    assert record.undo_reason == "不是同一人"
    assert digests() == before
    assert DuplicatePair.objects.get().state == PairState.OPEN


def test_page_of_a_pair_masks_and_marks_what_differs(desk, pair):
    page = text(desk, f"{PAIRS}{pair.pk}/merge/")

    assert "138****1234" in page
    assert "13800001234" not in page
    assert "****002X" in page
    assert "不同" in page


def test_double_click_merges_once(desk, pair):
    address = f"{PAIRS}{pair.pk}/merge/"
    given = dict(fields_of(desk.get(address))) | {"reason": "同一人两份档案"}

    answers = [desk.post(address, given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert MergeRecord.objects.count() == 1


def test_days_that_overlap_are_asked_for(cast, desk):
    one, other = make_member(name="欧阳"), make_member(name="欧阳")
    make_membership(member=one, branch=cast.branch, from_on=date(2021, 1, 1))
    make_membership(member=other, branch=cast.other_branch, from_on=date(2019, 1, 1))
    pair = make_pair(one, other)

    refused = post(desk, f"{PAIRS}{pair.pk}/merge/", keep=str(one.pk), reason="同一人", stands="")

    assert MergeRefusal.BOTH_ON_ROLL.label in refused.content.decode()
    assert not MergeRecord.objects.exists()
    post(desk, f"{PAIRS}{pair.pk}/merge/", keep=str(one.pk), reason="同一人", stands="drop")
    assert [str(period.branch) for period in one.memberships.all()] == ["乙院"]


def test_posts_that_clash_are_shown_before(cast, desk, pair):
    given = {"kind": "committee", "name": "三届委员会", "from_on": date(2021, 3, 1), "term_years": 5, "branch": None}
    body = posts.found_body(**given, actor=cast.users[Role.UNION_STAFF], at=clock.now())
    for member, until_on in ((pair.first, None), (pair.second, date(2024, 1, 1))):
        term = {"how": "elected", "from_on": date(2022, 1, 1), "until_on": until_on}
        Post.objects.create(body=body, member=member, position="committee", **term)

    page = text(desk, f"{PAIRS}{pair.pk}/merge/")

    assert "三届委员会" in page
    assert "委员 2022-01-01 至 2023-12-31" in page
    assert "合为一段：2022-01-01 起" in page


def test_not_one_person_is_remembered_and_offers_no_merge(desk, pair):
    post(desk, f"{PAIRS}{pair.pk}/distinct/", reason="同名同日生，已电话核实")

    pair.refresh_from_db()
    assert pair.state == PairState.DISTINCT
    assert "同名同日生" in text(desk, f"{PAIRS}{pair.pk}/merge/")
    assert 'name="keep"' not in text(desk, f"{PAIRS}{pair.pk}/merge/")


def test_undoing_after_a_later_change_comes_back_with_what_stands_in_the_way(cast, desk, pair):
    keep, drop = Member.objects.get(staff_no="K0001"), Member.objects.get(staff_no="D0001")
    record = merge(cast, keep, drop)
    keep.memberships.filter(until_on=None).update(from_on=date(2021, 2, 1))
    before = digests()

    answer = post(desk, f"{MERGES}{record.pk}/undo/", reason="不是同一人")

    assert answer.status_code == 200
    assert "之后会籍期间有改动" in answer.content.decode()
    assert digests() == before
