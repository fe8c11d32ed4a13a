"""Papers about posts, pairings and staff homes: who printed what is on record."""

from datetime import date, datetime

from django.db import transaction

from core import audit
from core.documents import render_pdf
from core.models import User
from members.models import HomeAssessment, Pairing
from members.selectors import posts as selectors_posts


@transaction.atomic
def print_chart(*, on: date, actor: User, at: datetime) -> bytes:
    """组织机构图 of a day as PDF; everybody who is signed in may see it (class C1: names and units)."""
    pdf = render_pdf("members/chart_pdf.html", {"chart": selectors_posts.chart_on(on)})
    audit.record(actor=actor, action="members.chart.printed", data={"on": str(on)}, at=at)
    return pdf


@transaction.atomic
def print_home(*, assessment: HomeAssessment, actor: User, at: datetime) -> bytes:
    """教工小家考核表 as PDF; the caller has looked for it in what the actor sees."""
    rows = list(assessment.scores.select_related("criterion"))
    totals = [sum((getattr(row, column) or 0 for row in rows), 0) for column in ("own", "given")]
    context = {"assessment": assessment, "rows": rows, "own": totals[0], "given": totals[1]}
    pdf = render_pdf("members/home_pdf.html", context)
    data = {"year": assessment.year}
    audit.record(actor=actor, action="members.homeassessment.printed", target=assessment, data=data, at=at)
    return pdf


@transaction.atomic
def print_certificate(*, pairing: Pairing, actor: User, at: datetime) -> bytes:
    """The certificate of a completed pairing as PDF; the caller has asked for the right."""
    pdf = render_pdf("members/pairing_pdf.html", {"pairing": pairing})
    audit.record(actor=actor, action="members.pairing.printed", target=pairing, subject=pairing.partner_id, at=at)
    return pdf
