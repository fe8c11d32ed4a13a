from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.trust.scene import Scene, make_scene


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """The cast, signed in, once for a module; undone at its end."""
    around = transaction.atomic()
    around._from_testcase = True  # type: ignore[attr-defined]  # what must be outermost may still run inside this one
    with django_db_blocker.unblock(), around:
        yield make_scene()
        transaction.set_rollback(True)
