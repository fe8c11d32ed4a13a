"""Member cards on paper: one's own, or a branch's, eight on a sheet. Who printed whose is on record."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.documents import render_pdf
from core.errors import DomainError
from core.models import User
from members import permissions
from members.models import Branch, Member, MemberCode
from members.own_codes import CodeRefusal
from members.services import codes
from members.services.own_record import hold_own


@dataclass(frozen=True)
class Card:
    """What stands on one card; ``picture`` is the code's QR."""

    member: Member
    branch: Branch
    picture: str


class CannotPrintCard(DomainError):
    """``code`` is a ``CodeRefusal``."""


@transaction.atomic
def print_own_card(*, actor: User, at: datetime) -> bytes:
    """One's own card; only who is on the roll has one. Raises ``CannotPrintCard`` or ``CannotRender``."""
    member = hold_own(actor)
    period = member.memberships.on(clock.local_date(at)).select_related("branch").first()
    if period is None:
        raise CannotPrintCard(CodeRefusal.NOT_ON_ROLL)
    row = MemberCode.objects.filter(member=member).first()
    if row is None:
        raise CannotPrintCard(CodeRefusal.NO_CODE)
    pdf = _sheet([Card(member, period.branch, codes.picture_of(codes.plain_of(row)))], period.branch)
    audit.record(actor=actor, action="members.membercode.printed", target=member, subject=member.pk, at=at)
    return pdf


@transaction.atomic
def print_branch_cards(*, branch: Branch, actor: User, at: datetime) -> bytes:
    """The cards of the branch's people of today; codes are made for whoever has none. Raises ``PermissionDenied``."""
    if not permissions.can_print_roll(actor, branch):
        raise PermissionDenied
    on = clock.local_date(at)
    people = list(Member.objects.in_branches([branch.pk], on=on).order_by("pinyin", "pk"))
    held = codes.codes_for(people, at=at)
    pdf = _sheet([Card(one, branch, codes.picture_of(held[one.pk])) for one in people], branch)
    data = {"people": len(people)}
    audit.record(actor=actor, action="members.branch.cards_printed", target=branch, data=data, at=at)
    return pdf


def _sheet(cards: list[Card], branch: Branch) -> bytes:
    return render_pdf("members/cards_pdf.html", {"cards": cards, "branch": branch})
