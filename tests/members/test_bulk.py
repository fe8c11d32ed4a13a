"""One act for everybody of a selection: all or none, and only for the people that were shown."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from core import clock
from core.enums import Role
from members import selection
from members.models import Member, Membership, MembershipAct
from members.selection import fingerprint, read
from members.services import bulk
from tests.acts import acts
from tests.cast import OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_branch, make_member, make_membership
from tests.together import together

ON = date(2026, 3, 1)


def scene():
    cast = make_cast()
    for name in ("甲", "乙", "丙"):
        make_membership(member=make_member(name=name, sex="female"), branch=cast.branch)
    return cast


@pytest.fixture
def cast(db):
    return scene()


def transfer(cast, given=None, *, seen=None, by=Role.UNION_STAFF, branch=None) -> int:
    chosen, actor, at = read(given or {"sex": "female"}), cast.users[by], clock.now()
    if seen is None:
        seen = fingerprint(bulk.chosen_people(chosen=chosen, actor=actor, at=at))
    return bulk.transfer_all(
        chosen=chosen, seen=seen, branch=branch or cast.other_branch, on=ON, actor=actor, at=at, document="工字3号"
    )


def women_in(branch) -> int:
    return Member.objects.filter(sex="female").in_branches([branch.pk], on=ON).count()


def test_everybody_is_moved_by_an_act_of_his_own(cast):
    assert transfer(cast) == 3

    assert women_in(cast.other_branch) == 3
    assert MembershipAct.objects.filter(document="工字3号", kind="branch_change").count() == 3
    assert acts().filter(action="members.membershipact.recorded", subject__isnull=False).count() == 3


def refused(cast, **given) -> bulk.Refusal:
    with pytest.raises(bulk.CannotChangeAll) as told:
        transfer(cast, **given)
    assert women_in(cast.branch) == 3
    assert not MembershipAct.objects.exists()
    assert not acts().exists()
    return told.value.code


def test_others_than_were_shown_are_not_moved(cast):
    seen = fingerprint(list(Member.objects.filter(sex="female").values_list("pk", flat=True)[:2]))

    assert refused(cast, seen=seen) is bulk.Refusal.CHANGED


def test_one_who_cannot_be_moved_keeps_everybody_where_he_is(cast):
    make_membership(member=make_member(name="丁", sex="female"), branch=cast.other_branch)

    assert refused(cast) is bulk.Refusal.ONE_REFUSED


def test_nobody_is_no_selection(cast):
    assert refused(cast, given={"q": "没有这个人"}) is bulk.Refusal.NOBODY


def test_more_than_somebody_can_check_is_refused(cast, monkeypatch):
    monkeypatch.setattr(bulk, "MOST", 2)

    assert refused(cast) is bulk.Refusal.TOO_MANY


@pytest.mark.parametrize("by", [Role.CHAIR, Role.BRANCH_OFFICER, Role.ACCOUNTANT])
def test_only_union_staff_move_people(cast, by):
    with pytest.raises((PermissionDenied, bulk.CannotChangeAll)):
        transfer(cast, by=by)

    assert women_in(cast.branch) == 3


def test_a_branch_officer_means_his_own_people_at_most(cast):
    chosen = read({"sex": "female"})
    at = clock.now()

    found = bulk.chosen_people(chosen=chosen, actor=cast.users[OTHER_BRANCH_OFFICER], at=at)

    assert found == []


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


def test_the_page_asks_again_when_the_people_changed_meanwhile(cast):
    staff, address = signed_in(cast.users[Role.UNION_STAFF]), "/admin/members/member/transfer/?sex=female"
    first = staff.get(address).context["form"]["seen"].value()
    make_membership(member=make_member(name="丁", sex="female"), branch=cast.branch)
    given = {"branch": cast.other_branch.pk, "on": "2026-03-01", "document": "工字3号"}

    asked = staff.post(address, given | {"seen": first, "intent_key": str(uuid4())})
    again = asked.context["form"]["seen"].value()
    done = staff.post(address, given | {"seen": again, "intent_key": str(uuid4())})

    assert "现在是 4 人" in asked.content.decode()
    assert again != first
    assert done.status_code == 302
    assert women_in(cast.other_branch) == 4


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_move_everybody_once():
    cast = scene()
    third = make_branch(short_name="丙院")
    given = {"sex": "female", "branch": str(cast.branch.pk)}
    chosen = read(given)
    people = bulk.chosen_people(chosen=chosen, actor=cast.users[Role.UNION_STAFF], at=clock.now())
    seen = fingerprint(people)

    def move(number: int):
        try:
            return transfer(cast, given, seen=seen, branch=(cast.other_branch, third)[number])
        except bulk.CannotChangeAll as told:
            return told.code

    results = together(move, 2)

    assert sorted(map(str, results)) == ["3", str(bulk.Refusal.CHANGED)]
    assert MembershipAct.objects.count() == 3
    assert (
        Membership.objects.filter(member__in=people, until_on__isnull=True).values("branch").distinct().count() == 1
    )


def test_a_fingerprint_is_of_the_people_and_not_of_their_order():
    assert selection.fingerprint([2, 1]) == selection.fingerprint([1, 2]) != selection.fingerprint([1, 3])
