"""Joining: from draft to card, each refusal changes nothing, and every state x event x actor (TRUST.md W1)."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from core import clock
from core.enums import Role
from core.models import AuditEntry, OutboxMessage, RoleGrant
from core.sealed import is_sealed
from members import joining_rights, tasks, timeline
from members.enums import JoinState
from members.life_codes import JoinRefusal, LifeRefusal
from members.models import JoinApplication, Member, MemberSecret, Membership, MembershipAct
from members.selectors.life import applications_waiting_for
from members.services import admission, life
from members.services.admission import CannotJoin
from members.services.register_lock import CannotChangeLife
from notices import tasks as notices_tasks
from notices.models import InboxMessage
from tests.cast import ACTORS, ANONYMOUS, DISABLED, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.draining import run_pending
from tests.members.factories import make_member, make_membership
from tests.members.joining import ID_NUMBER, MET_ON, VALUES, make_applicant, make_application, prepare

pytestmark = pytest.mark.django_db
WORKERS = (tasks, notices_tasks)  # what a worker has read
APPLICANT = "applicant"
STATES = (*JoinState.values[:3], "prepared", *JoinState.values[3:])


@pytest.fixture
def cast():
    return make_cast()


def everything() -> tuple:
    tables = (JoinApplication, Member, Membership, MembershipAct, MemberSecret, OutboxMessage)
    return (*(list(table.objects.order_by("pk").values_list()) for table in tables), AuditEntry.objects.count())


def refused(code, service, **given) -> None:
    before = everything()

    with pytest.raises((CannotJoin, CannotChangeLife)) as refusal:
        service(**given)

    assert refusal.value.code is code
    assert refusal.value.message
    assert everything() == before


def chair(cast) -> dict:
    return {"actor": cast.users[Role.CHAIR], "at": clock.now()}


# The straight way ---------------------------------------------------------------------------------------------
def test_admitted_is_on_the_roll_from_the_meeting_with_card_act_and_message(cast):
    row = make_application(cast, "prepared")

    act = admission.union_approve(application=row, **chair(cast))

    row = JoinApplication.objects.get(pk=row.pk)
    member = row.member
    assert row.state == JoinState.ADMITTED
    assert (member.name, member.user, member.staff_no) == ("欧阳小满", row.applicant, "N2001")
    assert (member.card_no, member.pinyin[:6], member.phone) == ("000001", "ouyang", "13812345678")
    period = member.memberships.get()
    assert (period.branch, period.from_on, period.reason_in) == (cast.branch, MET_ON, "joined")
    assert (act.kind, act.on, act.document, act.approved_by) == (
        *("joined", MET_ON, "工会〔2026〕2号", "校工会委员会2026年第2次会议"),
    )
    entry = AuditEntry.objects.order_by("-position").first()
    assert (entry.action, entry.subject) == ("members.joinapplication.admitted", member.pk)
    assert [event.title for event in timeline.events_of(member) if event.kind == "会籍"] == ["入会"]


def test_id_number_is_sealed_and_goes_over_to_the_file(cast):
    row = make_application(cast, JoinState.ADMITTED)

    secret = row.member.secret
    assert MemberSecret._meta.get_field("id_number").take(secret) == ID_NUMBER
    assert (secret.id_number_last4, row.id_number_last4) == ("002X", "002X")
    assert is_sealed(row.id_number)
    assert is_sealed(row.family)
    assert ID_NUMBER not in str(list(AuditEntry.objects.values_list()))


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (JoinState.ADMITTED, "您的入会申请已获批准"),
        (JoinState.RETURNED, "您的入会申请需要补正"),
        (JoinState.REJECTED, "您的入会申请未获批准"),
    ],
)
def test_each_decision_reaches_the_applicant_once(cast, state, subject):
    row = make_application(cast, state)
    run_pending()
    OutboxMessage.objects.update(done_at=None, due_at=clock.now())

    run_pending()

    assert InboxMessage.objects.get(user=row.applicant).subject == subject


def test_returned_is_mended_and_handed_in_again(cast):
    row = make_application(cast, JoinState.RETURNED)
    given = {"actor": row.applicant, "at": clock.now()}

    row = admission.save_draft(
        application=row, branch=cast.other_branch, values=VALUES | {"phone": "13900000000"}, **given
    )
    row = admission.submit(application=row, **given)

    assert (row.state, row.said, row.phone, row.branch) == ("submitted", "", "13900000000", cast.other_branch)
    assert row.id_number_last4 == "002X"


def test_rejoining_uses_the_old_file(cast):
    user = make_applicant()
    old = make_member(staff_no="N2001", name="欧阳小满", card_no="000777", title="讲师")
    make_membership(member=old, branch=cast.branch, until_on=date(2022, 1, 1), reason_out="left")

    row = make_application(cast, JoinState.ADMITTED, applicant=user)

    assert row.member == old
    assert (row.member.card_no, row.member.title, row.member.user) == ("000777", "讲师", user)
    assert [period.from_on for period in old.memberships.order_by("from_on")] == [date(2020, 1, 1), MET_ON]


def test_from_another_union_it_is_a_transfer_in(cast):
    row = make_application(cast, JoinState.ADMITTED, other_union="乙校工会")

    act = row.member.membership_acts.get()
    assert (act.kind, act.other_union) == ("transferred_in", "乙校工会")
    assert row.member.memberships.get().reason_in == "transferred_in"


def several(cast, count: int) -> list[JoinApplication]:
    """Reviewed applications of different people, whose ID numbers are made here."""
    rows = []
    for number in range(count):
        id_number, values = _person(number)
        user = make_applicant(f"N21{number:02}")
        rows.append(make_application(cast, JoinState.BRANCH_APPROVED, applicant=user, id_number=id_number, **values))
    return rows


def _person(number: int) -> tuple[str, dict]:
    stem = f"110105199001{number + 1:02}{12:02}2"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(int(c) * w for c, w in zip(stem, weights, strict=True)) % 11]
    return stem + check, {"birth_on": date(1990, 1, number + 1), "sex": "female"}


def test_many_are_admitted_under_one_minute_all_or_none(cast):
    rows = prepare(cast, several(cast, 3))

    acts = admission.register_collectively(applications=rows, **chair(cast))

    assert [act.member.card_no for act in acts] == ["000001", "000002", "000003"]
    assert {act.approved_by for act in acts} == {"校工会委员会2026年第2次会议"}


def test_one_taken_id_number_keeps_all_of_them_out(cast):
    rows = prepare(cast, several(cast, 3))
    MemberSecret.objects.create(member=make_member(), id_number_hash=rows[-1].id_number_hash)

    refused(JoinRefusal.ID_NUMBER_TAKEN, admission.register_collectively, applications=rows, **chair(cast))


def test_minutes_are_not_mixed(cast):
    one, other = several(cast, 2)
    rows = [*prepare(cast, [one]), *prepare(cast, [other], minute="校工会委员会2026年第3次会议")]

    refused(JoinRefusal.DIFFERENT_MINUTES, admission.register_collectively, applications=rows, **chair(cast))
    refused(JoinRefusal.NOBODY, admission.register_collectively, applications=[], **chair(cast))


# Refusals -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": ""}, JoinRefusal.INCOMPLETE),
        ({"id_number": ""}, JoinRefusal.ID_NUMBER_WRONG),
        ({"sex": "male"}, JoinRefusal.ID_DIFFERS),
        ({"birth_on": date(1950, 1, 1)}, JoinRefusal.ID_DIFFERS),
    ],
)
def test_submission_is_refused(cast, values, code):
    row = make_application(cast, **values)

    refused(code, admission.submit, application=row, actor=row.applicant, at=clock.now())


def test_starting_is_refused_on_the_roll_kept_twice_and_with_a_wrong_number(cast):
    user, at = make_applicant(), clock.now()
    given = {"branch": cast.branch, "values": VALUES, "at": at}
    on_roll, retired = cast.member_of(MEMBER), cast.member_of(Role.TELLER)
    life.retire(member=retired, on=clock.local_date(at).replace(day=1), actor=cast.users[Role.UNION_STAFF], at=at)
    Membership.objects.filter(member=retired).update(until_on=date(2020, 1, 2))
    retired.kept_periods.update(from_on=date(2020, 1, 2))

    refused(JoinRefusal.ON_ROLL, admission.start_application, actor=on_roll.user, **given)
    refused(JoinRefusal.KEPT, admission.start_application, actor=retired.user, **given)
    refused(JoinRefusal.ID_NUMBER_WRONG, admission.start_application, actor=user, id_number="123", **given)
    admission.start_application(actor=user, **given)
    refused(JoinRefusal.OPEN_ALREADY, admission.start_application, actor=user, **given)


def test_preparing_is_refused_without_a_meeting_or_before_it(cast):
    (row,) = several(cast, 1)
    given = {"applications": [row], "actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    refused(JoinRefusal.NO_MINUTE, admission.prepare, minute=" ", met_on=MET_ON, **given)
    refused(
        JoinRefusal.BACK_TOO_FAR, admission.prepare, minute="会议", met_on=MET_ON, joins_on=date(2026, 3, 4), **given
    )
    refused(JoinRefusal.NOBODY, admission.prepare, minute="会议", met_on=MET_ON, **(given | {"applications": []}))


def test_approval_is_refused_before_the_meeting_and_of_somebody_on_the_roll(cast):
    one, other = several(cast, 2)
    (ahead,) = prepare(cast, [one], met_on=date(2099, 1, 1))
    refused(JoinRefusal.MEETING_AHEAD, admission.union_approve, application=ahead, **chair(cast))
    (row,) = prepare(cast, [other])
    make_membership(member=make_member(staff_no=other.applicant.username), branch=cast.branch)

    refused(LifeRefusal.ALREADY_ON_ROLL, admission.union_approve, application=row, **chair(cast))


def test_approval_is_refused_where_the_staff_number_is_another_accounts(cast):
    row = make_application(cast, "prepared")
    make_member(staff_no="N2001", user=make_applicant("N9999"))

    refused(JoinRefusal.STAFF_NO_TAKEN, admission.union_approve, application=row, **chair(cast))


@pytest.mark.parametrize("service", [admission.return_for_correction, admission.reject])
def test_returning_and_rejecting_need_a_reason(cast, service):
    row = make_application(cast, JoinState.SUBMITTED)
    officer = cast.users[Role.BRANCH_OFFICER]

    refused(JoinRefusal.NO_REASON, service, application=row, reason=" ", actor=officer, at=clock.now())


# Every state, event and actor ---------------------------------------------------------------------------------
def _values(cast) -> dict:
    return {"branch": cast.branch, "values": VALUES}


EVENTS = {
    "save": lambda cast, row, who: admission.save_draft(application=row, **_values(cast), **who),
    "submit": lambda cast, row, who: admission.submit(application=row, **who),
    "branch_approve": lambda cast, row, who: admission.branch_approve(application=row, **who),
    "prepare": lambda cast, row, who: admission.prepare(applications=[row], minute="会议", met_on=MET_ON, **who),
    "union_approve": lambda cast, row, who: admission.union_approve(application=row, **who),
    "return": lambda cast, row, who: admission.return_for_correction(application=row, reason="补正", **who),
    "reject": lambda cast, row, who: admission.reject(application=row, reason="不符合", **who),
    "withdraw": lambda cast, row, who: admission.withdraw(application=row, **who),
}
OFFICER, STAFF, CHAIR = Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR
# By hand, from DESIGN.md and TRUST.md 3: everything else is refused.
ALLOWED = {
    ("draft", "save", APPLICANT),
    ("draft", "submit", APPLICANT),
    ("draft", "withdraw", APPLICANT),
    ("returned", "save", APPLICANT),
    ("returned", "submit", APPLICANT),
    ("returned", "withdraw", APPLICANT),
    ("submitted", "withdraw", APPLICANT),
    ("submitted", "branch_approve", OFFICER),
    ("submitted", "return", OFFICER),
    ("submitted", "reject", OFFICER),
    ("branch_approved", "withdraw", APPLICANT),
    ("branch_approved", "prepare", STAFF),
    ("branch_approved", "return", STAFF),
    ("prepared", "withdraw", APPLICANT),
    ("prepared", "return", CHAIR),
    ("prepared", "reject", CHAIR),
    ("prepared", "union_approve", CHAIR),
}


@pytest.mark.parametrize("state", STATES)
def test_every_event_by_every_actor(cast, state):
    row = make_application(cast, state)
    people = {APPLICANT: row.applicant} | {actor: cast.users[actor] for actor in ACTORS if actor != ANONYMOUS}
    done = set()
    for event, call in EVENTS.items():
        for actor, user in people.items():
            point = transaction.savepoint()
            before = everything()
            try:
                call(cast, JoinApplication.objects.get(pk=row.pk), {"actor": user, "at": clock.now()})
                done.add((state, event, actor))
            except (PermissionDenied, CannotJoin):
                assert everything() == before, (event, actor)
            transaction.savepoint_rollback(point)

    assert done == {cell for cell in ALLOWED if cell[0] == state}


@pytest.mark.parametrize("state", STATES)
def test_desk_and_rights_say_the_same(cast, state):
    row = make_application(cast, state)
    for actor in (*ACTORS[1:], APPLICANT):
        user = row.applicant if actor == APPLICANT else cast.users[actor]
        mine = actor == APPLICANT and state == JoinState.RETURNED

        waits = applications_waiting_for(user).filter(pk=row.pk).exists()

        assert waits == (mine or joining_rights.decides_now(user, row)), actor


def test_officer_never_reviews_his_own_application_staff_do(cast):
    """The only officer of a branch applies to it."""
    officer = make_applicant("N4000")
    RoleGrant.objects.filter(role=Role.BRANCH_OFFICER, branch=cast.branch).delete()
    RoleGrant.objects.create(user=officer, role=Role.BRANCH_OFFICER, branch=cast.branch, from_on=date(2020, 1, 1))
    row = make_application(cast, JoinState.SUBMITTED, applicant=officer)

    with pytest.raises(PermissionDenied):
        admission.branch_approve(application=row, actor=officer, at=clock.now())
    assert list(applications_waiting_for(cast.users[Role.UNION_STAFF])) == [row]
    admission.branch_approve(application=row, actor=cast.users[Role.UNION_STAFF], at=clock.now())


@pytest.mark.parametrize("who", ["branch_reviewer", "prepared_by", "applicant"])
def test_database_keeps_the_approver_apart(cast, who):
    row = make_application(cast, JoinState.ADMITTED)

    with pytest.raises(IntegrityError, match=f"join_approved_by_not_{who}"), transaction.atomic():
        JoinApplication.objects.filter(pk=row.pk).update(approved_by=getattr(row, who))


def test_who_sees_an_application(cast):
    draft = make_application(cast)
    handed_in = make_application(cast, JoinState.SUBMITTED, applicant=make_applicant("N2002"))

    def seen(row):
        return {a for a in ACTORS[1:] if JoinApplication.objects.visible_to(cast.users[a]).filter(pk=row.pk)}

    assert seen(draft) == set()
    assert seen(handed_in) == {Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR}
    assert JoinApplication.objects.visible_to(draft.applicant).get() == draft
    assert {OTHER_BRANCH_OFFICER, DISABLED} & seen(handed_in) == set()
