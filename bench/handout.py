"""``bench handout [--each N]``: 32 clients hand a run's shares out through the service, beside a bare row lock.

Goal (DEPENDENCIES.md) >= 800 hand-outs a second. The floor is what no hand-out can do without, on the same tables and
by as many clients: begin, lock the share, update it, insert the row, commit. The product judges, answers a key once
and writes the audit, whose chain lets one act after the other commit. Clients are threads of ``PROCESSES`` processes,
as web workers are; each has N people of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from statistics import median, quantiles
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import psycopg

from bench import rolls
from bench.scratch import scratch_database

CLIENTS, PROCESSES = 32, 4
LEAST = 800  # a second
PEOPLE_PER_CLIENT = 100
_LOCK = "SELECT id FROM welfare_entitlement WHERE benefit_id = %s AND member_id = %s FOR UPDATE"
_MOVE = "UPDATE welfare_entitlement SET state = 'received', received_on = current_date WHERE id = %s"
_NOTE = """
INSERT INTO welfare_handout (entitlement_id, by_id, at, way, proxy, relation, key, said)
VALUES (%s, %s, now(), 'typed', '', '', %s, '')"""
_PEOPLE = "SELECT member_id FROM welfare_entitlement WHERE benefit_id = %s AND state = 'listed' ORDER BY id LIMIT %s"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench handout")
    parser.add_argument("--each", type=int, default=PEOPLE_PER_CLIENT)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=["floor", "product"], help=argparse.SUPPRESS)
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.measure:
        print(json.dumps(_clients(options.measure, options.place, options.each)))
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
    found: dict[str, list[dict[str, float]]] = {"floor": [], "product": []}
    for _ in range(runs):
        for which, measured in found.items():
            measured.append(_measured(which, each))
            forget(owner)
    print(f"handout：{CLIENTS} 个客户端（{PROCESSES} 个进程），各 {each} 人，{runs} 次取中位数")
    for which, measured in found.items():
        rate, late = (median(run[name] for run in measured) for name in ("rate", "p95"))
        print(f"  {which:8} {rate:7,.0f} 次/秒，p95 {late * 1000:.0f} ms")
    rate, floor = (median(run["rate"] for run in found[which]) for which in ("product", "floor"))
    print(f"  倍数 {floor / rate:.1f}；目标 ≥ {LEAST} 次/秒")
    return 0 if rate >= LEAST else 1


def _measured(which: str, each: int) -> dict[str, float]:
    """All processes begin together: each waits for a line on its input, and tells when it began and ended."""
    command = [sys.executable, "-m", "bench", "handout", "--measure", which, "--each", str(each), "--place"]
    started = [
        subprocess.Popen([*command, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for place in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout  # asked for above
        process.stdout.readline()
    answers = []
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        answers.append(json.loads(process.communicate()[0]))
        if process.returncode:
            raise RuntimeError(f"a client ended with {process.returncode}")
    spent = max(one["ended"] for one in answers) - min(one["began"] for one in answers)
    times = [each for one in answers for each in one["times"]]
    return {"rate": len(times) / spent, "p95": quantiles(times, n=20)[18]}


def _clients(which: str, place: int, each: int) -> dict[str, Any]:
    """The threads of one process, each over its own people."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
    django.setup()
    people = _people(each)
    threads = CLIENTS // PROCESSES
    times: list[float] = []
    ready = Barrier(threads + 1)

    def client(number: int) -> None:
        mine = people[(place * threads + number) * each :][:each]
        act = _floor() if which == "floor" else _product()
        ready.wait()
        for member in mine:
            start = time.perf_counter()
            act(member)
            times.append(time.perf_counter() - start)

    clients = [Thread(target=client, args=(number,)) for number in range(threads)]
    for thread in clients:
        thread.start()
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.time()
    ready.wait()
    for thread in clients:
        thread.join()
    if len(times) != threads * each:
        raise RuntimeError("a hand-out was refused")
    return {"began": began, "ended": time.time(), "times": times}


def _people(each: int) -> list[int]:
    from welfare.models import Benefit

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        found = connection.execute(_PEOPLE, [Benefit.objects.get().pk, CLIENTS * each]).fetchall()
    return [row[0] for row in found]


def _floor() -> Callable[[int], None]:
    from core.models import User
    from welfare.models import Benefit

    run, by = Benefit.objects.get().pk, User.objects.get(username="staff").pk
    connection = psycopg.connect(os.environ["DATABASE_URL"])

    def act(member: int) -> None:
        with connection.transaction():
            (share,) = connection.execute(_LOCK, [run, member]).fetchone() or (None,)
            connection.execute(_MOVE, [share])
            connection.execute(_NOTE, [share, by, uuid4()])

    return act


def _product() -> Callable[[int], None]:
    from core import clock
    from core.models import User
    from members.models import Member
    from welfare.enums import HandoutWay
    from welfare.models import Benefit
    from welfare.services.handing_out import hand_out

    run, by = Benefit.objects.get(), User.objects.get(username="staff")
    by.has_perm("welfare.hand_out")  # read once a request

    def act(member: int) -> None:
        given: dict[str, Any] = {"way": HandoutWay.TYPED, "key": uuid4(), "actor": by, "at": clock.now()}
        hand_out(benefit=run, member=Member.objects.get(pk=member), **given)

    return act


def make_run() -> None:
    """Budgeted, frozen, approved, begun: by three people, as it has to be."""
    from core import clock
    from core.enums import Role
    from core.models import RoleGrant, User
    from finance.models import Account
    from finance.services import budget, years
    from welfare.services import approving, drafting, freezing

    at = clock.now()
    by: dict[str, Any] = {}
    for name, role in (("staff", Role.UNION_STAFF), ("chair", Role.CHAIR), ("accountant", Role.ACCOUNTANT)):
        by[name] = User.objects.create_user(name, name=name)
        RoleGrant.objects.create(user=by[name], role=role, from_on=date(2020, 1, 1))
    today = clock.today()
    year = years.plan_year(year=today.year, carried_over=Decimal(0), drawn=Decimal(0), actor=by["accountant"], at=at)
    account = Account.objects.create(code="50105", name="会员活动", side="spending")
    line = budget.set_budget(
        **{"year": year, "account": account, "branch": None, "project": "", "amount": Decimal(10) ** 9},  # type: ignore[arg-type]
        **{"key": uuid4(), "actor": by["accountant"], "at": at},
    )
    years.open_year(year=year, document="bench", actor=by["chair"], at=at)
    run = drafting.draft(
        occasion="other", name="bench", eligible_on=today, per_head=Decimal(100), line=line, actor=by["staff"], at=at
    )
    run = freezing.freeze(benefit=run, actor=by["staff"], at=at)
    run = approving.approve(benefit=run, key=uuid4(), actor=by["chair"], at=at)
    approving.start(benefit=run, actor=by["staff"], at=at)


def forget(owner: psycopg.Connection) -> None:
    """As before the first hand-out; the audit stays."""
    owner.execute("TRUNCATE welfare_handout")
    owner.execute("UPDATE welfare_entitlement SET state = 'listed', received_on = NULL WHERE state = 'received'")
    owner.execute("VACUUM ANALYZE welfare_entitlement")
