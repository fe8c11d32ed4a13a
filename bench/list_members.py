"""``bench list [--members N ...]``: the admin's member list at growing sizes, beside bare SQL and the stock admin.

Databases of its own, one per size; every figure is the p50 of requests by Django's test client (whole request:
session, rights, template) as a union staff user, sizes and kinds measured by turns. Goals (DEPENDENCIES.md):
<= 12 queries; first, deep and search page at the largest size <= 1.3x of the smallest; >= 4.5x ahead of the stock
admin at 1,000,000. The searched two-character name has the same thirty bearers at every size.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from bench.scratch import scratch_database

SIZES = [1_000, 100_000, 1_000_000]
MOST_QUERIES = 12
GROWTH = 1.3
AHEAD_OF_STOCK = 4.5
KINDS = ("first", "deep", "search")
LIST = "/admin/members/member/"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench list")
    parser.add_argument("--members", type=int, nargs="+", default=SIZES)
    parser.add_argument("--runs", type=int, default=21, help="requests of each kind; the median counts")
    options = parser.parse_args(words)
    with scratch_database():
        return _compare(sorted(options.members), runs=max(3, options.runs))


def _compare(sizes: list[int], *, runs: int) -> int:
    with _rosters(sizes) as databases:
        figures, queries = _measure(databases, runs=runs)
    return _report(figures, queries, runs=runs)


@contextmanager
def _rosters(sizes: list[int]) -> Iterator[dict[int, str]]:
    """One database per size, all of them at once so that they are measured by turns: size -> name."""
    import psycopg
    from django.db import connections

    from bench import rolls

    owner_url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    maintenance = urlunsplit(urlsplit(owner_url)._replace(path="/postgres"))
    name = connections["default"].settings_dict["NAME"]
    databases = {size: f"{name}_{size}" for size in sizes[:-1]} | {sizes[-1]: name}
    _staff()
    try:
        for size in sizes:
            start = time.perf_counter()
            with psycopg.connect(owner_url, autocommit=True) as owner:
                rolls.grow(owner, size)
            _use(databases[size])  # lets go of the one that is copied
            if size != sizes[-1]:
                with psycopg.connect(maintenance, autocommit=True) as server:
                    server.execute(f'CREATE DATABASE "{databases[size]}" TEMPLATE "{name}"')
            print(f"list：{size:,} 名会员就绪，用时 {time.perf_counter() - start:.0f} s", file=sys.stderr)
        yield databases
    finally:
        _use(name)
        with psycopg.connect(maintenance, autocommit=True) as server:
            for copy in set(databases.values()) - {name}:
                server.execute(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def _use(name: str) -> None:
    """Let the application's connection end; the next one goes to that database."""
    from django.db import connections

    for alias in connections:
        connections[alias].close()
        if "pool" in connections[alias].settings_dict["OPTIONS"]:
            connections[alias].close_pool()  # type: ignore[attr-defined]
        connections[alias].settings_dict["NAME"] = name


def _staff() -> None:
    """A union staff user, before the databases part."""
    from datetime import date

    import psycopg

    from bench import rolls
    from core.enums import Role
    from core.models import RoleGrant, User

    user = User.objects.create_user("bench", name="测量")
    RoleGrant.objects.create(user=user, role=Role.UNION_STAFF, from_on=date(2020, 1, 1))
    with psycopg.connect(
        os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"], autocommit=True
    ) as owner:
        rolls.prepare(owner)


def _client():
    """That user, signed in to the database in use."""
    from django.test import Client

    from core.models import User

    client = Client()
    client.force_login(User.objects.get(username="bench"), backend="core.backends.StaffNumberBackend")
    return client


