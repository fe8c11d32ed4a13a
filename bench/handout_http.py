"""``bench handout_http [--each N]``: 32 phones report hand-outs to a real server, beside a bare view of it.

Goal (DEPENDENCIES.md) >= 0.6 of the bare view, none lost, none double. The server is gunicorn as `./run` starts it,
on 127.0.0.1; the clients are threads of ``PROCESSES`` processes, each signed in as an account of its own.
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.client import HTTPConnection, HTTPException
from statistics import median, quantiles
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg

from bench import rolls
from bench.handout import CLIENTS, PROCESSES, forget, make_run
from bench.scratch import scratch_database
from union_site.launch import programs

GOAL = 0.6
UP = 60  # seconds for the server to start
HOST = "127.0.0.1"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench handout_http")
    parser.add_argument("--each", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=["floor", "product"], help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.measure:
        print(json.dumps(_clients(json.loads(sys.stdin.readline()))))
        return 0
    with (
        scratch_database(),
        psycopg.connect(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"], autocommit=True) as owner,
    ):
        return _compare(owner, each=options.each, runs=max(3, options.runs))


def _compare(owner: psycopg.Connection, *, each: int, runs: int) -> int:
    rolls.prepare(owner)
    rolls.grow(owner, CLIENTS * each * 2)
    make_run()
    work = _work(each)
    found: dict[str, list[dict[str, float]]] = {"floor": [], "product": []}
    with _server("bench.bare_view") as bare, _server("union_site.wsgi") as house:
        for _ in range(runs):
            for which, port in (("floor", bare), ("product", house)):
                found[which].append(_measured(which, port, work))
            (noted,) = owner.execute("SELECT count(*) FROM welfare_handout").fetchone() or (0,)
            if noted != CLIENTS * each:
                raise RuntimeError(f"{noted} hand-outs of {CLIENTS * each}")
            forget(owner)
    print(f"handout_http：{CLIENTS} 个客户端（{PROCESSES} 个进程），各 {each} 人，{runs} 次取中位数")
    for which, measured in found.items():
        rate, late = (median(run[name] for run in measured) for name in ("rate", "p95"))
        print(f"  {which:8} {rate:7,.0f} 次/秒，p95 {late * 1000:.0f} ms")
    rate, floor = (median(run["rate"] for run in found[which]) for which in ("product", "floor"))
    print(f"  为空视图的 {rate / floor:.2f}；目标 ≥ {GOAL}")
    return 0 if rate / floor >= GOAL else 1


def _work(each: int) -> dict[str, Any]:
    """Where to post, the accounts' cookies, and whom: ``each`` people of a client."""
    from django.conf import settings
    from django.test import Client

    from core.enums import Role
    from core.models import RoleGrant, User
    from welfare.models import Benefit

    run = Benefit.objects.get()
    cookies = []
    for number in range(CLIENTS):
        user = User.objects.create_user(f"phone{number}", name=f"手机{number}")
        RoleGrant.objects.create(user=user, role=Role.UNION_STAFF, from_on=date(2020, 1, 1))
        client = Client()
        client.force_login(user, "core.backends.StaffNumberBackend")
        cookies.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    names = {"session": settings.SESSION_COOKIE_NAME, "csrf": settings.CSRF_COOKIE_NAME}
    rows = run.entitlements.filter(state="listed").order_by("pk").values_list("member__staff_no", flat=True)
    people = list(rows[: CLIENTS * each])
    return {"path": f"/welfare/handouts/{run.pk}/scanned/", "cookies": cookies, "names": names, "people": people}


@contextmanager
def _server(application: str) -> Iterator[int]:
    """The port of a server that answers; ended afterwards."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [application if word == "union_site.wsgi" else word for word in programs.web(f"{HOST}:{port}")]
    environment = os.environ | {"UNION_MODE": "demo", "ALLOWED_HOSTS": HOST}
    server = subprocess.Popen([sys.executable, "-m", *command], env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + UP
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _measured(which: str, port: int, work: dict[str, Any]) -> dict[str, float]:
    """All processes begin together: each has its part of the work and waits for a line on its input."""
    command = [sys.executable, "-m", "bench", "handout_http", "--measure", which]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    for place, process in enumerate(started):
        assert process.stdin  # asked for above
        mine = {
            "cookies": work["cookies"][place::PROCESSES],
            "people": work["people"][place::PROCESSES],
            "port": port,
        }
        process.stdin.write(json.dumps(work | mine) + "\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout
        process.stdout.readline()  # the server has answered it
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in started]
    spent = max(one["ended"] for one in answers) - min(one["began"] for one in answers)
    times = [each for one in answers for each in one["times"]]
    return {"rate": len(times) / spent, "p95": quantiles(times, n=20)[18]}


def _clients(work: dict[str, Any]) -> dict[str, Any]:
    times: list[float] = []
    wrong: list[str] = []

    def client(number: int) -> None:
        phone = _Phone(work, work["cookies"][number])
        phone.report("nobody")  # untimed: a server loads its pages with the first request
        ready.wait()
        for who in work["people"][number :: len(work["cookies"])]:
            start = time.perf_counter()
            said = phone.report(who)
            times.append(time.perf_counter() - start)
            if not said.get("done"):
                wrong.append(str(said))

    threads = [Thread(target=client, args=(number,)) for number in range(len(work["cookies"]))]
    ready = Barrier(len(threads) + 1, action=_told_to_go)
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.time()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} refused: {wrong[0]}")
    return {"began": began, "ended": time.time(), "times": times}


def _told_to_go() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


class _Phone:
    """Keeps its connection, as a browser does; what got no answer is sent again with its key."""

    def __init__(self, work: dict[str, Any], cookie: str) -> None:
        token = secrets.token_hex(16)
        self.path, self.line = work["path"], HTTPConnection(HOST, work["port"], timeout=60)
        self.headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"{work['names']['session']}={cookie}; {work['names']['csrf']}={token}",
            "X-CSRFToken": token,
        }

    def report(self, who: str) -> dict[str, Any]:
        body = urlencode({"who": who, "way": "typed", "intent_key": str(uuid4())})
        for _ in range(2):
            try:
                self.line.request("POST", self.path, body, self.headers)
                answer = self.line.getresponse()
                content = answer.read()
            except (HTTPException, ConnectionError):  # closed by the server between two of them
                self.line.close()
                continue
            return json.loads(content) if answer.status == 200 else {"status": answer.status}
        return {"status": "no answer"}
