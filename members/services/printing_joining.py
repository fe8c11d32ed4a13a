"""The application on paper, and the lists of the ceremonies: who printed what is on record."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit
from core.documents import render_pdf
from core.models import User
from members.models import JoinApplication, Member
from members.selectors import life as selectors_life


@transaction.atomic
def print_application(*, application: JoinApplication, actor: User, at: datetime) -> bytes:
    """《入会申请书》 and 《工会会员登记表》 as PDF, for signing. The family is printed for the applicant only.

    Raises ``PermissionDenied`` for who may not see the application, ``core.documents.CannotRender``.
    """
    if not JoinApplication.objects.visible_to(actor).filter(pk=application.pk).exists():
        raise PermissionDenied
    own = application.applicant_id == actor.pk
    family = JoinApplication._meta.get_field("family").take(application) if own else ""  # type: ignore[union-attr]
    card_no = application.member.card_no if application.member else ""
    pdf = render_pdf("members/join_pdf.html", {"row": application, "family": family, "card_no": card_no, "at": at})
    subject = Member.objects.filter(user=application.applicant_id).values_list("pk", flat=True).first()
    audit.record(actor=actor, action="members.joinapplication.printed", target=application, subject=subject, at=at)
    return pdf


@transaction.atomic
def print_ceremony(*, kind: str, from_on: date, until_on: date, actor: User, at: datetime) -> bytes:
    """入会仪式 (``newcomers``) or 荣退 (``farewells``): names by branch, for reading out."""
    if not actor.has_perm("members.view_membershipact"):
        raise PermissionDenied
    rows = list(getattr(selectors_life, kind)(from_on=from_on, until_on=until_on))
    pdf = render_pdf(
        "members/ceremony_pdf.html", {"kind": kind, "rows": rows, "from_on": from_on, "until_on": until_on}
    )
    data = {"kind": kind, "people": len(rows), "from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
    audit.record(actor=actor, action="members.ceremony.printed", data=data, at=at)
    return pdf