def _pages(size: int) -> dict[str, str]:
    """The addresses by kind; the deep page begins behind nine tenths of the roll."""
    from bench.rolls import SEARCHED
    from core.pagination import _write
    from members.models import Member

    at = Member.objects.order_by("pinyin", "id")[size * 9 // 10]
    deep = urlencode({"after": _write(at, ("pinyin", "id"))})
    return {"first": "", "deep": f"?{deep}", "search": "?" + urlencode({"q": SEARCHED})}


def _measure(databases: dict[int, str], *, runs: int) -> tuple[dict, dict]:
    """p50 in milliseconds by size, kind of page and who answers: sql (the floor), house (the product), stock.

    Three blocks, in each of them the house and then the stock admin, in each of these all sizes by turns.
    """
    clients, pages, floor, queries = {}, {}, {}, {}
    for size, name in databases.items():
        _use(name)
        clients[size], pages[size] = _client(), _pages(size)
        queries[size] = {kind: _query_count(clients[size], LIST + page) for kind, page in pages[size].items()}
        floor[size] = {kind: _statements(clients[size], LIST + page) for kind, page in pages[size].items()}
    samples: dict = {size: {kind: {"sql": [], "house": [], "stock": []} for kind in KINDS} for size in databases}
    for _block in range(3):
        for _round in range(-(-runs // 3)):
            for size, name in databases.items():
                _use(name)
                _get(clients[size], LIST)
                for kind, taken in samples[size].items():
                    taken["sql"].append(_milliseconds(lambda texts=floor[size][kind]: _execute(texts)))
                    page = LIST + pages[size][kind]
                    taken["house"].append(_milliseconds(lambda who=clients[size], page=page: _get(who, page)))
        _measure_stock(databases, clients, samples)
    return {
        size: {kind: {who: median(values) for who, values in by.items()} for kind, by in kinds.items()}
        for size, kinds in samples.items()
    }, queries


def _measure_stock(databases: dict[int, str], clients: dict, samples: dict) -> None:
    from bench.rolls import SEARCHED

    with _stock_admin():  # other templates: on its own
        for _round in range(2):
            for size, name in databases.items():
                _use(name)
                _get(clients[size], LIST)
                deep = f"?p={size * 9 // 10 // 50}"
                for kind, query in {"first": "", "deep": deep, "search": "?" + urlencode({"q": SEARCHED})}.items():
                    page = LIST + query
                    taken = _milliseconds(lambda who=clients[size], page=page: _get(who, page))
                    samples[size][kind]["stock"].append(taken)


def _execute(texts: list[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(text)
            cursor.fetchall()


def _get(client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return answer


def _milliseconds(act) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _query_count(client, address: str) -> int:
    _get(client, address)
    return len(_captured(client, address))


def _captured(client, address: str) -> list[dict]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        _get(client, address)
    return list(captured)


def _statements(client, address: str) -> list[str]:
    """The page's own reads of members and memberships: what no page could do without."""
    return [
        query["sql"]
        for query in _captured(client, address)
        if query["sql"].startswith("SELECT")
        and 'FROM "members_member' in query["sql"]
        and "COUNT(" not in query["sql"]
    ]


@contextmanager
def _stock_admin() -> Iterator[None]:
    """The same address answered by ``bench.stock_admin`` with Django's own templates."""
    from copy import deepcopy

    import django.contrib.admin
    from django.conf import settings
    from django.test import override_settings

    templates = deepcopy(settings.TEMPLATES)
    templates[0]["DIRS"] = [Path(django.contrib.admin.__file__).parent / "templates"]
    with override_settings(ROOT_URLCONF="bench.stock_admin", TEMPLATES=templates):
        yield


def _report(figures: dict, queries: dict, *, runs: int) -> int:
    sizes = list(figures)
    small, large = sizes[0], sizes[-1]
    print(f"list：每种页面 {runs} 次取中位数（毫秒）。sql = 该页自身的语句，house = 本系统，stock = Django 自带后台")
    for size in sizes:
        for kind, by in figures[size].items():
            ahead = by["stock"] / by["house"]
            print(
                f"  {size:>9,} {kind:6} sql {by['sql']:7.1f}  house {by['house']:7.1f}  stock {by['stock']:8.1f}"
                f"  领先 {ahead:5.1f} 倍  查询 {queries[size][kind]} 条"
            )
    missed = max(count for by in queries.values() for count in by.values()) > MOST_QUERIES
    for kind in KINDS:
        growth = figures[large][kind]["house"] / figures[small][kind]["house"]
        missed |= growth > GROWTH
        print(f"  {kind:6} {large:,} 是 {small:,} 的 {growth:.2f} 倍（目标 ≤ {GROWTH}）")
    if large >= 1_000_000:
        for kind in KINDS:
            ahead = figures[large][kind]["stock"] / figures[large][kind]["house"]
            missed |= ahead < AHEAD_OF_STOCK
            print(f"  {kind:6} 领先 Django 自带后台 {ahead:.1f} 倍（目标 ≥ {AHEAD_OF_STOCK}）")
    return 1 if missed else 0
