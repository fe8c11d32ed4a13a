"""The preview of an import: what each row would do to the register, cell by cell, fit to be shown and kept."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from core import attachments
from core.errors import DomainError
from core.masks import mask_kept4, mask_last4, mask_phone
from core.sealed import CannotOpen, hasher
from members.enums import CellKind, EndReason, ImportRefusal, RowVerdict, Sex, Verdict
from members.models import Branch, ImportRow, ImportRun
from members.services import import_cells as cells
from members.services import roster_comparing
from members.services.roster import in_file_order
from members.services.roster_heads import shown
from members.services.roster_reading import judge_roster
from members.services.roster_rows import Finding, Judged, Person, clean, staff_no_of

_OLD = """
SELECT r.n, m.name, m.sex, m.birth_on, m.ethnicity, m.political_status, m.education, m.title, m.department_name,
    m.hired_on, m.phone, m.email, m.remark, coalesce(s.id_number_last4, ''), coalesce(s.bank_card_last4, ''),
    p.branch_id, p.from_on, p.until_on, p.reason_out
FROM roster_staged r JOIN members_member m ON m.id = r.member_id
LEFT JOIN members_membersecret s ON s.member_id = m.id
LEFT JOIN LATERAL (
    SELECT * FROM members_membership WHERE member_id = m.id ORDER BY from_on DESC LIMIT 1) p ON true
WHERE m.id = ANY(%s)
"""
_FIELDS: tuple[str, ...] = (
    "name",
    "sex",
    "birth_on",
    "ethnicity",
    "political_status",
    "education",
    "title",
    "department_name",
)
_FIELDS += ("hired_on", "phone", "email", "remark")
_COPY = """
COPY members_importrow (run_id, n, sheet, row, staff_no, name, verdict, codes, cells, unknown_branch, digest)
FROM STDIN
"""


class CannotProceed(DomainError):
    """A step of an import is not taken; ``code`` is an ``ImportRefusal``. ``rows``: what is said of single ones."""

    def __init__(self, code: ImportRefusal, rows: Sequence[str] = ()) -> None:
        super().__init__(code, str(code.label))  # type: ignore[arg-type]  # a text choice is a string enum
        self.rows = list(rows)


class Row(NamedTuple):
    """One row of the preview, as ``ImportRow`` keeps it."""

    sheet: str
    row: int
    staff_no: str
    name: str
    verdict: RowVerdict
    codes: list[str]
    cells: list[list[str]]
    unknown_branch: str
    digest: str


@dataclass
class Preview:
    """What a file would do now: the verdicts, the comparison that ``store`` takes, and the rows to be shown."""

    judged: Judged
    found: roster_comparing.Comparison
    rows: list[Row]


def read(run: ImportRun) -> Judged:
    """Judge the run's file. Raises ``CannotImport``, ``CannotRead``, ``CannotProceed`` where the file is gone."""
    file = attachments.of(run).first()
    if file is None:
        raise CannotProceed(ImportRefusal.FILE_GONE)
    try:
        content = attachments.content_of(file)
    except CannotOpen as gone:
        raise CannotProceed(ImportRefusal.FILE_GONE) from gone
    return judge_roster(BytesIO(content), filename=run.filename, mapping=run.mapping, raw=True)


def preview(judged: Judged, *, as_of: date) -> Preview:
    """Hold the file against the register as it is now; inside a transaction, and nothing of the register changes."""
    found = roster_comparing.compare(judged, as_of=as_of)
    return Preview(judged, found, list(_rows(judged, found)))


def keep(run: ImportRun, made: Preview, *, at: datetime) -> None:
    """Put the preview in the place of an earlier one."""
    ImportRow.objects.filter(run=run).delete()
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(["int8", "int4", "text", "int4", "text", "text", "text", "text[]", "text", "text", "text"])
        for n, row in enumerate(made.rows, start=1):
            shape = json.dumps(row.cells, ensure_ascii=False)
            copy.write_row((run.pk, n, *row[:4], row.verdict.value, row.codes, shape, *row[7:]))
    run.counts = _counts(made)
    run.judged_at = at
    run.judge()
    run.save(update_fields=["counts", "judged_at", "state"])


