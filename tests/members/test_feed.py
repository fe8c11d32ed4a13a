"""The daily file of HR becomes proposals, and nothing else, until a clerk confirms them line by line."""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.enums import Role
from core.models import AuditEntry, OutboxMessage, PolicyRule, User
from core.sealed import keyed_hash
from members.feed_codes import ChangeState, FeedRefusal, FeedState
from members.models import FeedChange, FeedRun, KeptMembership, Member, MemberSecret, Membership, MembershipAct
from members.services import feed, feed_deciding
from members.services.feed_deciding import CannotConfirm
from members.services.feed_rows import CannotTake
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.members.factories import make_member, make_membership
from tests.members.feeds import ON, confirm, everybody, line, lines, set_limits, staff_of, take, write_feed

pytestmark = pytest.mark.django_db
ID_NUMBER = "11010519491231002X"  # worked example of GB 11643


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def rows(cast):
    """Everybody of the register, as HR has them."""
    set_limits()
    return everybody(cast) + staff_of(cast)


def register() -> tuple:
    models = (Member, MemberSecret, Membership, KeptMembership, MembershipAct)
    return tuple(list(model.objects.order_by("pk").values_list()) for model in models)


# Comparing ----------------------------------------------------------------------------------------------------
def test_file_that_says_what_the_register_says_proposes_nothing(rows, tmp_path):
    before = register()

    run = take(tmp_path / "a.xlsx", rows)

    assert lines(run) == []
    assert run.state == FeedState.OPEN
    assert register() == before


def test_each_kind_of_difference_is_one_line_and_changes_nothing(cast, rows, tmp_path):
    old = make_member(staff_no="F9000", name="孙老", sex="male", birth_on=date(1960, 1, 1))
    make_membership(member=old, branch=cast.branch)
    by_number = {row["工号"]: row for row in rows}
    by_number["F0000"]["姓名"] = "钱八"
    by_number["F0001"] |= {"职称": "教授", "手机": "13800001234"}
    by_number["F0002"]["部门"] = "乙院"
    by_number["F0003"]["人员状态"] = "退休"
    by_number["F0004"]["人员状态"] = "去世"
    del by_number["F0005"]
    by_number["N0001"] = {"工号": "N0001", "姓名": "新来", "身份证号": ID_NUMBER, "部门": "乙院"}
    before = register()
    PolicyRule.objects.create(
        key="members.retirement.male",
        scope="nation",
        value=[60, 63, 4],
        from_on=date(2012, 1, 1),
        decided_by="测试",
        mark="M",
    )

    run = take(tmp_path / "a.xlsx", list(by_number.values()))

    found = {(staff_no, kind) for staff_no, kind, _ in lines(run) if staff_no[0] in "FN"}
    assert found == {
        ("F0000", "renamed"),
        ("F0001", "changed"),
        ("F0002", "transferred"),
        ("F0003", "retired"),
        ("F0004", "died"),
        ("F0005", "left"),
        ("F9000", "retired"),
        ("N0001", "joined"),
    }
    moved = line(run, "F0002", "transferred")
    assert (moved.branch_before, moved.branch_after) == (cast.branch, cast.other_branch)
    assert moved.shown == {"department_name": ["甲院", "乙院"]}
    assert register() == before


def test_phone_and_id_number_are_masked_on_the_line_and_sealed_below(cast, rows, tmp_path):
    rows[-1] |= {"手机": "13800001234", "身份证号": ID_NUMBER}

    run = take(tmp_path / "a.xlsx", rows)

    change = line(run, rows[-1]["工号"], "changed")
    assert change.shown["phone"] == ["", "138****1234"]
    assert change.shown["id_number"] == ["", "****002X"]
    stored = json.dumps(FeedChange.objects.filter(pk=change.pk).values("values", "shown")[0])
    assert "13800001234" not in stored
    assert ID_NUMBER not in stored
    opened = json.loads(FeedChange._meta.get_field("values").take(change))
    assert opened["phone"] == ["", "13800001234"]


