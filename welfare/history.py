"""What a person received, in the story of his years."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from core.money import grouped
from members import timeline
from members.models import Member
from members.timeline import Event
from welfare.enums import EntitlementState
from welfare.selectors import shares_of_member


@timeline.source("benefits")
def received(member: Member) -> Iterable[Event]:
    """Each run that he had, on the day he had it; the branch hands it out, so its officer may know."""
    for row in shares_of_member(member).filter(state=EntitlementState.RECEIVED):
        if row.received_on is not None:
            amount = _("%(amount)s 元") % {"amount": grouped(row.amount)}
            yield Event(row.received_on, _("福利"), str(row.benefit), amount)
