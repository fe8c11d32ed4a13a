"""What every request carries, and what none may be."""

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from core import audit, clock, refusals
from core.errors import last_refusal
from core.intents import InFlight
from core.requests import address_of

METHODS = ("GET", "HEAD", "POST")
LONGEST_QUERY = 8_192  # characters; gunicorn's own limit of the whole request line is half of it


class DatabaseClock:
    """``request.at``: the database's time, read once per request. No database: 503, and nothing half done."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            request.at = clock.now()
        except OperationalError:
            return unavailable()
        return self.get_response(request)


def unavailable() -> HttpResponse:
    """Plain words: what a page is made of may ask the database."""
    text = _("系统暂时不可用，请稍后再试。")
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8")


class AllowedMethods:
    """Pages are read and forms are posted; every other method, TRACE included, answers 405 (TRUST.md 2.8, H3)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return self.get_response(request)


class NoDevices:
    """No page uses camera, microphone or place, but one that says so itself (a scanner's ``Permissions-Policy``)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


class ShortAddresses:
    """An address of more than 8 kB is no filter of ours: 400 before anything reads it (TRUST.md D1)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
            raise RequestDataTooBig
        return self.get_response(request)


class RequestOrigin:
    """Every audit entry of this request carries the peer's address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = audit.came_from.set(address_of(request) or None)
        try:
            return self.get_response(request)
        finally:
            audit.came_from.reset(token)


class Refusals:
    """What somebody signed in or not was refused goes into the audit, after the refused act was rolled back."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        token = last_refusal.set("")
        try:
            response = self.get_response(request)
            refusals.of_request(request, response)
            return response
        finally:
            last_refusal.reset(token)


class Conflicts:
    """A submit whose twin is still being worked on: 409 and a page that leads back to the form (TRUST.md 2.2)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, InFlight):
            return None
        came_from = request.headers.get("Referer", "")
        ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
        return render(request, "409.html", {"back": came_from if ours else ""}, status=409)
