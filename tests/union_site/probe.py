"""Run by test_production.py in a process with production settings: answers of the real stack as JSON."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 - after setup, as any script
from django.contrib.staticfiles.storage import staticfiles_storage  # noqa: E402
from django.test import Client  # noqa: E402

HOST = "union.example.edu.cn"


def look(client: Client, method: str, path: str, data: dict | None = None) -> dict:
    response = client.generic(method, path, secure=True) if data is None else client.post(path, data, secure=True)
    cookies = {name: {k: v for k, v in morsel.items() if v} for name, morsel in response.cookies.items()}
    return {"status": response.status_code, "headers": dict(response.items()), "cookies": cookies}


client = Client(SERVER_NAME=HOST, raise_request_exception=False)
answers = {path: look(client, "GET", path) for path in sys.argv[3:]}
answers["plain"] = {"status": client.get("/accounts/login/").status_code}
answers["sign-in"] = look(client, "POST", "/accounts/login/", {"login": sys.argv[1], "password": sys.argv[2]})
answers["private"] = look(client, "GET", "/")
answers["TRACE"] = look(client, "TRACE", "/accounts/login/")
answers["static"] = look(client, "GET", staticfiles_storage.url("portal/portal.css"))
settings.ROOT_URLCONF = "tests.union_site.broken_urls"
answers["broken"] = look(client, "GET", "/fail/500/")
print(json.dumps(answers))
