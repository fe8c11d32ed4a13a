"""What the register prints."""

from datetime import date

from django.db.models import OuterRef, Q, Subquery

from core.documents import render_pdf
from core.money import rmb_words
from members import arrears
from members.models import Branch, DuesLine, DuesList, Membership


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


def dues_list(month: DuesList) -> bytes:
    """会费收缴表 of one month as PDF: every line by branch and pinyin, what was paid, the total in figures and words.

    Class C2: the caller checks the permission and writes the audit entry.
    """
    lines = DuesLine.objects.filter(dues_list=month).with_turns().select_related("member", "branch")
    ordered = lines.order_by("branch__position", "branch", "member__pinyin", "member")
    figures = arrears.collected(month)
    context = {"month": month, "lines": list(ordered), "figures": figures, "words": rmb_words(figures.due)}
    return render_pdf("members/dues_pdf.html", context)
