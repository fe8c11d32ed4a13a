"""What a merge of two members does with reminders: one per rule and occasion stands, and is sent once."""

from typing import Any

from members.merging import Settler, Way, says, settles
from members.models import Member
from notices.enums import DeliveryState, Reason
from notices.models import Delivery

says("notices.InboxMessage.member", Way.WHERE_FREE)
says("notices.Reminder.member", Way.WHERE_FREE)
says("notices.NoticePreference.member", Way.WHERE_FREE)


def _cancel(keep: Member, drop: Member) -> list[list[Any]]:
    """What still waits for the dropped record is an occasion of which the kept one has a reminder of its own."""
    waiting = Delivery.objects.filter(
        reminder__member=drop, state__in=[DeliveryState.PENDING, DeliveryState.FAILED]
    ).order_by("pk")
    told = [[one.pk, one.state, one.reason] for one in waiting.select_for_update(of=("self",))]
    Delivery.objects.filter(pk__in=[one[0] for one in told]).update(state=DeliveryState.SKIPPED, reason=Reason.MERGED)
    return told


def _open_again(told: list[list[Any]]) -> None:
    for pk, state, reason in told:
        cancelled = Delivery.objects.filter(pk=pk, state=DeliveryState.SKIPPED, reason=Reason.MERGED)
        cancelled.update(state=state, reason=reason)


settles("notices.deliveries", Settler(_cancel, _open_again))