def test_row_that_cannot_be_read_is_nobody_who_left(rows, tmp_path):
    rows[-1]["出生日期"] = "2026-02-30"
    rows[-2]["姓名"] = ""

    run = take(tmp_path / "a.xlsx", rows)

    assert not run.changes.filter(kind="left").exists()
    assert {(number, verdict) for _, number, verdict, _ in run.rejected} == {
        (rows[-1]["工号"], "date_impossible"),
        (rows[-2]["工号"], "name_missing"),
    }


def test_the_same_bytes_are_the_same_run(rows, tmp_path):
    path = write_feed(tmp_path / "a.xlsx", rows)
    given = {"filename": "a.xlsx", "actor": None, "at": clock.now()}

    first, is_new = feed.take_feed(source=path, on=ON, **given)
    again, is_new_again = feed.take_feed(source=path, on=ON + timedelta(days=1), **given)

    assert (is_new, is_new_again) == (True, False)
    assert first == again
    assert FeedRun.objects.count() == 1
    assert AuditEntry.objects.filter(action="members.feedrun.taken").count() == 1


def test_later_file_supersedes_what_is_still_proposed(cast, rows, tmp_path):
    rows[-1]["职称"] = "教授"
    first = take(tmp_path / "a.xlsx", rows)
    rows[-1]["职称"] = "副教授"

    second = take(tmp_path / "b.xlsx", rows, on=ON + timedelta(days=1))

    first.refresh_from_db()
    assert first.state == FeedState.SUPERSEDED
    assert line(first, rows[-1]["工号"], "changed").state == ChangeState.SUPERSEDED
    assert line(second, rows[-1]["工号"], "changed").shown["title"] == ["讲师", "副教授"]


def test_what_was_dismissed_is_not_proposed_again_until_the_file_says_other(cast, rows, tmp_path):
    number = rows[-1]["工号"]
    rows[-1]["职称"] = "教授"
    first = take(tmp_path / "a.xlsx", rows)
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    feed_deciding.dismiss(run=first, changes=[line(first, number, "changed").pk], reason="人事处笔误", **staff)

    for day in (1, 2, 3):
        again = take(
            tmp_path / f"{day}.xlsx", [*rows, {"工号": f"N{day}", "姓名": "新来"}], on=ON + timedelta(days=day)
        )
        assert not again.changes.filter(staff_no=number).exists()
    rows[-1]["职称"] = "研究员"
    other = take(tmp_path / "c.xlsx", rows, on=ON + timedelta(days=4))

    assert line(other, number, "changed").state == ChangeState.PROPOSED


def test_somebody_who_came_back_and_left_again_is_proposed_again(cast, rows, tmp_path):
    number, without = rows[-1]["工号"], rows[:-1]
    first = take(tmp_path / "a.xlsx", without)
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    feed_deciding.dismiss(run=first, changes=[line(first, number, "left").pk], reason="借调在外", **staff)
    take(tmp_path / "b.xlsx", rows, on=ON + timedelta(days=1))

    third = take(tmp_path / "c.xlsx", [*without, {"工号": "N1", "姓名": "新来"}], on=ON + timedelta(days=2))

    assert line(third, number, "left").state == ChangeState.PROPOSED


def test_file_of_an_earlier_day_a_later_day_or_nobody_is_refused(rows, tmp_path):
    take(tmp_path / "a.xlsx", rows)
    cases = [
        (FeedRefusal.STALE, rows[:-1], ON - timedelta(days=1)),
        (FeedRefusal.AHEAD, rows[:-2], clock.today() + timedelta(days=1)),
        (FeedRefusal.NOBODY_IN_IT, [], ON),
    ]

    for number, (code, given, on) in enumerate(cases):
        with pytest.raises(CannotTake) as refused:
            take(tmp_path / f"{number}.xlsx", given, on=on)
        assert refused.value.code is code

    assert FeedRun.objects.count() == 1


# Held ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("gone", "state"), [(2, FeedState.OPEN), (3, FeedState.HELD)])
def test_file_that_ends_more_than_five_per_cent_is_held(cast, rows, tmp_path, gone, state):
    roll = Membership.objects.count()
    assert 2 * 100 <= roll * 5 < 3 * 100

    run = take(tmp_path / "a.xlsx", rows[:-gone])

    assert run.state == state
    assert [one["code"] for one in run.warnings] == (["many_leave"] if state == FeedState.HELD else [])


