"""Who is due by the office's own roster: read from the workbook by other means than the system's import."""

import re
from datetime import date

from django.conf import settings
from python_calamine import CalamineWorkbook

YEAR = settings.BASE_DIR / "demo" / "year-2022"
REJECTED_ROWS = 12


def day_of(cell) -> date | None:
    """All spellings of the roster: a real date, eight digits, or three numbers."""
    if isinstance(cell, date):
        return date(cell.year, cell.month, cell.day)
    parts = re.findall(r"\d+", str(cell))
    if len(parts) == 1 and len(parts[0]) == 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:]]
    try:
        return date(*map(int, parts))
    except (TypeError, ValueError):
        return None


def people(rejected: set[int]) -> list[dict]:
    """Staff number, name, birth date, first and last day on the roll of every row that is to be accepted."""
    rows = CalamineWorkbook.from_path(YEAR / "会员花名册.xlsx").get_sheet_by_name("花名册").to_python()
    found = []
    for number, row in enumerate(rows, start=1):
        staff_no = str(row[1]).strip()
        if number in rejected or not re.fullmatch(r"\d{7}(\.0)?", staff_no):
            continue
        left = re.fullmatch(r"(.+)退休", str(row[17]).strip())
        found.append(
            {
                "staff_no": staff_no[:7],
                "email": str(row[15]).strip(),
                "born": day_of(row[5]),
                "joined": day_of(row[13]),
                "last": day_of(left[1]) if left else None,
            }
        )
    return found
