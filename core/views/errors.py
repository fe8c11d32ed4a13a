"""What a request is answered with when no page could answer it."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from core.middleware import unavailable


def failed(request: HttpRequest) -> HttpResponse:
    """A page that lost its database midway says the same as one that never reached it (503); our mistakes are 500."""
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return unavailable()
    return defaults.server_error(request)
