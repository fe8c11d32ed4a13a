"""Production refuses to start unsafe (issue 2, TRUST.md L4 and H)."""

import os
import subprocess
import sys

import pytest

from union_site import guard

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SAFE = {
    "mode": "production",
    "secret_key": "x7" * 30,
    "debug": False,
    "allowed_hosts": ["union.example.edu.cn"],
    "field_keys": [f"k1:{KEY}"],
    "search_key": KEY,
}


def test_safe_production_settings_start():
    guard.refuse_unsafe(**SAFE)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"secret_key": ""}, "SECRET_KEY"),
        ({"secret_key": "x" * 49}, "SECRET_KEY"),
        ({"secret_key": "django-insecure-" + "x" * 50}, "SECRET_KEY"),
        ({"secret_key": "demo-" + "x" * 50}, "SECRET_KEY"),
        ({"debug": True}, "DEBUG"),
        ({"allowed_hosts": []}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"allowed_hosts": [".example.edu.cn", "*"]}, "ALLOWED_HOSTS"),
        ({"field_keys": []}, "FIELD_KEYS"),
        ({"field_keys": ["k1:short"]}, "FIELD_KEYS"),
        ({"search_key": ""}, "SEARCH_KEY"),
        ({"mode": "staging"}, "UNION_MODE"),
    ],
)
def test_each_unsafe_setting_is_refused_by_name(change, named):
    with pytest.raises(guard.UnsafeSettings, match=named):
        guard.refuse_unsafe(**SAFE | change)


def test_demo_may_use_a_made_key_but_still_needs_one():
    guard.refuse_unsafe(**SAFE | {"mode": "demo", "secret_key": "demo-" + "x" * 50, "allowed_hosts": ["127.0.0.1"]})

    with pytest.raises(guard.UnsafeSettings):
        guard.refuse_unsafe(**SAFE | {"mode": "demo", "field_keys": []})


@pytest.mark.parametrize("change", [{"SECRET_KEY": ""}, {"FIELD_KEYS": ""}, {"DEBUG": "1"}, {"ALLOWED_HOSTS": "*"}])
def test_process_with_an_unsafe_environment_does_not_start(change):
    env = os.environ | {
        "UNION_MODE": "production",
        "SECRET_KEY": SAFE["secret_key"],
        "ALLOWED_HOSTS": "union.example.edu.cn",
        "FIELD_KEYS": f"k1:{KEY}",
        "SEARCH_KEY": KEY,
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "check"], env=env | change, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert next(iter(change)) in done.stderr
    assert "拒绝启动" in done.stderr
