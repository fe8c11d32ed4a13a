"""The one shape of a list's filter."""

import pytest
from django.test import RequestFactory

from core.admin import ActiveFilter, UserAdmin
from core.models import User

pytestmark = pytest.mark.django_db


def found(**address) -> set[str]:
    request = RequestFactory().get("/", address)
    given = {name: [value] for name, value in address.items()}
    narrowed = ActiveFilter(request, given, User, UserAdmin).queryset(request, User.objects.all())
    return set(narrowed.values_list("username", flat=True))


@pytest.mark.parametrize(
    ("address", "people"),
    [
        ({"active": "yes"}, {"F001"}),
        ({"active": "no"}, {"F002"}),
        ({"active": "maybe"}, {"F001", "F002"}),
        ({"active": ""}, {"F001", "F002"}),
        ({}, {"F001", "F002"}),
    ],
)
def test_a_known_value_narrows_and_anything_else_does_not(address, people):
    User.objects.create_user("F001", name="甲")
    User.objects.create_user("F002", name="乙", is_active=False)

    assert found(**address) == people
