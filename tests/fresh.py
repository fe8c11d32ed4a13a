"""A client whose password was typed again just now, as a signature or a look at full numbers asks for."""

from django.test import Client

from core.models import User
from tests.cast import PASSWORD


def fresh_client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client
