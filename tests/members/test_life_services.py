"""Changes of membership: each kind succeeds with one act, each refusal changes nothing, each right is by the cast."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.enums import Role
from core.models import AuditEntry, PolicyRule
from members import timeline
from members.life_codes import LifeRefusal
from members.models import KeptMembership, Membership, MembershipAct
from members.selectors.life import kept_on
from members.services import life
from members.services.register_lock import CannotChangeLife
from tests.cast import ACTORS, ANONYMOUS, MEMBER, make_cast
from tests.members.factories import make_branch, make_member, make_membership

pytestmark = pytest.mark.django_db
LAST, NEXT = date(2026, 3, 31), date(2026, 4, 1)
PAPER = {"document": "工会〔2026〕3号", "approved_by": "委员会2026年第3次会议", "basis": "本人申请"}


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def staff(cast):
    return {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}


@pytest.fixture
def member(cast):
    """On the roll of 甲院 since 2020."""
    person = make_member(name="李四")
    make_membership(member=person, branch=cast.branch)
    return person


def periods(member) -> list[tuple]:
    rows = member.memberships.order_by("from_on")
    return [(str(row.branch), row.from_on, row.until_on, row.reason_in, row.reason_out) for row in rows]


def everything() -> tuple:
    return (
        list(Membership.objects.order_by("pk").values_list()),
        list(KeptMembership.objects.order_by("pk").values_list()),
        MembershipAct.objects.count(),
        AuditEntry.objects.count(),
    )


def refused(code, service, **given) -> None:
    """The service refuses with the code, and nothing has changed."""
    before = everything()

    with pytest.raises(CannotChangeLife) as refusal:
        service(**given)

    assert refusal.value.code is code
    assert refusal.value.message
    assert everything() == before


# Success ------------------------------------------------------------------------------------------------------
ENDS = [
    (life.retire, {}, "retired", "retired"),
    (life.keep_membership, {"reason": "posted"}, "kept", "kept"),
    (life.transfer_out, {"other_union": "乙校工会"}, "transferred_out", "transferred_out"),
    (life.leave, PAPER, "left", "left"),
    (life.expel, PAPER, "expelled", "expelled"),
    (life.record_death, {}, "died", "died"),
]


@pytest.mark.parametrize(("service", "given", "kind", "reason"), ENDS)
def test_end_leaves_the_last_day_on_the_roll_and_one_act(cast, staff, member, service, given, kind, reason):
    act = service(member=member, on=LAST, **staff, **given)

    assert periods(member) == [("甲院", date(2020, 1, 1), NEXT, "joined", reason)]
    assert (act.kind, act.on, act.branch_before, act.branch_after) == (kind, LAST, cast.branch, None)
    assert (act.operator, act.recorded_at) == (staff["actor"], staff["at"])
    assert {name: getattr(act, name) for name in given if name in PAPER} == {
        name: value for name, value in given.items() if name in PAPER
    }
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == ("members.membershipact.recorded", member.pk)
    assert entry.data["kind"] == kind


@pytest.mark.parametrize(
    ("service", "given", "reason"),
    [
        (life.retire, {}, "retired"),
        (life.retire, {"veteran": True}, "veteran"),
        (life.keep_membership, {"reason": "unemployed"}, "unemployed"),
    ],
)
def test_retired_and_kept_are_kept_from_the_next_day(staff, member, service, given, reason):
    service(member=member, on=LAST, **staff, **given)

    assert [(kept.member, kept.reason) for kept in kept_on(NEXT)] == [(member, reason)]
    assert not kept_on(LAST).exists()
    assert not Membership.objects.on(NEXT).filter(member=member).exists()


def test_transfer_between_branches_is_one_act_and_two_periods(cast, staff, member):
    act = life.transfer_branch(member=member, branch=cast.other_branch, on=NEXT, **staff, document="调动单7号")

    assert periods(member) == [
        ("甲院", date(2020, 1, 1), NEXT, "joined", "branch_change"),
        ("乙院", NEXT, None, "branch_change", ""),
    ]
    assert (act.branch_before, act.branch_after, act.document) == (cast.branch, cast.other_branch, "调动单7号")


def test_transfer_in_begins_a_period(cast, staff):
    person = make_member()

    act = life.transfer_in(member=person, branch=cast.branch, other_union="乙校工会", on=NEXT, **staff)

    assert periods(person) == [("甲院", NEXT, None, "transferred_in", "")]
    assert (act.other_union, act.branch_after) == ("乙校工会", cast.branch)


def test_resuming_ends_the_kept_period_in_the_last_branch(staff, member):
    life.keep_membership(member=member, reason="posted", on=LAST, **staff)

    life.resume(member=member, on=date(2026, 9, 1), **staff)

    assert periods(member)[-1] == ("甲院", date(2026, 9, 1), None, "resumed", "")
    assert member.kept_periods.get().until_on == date(2026, 9, 1)


def test_death_of_a_retired_member_ends_the_keeping(staff, member):
    life.retire(member=member, on=LAST, **staff)

    act = life.record_death(member=member, on=date(2026, 6, 5), **staff)

    assert member.kept_periods.get().until_on == date(2026, 6, 6)
    assert periods(member)[-1][-1] == "retired"
    assert act.kind == "died"


def test_somebody_posted_abroad_may_retire(staff, member):
    life.keep_membership(member=member, reason="posted", on=LAST, **staff)

    life.retire(member=member, on=date(2026, 8, 31), **staff)

    reasons = member.kept_periods.order_by("from_on").values_list("reason", "from_on", "until_on")
    assert list(reasons) == [("posted", NEXT, date(2026, 9, 1)), ("retired", date(2026, 9, 1), None)]


# Refusals -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("service", "given", "kind", "reason"), ENDS)
def test_end_is_refused_off_the_roll_before_it_began_and_twice(staff, member, service, given, kind, reason):
    refused(LifeRefusal.NOT_ON_ROLL, service, member=make_member(), on=LAST, **staff, **given)
    refused(LifeRefusal.BEFORE_PERIOD, service, member=member, on=date(2019, 12, 31), **staff, **given)
    Membership.objects.filter(member=member).update(until_on=NEXT, reason_out="left")
    refused(LifeRefusal.ALREADY_ENDED, service, member=member, on=LAST, **staff, **given)


@pytest.mark.parametrize("service", [life.leave, life.expel])
def test_what_a_meeting_decides_is_refused_without_paper(staff, member, service):
    refused(LifeRefusal.APPROVAL_MISSING, service, member=member, on=LAST, **staff, **(PAPER | {"approved_by": ""}))
    refused(LifeRefusal.BASIS_MISSING, service, member=member, on=LAST, **staff, **(PAPER | {"basis": ""}))


def test_expulsion_is_refused_without_a_document_by_the_database_too(cast, staff, member):
    refused(LifeRefusal.DOCUMENT_MISSING, life.expel, member=member, on=LAST, **staff, **(PAPER | {"document": ""}))
    refused(LifeRefusal.UNION_MISSING, life.transfer_out, member=member, other_union="", on=LAST, **staff)


def test_day_too_far_ahead_is_refused_as_the_school_has_set(staff, member):
    PolicyRule.objects.create(
        key=life.AHEAD, scope="nation", value=30, from_on=date(2012, 1, 1), decided_by="测试", mark="S"
    )
    today = clock.local_date(staff["at"])

    refused(LifeRefusal.TOO_FAR_AHEAD, life.retire, member=member, on=today + timedelta(days=31), **staff)
    life.retire(member=member, on=today + timedelta(days=30), **staff)


def test_transfer_is_refused_into_the_same_or_a_closed_branch(cast, staff, member):
    closed = make_branch(is_active=False)

    refused(LifeRefusal.SAME_BRANCH, life.transfer_branch, member=member, branch=cast.branch, on=NEXT, **staff)
    refused(LifeRefusal.BRANCH_CLOSED, life.transfer_branch, member=member, branch=closed, on=NEXT, **staff)
    begun = date(2020, 1, 1)
    refused(
        LifeRefusal.BEFORE_PERIOD, life.transfer_branch, member=member, branch=cast.other_branch, on=begun, **staff
    )


def test_beginning_is_refused_on_the_roll_and_over_old_days(cast, staff, member):
    given = {"branch": cast.branch, "other_union": "乙校工会", **staff}
    refused(LifeRefusal.ALREADY_ON_ROLL, life.transfer_in, member=member, on=NEXT, **given)
    life.leave(member=member, on=LAST, **staff, **PAPER)
    refused(LifeRefusal.OVERLAPS, life.transfer_in, member=member, on=LAST, **given)
    refused(LifeRefusal.NOT_KEPT, life.resume, member=member, on=NEXT, **staff)


def test_nobody_is_retired_twice(staff, member):
    life.retire(member=member, on=LAST, **staff)

    refused(LifeRefusal.ALREADY_ENDED, life.retire, member=member, on=date(2026, 5, 31), **staff)


def test_nobody_records_his_own_change(cast, staff):
    own = cast.member_of(Role.UNION_STAFF)

    refused(LifeRefusal.OWN_RECORD, life.retire, member=own, on=LAST, **staff)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_union_staff_record_changes(cast, member, actor):
    given = {"member": member, "actor": cast.users[actor], "at": clock.now(), "on": LAST}
    before = everything()

    with pytest.raises(PermissionDenied):
        life.retire(**given)
    with pytest.raises(PermissionDenied):
        life.transfer_branch(branch=cast.other_branch, **given)
    with pytest.raises(PermissionDenied):
        life.expel(**given, **PAPER)

    assert everything() == before


# Corrections --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("service", "given", "kind", "reason"), ENDS)
def test_correction_puts_the_periods_back_and_keeps_both_acts(staff, member, service, given, kind, reason):
    before = periods(member)
    act = service(member=member, on=LAST, **staff, **given)

    correction = life.correct(act=act, **staff, basis="日期登记有误")

    assert periods(member) == before
    assert not member.kept_periods.exists()
    assert (correction.reverses, correction.kind, correction.basis) == (act, "corrected", "日期登记有误")
    assert MembershipAct.objects.count() == 2
    assert AuditEntry.objects.filter(action="members.membershipact.corrected", subject=member.pk).count() == 1


def test_correction_of_a_transfer_and_a_resuming(cast, staff, member):
    moved = life.transfer_branch(member=member, branch=cast.other_branch, on=date(2025, 1, 1), **staff)
    life.keep_membership(member=member, reason="posted", on=LAST, **staff)
    resumed = life.resume(member=member, on=date(2026, 9, 1), **staff)

    refused(LifeRefusal.LATER_ACT, life.correct, act=moved, **staff, basis="有误")
    life.correct(act=resumed, **staff, basis="有误")

    assert member.kept_periods.get().until_on is None
    assert periods(member)[-1][2] == NEXT


def test_correction_is_refused_twice_without_reason_and_of_itself(staff, member):
    act = life.retire(member=member, on=LAST, **staff)
    refused(LifeRefusal.BASIS_MISSING, life.correct, act=act, **staff)
    correction = life.correct(act=act, **staff, basis="有误")

    refused(LifeRefusal.ALREADY_CORRECTED, life.correct, act=act, **staff, basis="有误")
    refused(LifeRefusal.NOT_CORRECTABLE, life.correct, act=correction, **staff, basis="有误")


def test_correction_is_refused_where_a_roster_changed_the_period(staff, member):
    act = life.retire(member=member, on=LAST, **staff)
    Membership.objects.filter(member=member).update(until_on=date(2026, 3, 1))

    refused(LifeRefusal.PERIODS_CHANGED, life.correct, act=act, **staff, basis="有误")


# What the person reads ----------------------------------------------------------------------------------------
def test_timeline_tells_each_change_once(cast, staff, member):
    life.transfer_branch(member=member, branch=cast.other_branch, on=date(2025, 1, 1), **staff, document="调动单7号")
    wrong = life.retire(member=member, on=LAST, **staff)
    life.correct(act=wrong, **staff, basis="有误")
    life.retire(member=member, on=date(2026, 5, 31), **staff)

    told = [(event.on, event.title, event.detail) for event in reversed(timeline.events_of(member))]

    names = cast.branch.name, cast.other_branch.name
    assert [event for event in told if event[1] != "撤销变动"] == [
        (date(2020, 1, 1), "入会", names[0]),
        (date(2025, 1, 1), "分工会调整", f"{names[0]} → {names[1]}，调动单7号"),
        (date(2026, 5, 31), "退休", names[1]),
    ]


def test_acts_are_seen_by_staff_and_by_the_member_himself(cast, staff):
    own = cast.member_of(MEMBER)
    act = life.retire(member=own, on=LAST, **staff)

    seen = {actor for actor in ACTORS[1:] if MembershipAct.objects.visible_to(cast.users[actor]).exists()}

    assert seen == {Role.UNION_STAFF, Role.CHAIR, MEMBER}
    assert MembershipAct.objects.visible_to(cast.users[MEMBER]).get() == act
