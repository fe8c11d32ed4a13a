"""The process apart: what it may take, what it knows, and what is made of its end (TRUST.md 2.9)."""

import io
import sys
import tempfile

import pytest

from core.apart import limits, process
from core.apart.process import Declined, Fate, Stopped, answer_of

JOBS = {
    "eats": "b = []\nwhile True: b.append(bytearray(1 << 20))",
    "spins": "while True: pass",
    "dies": "raise SystemExit(7)",
    "breaks": "raise RuntimeError('secret of the file')",
    "cut": 'import os; os.write(1, b\'{"facts": {}, "size": 9}\\nhalf\'); os._exit(0)',
    "sleeps": "import time; time.sleep(60)",
}


def ask(monkeypatch, job: str, *words: str, first: str = "") -> tuple[dict, bytes]:
    """Let a process apart run ``job``, a function body with ``file`` and ``words``."""
    body = "\n".join(f"    {line}" for line in job.splitlines())
    code = f"from core.apart.child import Declines, serve\n{first}\ndef work(file, *words):\n{body}\nserve(work)"
    monkeypatch.setattr(process, "command_of", lambda module: [sys.executable, "-c", code])
    with tempfile.TemporaryFile() as file:
        file.write(b"content")
        file.seek(0)
        return answer_of("any", file, *words)


def test_an_answer_has_facts_and_content(monkeypatch):
    facts, content = ask(monkeypatch, "return {'words': words}, b'\\n' + file.read()", "一", "-c")

    assert facts == {"words": ["一", "-c"]}
    assert content == b"\ncontent"


def test_a_refusal_has_code_and_facts(monkeypatch):
    with pytest.raises(Declined) as declined:
        ask(monkeypatch, "raise Declines('too_wide', limit=7)")

    assert (declined.value.code, declined.value.facts) == ("too_wide", {"limit": 7})


@pytest.mark.parametrize(
    ("job", "fate"),
    [
        ("eats", Fate.TOO_MUCH_MEMORY),
        ("spins", Fate.TOO_SLOW),
        ("dies", Fate.BROKE),
        ("breaks", Fate.BROKE),
        ("cut", Fate.BROKE),
    ],
)
def test_an_end_without_answer_has_a_reason(monkeypatch, job, fate):
    with pytest.raises(Stopped) as stopped:
        ask(monkeypatch, JOBS[job], first="from core.apart import limits\nlimits.SECONDS = 1")

    assert stopped.value.fate is fate
    assert "secret" not in str(stopped.value)


def test_one_that_only_waits_is_ended(monkeypatch):
    monkeypatch.setattr(limits, "WAIT", 0.2)

    with pytest.raises(Stopped) as stopped:
        ask(monkeypatch, JOBS["sleeps"])

    assert stopped.value.fate is Fate.TOO_SLOW


def test_what_a_library_prints_is_no_answer(monkeypatch):
    facts, content = ask(monkeypatch, "print('warning'); return {}, b'x'")

    assert (facts, content) == ({}, b"x")


def test_it_knows_no_key_and_has_no_django(monkeypatch):
    monkeypatch.setenv("FIELD_KEYS", "k1:secret")

    facts, _ = ask(
        monkeypatch, "import os, sys\nreturn {'keys': sorted(os.environ), 'django': 'django' in sys.modules}, b''"
    )

    assert not {"FIELD_KEYS", "SEARCH_KEY", "SECRET_KEY", "DATABASE_URL"} & set(facts["keys"])
    assert facts["django"] is False


def test_the_asking_side_opens_no_other_file_to_it(monkeypatch):
    with tempfile.TemporaryFile() as other:
        facts, _ = ask(monkeypatch, "import os\nreturn {'open': os.listdir('/proc/self/fd')}, b''")

        assert str(other.fileno()) not in facts["open"]


def test_control_without_the_limit_it_may_take_more(monkeypatch):
    first = "from core.apart import child\nchild.limit_this_process = lambda: None"
    job = "held = bytearray(600 << 20)\nreturn {}, b''"

    with pytest.raises(Stopped):
        ask(monkeypatch, job)

    assert ask(monkeypatch, job, first=first) == ({}, b"")


def test_a_file_may_be_anything_with_a_descriptor():
    with pytest.raises(io.UnsupportedOperation):
        answer_of("core.apart.rendering", io.BytesIO(b"x"))
