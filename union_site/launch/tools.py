"""`./run manage`, `test`, `lint`, `bench`: one command in the environment of the servers it needs."""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from union_site.launch import packages, system
from union_site.launch.home import REPO, Home, Refused, locked, say
from union_site.launch.processes import end_orphans
from union_site.launch.servers import Servers, running
from union_site.rooms import APPS

HOUSE = (*APPS, "union_site", "bench")  # what mypy reads; tests are held by running them
IN_TWO = ("-n", "2")  # a later -n holds: `./run test -n 0`
TIERS = {
    "pr": "not nightly and not release",
    "nightly": "not release",
    "release": "",
}


def manage(home: Home, arguments: list[str]) -> int:
    home.make()
    system.prepare(home)
    packages.prepare(home)
    with running(home, mode="demo") as servers:
        return _foreground(["python", "manage.py", *arguments], servers.environment(owner=True))


def test(home: Home, arguments: list[str], *, tier: str) -> int:
    """The tests of a tier; ``arguments`` go to pytest. The plain tier runs in two processes, each with its databases;
    the larger ones in one, since they measure."""
    _prepare_development(home, browser=True)
    with _throwaway(home) as servers:
        environment = {
            **servers.environment(owner=True),
            "TEST_TIER": tier,
            "UNION_TOOLS": str(home.tools),
            "CHROMIUM": system.chromium() or "",
            # Bodies of 10 MB go back to the system when they are freed; by itself glibc keeps 4 GB of them.
            "MALLOC_MMAP_THRESHOLD_": str(1 << 20),
        }
        marks = ["-m", TIERS[tier]] if TIERS[tier] else []
        processes = IN_TWO if tier == "pr" and "-s" not in arguments else ()  # -s shows what tests say as they go
        return _foreground(["python", "-m", "pytest", *processes, *marks, *arguments], environment)


def bench(home: Home, arguments: list[str]) -> int:
    """Jobs of ``bench/`` on a server of their own, kept for the next run."""
    _prepare_development(home)
    with running(Home(home.path / "bench", tools=home.path), mode="test") as servers:
        return _foreground(["python", "-m", "bench", *arguments], servers.environment(owner=True))


def lint(home: Home) -> int:
    """Every check; all of them run, the first failure decides the status."""
    _prepare_development(home)
    failed = [] if _no_addresses() else ["addresses"]
    with _throwaway(home) as servers:
        environment = servers.environment(owner=True)
        production = {
            **environment,
            "UNION_MODE": "production",
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "union.example.edu.cn",
            "PUBLIC_URL": "https://union.example.edu.cn",
        }
        checks = [
            (["ruff", "check", "."], environment),
            (["ruff", "format", "--check", "--quiet", "."], environment),
            (["lint-imports", "--no-cache"], environment),
            (["mypy", *HOUSE], environment),
            (["python", "manage.py", "migrate", "-v0"], environment),
            (["python", "manage.py", "makemigrations", "--check", "--dry-run"], environment),
            (["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production),
        ]
        for command, variables in checks:
            say(f"$ {' '.join(command)}")
            if _foreground(command, variables):
                failed.append(" ".join(command))
    say("lint: " + (f"FAILED: {', '.join(failed)}" if failed else "all checks passed"))
    return 1 if failed else 0


def lock(home: Home) -> int:
    """Write both locks anew; needs the program uv."""
    uv = shutil.which("uv")
    if not uv:
        raise Refused("请先安装 uv：pip install uv")
    compile_ = [
        uv,
        "pip",
        "compile",
        "pyproject.toml",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
    ]
    compile_ += ["--no-annotate", "--no-header", "-q", "--extra", "embedded"]
    for extra, file in ((["--group", "dev"], packages.DEV), (["-c", packages.DEV.name], packages.PLAIN)):
        subprocess.run([*compile_, *extra, "-o", file.name], cwd=REPO, check=True, stdout=subprocess.DEVNULL)
    return 0


def _prepare_development(home: Home, *, browser: bool = False) -> None:
    home.make()
    system.prepare(home, browser=browser)
    packages.prepare(home, dev=True)
    if home.stamp("notice"):
        say(home.stamp("notice"))


@contextmanager
def _throwaway(home: Home) -> Iterator[Servers]:
    """Servers and keys made for one run, gone afterwards; what killed runs left is removed first."""
    with locked(home.path / "setup.lock"):
        for old in home.path.glob("test-*"):
            _remove(Home(old))
        mine = Home(home.path / f"test-{os.getpid()}", tools=home.path)
        mine.path.mkdir()
        held = locked(mine.path / "alive.lock")
        held.__enter__()
    try:
        with running(mine, mode="test") as servers:
            yield servers
    finally:
        held.__exit__(None, None, None)
        _remove(mine)


def _remove(home: Home) -> None:
    """Unless the run that made it is alive."""
    with locked(home.path / "alive.lock", wait=False) as abandoned:
        if abandoned:
            end_orphans(home)
            shutil.rmtree(home.path)


def _foreground(command: list[str], environment: dict[str, str]) -> int:
    """Run it on our terminal; Ctrl-C is its to answer, our servers go when it is done."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        raise Refused(f"找不到程序 {command[0]}")
    try:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=REPO,
            env=environment,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _no_addresses() -> bool:
    """No lock names a package index, and no file of ours an option that would choose one."""
    places = [file.name for file in (packages.PLAIN, packages.DEV) if "://" in file.read_text()]
    npm = REPO / "package-lock.json"
    if npm.exists() and re.search(r'"resolved":\s*"[a-z+]+://', npm.read_text()):
        places.append(npm.name)
    for place in places:
        say(f"{place}: holds the address of a package index")
    return not places
