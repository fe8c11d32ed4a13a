"""A device that its owner knows, and that guesses: counted exactly, for a quarter of an hour."""

from datetime import timedelta

import pytest
import time_machine
from django.core import signing
from django.test import RequestFactory
from django.utils import timezone

from core.signin import throttle
from tests.together import together


def guess():
    """A sign-in from the one device that 1900001 signed in from before."""
    request = RequestFactory().post("/accounts/login/", {"login": "1900001"})
    request.COOKIES[throttle.COOKIE] = signing.dumps(["1900001", "device"], salt=throttle.SALT)
    return request


@pytest.mark.parametrize(("minutes", "known"), [(14, False), (16, True)])
@pytest.mark.django_db
def test_device_that_guessed_is_a_stranger_for_a_quarter_of_an_hour(minutes, known):
    for _ in range(throttle.FAILURES):
        throttle.count_failure(guess())

    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert throttle.known_device(guess()) is known


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted():
    together(lambda _number: throttle.count_failure(guess()), throttle.FAILURES)

    assert not throttle.known_device(guess())