def differing(run: ImportRun, made: Preview) -> list[str]:
    """Places whose verdict is no longer the one that was previewed."""
    kept = dict(ImportRow.objects.filter(run=run).values_list("n", "digest"))
    places = [
        _("%(sheet)s 第 %(row)d 行 %(staff_no)s") % {"sheet": row.sheet, "row": row.row, "staff_no": row.staff_no}
        for n, row in enumerate(made.rows, start=1)
        if kept.pop(n, "") != row.digest
    ]
    return places + [""] * len(kept)


def _counts(made: Preview) -> dict[str, Any]:
    """Figures of the preview's head."""
    by = Counter(row.verdict.value for row in made.rows)
    return {
        **{verdict.value: by[verdict.value] for verdict in RowVerdict},
        "rows": len(made.rows),
        "warning": sum(1 for row in made.rows if row.codes and row.verdict != RowVerdict.ERROR),
        "codes": Counter(code for row in made.rows for code in row.codes),
        "hidden": made.judged.skipped,
    }


def _rows(judged: Judged, found: roster_comparing.Comparison) -> Iterable[Row]:
    """Every row in the file's order."""
    texts = _Texts(found)
    warned: dict[Any, list[Verdict]] = {}
    for finding in judged.warned + found.warned:
        warned.setdefault(finding.place, []).append(finding.code)
    refused = {finding.place: finding for finding in judged.rejected + found.rejected}
    taken = {person.place: n for n, person in enumerate(judged.people)}
    everybody = [Finding(place, Verdict.STAFF_NO_MISSING) for place in taken.keys() | refused.keys()]
    for place in (finding.place for finding in sorted(everybody, key=in_file_order(judged))):
        if place in refused and place not in taken:
            yield texts.refused(refused[place], judged.raw.get(place, {}))
        elif place in refused:
            yield texts.held(refused[place], judged.people[taken[place]])
        else:
            yield texts.accepted(taken[place], warned.get(place, []))


