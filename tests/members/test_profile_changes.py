"""Requests to change one's file: who may, what is refused, what the register says then, two deciders at once."""

import time
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied

from core import clock
from core.enums import Role
from core.models import AuditEntry, OutboxMessage
from members.enums import ChangeState
from members.models import Member, MemberSecret, ProfileChange
from members.own_codes import ChangeRefusal
from members.services import profile_changes
from members.services.profile_changes import CannotChangeProfile
from tests.acts import acts
from tests.cast import ACTORS, ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.together import together

ID_NUMBER = "11010519491231002X"  # published vector: a woman, born 1949-12-31
CARD = "6222021234567890128"
EVENTS = {
    "accept": lambda given: profile_changes.accept(**given),
    "return": lambda given: profile_changes.return_for_correction(reason="材料不清", **given),
    "reject": lambda given: profile_changes.reject(reason="与档案不符", **given),
}


@pytest.fixture
def cast(db):
    return make_cast()


def asked(cast, actor=MEMBER, **given) -> ProfileChange:
    values = {"values": {"title": "教授"}, "reason": "评上职称"} | given
    return profile_changes.request_change(actor=cast.users[actor], at=clock.now(), **values)


def decide(event: str, change: ProfileChange, actor):
    return EVENTS[event]({"change": change, "actor": actor, "at": clock.now()})


def left(change: ProfileChange) -> tuple:
    """The state of request and register, and how many entries there are."""
    change = ProfileChange.objects.get(pk=change.pk)
    member = Member.objects.get(pk=change.member_id)
    return change.state, member.title, member.name, AuditEntry.objects.count(), OutboxMessage.objects.count()


def test_request_keeps_what_differs_only(cast):
    change = asked(cast, values={"title": "教授", "name": cast.users[MEMBER].name, "hired_on": date(2010, 9, 1)})

    assert change.before == {"title": "", "hired_on": ""}
    assert change.after == {"title": "教授", "hired_on": "2010-09-01"}
    assert change.state == ChangeState.SUBMITTED
    assert Member.objects.get(pk=change.member_id).title == ""


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"values": {"title": ""}}, ChangeRefusal.NOTHING_CHANGES),
        ({"reason": "  "}, ChangeRefusal.NO_REASON),
        ({"values": {"name": ""}}, ChangeRefusal.NAME_EMPTY),
        ({"values": {"staff_no": "9"}}, ChangeRefusal.UNKNOWN_FIELD),
        ({"secrets": {"id_number": "110105194912310021"}}, ChangeRefusal.ID_NUMBER_WRONG),
        ({"secrets": {"bank_card": "62220212345a"}}, ChangeRefusal.CARD_WRONG),
    ],
)
def test_request_is_refused_and_leaves_nothing(cast, given, code):
    with pytest.raises(CannotChangeProfile) as refused:
        asked(cast, **given)

    assert refused.value.code is code
    assert not ProfileChange.objects.exists()
    assert not acts().exists()


def test_second_open_request_is_refused(cast):
    asked(cast)

    with pytest.raises(CannotChangeProfile) as refused:
        asked(cast, values={"education": "博士研究生"})

    assert refused.value.code is ChangeRefusal.OPEN_ALREADY
    assert ProfileChange.objects.count() == 1


def test_accepting_writes_the_register_and_tells_him(cast):
    change = asked(cast, values={"name": "欧阳小满", "birth_on": date(1980, 2, 29)}, reason="改名")

    decide("accept", change, cast.users[Role.UNION_STAFF])

    member = cast.member_of(MEMBER)
    assert (member.name, member.birth_on) == ("欧阳小满", date(1980, 2, 29))
    assert member.pinyin.startswith("ouyang")
    assert Member.objects.search("oyxm").get() == member
    entry = acts().get(action="members.profilechange.accepted")
    assert entry.subject == member.pk
    assert entry.data["fields"] == ["birth_on", "name"]
    assert "欧阳" not in f"{entry.data} {entry.basis}"
    assert OutboxMessage.objects.filter(name="notices.tell", args__what="members.change_accepted").exists()


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_union_staff_decide(cast, actor, event):
    change = asked(cast)
    before = left(change)

    with pytest.raises(PermissionDenied):
        decide(event, change, cast.users[actor])

    assert left(change) == before


@pytest.mark.parametrize("event", EVENTS)
def test_nobody_decides_his_own(cast, event):
    change = asked(cast, Role.UNION_STAFF)
    before = left(change)

    with pytest.raises(PermissionDenied):
        decide(event, change, cast.users[Role.UNION_STAFF])

    assert left(change) == before


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", [state for state in ChangeState if state != ChangeState.SUBMITTED])
def test_decision_is_for_what_is_handed_in(cast, state, event):
    change = asked(cast)
    staff = cast.users[Role.UNION_STAFF]
    match state:
        case ChangeState.WITHDRAWN:
            profile_changes.withdraw(change=change, actor=cast.users[MEMBER], at=clock.now())
        case _:
            decide({"returned": "return", "accepted": "accept", "rejected": "reject"}[state], change, staff)
    before = left(change)

    with pytest.raises(CannotChangeProfile) as refused:
        decide(event, change, staff)

    assert refused.value.code is ChangeRefusal.WRONG_STATE
    assert left(change) == before


