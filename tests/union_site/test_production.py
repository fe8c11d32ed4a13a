"""H1, H3: what every answer carries in production, from a process that was started with production settings."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from core.models import User
from tests.union_site.test_guard import KEY, SAFE

PAGES = ("/accounts/login/", "/", "/no-such-page/", "/admin/", "/accounts/password/reset/", "/health/")
PASSWORD = "Peach-Blossom-2022"


def production_environment() -> dict[str, str]:
    """The environment of a safe production process over the test database."""
    database = settings.DATABASES["default"]
    url = os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{database['NAME']}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "union_site.settings",
        "UNION_MODE": "production",
        "SECRET_KEY": SAFE["secret_key"],
        "ALLOWED_HOSTS": "union.example.edu.cn",
        "FIELD_KEYS": f"k1:{KEY}",
        "SEARCH_KEY": KEY,
        "DATABASE_URL": url,
        "PYTHONPATH": str(settings.BASE_DIR),
    }


@pytest.fixture
def answers(transactional_db, tmp_path):
    collected = tmp_path / "static" / "portal" / "portal.css"
    collected.parent.mkdir(parents=True)
    collected.write_text("body { margin: 0 }")
    user = User(username="H1", name="甲", password=PBKDF2PasswordHasher().encode(PASSWORD, "salt" * 6))
    user.save()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "tests/union_site/probe.py", "H1", PASSWORD, *PAGES],
        env=production_environment() | {"UNION_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_production_answers_carry_every_protection(answers):
    assert answers["sign-in"]["status"] == 302
    assert answers["private"]["status"] == 200
    assert answers["TRACE"]["status"] == 405
    assert answers["plain"]["status"] == 301
    assert answers["broken"]["status"] == 500
    for path in (*PAGES, "private", "sign-in", "broken"):
        _check_headers(path, answers[path])
    for name, morsel in answers["sign-in"]["cookies"].items():
        assert morsel["secure"] is True, name
        assert morsel["httponly"] is True, name
        assert morsel["samesite"] == "Lax", name
    assert "__Host-session" in answers["sign-in"]["cookies"]
    assert "__Host-csrf" in answers["/accounts/login/"]["cookies"]


def test_static_files_carry_what_protects_a_file(answers):
    """Public and the same for everybody: kept by the browser, never run as something else."""
    headers = answers["static"]["headers"]

    assert answers["static"]["status"] == 200
    assert int(headers["Strict-Transport-Security"].split("max-age=")[1].split(";")[0]) >= 365 * 24 * 3600
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert not answers["static"]["cookies"]


def _check_headers(path: str, answer: dict) -> None:
    headers = answer["headers"]
    assert int(headers["Strict-Transport-Security"].split("max-age=")[1].split(";")[0]) >= 365 * 24 * 3600, path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"] == "same-origin", path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert "no-store" in headers["Cache-Control"], path
    policy = headers["Content-Security-Policy"]
    for directive in ("frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'", "default-src 'self'"):
        assert directive in policy, (path, directive)
    if not path.startswith("/admin/"):  # the admin's own policy: docs/adr/0008
        assert "unsafe-" not in policy, path
