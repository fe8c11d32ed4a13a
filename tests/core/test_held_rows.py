"""``locks.held``: who waited for a row has what is joined to it as it is now, not as it was when he began to wait."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from time import sleep

import pytest
from django.db import transaction

from core import locks
from core.enums import Role
from core.models import RoleGrant, User
from tests.together import somebody_waits, together

pytestmark = pytest.mark.django_db(transaction=True)
GRANTS = RoleGrant.objects.select_related("granted_by")


def read_while_it_changes(read) -> tuple[RoleGrant, User]:
    """What ``read(key)`` gives who began before the grantor was noted and went on after it."""
    user, grantor = (User.objects.create(username=f"G{n}", name=f"人物{n}") for n in range(2))
    grant = RoleGrant.objects.create(user=user, role=Role.AUDITOR, from_on=date(2022, 1, 1))

    @transaction.atomic
    def late(_) -> RoleGrant:
        return read(grant.pk)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(granted_by=grantor)
        waiting = pool.submit(together, late, 1)
        while not (waiting.done() or somebody_waits()):
            sleep(0.02)
    return waiting.result()[0], grantor


def test_what_is_joined_is_read_after_the_lock():
    grant, grantor = read_while_it_changes(lambda key: locks.held(GRANTS, key))

    assert grant.granted_by == grantor


def test_control_read_with_the_lock_it_is_as_it_was_before():
    grant, grantor = read_while_it_changes(lambda key: GRANTS.select_for_update(of=("self",)).get(pk=key))

    assert (grant.granted_by_id, grant.granted_by) == (grantor.pk, None)
