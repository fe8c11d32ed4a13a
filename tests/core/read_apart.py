"""Reads one spreadsheet in a process of its own and tells what it cost: ``python -m tests.core.read_apart ...``.

Arguments: path, file name, and (for controls) Python statements that the reading process runs first.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def read_apart(path: Path, *, filename: str, temp: Path, first: str = "") -> dict[str, Any]:
    """``code`` and ``message`` of the refusal ("" if none), ``sheets``, ``child_mb``, ``grown_mb``, ``seconds``."""
    temp.mkdir(exist_ok=True)
    answer = subprocess.run(
        [sys.executable, "-m", "tests.core.read_apart", str(path), filename, first],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(temp), "PYTHONUTF8": "1"},
        capture_output=True,
        check=True,
    )
    return json.loads(answer.stdout)


def main() -> None:
    from django.conf import settings

    settings.configure(USE_I18N=False)
    from core.spreadsheets import sheets
    from core.spreadsheets.refusals import CannotRead
    from core.spreadsheets.sheets import open_sheets

    path, filename, first = sys.argv[1:]
    if first:
        sheets._COMMAND = [sys.executable, "-c", f"{first}\nfrom core.spreadsheets.child import main\nmain()"]
    told: dict[str, Any] = {"code": "", "message": "", "sheets": []}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with open(path, "rb") as upload, open_sheets(upload, filename=filename) as opened:
            for sheet in opened:
                told["sheets"].append([sheet.name, sheet.hidden, sum(1 for _ in sheet.rows)])
    except CannotRead as refused:
        told |= {"code": refused.code, "message": refused.message}
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    told["grown_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    told["child_mb"], told["seconds"] = children.ru_maxrss >> 10, children.ru_utime + children.ru_stime
    told["left"] = os.listdir(tempfile.gettempdir())
    print(json.dumps(told))


if __name__ == "__main__":
    main()
