"""The real addresses and five that fail: what people see then is a page like any other."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from core.intents import InFlight
from union_site.urls import urlpatterns as real

FAILURES = {400: SuspiciousOperation, 403: PermissionDenied, 404: Http404, 409: InFlight, 500: RuntimeError}


def fail(request: HttpRequest, status: int) -> HttpResponse:
    raise FAILURES[status]


urlpatterns = [*real, path("fail/<int:status>/", fail)]
