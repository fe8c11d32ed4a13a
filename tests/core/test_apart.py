"""The process apart: what it may take, what it knows, and what is made of its end (TRUST.md 2.9)."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from core.apart import asking, limits, process
from core.apart.asking import Declined, answer_of
from core.apart.process import Fate, Stopped
from tests.processes import eventually

JOBS = {
    "eats": "b = []\nwhile True: b.append(bytearray(1 << 20))",
    "spins": "while True: pass",
    "dies": "raise SystemExit(7)",
    "breaks": "raise RuntimeError('secret of the file')",
    "cut": 'import os; os.write(1, b\'{"facts": {}, "size": 9}\\nhalf\'); os._exit(0)',
    "sleeps": "import time; time.sleep(60)",
    "tells": "import os\nreturn {'process': os.getpid(), 'of': os.getppid()}, b''",
    "writes and sleeps": "import os, time\nos.write(file.fileno(), b'%d ' % os.getpid()); time.sleep(60)",
}
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _ends():
    yield
    asking.end_all()


def work_of(monkeypatch, job: str, first: str = "") -> None:
    """Let processes apart run ``job``, a function body with ``file`` and ``words``."""
    monkeypatch.setattr(process, "command_of", lambda module: [sys.executable, "-c", code_of(job, first)])


def code_of(job: str, first: str = "") -> str:
    body = "\n".join(f"    {line}" for line in job.splitlines())
    return f"from core.apart.child import Declines, serve\n{first}\ndef work(file, *words):\n{body}\nserve(work)"


def answer(*words: str) -> tuple[dict, bytes]:
    with tempfile.TemporaryFile() as file:
        file.write(b"content")
        file.seek(0)
        return answer_of("any", file, *words)


def ask(monkeypatch, job: str, *words: str, first: str = "") -> tuple[dict, bytes]:
    work_of(monkeypatch, job, first)
    return answer(*words)


def written(file: Path) -> int:
    """The process that wrote its number into the file."""
    eventually(lambda: file.read_text().endswith(" "), "it begins")
    return int(file.read_text())


def is_gone(number: int) -> bool:
    with suppress(FileNotFoundError):
        return "\nState:\tZ" in Path(f"/proc/{number}/status").read_text()
    return True


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


def test_nothing_but_its_own_file_is_open_in_it(monkeypatch, tmp_path):
    """Of the asking side's files, or of another question that is being answered meanwhile."""
    job = "import os, time\nif words: os.write(file.fileno(), b'%d ' % os.getpid()); time.sleep(60)\n"
    work_of(monkeypatch, job + "return {'open': sorted(os.listdir('/proc/self/fd'))}, b''")
    with (tmp_path / "slow").open("w+b") as slow, tempfile.TemporaryFile() as other:
        thread = threading.Thread(target=asked_in_vain, args=(slow, "sleep"))
        thread.start()
        sleeping = written(tmp_path / "slow")

        facts, _ = answer()

        os.kill(sleeping, signal.SIGKILL)
        thread.join()
        assert other.fileno() > 4
    assert facts["open"] == ["0", "1", "2", "3", "4"]  # the last is the list itself


def asked_in_vain(file, *words: str) -> None:
    with pytest.raises(Stopped):
        answer_of("any", file, *words)


def test_control_without_the_limit_it_may_take_more(monkeypatch):
    first = "from core.apart import child\nchild.limit_this_process = lambda: None"
    job = "held = bytearray(600 << 20)\nreturn {}, b''"

    with pytest.raises(Stopped):
        ask(monkeypatch, job)

    assert ask(monkeypatch, job, first=first) == ({}, b"")


def test_a_file_may_be_anything_with_a_descriptor():
    with pytest.raises(io.UnsupportedOperation):
        answer_of("core.apart.rendering", io.BytesIO(b"x"))


def test_each_question_has_a_fork_of_its_own_that_knows_nothing_of_the_others(monkeypatch):
    first = "seen = []"
    job = f"seen.append(1)\n{JOBS['tells']}".replace("return {", "return {'seen': len(seen), ")

    (one, _), (two, _) = ask(monkeypatch, job, first=first), answer()

    assert one["process"] != two["process"]
    assert one["of"] == two["of"]
    assert (one["seen"], two["seen"]) == (1, 1)


