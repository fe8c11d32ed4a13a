"""``bench list [--members N ...]``: the admin's member list at growing sizes, beside bare SQL and the stock admin.

One database of its own grows from size to size; every figure is the p50 of requests by Django's test client (whole
request: session, rights, template) as a union staff user, the kinds measured by turns. Goals (DEPENDENCIES.md):
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
from urllib.parse import urlencode

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
    import psycopg

    from bench import rolls

    figures: dict[int, dict[str, dict[str, float]]] = {}
    queries: dict[int, dict[str, int]] = {}
    owner_url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
    with psycopg.connect(owner_url, autocommit=True) as owner:
        rolls.prepare(owner)
        client = _staff()
        for size in sizes:
            start = time.perf_counter()
            rolls.grow(owner, size)
            print(f"list：{size:,} 名会员就绪，用时 {time.perf_counter() - start:.0f} s", file=sys.stderr)
            pages = _pages(client, size)
            queries[size] = {kind: _query_count(client, LIST + page) for kind, page in pages.items()}
            figures[size] = _measure(client, owner, pages, size, runs=runs)
    return _report(figures, queries, runs=runs)


def _staff():
    """A signed-in union staff user."""
    from datetime import date

    from django.test import Client

    from core.enums import Role
    from core.models import RoleGrant, User

    user = User.objects.create_user("bench", name="测量")
    RoleGrant.objects.create(user=user, role=Role.UNION_STAFF, from_on=date(2020, 1, 1))
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


def _pages(client, size: int) -> dict[str, str]:
    """The addresses by kind; the deep page begins behind nine tenths of the roll."""
    from bench.rolls import SEARCHED
    from core.pagination import _write
    from members.models import Member

    at = Member.objects.order_by("pinyin", "id")[size * 9 // 10]
    deep = urlencode({"after": _write(at, ("pinyin", "id"))})
    return {"first": "", "deep": f"?{deep}", "search": "?" + urlencode({"q": SEARCHED})}


def _measure(client, owner, pages: dict[str, str], size: int, *, runs: int) -> dict[str, dict[str, float]]:
    """p50 in milliseconds by kind of page and by who answers: sql (the floor), house (the product), stock."""
    from bench.rolls import SEARCHED

    floor = {kind: _statements(client, LIST + page) for kind, page in pages.items()}
    samples: dict[str, dict[str, list[float]]] = {kind: {"sql": [], "house": [], "stock": []} for kind in KINDS}
    for _run in range(runs + 2):  # the first two warm caches and are thrown away
        for kind in KINDS:
            samples[kind]["sql"].append(_milliseconds(lambda texts=floor[kind]: _execute(owner, texts)))
            samples[kind]["house"].append(_milliseconds(lambda page=pages[kind]: _get(client, LIST + page)))
    stock = {"first": "", "deep": f"?p={size * 9 // 10 // 50}", "search": "?" + urlencode({"q": SEARCHED})}
    with _stock_admin():  # on its own: other templates
        for _run in range(max(5, runs // 3)):
            for kind in KINDS:
                samples[kind]["stock"].append(_milliseconds(lambda page=stock[kind]: _get(client, LIST + page)))
    return {kind: {who: median(values[2:]) for who, values in by.items()} for kind, by in samples.items()}


def _execute(owner, texts: list[str]) -> None:
    for text in texts:
        owner.execute(text).fetchall()


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
