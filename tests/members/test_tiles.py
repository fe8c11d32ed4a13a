"""Whose entries stand on the portal's first page."""

import pytest

from core.models import User
from members import tiles
from tests.cast import make_cast
from tests.members.factories import make_member
from tests.members.twins import merge, twins

pytestmark = pytest.mark.django_db


def test_an_account_whose_record_was_merged_has_no_entries_of_a_file():
    cast = make_cast()
    keep, drop = twins(cast)
    for member in (keep, drop):
        is_active = member == keep  # two accounts that can sign in are settled first
        member.user = User.objects.create_user(member.staff_no, name=member.name, is_active=is_active)
        member.save()
    before = [tiles._has_file(member.user) for member in (keep, drop)]

    merge(cast, keep, drop)

    users = [User.objects.get(username=member.staff_no) for member in (keep, drop)]
    assert (before, [tiles._has_file(user) for user in users]) == ([True, True], [True, False])
    assert not tiles._is_paired(users[1])


def test_only_who_is_in_a_pairing_has_its_entry():
    member = make_member(user=User.objects.create_user("T0001", name="单雄"))

    assert tiles._has_file(member.user)
    assert not tiles._is_paired(member.user)
    assert not tiles._is_paired(User.objects.create_user("N0001", name="新人"))
