"""Several claims signed by one person at one go, each by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import intents
from core.errors import DomainError
from core.models import User
from finance.models import Expense
from finance.services.approvals import approve_expense


@dataclass(frozen=True)
class Answer:
    """What became of one claim; ``why`` it was not signed, or empty."""

    expense: Expense
    why: str = ""


def approve_each(*, chosen: Sequence[tuple[int, str]], key: str, actor: User, at: datetime) -> list[Answer]:
    """Sign each claim of ``chosen`` (number, digest that the page showed) in a transaction of its own: one refusal
    does not stop the others. The same ``key`` again has the same answers. Unknown claims are left out."""
    seen = Expense.objects.visible_to(actor).in_bulk([pk for pk, _digest in chosen])
    return [_answer(seen[pk], digest, key, actor, at) for pk, digest in chosen if pk in seen]


def _answer(expense: Expense, digest: str, key: str, actor: User, at: datetime) -> Answer:
    try:
        with intents.once(actor=actor, form=f"finance.expense.sign.{expense.pk}", key=key) as intent:
            if not intent.repeated:
                approve_expense(expense=expense, digest=digest, actor=actor, at=at)
    except DomainError as refused:
        return Answer(expense, refused.message)
    return Answer(expense)
