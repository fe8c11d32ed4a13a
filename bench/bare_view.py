"""A Django view that answers and does nothing else: what ``bench handout_http`` is measured beside."""

import secrets

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[], ROOT_URLCONF=__name__, SECRET_KEY=secrets.token_urlsafe(50)
)


def answer(request: HttpRequest, rest: str) -> JsonResponse:
    return JsonResponse({"done": True, "words": request.POST["who"]})


urlpatterns = [path("<path:rest>", answer)]
application = get_wsgi_application()
