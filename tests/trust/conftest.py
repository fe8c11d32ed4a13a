from collections.abc import Iterator

import pytest
from django.db import transaction

from tests.trust.scene import Scene, make_scene
from tests.union_site.browser import chromium, desk, phone

__all__ = ["chromium", "desk", "phone"]


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker) -> Iterator[Scene]:
    """The cast, signed in, once for a module; undone at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_scene()
        transaction.set_rollback(True)
