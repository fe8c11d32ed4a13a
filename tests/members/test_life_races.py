"""Two clerks at once: one act; and what happens when nobody holds the person."""

import time
from datetime import date

import pytest
from django.db import ProgrammingError, connection, transaction

from core import clock, locks
from core.enums import Role
from members.life_codes import LifeRefusal
from members.models import CardCounter, Member, MembershipAct
from members.services import cards, life, register_lock
from members.services.register_lock import CannotChangeLife
from tests.cast import make_cast
from tests.members.factories import make_member, make_membership
from tests.owner import owner_does
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2026, 3, 31)
ENDS = (life.retire, life.record_death)


def two_clerks(monkeypatch) -> list:
    """A retirement and a death of one member, with a pause between reading the periods and writing."""
    cast = make_cast()
    member = make_member()
    make_membership(member=member, branch=cast.branch)
    staff, at = cast.users[Role.UNION_STAFF], clock.now()
    read = life.case_for

    def slowly(**given):
        case = read(**given)
        time.sleep(0.3)
        return case

    monkeypatch.setattr(life, "case_for", slowly)
    return together(lambda n: ENDS[n](member=Member.objects.get(pk=member.pk), on=DAY, actor=staff, at=at), 2)


def test_two_clerks_end_a_membership_with_one_act(monkeypatch):
    outcome = two_clerks(monkeypatch)

    assert MembershipAct.objects.count() == 1
    (refusal,) = [one for one in outcome if isinstance(one, CannotChangeLife)]
    assert refusal.code in (LifeRefusal.ALREADY_ENDED, LifeRefusal.BEFORE_PERIOD)


def test_control_without_holding_the_person_there_are_two_acts(monkeypatch):
    monkeypatch.setattr(life, "hold", lambda member: member)

    two_clerks(monkeypatch)

    assert MembershipAct.objects.count() == 2


def test_a_change_waits_for_an_import_and_gives_up(monkeypatch):
    cast = make_cast()
    member = make_member()
    make_membership(member=member, branch=cast.branch)
    monkeypatch.setattr(locks, "WAIT", 0.2)

    def change(number):
        return life.retire(member=member, on=DAY, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    with transaction.atomic():
        register_lock.lock_register()
        (outcome,) = together(change, 1)

    assert isinstance(outcome, CannotChangeLife)
    assert outcome.code is LifeRefusal.BUSY
    assert not MembershipAct.objects.exists()


def _ten_cards() -> list[str]:
    people = [make_member() for _ in range(10)]

    def number(n):
        with transaction.atomic():
            card = cards.give_card_no(Member.objects.select_for_update().get(pk=people[n].pk))
            time.sleep(0.02)
            if n % 3 == 0:
                transaction.set_rollback(True)
                return ""
            return card

    return sorted(filter(None, together(number, 10)))


def test_card_numbers_have_no_gap_although_some_fail():
    assert _ten_cards() == [f"{n:06}" for n in range(1, 7)]
    assert CardCounter.objects.get().last == 6


def test_control_a_sequence_leaves_gaps(monkeypatch):
    owner_does("CREATE SEQUENCE card_control", "GRANT USAGE ON SEQUENCE card_control TO PUBLIC")
    monkeypatch.setattr(cards, "_NEXT", "SELECT nextval('card_control')")

    assert _ten_cards() != [f"{n:06}" for n in range(1, 7)]


def test_an_act_cannot_be_changed_or_deleted_by_the_application():
    cast = make_cast()
    member = make_member()
    make_membership(member=member, branch=cast.branch)
    life.retire(member=member, on=DAY, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    for statement in ("UPDATE members_membershipact SET basis = 'x'", "DELETE FROM members_membershipact"):
        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(statement)