class _Texts:
    """Says in words what becomes of a row; knows the register's values of those who change."""

    def __init__(self, found: roster_comparing.Comparison) -> None:
        self._found = found
        self._hash = hasher()
        self._branches = dict(Branch.objects.values_list("pk", "short_name"))
        self._new = set(found.new)
        self._secret = set(found.secrets)
        touched = sorted(found.changed | found.moved | {found.pk_of(n) for n, p in found.plans.items() if p.differs})
        with connection.cursor() as cursor:
            cursor.execute(_OLD, [touched])
            self._old = {n: values for n, *values in cursor.fetchall()}

    def accepted(self, n: int, codes: Sequence[Verdict]) -> Row:
        person = self._found.people[n]
        doubted = {name for code in codes for name in cells.DOUBTED.get(code, ())}
        if n in self._new:
            verdict, shown_cells = RowVerdict.NEW, self._new_cells(person, doubted)
        else:
            pk = self._found.pk_of(n)
            plan = self._found.plans.get(n)
            is_changed = pk in self._found.changed or bool(plan and plan.changes)
            verdict = RowVerdict.CHANGED if is_changed else RowVerdict.SAME
            shown_cells = self._changed_cells(n, person, doubted) if n in self._old else []
            if not is_changed:
                shown_cells = [cell for cell in shown_cells if cell[3] == CellKind.WARNING]
        facts = [verdict.value, *codes, person[1:], self._old.get(n), self._found.plans.get(n)]
        return self._row(person.place, person.name, verdict, codes, shown_cells, facts)

    def held(self, finding: Finding, person: Person) -> Row:
        """Refused by the register, not by the row itself."""
        wrong = "id_number" if finding.code == Verdict.ID_NUMBER_TAKEN else ""
        shown_cells = [
            [name, "", text, CellKind.ERROR.value if name == wrong else ""]
            for name, _old, text, _kind in self._new_cells(person, set())
        ]
        if finding.about:
            shown_cells.insert(0, ["staff_no", person.staff_no, finding.about, CellKind.ERROR.value])
        facts = ["error", finding.code, finding.about]
        return self._row(finding.place, person.name, RowVerdict.ERROR, [finding.code], shown_cells, facts)

    def refused(self, finding: Finding, raw: dict[str, Any]) -> Row:
        wrong = cells.at_fault(finding.code, raw)
        shown_cells = [
            [name, "", _masked(name, clean(cell)), CellKind.ERROR.value if name in wrong else ""]
            for name, cell in raw.items()
            if clean(cell) or name in wrong
        ]
        unknown = clean(raw.get("branch", "")) if finding.code == Verdict.BRANCH_UNKNOWN else ""
        unknown = unknown if len(unknown) <= 60 and shown(unknown) == unknown else ""
        facts = ["error", finding.code, finding.place.staff_no, sorted((k, clean(v)) for k, v in raw.items())]
        name = shown(clean(raw.get("name", "")))[:60]
        return self._row(finding.place, name, RowVerdict.ERROR, [finding.code], shown_cells, facts, unknown)

    def _row(self, place, name, verdict, codes, shown_cells, facts, unknown: str = "") -> Row:
        number = place.staff_no if staff_no_of(place.staff_no) and len(place.staff_no) < 15 else shown(place.staff_no)
        digest = self._hash(json.dumps([place.sheet, place.row, facts], default=str, ensure_ascii=False))
        values = [code.value for code in codes]
        return Row(place.sheet, place.row, number[:32], name, verdict, values, shown_cells, unknown, digest)

    def _new_cells(self, person: Person, doubted: set[str]) -> list[list[str]]:
        texts = {name: _text(name, getattr(person, name)) for name in _FIELDS}
        texts["id_number"] = mask_last4(person.id_number)
        texts["bank_card"] = mask_last4(person.bank_card)
        texts["branch"] = self._branches.get(person.branch, "")
        texts["period"] = _period(person.from_on, person.until_on, person.reason_out)
        return [
            [name, "", text, (CellKind.WARNING if name in doubted else CellKind.NEW).value]
            for name, text in texts.items()
            if text or name in doubted
        ]

    def _changed_cells(self, n: int, person: Person, doubted: set[str]) -> list[list[str]]:
        """What the roster leaves empty the register keeps."""
        *values, id4, card4, branch, from_on, until_on, reason = self._old[n]
        found = []
        for name, old in zip(_FIELDS, values, strict=True):
            new = getattr(person, name) or old
            found.append((name, _text(name, old), _text(name, new), old != new))
        has_id, has_card = self._new_secrets(n, person)
        found.append(("id_number", mask_kept4(id4), mask_last4(person.id_number) or mask_kept4(id4), has_id))
        found.append(("bank_card", mask_kept4(card4), mask_last4(person.bank_card) or mask_kept4(card4), has_card))
        plan = self._found.plans.get(n)
        moves = bool(plan and (plan.moves or (plan.opens and plan.opens.branch != branch)))
        old_branch, new_branch = self._branches.get(branch, ""), self._branches.get(person.branch, "")
        found.append(("branch", old_branch, new_branch if moves else old_branch, moves))
        old_period = _period(from_on, until_on, reason) if from_on else ""
        new_period = old_period
        if plan and (period := plan.opens or plan.moves or plan.ends):
            new_period = _period(period.from_on, period.until_on, period.reason_out)
        elif plan and plan.differs:  # what the roster says, and the register does not take over
            new_period = _period(person.from_on, person.until_on, person.reason_out)
        found.append(("period", old_period, new_period, bool(plan and plan.changes)))
        return [
            [name, old if is_changed or name in doubted else "", new, _kind(name, is_changed, doubted).value]
            for name, old, new, is_changed in found
            if new or name in doubted
        ]

    def _new_secrets(self, n: int, person: Person) -> tuple[bool, bool]:
        if n not in self._secret:
            return False, False
        known = self._found.known[person.staff_no]
        has_card = bool(person.bank_card) and self._hash(person.bank_card) != known.card_hash
        return self._found.hashes[n] not in ("", known.id_hash), has_card


def _kind(name: str, is_changed: bool, doubted: set[str]) -> CellKind:
    if name in doubted:
        return CellKind.WARNING
    return CellKind.CHANGED if is_changed else CellKind.SAME


def _masked(name: str, text: str) -> str:
    if name in ("id_number", "bank_card"):
        return mask_last4(text)
    return mask_phone(text) if name == "phone" else shown(text)[:80]


def _text(name: str, value: Any) -> str:
    if not value:
        return ""
    if name == "sex":
        return str(Sex(value).label)
    if name == "phone":
        return mask_phone(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _period(from_on: date, until_on: date | None, reason_out: str) -> str:
    if until_on is None:
        return _("%(day)s 起") % {"day": from_on.isoformat()}
    last = (until_on - timedelta(days=1)).isoformat()
    facts = {"from": from_on.isoformat(), "last": last, "why": EndReason(reason_out).label if reason_out else ""}
    return _("%(from)s 至 %(last)s %(why)s") % facts
