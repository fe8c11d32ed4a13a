"""What the books must satisfy, told from below: each app registers its checks in its ``books.py``.

    books.add(Check("I7", _("序号连续"), "SELECT ..."))

``check_books`` runs all of them every hour and before every archive (TRUST.md 2.14).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Check:
    """One invariant: ``sql`` is one statement whose rows are what breaks it, each a text that says where.

    ``code`` is that of TRUST.md 5.3; several checks may serve one invariant.
    """

    code: str
    label: Any  # lazy text
    sql: str


@dataclass(frozen=True)
class Difference:
    """A place where an invariant does not hold."""

    code: str
    label: str
    where: str

    def __str__(self) -> str:
        return f"{self.code} {self.label}：{self.where}"


_checks: list[Check] = []


def add(*checks: Check) -> None:
    _checks.extend(checks)


def differences() -> Iterator[Difference]:
    """All there are, by check; none in sound books."""
    with connection.cursor() as cursor:
        for check in sorted(_checks, key=lambda check: check.code):
            cursor.execute(check.sql)
            for (where,) in cursor.fetchall():
                yield Difference(check.code, str(check.label), str(where))
