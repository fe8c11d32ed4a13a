"""What a view may rely on behind ``login_required``."""

from datetime import datetime

from django.http import HttpRequest

from core.models import User


class SignedInRequest(HttpRequest):
    """A name for the type checker: the middleware has set who asks and the database's time."""

    user: User
    at: datetime
