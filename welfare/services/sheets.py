"""发放签领表: a branch's people of a run on paper, for signing; who printed it is on record (REGULATIONS.md 6.3)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.documents import render_pdf
from core.enums import Role
from core.models import User
from core.money import rmb_words
from finance.models.fields import NOTHING
from members.models import Branch
from welfare.enums import IN_THE_RUN, BenefitState
from welfare.models import Benefit, Entitlement, Handout

PRINTED_IN = (BenefitState.APPROVED, BenefitState.HANDING_OUT, BenefitState.SETTLED)


@dataclass(frozen=True)
class Line:
    """One person: ``on`` and ``proxy`` where the hand-out was noted in the programme already."""

    number: int
    branch: str
    name: str
    staff_no: str
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
    pdf = render_pdf("welfare/sheet_pdf.html", facts)
    data = {"branch": branch.pk, "people": len(facts["lines"])}
    audit.record(actor=actor, action="welfare.benefit.sheet_printed", target=benefit, data=data, at=at)
    return pdf


def sheet_of(benefit: Benefit, branch: Branch, *, on: date) -> dict:
    """What stands on it: the lines by name, the sum in figures and in words. Three queries."""
    rows = Entitlement.objects.filter(benefit=benefit, branch=branch, state__in=IN_THE_RUN)
    standing = Handout.objects.standing().filter(entitlement__in=rows).only("entitlement_id", "proxy", "relation")
    noted = {one.entitlement_id: one for one in standing}
    people = rows.select_related("member").order_by("member__pinyin", "member")
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


def _line(number: int, row: Entitlement, branch: Branch, note: Handout | None) -> Line:
    given = (row.member.name, row.member.staff_no, row.amount, row.received_on)
    proxy = (note.proxy, note.relation) if note else ("", "")
    return Line(number, branch.short_name, *given, *proxy)
