"""Send again what failed, by a person's decision: deliveries, digests, posts to groups."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, outbox
from core.errors import DomainError
from core.models import User
from notices import rules
from notices.enums import DeliveryState, ResendRefusal
from notices.models import Delivery, Digest, RobotPost
from notices.services.handing_out import DELIVER, DIGESTS, POSTS


class CannotResend(DomainError):
    """There is nothing to send again."""


@transaction.atomic
def resend_failed(*, actor: User, ids: list[int] | None, at: datetime) -> int:
    """Open the failed ones among ``ids`` (None: all failed) for five more tries and wake the workers; how many.

    Lateness, leaving and opt-out are judged again before they leave. Raises ``CannotResend``.
    """
    found = _open_again(Delivery, "notices.delivery.resent", actor=actor, ids=ids, at=at)
    for start in range(0, len(found), rules.CHUNK):
        chunk = found[start : start + rules.CHUNK]
        outbox.add(DELIVER, first=chunk[0], last=chunk[-1])
    return len(found)


@transaction.atomic
def resend_digests(*, actor: User, ids: list[int] | None, at: datetime) -> int:
    """The same for digests: the same mail under its own Message-ID, with what waits for the person now."""
    found = _open_again(Digest, "notices.digest.resent", actor=actor, ids=ids, at=at)
    outbox.add(DIGESTS)
    return len(found)


@transaction.atomic
def resend_posts(*, actor: User, ids: list[int] | None, at: datetime) -> int:
    """The same for posts to groups, once more: a person has looked into the groups, for they may have arrived."""
    found = _open_again(RobotPost, "notices.robotpost.resent", actor=actor, ids=ids, at=at)
    outbox.add(POSTS)
    return len(found)


def _open_again(
    model: type[Delivery] | type[Digest] | type[RobotPost],
    action: str,
    *,
    actor: User,
    ids: list[int] | None,
    at: datetime,
) -> list[int]:
    """The failed ones, open again, in order of id."""
    if not actor.has_perm(f"notices.resend_{model._meta.model_name}"):
        raise PermissionDenied
    failed = model.objects.visible_to(actor).filter(state=DeliveryState.FAILED).order_by("pk")
    if ids is not None:
        failed = failed.filter(pk__in=ids)
    # Two clerks at once: the second one finds nothing left to open.
    found = list(failed.select_for_update(of=("self",)).values_list("pk", flat=True))
    if not found:
        raise CannotResend(ResendRefusal.NOT_FAILED, _("没有发送失败的记录。"))
    model.objects.filter(pk__in=found).update(state=DeliveryState.PENDING, reason="", attempts=0, next_try_at=None)
    one = model.objects.get(pk=found[0]) if len(found) == 1 else None
    data = {"count": len(found), "first": found[0], "last": found[-1]}
    audit.record(actor=actor, action=action, target=one, data=data, at=at)
    return found
