"""Send again what failed, by a person's decision."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, outbox
from core.errors import DomainError
from core.models import User
from notices import rules
from notices.enums import DeliveryState, ResendRefusal
from notices.models import Delivery
from notices.services.handing_out import DELIVER


class CannotResend(DomainError):
    """There is nothing to send again."""


@transaction.atomic
def resend_failed(*, actor: User, ids: list[int] | None, at: datetime) -> int:
    """Open the failed ones among ``ids`` (None: all failed) for five more tries and wake the workers; how many.

    Lateness, leaving and opt-out are judged again before they leave. Raises ``CannotResend``.
    """
    if not actor.has_perm("notices.resend_delivery"):
        raise PermissionDenied
    failed = Delivery.objects.visible_to(actor).filter(state=DeliveryState.FAILED).order_by("pk")
    if ids is not None:
        failed = failed.filter(pk__in=ids)
    # Two clerks at once: the second one finds nothing left to open.
    found = list(failed.select_for_update(of=("self",)).values_list("pk", flat=True))
    if not found:
        raise CannotResend(ResendRefusal.NOT_FAILED, _("没有发送失败的记录。"))
    Delivery.objects.filter(pk__in=found).update(state=DeliveryState.PENDING, reason="", attempts=0, next_try_at=None)
    data = {"count": len(found), "first": found[0], "last": found[-1]}
    audit.record(actor=actor, action="notices.delivery.resent", data=data, at=at)
    for start in range(0, len(found), rules.CHUNK):
        chunk = found[start : start + rules.CHUNK]
        outbox.add(DELIVER, first=chunk[0], last=chunk[-1])
    return len(found)
