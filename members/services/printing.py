"""Paper that leaves the house with people's data on it: who printed what is on record."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from core import audit, clock
from core.models import User
from members import documents, permissions
from members.models import Branch, DuesList, Member


@transaction.atomic
def print_branch_roll(*, branch: Branch, actor: User, at: datetime) -> bytes:
    """The branch's roll of the day as PDF; the audit keeps branch and head count. Raises ``PermissionDenied``."""
    if not permissions.can_print_roll(actor, branch):
        raise PermissionDenied
    on = clock.local_date(at)
    pdf = documents.branch_roll(branch, on)
    people = Member.objects.in_branches([branch.pk, *branch.children.values_list("pk", flat=True)], on=on).count()
    audit.record(actor=actor, action="members.branch.roll_printed", target=branch, data={"people": people}, at=at)
    return pdf


@transaction.atomic
def print_dues_list(*, dues_list: DuesList, actor: User, at: datetime) -> bytes:
    """会费收缴表 as PDF, by branch. Raises ``PermissionDenied`` or ``core.documents.CannotRender``."""
    if not actor.has_perm("members.view_duesline"):
        raise PermissionDenied
    pdf = documents.dues_list(dues_list)
    people = dues_list.lines.count()
    audit.record(actor=actor, action="members.dueslist.printed", target=dues_list, data={"people": people}, at=at)
    return pdf