def test_held_file_leaves_yesterdays_lines_and_needs_a_yes(cast, rows, tmp_path):
    rows[-1]["职称"] = "教授"
    first = take(tmp_path / "a.xlsx", rows)
    held = take(tmp_path / "b.xlsx", rows[: len(rows) // 2], on=ON + timedelta(days=1))
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    assert {one["code"] for one in held.warnings} == {"many_leave", "smaller"}
    assert line(first, rows[-1]["工号"], "changed").state == ChangeState.PROPOSED
    before = register()

    with pytest.raises(CannotConfirm) as refused:
        feed_deciding.confirm(run=held, changes=[held.changes.filter(kind="left")[0].pk], **staff)
    with pytest.raises(feed.CannotDecideRun) as without_reason:
        feed.release(run=held, reason=" ", **staff)

    assert refused.value.code is FeedRefusal.RUN_HELD
    assert without_reason.value.code is FeedRefusal.NO_REASON
    assert register() == before
    released = feed.release(run=held, reason="后勤集团转制", **staff)
    assert released.state == FeedState.OPEN
    assert line(first, rows[-1]["工号"], "changed").state == ChangeState.SUPERSEDED


def test_discarded_file_proposes_nothing_and_is_no_measure_for_the_next(cast, rows, tmp_path):
    held = take(tmp_path / "a.xlsx", rows[: len(rows) // 2])
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    feed.discard(run=held, reason="文件残缺", **staff)

    assert not held.changes.filter(state=ChangeState.PROPOSED).exists()
    with pytest.raises(feed.CannotDecideRun) as refused:
        feed.release(run=held, reason="再看", **staff)
    assert refused.value.code is FeedRefusal.RUN_CLOSED
    assert take(tmp_path / "b.xlsx", rows, on=ON - timedelta(days=3)).state == FeedState.OPEN


# Confirming ---------------------------------------------------------------------------------------------------
def test_confirmed_lines_become_acts_on_the_daily_file(cast, rows, tmp_path):
    by_number = {row["工号"]: row for row in rows}
    by_number["F0002"]["部门"] = "乙院"
    by_number["F0003"] |= {"人员状态": "退休", "备注": "2026年3月9日退休"}
    del by_number["F0005"]
    set_limits_off()
    run = take(tmp_path / "a.xlsx", list(by_number.values()))
    moved, retired = line(run, "F0002", "transferred"), line(run, "F0003", "retired")
    left = line(run, "F0005", "left")

    outcome = confirm(cast, moved, retired, left)

    assert len(outcome.done) == 3
    acts = {act.member.staff_no: act for act in MembershipAct.objects.select_related("member")}
    assert {act.document for act in acts.values()} == {"人事处日报 2026-03-16"}
    assert (acts["F0002"].kind, acts["F0002"].branch_after, acts["F0002"].on) == (
        "branch_change", cast.other_branch, ON,
    )  # fmt: skip
    assert (acts["F0003"].kind, acts["F0003"].on) == ("retired", date(2026, 3, 9))
    assert acts["F0005"].kind == "transferred_out"
    assert Member.objects.get(staff_no="F0002").department_name == "乙院"
    left.refresh_from_db()
    assert (left.state, left.act, left.decided_by) == ("confirmed", acts["F0005"], cast.users[Role.UNION_STAFF])


def set_limits_off() -> None:
    PolicyRule.objects.all().delete()


def test_confirmed_name_and_details_are_written_and_can_be_found(cast, rows, tmp_path):
    rows[-1] |= {"姓名": "欧阳小满", "职称": "教授", "手机": "13800001234", "身份证号": ID_NUMBER}
    number = rows[-1]["工号"]
    run = take(tmp_path / "a.xlsx", rows)

    confirm(cast, line(run, number, "renamed"), line(run, number, "changed"))

    member = Member.objects.get(staff_no=number)
    assert (member.name, member.title, member.phone) == ("欧阳小满", "教授", "13800001234")
    assert (member.birth_on, member.sex) == (date(1949, 12, 31), "female")
    assert list(Member.objects.search("oyxm")) == [member]
    assert MemberSecret._meta.get_field("id_number").take(member.secret) == ID_NUMBER
    told = AuditEntry.objects.filter(action="members.member.changed", subject=member.pk)
    assert {tuple(entry.data["fields"]) for entry in told} >= {("name",)}


def test_newcomer_gets_a_file_and_an_invitation_and_no_membership(cast, rows, tmp_path):
    user = User.objects.create_user("N0001", "Cedar-River-2020", name="新来")
    run = take(tmp_path / "a.xlsx", [*rows, {"工号": "N0001", "姓名": "新来", "职称": "助教"}])

    confirm(cast, line(run, "N0001", "joined"))

    member = Member.objects.get(staff_no="N0001")
    assert (member.name, member.title) == ("新来", "助教")
    assert not member.memberships.exists()
    message = OutboxMessage.objects.get(name="notices.tell")
    assert message.args["user"] == user.pk


def test_line_that_no_longer_holds_is_superseded_and_not_applied(cast, rows, tmp_path):
    rows[-1]["职称"], number = "教授", rows[-1]["工号"]
    run = take(tmp_path / "a.xlsx", rows)
    Member.objects.filter(staff_no=number).update(title="副教授")

    outcome = confirm(cast, line(run, number, "changed"))

    assert [change.staff_no for change in outcome.superseded] == [number]
    assert line(run, number, "changed").state == ChangeState.SUPERSEDED
    assert Member.objects.get(staff_no=number).title == "副教授"


def test_refusal_of_one_line_leaves_the_others(cast, rows, tmp_path):
    MemberSecret.objects.create(
        member=make_member(), id_number_hash=keyed_hash(ID_NUMBER), id_number="x", id_number_last4="002X"
    )
    rows[-1]["身份证号"] = ID_NUMBER
    rows[-2]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    bad, good = line(run, rows[-1]["工号"], "changed"), line(run, rows[-2]["工号"], "changed")

    outcome = confirm(cast, bad, good)

    assert [change.pk for change in outcome.done] == [good.pk]
    assert [(change.pk, said) for change, said in outcome.refused] == [(bad.pk, FeedRefusal.ID_TAKEN.label)]
    assert line(run, rows[-1]["工号"], "changed").state == ChangeState.PROPOSED
    assert not MemberSecret.objects.filter(member__staff_no=rows[-1]["工号"]).exists()


def test_nobody_confirms_his_own_line(cast, rows, tmp_path):
    staff = cast.users[Role.UNION_STAFF]
    own = next(row for row in rows if row["工号"] == staff.username)
    own["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)

    outcome = confirm(cast, line(run, staff.username, "changed"))

    assert [said for _, said in outcome.refused] == [FeedRefusal.OWN_RECORD.label]
    assert Member.objects.get(user=staff).title == ""


def test_line_is_decided_once_and_dismissed_with_a_reason_only(cast, rows, tmp_path):
    rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    change = line(run, rows[-1]["工号"], "changed")
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    with pytest.raises(CannotConfirm) as refused:
        feed_deciding.dismiss(run=run, changes=[change.pk], reason="", **staff)
    assert refused.value.code is FeedRefusal.NO_REASON
    confirm(cast, change)
    again = confirm(cast, change)

    assert [said for _, said in again.refused] == [FeedRefusal.DECIDED.label]
    assert AuditEntry.objects.filter(action="members.feedchange.applied").count() == 1


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_union_staff_take_confirm_and_release(cast, rows, tmp_path, actor):
    rows[-1]["职称"] = "教授"
    run = take(tmp_path / "a.xlsx", rows)
    change = line(run, rows[-1]["工号"], "changed")
    given = {"actor": cast.users[actor], "at": clock.now()}
    before = register(), AuditEntry.objects.count()

    with pytest.raises(PermissionDenied):
        take(tmp_path / "b.xlsx", rows[:-1], on=ON + timedelta(days=1), actor=cast.users[actor])
    with pytest.raises(PermissionDenied):
        feed_deciding.confirm(run=run, changes=[change.pk], **given)
    with pytest.raises(PermissionDenied):
        feed_deciding.dismiss(run=run, changes=[change.pk], reason="x", **given)
    for act in (feed.release, feed.discard):
        with pytest.raises(PermissionDenied):
            act(run=run, reason="x", **given)

    assert (register(), AuditEntry.objects.count()) == before
    assert FeedRun.objects.count() == 1
