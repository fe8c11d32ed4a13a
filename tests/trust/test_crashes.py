"""P2: what Python itself prints when a process ends by an error is redacted like any record of the logs."""

import subprocess
import sys

import pytest
from django.conf import settings

from core import logs
from tests.trust.test_logs import bare

PLAIN = "11010519900307741X"
MOBILE = "13812345678"
CRASHES = {
    "an error's text": f"raise ValueError('身份证 {PLAIN}')",
    "a full-width number": "raise ValueError('１１０１０５１９９００３０７７４１Ｘ')",
    "a number over two lines": "raise ValueError('110105\\n19900307\\n741X')",
    "the error before": f"try: int('{PLAIN}')\nexcept ValueError as first: raise RuntimeError('again') from first",
    "a note": f"e = KeyError('x'); e.add_note('tel {MOBILE}'); raise e",
    "a group": f"raise ExceptionGroup('all', [ValueError('{PLAIN}')])",
    "the database's words": (
        "from django.db import connection\n"
        f"connection.cursor().execute(\"SELECT '{PLAIN}'::jsonb, 1 / 0\")"  # "DETAIL: Token ... is invalid."
    ),
    "a thread": f"import threading; t = threading.Thread(target=int, args=('{PLAIN}',)); t.start(); t.join()",
    "a forged record": "raise ValueError('a\\n2026-01-01 00:00:00,000 INFO core.audit all is well\\x1b[2J')",
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("crash", CRASHES.values(), ids=CRASHES)
def test_command_that_crashes_tells_no_number_and_forges_no_line(crash):
    done = run("manage.py", "shell", "--no-imports", "-c", crash)

    said = done.stdout + done.stderr
    assert done.returncode == (0 if "threading" in crash else 1)
    assert "Traceback (most recent call last)" in done.stderr
    assert "Error" in done.stderr
    assert bare(PLAIN) not in bare(said)
    assert MOBILE not in said
    assert all(line.startswith("  ") for line in done.stderr.splitlines() if line)
    assert all(c.isprintable() for c in said.replace("\n", ""))


def test_control_without_the_hook_the_number_is_told():
    done = run("-c", CRASHES["an error's text"])

    assert PLAIN in done.stderr


def test_crash_report_keeps_what_a_programmer_needs():
    try:
        raise ValueError("row 7 of 12, 2022-05-20")
    except ValueError as error:
        told = logs.crash_report(type(error), error, error.__traceback__)

    assert "test_crashes.py" in told
    assert told.endswith("  ValueError: row 7 of 12, 2022-05-20\n")
