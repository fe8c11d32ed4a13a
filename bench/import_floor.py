"""The least that any import must do: read, the same checks, COPY, upsert.

No periods, no sealing, no search, no audit, one index.
"""

import re
from datetime import date
from pathlib import Path

from django.db import connection, connections, transaction
from python_calamine import load_workbook

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_STAGE = """
CREATE TEMPORARY TABLE floor_staged (staff_no text, name text, sex text, ethnicity text, birth_on date,
    id_number text, political_status text, education text, title text, department_name text, branch text,
    hired_on date, joined_on date, phone text, email text, bank_card text, remark text) ON COMMIT DROP
"""
_TABLE = """
CREATE TABLE floor_member (staff_no text PRIMARY KEY, name text, sex text, ethnicity text, birth_on date,
    id_number text, political_status text, education text, title text, department_name text, branch text,
    hired_on date, joined_on date, phone text, email text, bank_card text, remark text)
"""
_UPSERT = """
INSERT INTO floor_member SELECT * FROM floor_staged
ON CONFLICT (staff_no) DO UPDATE SET name = excluded.name, sex = excluded.sex, ethnicity = excluded.ethnicity,
    birth_on = excluded.birth_on, id_number = excluded.id_number, political_status = excluded.political_status,
    education = excluded.education, title = excluded.title, department_name = excluded.department_name,
    branch = excluded.branch, hired_on = excluded.hired_on, joined_on = excluded.joined_on, phone = excluded.phone,
    email = excluded.email, bank_card = excluded.bank_card, remark = excluded.remark
"""


def run(path: Path, *, branches: set[str]) -> int:
    """Import the roster's sound rows; how many."""
    rows = load_workbook(path).get_sheet_by_index(0).to_python(skip_empty_area=False)
    seen: set[str] = set()
    accepted = [row for cells in rows[3:] if (row := _checked(cells, branches, seen))]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.copy("COPY floor_staged FROM STDIN") as copy:
            for row in accepted:
                copy.write_row(row)
        cursor.execute(_UPSERT)
    return len(accepted)


def prepare() -> None:
    """The plainest table, empty."""
    with connections["owner" if "owner" in connections else "default"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS floor_member")
        cursor.execute(_TABLE)
        cursor.execute("GRANT ALL ON floor_member TO PUBLIC")


def _checked(cells: list, branches: set[str], seen: set[str]) -> tuple | None:
    staff_no = _text(cells[1])
    name = "".join(str(cells[2]).split())
    branch = "".join(str(cells[11]).split())
    number = str(cells[6]).strip().upper()
    if not staff_no or staff_no in seen or not name or name.startswith("=") or branch not in branches:
        return None
    seen.add(staff_no)
    if len(number) != 18 or not number[:17].isdigit():
        return None
    if "10X98765432"[sum(w * int(d) for w, d in zip(_WEIGHTS, number, strict=False)) % 11] != number[17]:
        return None
    try:
        birth_on, hired_on, joined_on = _date(cells[5]), _date(cells[12]), _date(cells[13])
    except ValueError:
        return None
    texts = [str(cells[place]).strip() for place in (3, 4, 7, 8, 9, 10, 15, 17)]
    phone = _text(cells[14]).replace("-", "")
    card = str(cells[16]).replace(" ", "")
    sex, ethnicity, politics, education, title, department, email, remark = texts
    if (int(number[16]) % 2 == 1) != (sex == "男") or number[6:14] != f"{birth_on:%Y%m%d}":
        remark += "?"
    return (
        *(staff_no, name, sex, ethnicity, birth_on, number, politics, education, title, department, branch),
        *(hired_on, joined_on, phone, email, card, remark),
    )


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else str(cell).strip()


def _date(cell: object) -> date:
    if isinstance(cell, date):
        return cell
    found = _DATE.fullmatch(str(cell).strip())
    if not found:
        raise ValueError(cell)
    return date(int(found[1]), int(found[2]), int(found[3]))