@pytest.mark.parametrize("event", ["return", "reject"])
def test_refusing_takes_a_reason(cast, event):
    change = asked(cast)
    before = left(change)
    services = {"return": profile_changes.return_for_correction, "reject": profile_changes.reject}

    with pytest.raises(CannotChangeProfile) as refused:
        services[event](change=change, reason=" ", actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert refused.value.code is ChangeRefusal.NO_REASON
    assert left(change) == before


def test_decision_asks_again_when_the_register_changed(cast):
    change = asked(cast)
    Member.objects.filter(pk=change.member_id).update(title="讲师")
    before = left(change)

    with pytest.raises(CannotChangeProfile) as refused:
        decide("accept", change, cast.users[Role.UNION_STAFF])

    assert refused.value.code is ChangeRefusal.REGISTER_CHANGED
    assert left(change) == before


def test_control_without_the_comparison_the_newer_entry_is_lost(cast, monkeypatch):
    change = asked(cast)
    Member.objects.filter(pk=change.member_id).update(title="讲师")
    monkeypatch.setattr(profile_changes, "_changed_meanwhile", lambda *given: None)

    decide("accept", change, cast.users[Role.UNION_STAFF])

    assert cast.member_of(MEMBER).title == "教授"


def test_numbers_wait_sealed_and_end_in_the_register(cast):
    change = asked(cast, values={}, secrets={"id_number": ID_NUMBER, "bank_card": CARD}, reason="换证")

    assert change.after == {"id_number": "****002X", "bank_card": "****0128"}
    row = ProfileChange.objects.filter(pk=change.pk).values()[0]
    assert ID_NUMBER not in str(row)
    assert CARD not in str(row)
    decide("accept", change, cast.users[Role.UNION_STAFF])

    secret = MemberSecret.objects.get(member=change.member_id)
    assert MemberSecret._meta.get_field("id_number").take(secret) == ID_NUMBER
    assert MemberSecret._meta.get_field("bank_card").take(secret) == CARD
    change = ProfileChange.objects.get(pk=change.pk)
    assert change.new_id_number == change.new_bank_card == ""
    told = "\n".join(f"{entry.data} {entry.basis}" for entry in AuditEntry.objects.all())
    assert ID_NUMBER not in told
    assert CARD not in told


def test_number_of_somebody_else_is_refused(cast):
    other = asked(cast, OTHER_BRANCH_OFFICER, values={}, secrets={"id_number": ID_NUMBER})
    mine = asked(cast, values={}, secrets={"id_number": ID_NUMBER})
    decide("accept", other, cast.users[Role.UNION_STAFF])

    with pytest.raises(CannotChangeProfile) as refused:
        decide("accept", mine, cast.users[Role.UNION_STAFF])

    assert refused.value.code is ChangeRefusal.ID_NUMBER_TAKEN
    assert not MemberSecret.objects.filter(member=mine.member_id).exists()


@pytest.mark.parametrize("values", [{"birth_on": date(1949, 12, 30)}, {"sex": "male"}])
def test_birth_and_sex_agree_with_the_id_number(cast, values):
    change = asked(cast, values=values, secrets={"id_number": ID_NUMBER})
    before = left(change)

    with pytest.raises(CannotChangeProfile) as refused:
        decide("accept", change, cast.users[Role.UNION_STAFF])

    assert refused.value.code is ChangeRefusal.ID_DIFFERS
    assert left(change) == before


def test_what_came_back_is_handed_in_anew(cast):
    change = asked(cast)
    decide("return", change, cast.users[Role.UNION_STAFF])

    given = {"values": {"title": "副教授"}, "reason": "以证书为准"}
    again = profile_changes.resubmit(change=change, actor=cast.users[MEMBER], at=clock.now(), **given)

    assert (again.state, again.after, again.said) == (ChangeState.SUBMITTED, {"title": "副教授"}, "")


@pytest.mark.parametrize("actor", [OTHER_BRANCH_OFFICER, MEMBER, Role.UNION_STAFF, Role.CHAIR])
def test_only_his_own_branch_says_a_word(cast, actor):
    change = asked(cast)

    with pytest.raises(PermissionDenied):
        profile_changes.comment(change=change, word="属实", actor=cast.users[actor], at=clock.now())

    officer = cast.users[Role.BRANCH_OFFICER]
    assert profile_changes.comment(change=change, word="属实", actor=officer, at=clock.now()).branch_word == "属实"


def test_contact_data_are_kept_with_masks_in_the_audit(cast):
    given = {"phone": "13812345678", "email": "someone@example.org"}
    given |= {"emergency_contact": "王二", "emergency_phone": "13987654321"}

    profile_changes.keep_contact(actor=cast.users[MEMBER], at=clock.now(), **given)

    member = cast.member_of(MEMBER)
    assert (member.phone, member.emergency_phone) == ("13812345678", "13987654321")
    entry = acts().get()
    assert entry.data == {
        **{"phone": ["", "138****5678"], "email": ["", "s***@example.org"]},
        **{"emergency_contact": ["", "*"], "emergency_phone": ["", "139****4321"]},
    }


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_decide_once():
    cast = make_cast()
    change = asked(cast)
    staff = cast.users[Role.UNION_STAFF]

    outcome = together(lambda n: decide(("accept", "reject")[n], change, staff), 2)

    (refusal,) = [one for one in outcome if isinstance(one, CannotChangeProfile)]
    assert refusal.code is ChangeRefusal.WRONG_STATE
    state = ProfileChange.objects.get(pk=change.pk).state
    assert cast.member_of(MEMBER).title == ("教授" if state == ChangeState.ACCEPTED else "")
    assert acts().filter(action__in=["members.profilechange.accepted", "members.profilechange.rejected"]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_decide(monkeypatch):
    cast = make_cast()
    change = asked(cast)
    staff = cast.users[Role.UNION_STAFF]

    def unlocked(row):
        found = ProfileChange.objects.select_related("member").get(pk=row.pk)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(profile_changes, "_locked", unlocked)
    outcome = together(lambda n: decide(("return", "reject")[n], change, staff), 2)

    assert [one for one in outcome if isinstance(one, Exception)] == []
