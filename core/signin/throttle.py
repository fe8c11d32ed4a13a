"""Guessing passwords gets slower by tiers that expire, and locks nobody else (TRUST.md S1, S2).

django-axes counts failures per account and per account with address - never per address alone, because a whole
campus sits behind one. A device that the owner signed in from before is not locked out with the account; it has a
count of its own.
"""

import uuid
from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from core import locks
from core.logs import redact
from core.sealed import keyed_hash

COOKIE = "__Host-device" if settings.SECURE else "device"
SALT = "known device"
COOKIE_DAYS = 180
FAILURES = 5  # within the tier's time
# failures so far -> how long the account stays closed to strangers
TIERS = ((15, timedelta(hours=24)), (10, timedelta(hours=2)), (0, timedelta(minutes=15)))
DEVICE_SECONDS = 15 * 60  # a known device with FAILURES wrong guesses in this time is a stranger again


def cool_off(request: HttpRequest | None) -> timedelta:
    """How long the account named in ``request`` stays locked: 15 minutes, 2 hours, 24 hours."""
    failures = _failures(username_of(request) if request is not None else "")
    return next(length for least, length in TIERS if failures >= least)


def known_device(request: HttpRequest, credentials: dict | None = None) -> bool:
    """True when this browser holds the signed mark of an earlier sign-in to the same account, and has not guessed."""
    username = username_of(request, credentials)
    owner, device = _mark(request)
    return bool(username) and _kept(owner) == username and cache.get(_key(device), 0) < FAILURES


def count_failure(request: HttpRequest) -> None:
    """A wrong password from this browser; counts only where a mark is shown."""
    _, device = _mark(request)
    if not device:
        return
    with transaction.atomic():  # cache.incr would lose guesses made at once, and cut the time short
        locks.wait_until_commit(_key(device))
        cache.set(_key(device), cache.get(_key(device), 0) + 1, DEVICE_SECONDS)


def remember_device(request: HttpRequest, user) -> None:
    """Ask ``KnownDevice`` to set the mark on the answer."""
    request.known_device_for = user.get_username()  # type: ignore[attr-defined]


def username_of(request: HttpRequest, credentials: dict | None = None) -> str:
    """The account that somebody tries to enter, in the form under which failures are kept."""
    return _kept((credentials or {}).get("username") or request.POST.get("login", "").strip())


def _kept(typed: str) -> str:
    """As typed; but some type their ID, card or mobile number for the staff number, and no table holds that in clear
    (TRUST.md 2.10): its keyed hash."""
    return typed if redact(typed) == typed else keyed_hash(typed)


def _mark(request: HttpRequest) -> tuple[str, str]:
    try:
        owner, device = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=timedelta(days=COOKIE_DAYS))
    except (signing.BadSignature, ValueError, TypeError):
        return "", ""
    return owner, device


def _key(device: str) -> str:
    return f"device-failures-{device}"


class KnownDevice:
    """Middleware: sets the mark after a sign-in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if username := getattr(request, "known_device_for", None):
            response.set_cookie(
                COOKIE,
                signing.dumps([username, uuid.uuid4().hex], salt=SALT),
                max_age=timedelta(days=COOKIE_DAYS),
                httponly=True,
                samesite="Lax",
                secure=settings.SECURE,
            )
        return response


def _failures(username: str) -> int:
    if not username:
        return 0
    since = timezone.now() - timedelta(hours=24)
    recent = AccessAttempt.objects.filter(username=username, attempt_time__gte=since)
    return recent.aggregate(n=Sum("failures_since_start"))["n"] or 0
