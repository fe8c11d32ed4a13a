"""What a request says of itself: who asks, when, and from where."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from core.models import User


class SignedInRequest(HttpRequest):
    """Behind ``login_required``, for the type checker: the middleware has set who asks and the database's time."""

    user: User
    at: datetime


def address_of(request: HttpRequest) -> str:
    """The peer's address. Behind the one proxy it is what that proxy saw: the last entry of its header.

    Without ``BEHIND_PROXY`` no header is read, so nobody chooses his own address (TRUST.md S7).
    """
    if settings.BEHIND_PROXY:
        return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")
