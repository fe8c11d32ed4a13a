"""What every request carries."""

from django.utils.functional import SimpleLazyObject

from core import clock


class DatabaseClock:
    """``request.at``: the database's time, read at most once per request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.at = SimpleLazyObject(clock.now)
        return self.get_response(request)
