"""``bench export [--rows N]``: a list as a worker makes it, beside XlsxWriter alone with the same rows.

Goal <= 1.5x, and <= 150 MB at 100,000 rows. The product's time holds everything from the job's row to the finished
file: progress, whom it holds, sealing, store and audit. Each run is a process of its own, so that memory is too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from bench.scratch import scratch_database

GOAL = 1.5
MEMORY_GOAL = 150  # MB
HEADS = ("工号", "姓名", "性别", "分工会", "职称", "出生日期", "入会日期", "手机", "邮箱", "金额", "次数", "备注")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench export")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", choices=["floor", "product"], help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if options.measure:
        print(json.dumps(_measure(options.measure, options.rows)))
        return 0
    with tempfile.TemporaryDirectory() as home, scratch_database():
        return _compare(home, rows=options.rows, runs=max(3, options.runs))


def _compare(home: str, *, rows: int, runs: int) -> int:
    results: dict[str, list[dict]] = {"floor": [], "product": []}
    for _ in range(runs):
        for which, measured in results.items():
            command = [sys.executable, "-m", "bench", "export", "--rows", str(rows), "--measure", which]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ | {"BENCH_MEDIA": home})
            measured.append(json.loads(done.stdout))
    floor, product = (median(run["seconds"] for run in results[which]) for which in ("floor", "product"))
    memory = max(run["megabytes"] for run in results["product"])
    print(f"export：{rows} 行 x {len(HEADS)} 列，{runs} 次取中位数")
    for which, seconds in (("floor", floor), ("product", product)):
        each = "、".join(f"{run['seconds']:.2f}" for run in results[which])
        print(f"  {which:8} {seconds:6.2f} s（{each}），{results[which][0]['bytes'] / 1e6:.1f} MB")
    print(f"  内存峰值 {memory:.0f} MB（目标 ≤ {MEMORY_GOAL}），floor {results['floor'][0]['megabytes']:.0f} MB")
    print(f"  倍数 {product / floor:.2f}（目标 ≤ {GOAL}）")
    return 0 if product / floor <= GOAL and memory <= MEMORY_GOAL else 1


def _rows(count: int) -> Iterator[list[Any]]:
    born, joined = date(1970, 1, 1), date(2000, 9, 1)
    for number in range(count):
        yield [
            *(
                f"{1_900_000 + number}",
                f"龚红{chr(0x4E00 + number % 5000)}",
                "女",
                f"第{number % 40}分工会",
                "副教授",
            ),
            *(born + timedelta(days=number % 9000), joined + timedelta(days=number % 7000)),
            *(f"138{number:08}", f"t{number}@example.edu.cn", Decimal(number % 9973) / 4, number % 7, ""),
        ]


def _measure(which: str, rows: int) -> dict[str, float]:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "union_site.settings")
    django.setup()
    made = _floor if which == "floor" else _product
    made(100)  # untimed: what is measured is an export, not the loading of modules
    start = time.perf_counter()
    size = made(rows)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "bytes": size, "megabytes": _peak()}


def _peak() -> float:
    """MB of this program; ``ru_maxrss`` would also count the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _floor(rows: int) -> int:
    import xlsxwriter

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
        with xlsxwriter.Workbook(file.name, options) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADS)
            for number, row in enumerate(_rows(rows), start=1):
                sheet.write_row(number, 0, row)
        return Path(file.name).stat().st_size


def _product(rows: int) -> int:
    from django.conf import settings

    from core import clock, exports
    from core.enums import Role
    from core.models import RoleGrant, User
    from core.services import exporting

    settings.MEDIA_ROOT = os.environ["BENCH_MEDIA"]
    exports.kinds.pop("bench.list", None)
    exports.kind(
        "bench.list",
        title="名单",
        permission="core.export_auditentry",
        columns=tuple(exports.Column(f"c{number}", title) for number, title in enumerate(HEADS)),
        count=lambda actor, parameters: rows,
        rows=lambda actor, parameters, columns: enumerate(_rows(rows), start=1),
    )
    actor = User.objects.filter(username="bench").first()
    if actor is None:
        actor = User.objects.create_user("bench", None, name="测量")
        RoleGrant.objects.create(user=actor, role=Role.AUDIT_ADMIN, from_on=clock.today())
    asked: dict[str, Any] = {
        "parameters": {},
        "columns": [f"c{number}" for number in range(len(HEADS))],
        "reason": "测量",
    }
    job = exports.request_export(actor=actor, kind="bench.list", at=clock.now(), **asked)
    exporting.run_export(job.pk)
    job.refresh_from_db()
    assert job.result is not None, job.refusal
    return job.result.size
