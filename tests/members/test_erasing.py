"""Emptying contact data by the retention table: who is due on both sides of the day, what stays, the journal."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.models import Erasure, KeptMembership, Member
from members.own_codes import SubjectRefusal
from members.services import erasing
from members.services.erasing import CannotErase
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.members.factories import make_member, make_membership

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
LAST_FREE = date(2023, 11, 21)  # three years before: who is gone since this day is due


@pytest.fixture
def cast():
    call_command("load_reference", verbosity=0)
    return make_cast()


def gone(until_on, **fields) -> Member:
    member = make_member(**{"phone": "13812345678", "email": "gone@example.org"} | fields)
    make_membership(member=member, from_on=date(2000, 1, 1), until_on=until_on, reason_out="left")
    return member


def due() -> set[int]:
    return set(erasing.due_for_erasure(on=ON).people.values_list("pk", flat=True))


@pytest.mark.parametrize(("until_on", "is_due"), [(LAST_FREE, True), (date(2023, 11, 22), False)])
def test_term_is_counted_from_the_last_day(cast, until_on, is_due):
    assert (gone(until_on).pk in due()) == is_due


def test_who_keeps_his_membership_or_came_back_is_not_due(cast):
    kept, back, empty = gone(LAST_FREE), gone(LAST_FREE), gone(LAST_FREE, phone="", email="")
    KeptMembership.objects.create(member=kept, from_on=LAST_FREE, reason="retired")
    make_membership(member=back, from_on=date(2025, 1, 1))

    assert due() & {kept.pk, back.pk, empty.pk} == set()


def test_erasing_empties_contact_data_and_nothing_else(cast):
    member = gone(date(2001, 1, 1), title="教授")
    count = erasing.erase_due(actor=cast.users[Role.UNION_STAFF], at=clock.now())

    member.refresh_from_db()
    assert count == 1
    assert (member.phone, member.email, member.title) == ("", "", "教授")
    assert member.memberships.count() == 1
    row = Erasure.objects.get()
    assert (row.member_id, row.fields) == (member.pk, ["phone", "email"])


def test_dry_run_writes_nothing(cast):
    member = gone(date(2001, 1, 1))

    assert member.pk in due()

    assert Member.objects.get(pk=member.pk).phone
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_union_staff_erase(cast, actor):
    member = gone(date(2001, 1, 1))
    entries = AuditEntry.objects.count()

    with pytest.raises(PermissionDenied):
        erasing.erase_due(actor=cast.users[actor], at=clock.now())

    assert Member.objects.get(pk=member.pk).phone
    assert AuditEntry.objects.count() == entries


def test_deletion_of_what_is_still_needed_is_refused(cast):
    member = cast.member_of(Role.CHAIR)
    Member.objects.filter(pk=member.pk).update(phone="13812345678")

    with pytest.raises(CannotErase) as refused:
        erasing.erase_one(member=member, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert refused.value.code is SubjectRefusal.STILL_NEEDED
    assert Member.objects.get(pk=member.pk).phone
    assert not Erasure.objects.exists()


def test_restored_data_are_emptied_again_but_not_of_who_came_back(cast):
    member, back = gone(date(2001, 1, 1)), gone(date(2001, 1, 1))
    erasing.erase_due(actor=cast.users[Role.UNION_STAFF], at=clock.now())
    Member.objects.filter(pk__in=[member.pk, back.pk]).update(phone="13812345678")  # an older backup
    make_membership(member=back, from_on=date(2099, 1, 1))

    assert erasing.empty_again(at=clock.now()) == 1

    assert not Member.objects.get(pk=member.pk).phone
    assert Member.objects.get(pk=back.pk).phone
    assert erasing.empty_again(at=clock.now()) == 0


def test_the_command_after_a_restore_says_how_many(cast, capsys):
    member = gone(date(2001, 1, 1))
    erasing.erase_due(actor=cast.users[Role.UNION_STAFF], at=clock.now())
    Member.objects.filter(pk=member.pk).update(phone="13812345678")

    call_command("erase_again")
    assert "1 人" in capsys.readouterr().out
    call_command("erase_again")

    assert "0 人" in capsys.readouterr().out
    assert not Member.objects.get(pk=member.pk).phone
