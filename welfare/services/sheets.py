"""发放签领表: a branch's people of a run on paper, for signing; who printed it is on record (REGULATIONS.md 6.3)."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.binding import Chapter, bound
from core.documents import render_pdf
from core.enums import Role
from core.models import User
from core.money import rmb_words
from finance.models.fields import NOTHING
from members.models import Branch
from welfare.enums import IN_THE_RUN, BenefitState
from welfare.models import Benefit, Entitlement, Handout

PART = 250  # people
AT_ONCE = 2  # parts that are laid out at the same time, each in a process apart
PRINTED_IN = (BenefitState.APPROVED, BenefitState.HANDING_OUT, BenefitState.SETTLED)


@dataclass(frozen=True)
class Line:
    """One person; ``thing`` is his package, or what the run gives.

    ``on`` and ``proxy`` stand where the hand-out was noted in the programme already.
    """

    number: int
    branch: str
    name: str
    staff_no: str
    thing: str
    amount: Decimal
    on: date | None
    proxy: str = ""
    relation: str = ""


def may_print(actor: User, branch: int) -> bool:
    """Union staff every branch, an officer his own."""
    return actor.has_perm("welfare.print_sheet") and (actor.holds(Role.UNION_STAFF) or branch in actor.branch_ids)


@transaction.atomic
def print_sheet(*, benefit: Benefit, branch: Branch, actor: User, at: datetime) -> bytes:
    """One branch's sheet as PDF. Raises ``PermissionDenied`` or ``core.documents.CannotRender``."""
    if not may_print(actor, branch.pk) or benefit.state not in PRINTED_IN:
        raise PermissionDenied
    facts = sheet_of(benefit, branch, on=clock.local_date(at))
    pdf = bound([_chapter(facts, [pdf for _facts, pdf in _drawn(parts_of(facts))])])
    data = {"branch": branch.pk, "people": len(facts["lines"])}
    audit.record(actor=actor, action="welfare.benefit.sheet_printed", target=benefit, data=data, at=at)
    return pdf


def draw_all(*, benefit: Benefit, at: datetime, progress: Callable[[int], None]) -> tuple[bytes, set[int]]:
    """The sheets of all branches in one document, each with its own page numbers, and the members in it.

    For a worker: a part is laid out in a process apart, which ends with it. ``progress`` is told the people so far.
    Raises ``core.documents.CannotRender``.
    """
    on, people, chapters = clock.local_date(at), set[int](), list[Chapter]()
    rows = Entitlement.objects.filter(benefit=benefit, state__in=IN_THE_RUN)
    branches = Branch.objects.filter(pk__in=rows.values("branch")).order_by("position", "pk")
    parts = (part for branch in branches for part in parts_of(sheet_of(benefit, branch, on=on)))
    done = 0
    for facts, pdf in _drawn(parts):
        if facts["part"] == 1:
            chapters.append(_chapter(facts, []))
            people.update(facts["members"])
        chapters[-1].parts.append(pdf)
        done += len(facts["shown"])
        progress(done)
    return (bound(chapters) if chapters else b""), people


def sheet_of(benefit: Benefit, branch: Branch, *, on: date) -> dict:
    """What stands on it: the lines by name, the sum in figures and in words. Three queries."""
    rows = Entitlement.objects.filter(benefit=benefit, branch=branch, state__in=IN_THE_RUN)
    standing = Handout.objects.standing().filter(entitlement__in=rows).only("entitlement_id", "proxy", "relation")
    noted = {one.entitlement_id: one for one in standing}
    people = rows.select_related("member", "benefit", "choice__package").order_by("member__pinyin", "member")
    lines = [_line(number, row, branch, noted.get(row.pk)) for number, row in enumerate(people, start=1)]
    total = sum((line.amount for line in lines), NOTHING)
    return {
        "members": [row.member_id for row in people],
        "benefit": benefit,
        "branch": branch,
        "lines": lines,
        "total": total,
        "words": rmb_words(total),
        "on": on,
    }


def parts_of(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """A long list is laid out in parts, each with its own sum, as a process apart can hold; one at least."""
    lines = facts["lines"]
    starts = range(0, max(len(lines), 1), PART)
    parts = [lines[start : start + PART] for start in starts]
    sums = [sum((line.amount for line in part), NOTHING) for part in parts]
    return [
        facts | {"shown": part, "part": number, "parts": len(parts), "part_sum": summed}
        for number, (part, summed) in enumerate(zip(parts, sums, strict=True), start=1)
    ]


def _chapter(facts: dict[str, Any], parts: list[bytes]) -> Chapter:
    """Of several parts, the pages are numbered when they are bound."""
    return Chapter(facts["branch"].short_name, parts, numbered=len(facts["lines"]) > PART)


def _drawn(parts: Iterable[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Each with its PDF, in their order; no more are begun than are waited for."""
    begun: deque = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for facts in parts:
            begun.append((facts, pool.submit(render_pdf, "welfare/sheet_pdf.html", facts)))
            if len(begun) > AT_ONCE:
                facts, work = begun.popleft()
                yield facts, work.result()
        for facts, work in begun:
            yield facts, work.result()


def _line(number: int, row: Entitlement, branch: Branch, note: Handout | None) -> Line:
    given = (row.member.name, row.member.staff_no, _thing(row), row.amount, row.received_on)
    proxy = (note.proxy, note.relation) if note else ("", "")
    return Line(number, branch.short_name, *given, *proxy)


def _thing(row: Entitlement) -> str:
    chosen = getattr(row, "choice", None)  # Django's word for "none" of a one-to-one
    return " ".join(filter(None, (chosen.package.name, chosen.package.spec))) if chosen else row.benefit.name
