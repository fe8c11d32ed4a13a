"""``bench sheets [--people N]``: all branches' sign-off sheets of a run, beside WeasyPrint alone with the same pages.

Goal <= 1.1x, <= 350 MB a worker and as much each process that lays out for it. The floor is WeasyPrint in two
processes that keep its fonts, each with its half of the parts, and nothing bound. The product's time holds everything
from the job's row to the finished file: the people, two processes that end with each part, progress, page numbers
that run through, whom it holds, sealing, store and audit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import psycopg

from bench import rolls
from bench.export_list import _peak
from bench.handout import make_run
from bench.scratch import scratch_database

GOAL = 1.1
MEMORY_GOAL = 350  # MB
AT_ONCE = 2
BRANCHES = 10
LOOK = 0.1  # seconds between two looks at the memory of the processes apart


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench sheets")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=["floor", "product"], help=argparse.SUPPRESS)
    parser.add_argument("--half", type=int, default=-1, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.measure:
        print(json.dumps(_measure(options.measure, options.half)))
        return 0
    with (
        tempfile.TemporaryDirectory() as home,
        scratch_database(),
        psycopg.connect(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"], autocommit=True) as owner,
    ):
        os.environ["BENCH_MEDIA"] = home
        rolls.prepare(owner, branches=BRANCHES)
        rolls.grow(owner, options.people * 10 // 9 + 1)  # one in ten is not on the roll any more
        make_run()
        return _compare(people=options.people, runs=max(1, options.runs))


def _compare(*, people: int, runs: int) -> int:
    found: dict[str, list[dict[str, float]]] = {"floor": [], "product": []}
    for _ in range(runs):
        for which, measured in found.items():
            measured.append(_one(which))
    floor, product = (median(run["seconds"] for run in found[which]) for which in found)
    memory, apart = (max(run[name] for run in found["product"]) for name in ("megabytes", "apart"))
    told = found["product"][0]
    print(f"sheets：{people} 人，{told['pages']:.0f} 页，{runs} 次取中位数")
    for which, seconds in (("floor", floor), ("product", product)):
        each = "、".join(f"{run['seconds']:.1f}" for run in found[which])
        print(f"  {which:8} {seconds:6.1f} s（{each}）")
    print(f"  文件 {told['bytes'] / 1e6:.1f} MB；内存峰值：后台进程 {memory:.0f} MB，排版进程 {apart:.0f} MB", end="")
    print(f"（目标各 ≤ {MEMORY_GOAL}）")
    print(f"  倍数 {product / floor:.2f}（目标 ≤ {GOAL}）")
    return 0 if product / floor <= GOAL and max(memory, apart) <= MEMORY_GOAL else 1


def _one(which: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench", "sheets", "--measure", which]
    if which == "product":
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    halves = [
        subprocess.Popen([*command, "--half", str(half)], stdout=subprocess.PIPE, text=True)
        for half in range(AT_ONCE)
    ]
    told = [json.loads(half.communicate()[0]) for half in halves]
    return {"seconds": max(one["seconds"] for one in told)}


def _measure(which: str, half: int) -> dict[str, float]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
    django.setup()
    return _floor(half) if which == "floor" else _product()


def _floor(half: int) -> dict[str, float]:
    """The pages are made beforehand: what is timed is WeasyPrint."""
    from django.template.loader import render_to_string

    from core import clock, paper
    from members.models import Branch
    from welfare.models import Benefit
    from welfare.services import sheets

    run, today = Benefit.objects.get(), clock.today()
    branches = Branch.objects.filter(pk__in=run.entitlements.values("branch")).order_by("position", "pk")
    parts = [part for branch in branches for part in sheets.parts_of(sheets.sheet_of(run, branch, on=today))]
    pages = [render_to_string("welfare/sheet_pdf.html", part) for part in parts[half::AT_ONCE]]
    paper.pdf_of("<p>字</p>")  # untimed: the fonts
    start = time.perf_counter()
    for page in pages:
        paper.pdf_of(page)
    return {"seconds": time.perf_counter() - start}


def _product() -> dict[str, float]:
    from io import BytesIO

    from django.conf import settings
    from pypdf import PdfReader

    from core import attachments, clock, exports
    from core.documents import render_pdf
    from core.models import User
    from core.services import exporting
    from welfare.exports import SHEETS
    from welfare.models import Benefit

    settings.MEDIA_ROOT = os.environ["BENCH_MEDIA"]
    asked: dict[str, Any] = {"parameters": {"run": Benefit.objects.get().pk}, "reason": "测量", "at": clock.now()}
    job = exports.request_export(actor=User.objects.get(username="staff"), kind=SHEETS, **asked)
    render_pdf("core/pdf_numbers.html", {"pages": range(1)})  # untimed: the process that forks for each part
    over, apart = Event(), [0.0]
    watch = Thread(target=_watch, args=(over, apart))
    watch.start()
    start = time.perf_counter()
    exporting.run_export(job.pk)
    seconds = time.perf_counter() - start
    over.set()
    watch.join()
    megabytes = _peak()
    job.refresh_from_db()
    assert job.result is not None, job.refusal
    pages = len(PdfReader(BytesIO(attachments.content_of(job.result))).pages)
    return {
        **{"seconds": seconds, "megabytes": megabytes, "apart": apart[0]},
        **{"bytes": job.result.size, "pages": pages},
    }


def _watch(over: Event, apart: list[float]) -> None:
    """The most that one process apart held, MB."""
    while not over.wait(LOOK):
        apart[0] = max([apart[0], *(_held(child) for child in _children(os.getpid()))])


def _children(of: int) -> list[int]:
    """Every process below this one."""
    found: list[int] = []
    for task in Path(f"/proc/{of}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except FileNotFoundError:  # it ended meanwhile
            continue
    return [*found, *(below for child in found for below in _children(child) if Path(f"/proc/{child}").exists())]


def _held(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024 if "VmRSS:" in status else 0.0
