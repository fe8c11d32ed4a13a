"""A submit that creates something carries the key its form was rendered with: same key, same answer, one act.

    with intents.once(actor=request.user, form="members.profile_change", key=request.POST["intent_key"]) as intent:
        if not intent.repeated:
            change = services.request_change(...)
            intent.result = change.get_absolute_url()
    return redirect(intent.result)

The key's row is part of the act's own transaction: a crash or a refusal inside the block leaves neither. While the
first submit is under way no second one runs: ``InFlight`` passes every view that tells refusals in its form, and the
request is answered 409 (``core.middleware.Conflicts``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import locks
from core.errors import DomainError, last_refusal
from core.models import IntentKey, User

FIELD = "intent_key"


class Refusal(StrEnum):
    MALFORMED = "intent_malformed"
    IN_FLIGHT = "intent_in_flight"


class CannotSubmit(DomainError):
    """The submit cannot be told from another one."""


class InFlight(Exception):
    """The same submit is being worked on at this moment. No ``DomainError``: a form has nothing to say to it."""

    def __init__(self) -> None:
        super().__init__(str(Refusal.IN_FLIGHT))
        self.code = Refusal.IN_FLIGHT
        last_refusal.set(str(self.code))


@dataclass
class Intent:
    """``result`` is what the first submit was answered with: a path or a primary key, up to 200 characters."""

    repeated: bool
    result: str = ""


@contextmanager
def once(*, actor: User, form: str, key: str | UUID) -> Iterator[Intent]:
    """Run the block in one transaction, once for this actor, form and key. Raises ``CannotSubmit``, ``InFlight``."""
    key = _parsed(key)
    with transaction.atomic():
        # Two clicks at once: the second is told so now, instead of waiting for the first.
        if not locks.take_until_commit(f"intent:{actor.pk}:{form}:{key}"):
            raise InFlight
        intent = Intent(repeated=not _claimed(actor, form, key))
        row = IntentKey.objects.filter(user=actor, form=form, key=key)
        if intent.repeated:
            intent.result = row.values_list("result", flat=True)[0]
        yield intent
        if not intent.repeated:
            row.update(result=intent.result)


def _claimed(actor: User, form: str, key: UUID) -> bool:
    """True when the key's row is ours. The unique constraint holds even where the lock is forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_intentkey (user_id, form, key, result) VALUES (%s, %s, %s, '') ON CONFLICT DO NOTHING",
            [actor.pk, form, key],
        )
        return cursor.rowcount == 1


def _parsed(key: str | UUID) -> UUID:
    try:
        return key if isinstance(key, UUID) else UUID(key)
    except (ValueError, TypeError, AttributeError):
        raise CannotSubmit(Refusal.MALFORMED, _("页面已过期，请刷新后再提交。")) from None
