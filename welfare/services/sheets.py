"""发放签领表: a branch's people of a run on paper, for signing; who printed it is on record (REGULATIONS.md 6.3)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO

from django.core.exceptions import PermissionDenied
from django.db import transaction
from pypdf import PdfWriter

from core import audit, clock
from core.documents import render_pdf
from core.enums import Role
from core.models import User
from core.money import rmb_words
from finance.models.fields import NOTHING
from members.models import Branch
from welfare.enums import IN_THE_RUN, BenefitState
from welfare.models import Benefit, Entitlement, Handout

PART = 250  # people
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
    pdf = _bound([render_pdf("welfare/sheet_pdf.html", facts | part) for part in parts_of(facts["lines"])])
    data = {"branch": branch.pk, "people": len(facts["lines"])}
    audit.record(actor=actor, action="welfare.benefit.sheet_printed", target=benefit, data=data, at=at)
    return pdf


def sheet_of(benefit: Benefit, branch: Branch, *, on: date) -> dict:
    """What stands on it: the lines by name, the sum in figures and in words. Three queries."""
    rows = Entitlement.objects.filter(benefit=benefit, branch=branch, state__in=IN_THE_RUN)
    standing = Handout.objects.standing().filter(entitlement__in=rows).only("entitlement_id", "proxy", "relation")
    noted = {one.entitlement_id: one for one in standing}
    people = rows.select_related("member", "benefit", "choice__package").order_by("member__pinyin", "member")
    lines = [_line(number, row, branch, noted.get(row.pk)) for number, row in enumerate(people, start=1)]
    total = sum((line.amount for line in lines), NOTHING)
    return {
        "benefit": benefit,
        "branch": branch,
        "lines": lines,
        "total": total,
        "words": rmb_words(total),
        "on": on,
    }


def parts_of(lines: list[Line]) -> list[dict]:
    """A long list is laid out in parts, each with its own sum, as a process apart can hold; one at least."""
    starts = range(0, max(len(lines), 1), PART)
    parts = [lines[start : start + PART] for start in starts]
    return [
        {"shown": part, "part": number, "parts": len(parts), "part_sum": sum((line.amount for line in part), NOTHING)}
        for number, part in enumerate(parts, start=1)
    ]


def _bound(parts: list[bytes]) -> bytes:
    """One document of several."""
    if len(parts) == 1:
        return parts[0]
    writer, bound = PdfWriter(), BytesIO()
    for part in parts:
        writer.append(BytesIO(part))
    writer.write(bound)
    return bound.getvalue()


def _line(number: int, row: Entitlement, branch: Branch, note: Handout | None) -> Line:
    given = (row.member.name, row.member.staff_no, _thing(row), row.amount, row.received_on)
    proxy = (note.proxy, note.relation) if note else ("", "")
    return Line(number, branch.short_name, *given, *proxy)


def _thing(row: Entitlement) -> str:
    chosen = getattr(row, "choice", None)  # Django's word for "none" of a one-to-one
    return " ".join(filter(None, (chosen.package.name, chosen.package.spec))) if chosen else row.benefit.name
