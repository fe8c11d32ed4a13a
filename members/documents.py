"""What the register prints."""

from datetime import date

from django.db.models import OuterRef, Q, Subquery

from core.documents import render_pdf
from members.models import Branch, Membership


def branch_roll(branch: Branch, on: date) -> bytes:
    """分工会会员名册 as PDF: who was on the roll of ``branch`` and its groups on that day, by pinyin.

    It leaves the house with names and staff numbers: the caller checks the permission and writes the audit entry.
    Raises ``core.documents.CannotRender``.
    """
    return render_pdf("members/roll_pdf.html", {"branch": branch, "on": on, "rows": _rows(branch, on)})


def _rows(branch: Branch, on: date) -> list[Membership]:
    """Memberships of the day with their member and ``joined_on``, the first day of the member's first membership."""
    first = Membership.objects.filter(member=OuterRef("member")).order_by("from_on").values("from_on")[:1]
    here = Membership.objects.on(on).filter(Q(branch=branch) | Q(branch__parent=branch))
    rows = here.select_related("member").annotate(joined_on=Subquery(first))
    return list(rows.order_by("member__pinyin", "member__pk"))