def test_the_next_question_is_answered_after_one_that_was_stopped(monkeypatch):
    job = f"if words: os.kill(os.getpid(), int(words[0]))\n{JOBS['tells']}"
    before, _ = ask(monkeypatch, job, first="import os")

    with pytest.raises(Stopped):
        answer(str(int(signal.SIGKILL)))
    after, _ = answer()

    assert after["of"] == before["of"]


def test_the_next_question_is_answered_after_the_waiting_process_was_killed(monkeypatch):
    before, _ = ask(monkeypatch, JOBS["tells"])

    os.kill(before["of"], signal.SIGKILL)
    eventually(lambda: is_gone(before["of"]), "it is gone")
    after, _ = answer()

    assert after["of"] != before["of"]


def test_a_waiting_process_that_dies_takes_its_forks_along(monkeypatch, tmp_path):
    job = "import os, time\nos.write(file.fileno(), b'%d ' % os.getpid()); os.kill(os.getppid(), 9); time.sleep(60)"
    work_of(monkeypatch, job)

    with (tmp_path / "number").open("w+b") as file, pytest.raises(Stopped) as stopped:
        answer_of("any", file)

    assert stopped.value.fate is Fate.BROKE
    fork = written(tmp_path / "number")
    eventually(lambda: is_gone(fork), "it is killed")


def test_many_threads_ask_at_once(monkeypatch):
    work_of(monkeypatch, "return {}, words[0].encode() * 100_000")
    said: dict[int, bytes] = {}
    threads = [
        threading.Thread(target=lambda n=n: said.update({n: answer(str(n))[1]}), daemon=True) for n in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert said == {n: str(n).encode() * 100_000 for n in range(8)}


def test_a_fork_that_nobody_waits_for_is_killed(monkeypatch, tmp_path):
    work_of(monkeypatch, JOBS["writes and sleeps"])
    monkeypatch.setattr(limits, "WAIT", 3)

    with (tmp_path / "number").open("w+b") as file:
        asked_in_vain(file)

    fork = written(tmp_path / "number")
    eventually(lambda: is_gone(fork), "it is killed")


def test_it_ends_with_the_asking_process_and_so_do_its_forks(tmp_path):
    code = "import sys\nfrom core.apart import asking, process\n"
    code += f"process.command_of = lambda module: [sys.executable, '-c', {code_of(JOBS['writes and sleeps'])!r}]\n"
    code += "asking.answer_of('any', open(sys.argv[1], 'w+b'))"
    (tmp_path / "number").touch()
    asker = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "number")], cwd=ROOT)
    fork = written(tmp_path / "number")
    waiting = int(Path(f"/proc/{fork}/stat").read_text().split()[3])

    asker.kill()
    asker.wait()

    eventually(lambda: is_gone(fork) and is_gone(waiting), "both end")


def test_a_fork_of_the_asking_process_asks_one_of_its_own(monkeypatch):
    """Celery's and gunicorn's children: two on one line would take each other's questions, and keep it alive."""
    before, _ = ask(monkeypatch, JOBS["tells"])
    reading, writing = os.pipe()

    if not (forked := os.fork()):
        try:
            kept = dict(asking._kept)
            os.write(writing, b"%d %d" % (len(kept), answer()[0]["of"]))
            asking.end_all()
        finally:
            os._exit(0)
    os.waitpid(forked, 0)
    kept, of = map(int, os.read(reading, 99).split())
    os.close(reading)
    os.close(writing)
    after, _ = answer()

    assert kept == 0
    assert of != before["of"] == after["of"]


@pytest.mark.parametrize("module", ["core.apart.rendering", "core.files.child"])
def test_none_of_them_imports_django(module):
    code = f"import sys\nfrom {module} import first\nfirst()\nprint('django' in sys.modules)"

    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT) == b"False\n"


@pytest.mark.parametrize("module", ["core.apart.rendering", "core.files.child"])
def test_what_waits_has_one_thread_and_nothing_open(module):
    with tempfile.NamedTemporaryFile() as file, suppress(Declined):
        file.write(b"<p>")
        file.seek(0)
        answer_of(module, file, *([".csv"] if "files" in module else []))
    ((_command, waiting),) = asking._kept.items()
    place = Path(f"/proc/{waiting.system.pid}")

    opened = []
    for found in (place / "fd").iterdir():
        with suppress(FileNotFoundError):  # closed a moment ago
            opened.append(os.readlink(found))

    assert len(list((place / "task").iterdir())) == 1
    assert not [name for name in opened if not name.startswith(("socket:", "anon_inode:", "/dev/null"))]
