"""``bench import [--rows N]``: the roster's import beside its floor; goal <= 4x, and <= 500 MB at 100,000 rows.

Each measured run is a process of its own on an emptied database, so that memory is its own too. Both import a hundred
rows first, untimed: what is measured is an import, not the loading of modules and dictionaries.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from bench.scratch import scratch_database

GOAL = 4.0
MEMORY_GOAL = 500  # MB, each of the importing process and of its reader (TRUST.md 2.9)
SEED = 20221231


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench import")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=["floor", "product"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.measure:
        print(json.dumps(_measure(options.measure, options.file)))
        return 0
    with tempfile.TemporaryDirectory() as folder, scratch_database():
        return _compare(Path(folder) / "花名册.xlsx", rows=options.rows, runs=max(3, options.runs))


def _compare(path: Path, *, rows: int, runs: int) -> int:
    from bench.roster_book import BRANCHES, write_book
    from members.models import Branch

    write_book(path, rows=rows, seed=SEED)
    write_book(_warm_up(path), rows=100, seed=SEED)
    Branch.objects.bulk_create([Branch(name=name, short_name=name.removesuffix("分工会")) for name in BRANCHES])
    results: dict[str, list[dict]] = {"floor": [], "product": []}
    for _ in range(runs):
        for which, measured in results.items():
            measured.append(_in_a_process(which, path))
    floor, product = (median(run["seconds"] for run in results[which]) for which in ("floor", "product"))
    memory = max(run["megabytes"] for run in results["product"])
    reader = max(run["reader"] for run in results["product"])
    again = median(run["again"] for run in results["product"])
    print(f"import：{rows} 行，{runs} 次取中位数，种子 {SEED}")
    for which, seconds in (("floor", floor), ("product", product)):
        each = "、".join(f"{run['seconds']:.2f}" for run in results[which])
        print(f"  {which:8} {seconds:6.2f} s（{each}），接受 {results[which][0]['accepted']} 行")
    print(f"  再导入一次（无变化） {again:.2f} s")
    print(f"  内存峰值 {memory:.0f} MB，读表进程另 {reader:.0f} MB（目标各 ≤ {MEMORY_GOAL}）")
    print(f"  倍数 {product / floor:.2f}（目标 ≤ {GOAL}）")
    return 0 if product / floor <= GOAL and max(memory, reader) <= MEMORY_GOAL else 1


def _in_a_process(which: str, path: Path) -> dict:
    command = [sys.executable, "-m", "bench", "import", "--measure", which, "--file", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    return json.loads(done.stdout)


def _measure(which: str, path: Path) -> dict:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
    django.setup()
    return _measure_floor(path) if which == "floor" else _measure_product(path)


def _measure_floor(path: Path) -> dict:
    from bench import import_floor
    from bench.roster_book import BRANCHES

    names = {*BRANCHES, *(name.removesuffix("分工会") for name in BRANCHES)}
    import_floor.prepare()
    import_floor.run(_warm_up(path), branches=names)
    import_floor.prepare()
    start = time.perf_counter()
    accepted = import_floor.run(path, branches=names)
    return {"seconds": time.perf_counter() - start, "accepted": accepted, **_megabytes()}


def _measure_product(path: Path) -> dict:
    from django.db import connections

    from core import clock
    from members.services.roster import import_roster

    def empty() -> None:
        with connections["owner" if "owner" in connections else "default"].cursor() as cursor:
            cursor.execute("TRUNCATE members_member, members_membersecret, members_membership CASCADE")

    empty()
    import_roster(path=_warm_up(path), actor=None, at=clock.now())
    empty()
    start = time.perf_counter()
    report = import_roster(path=path, actor=None, at=clock.now())
    seconds = time.perf_counter() - start
    accepted = report.accepted
    start = time.perf_counter()
    import_roster(path=path, actor=None, at=clock.now())
    again = time.perf_counter() - start
    return {"seconds": seconds, "again": again, "accepted": accepted, **_megabytes()}


def _warm_up(path: Path) -> Path:
    return path.with_name("热身.xlsx")


def _megabytes() -> dict[str, float]:
    """The peaks of this process and of the largest of its children, which is the spreadsheets' reader."""
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"megabytes": own / 1024, "reader": children / 1024}
