"""What every service of a run begins with: its row held, the right asked for, the step possible."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django_fsm import can_proceed

from core import clock, locks
from core.models import User
from finance.services.ledger import Case
from welfare import rules
from welfare.codes import CannotRun, Refusal
from welfare.models import Benefit


def ask(actor: User | None, code: str) -> None:
    """None is the system itself: a command. Raises ``PermissionDenied``."""
    if actor is not None and not actor.has_perm(f"welfare.{code}"):
        raise PermissionDenied


def hold(benefit: Benefit) -> Benefit:
    """The run and its line: two clicks are one after the other."""
    return locks.held(Benefit.objects.select_related("line"), benefit.pk)


def hold_ceilings(year: int) -> None:
    """One list at a time adds to a year's sums: two frozen at once would not see each other (TRUST.md I5)."""
    try:
        with locks.waiting_at_most():
            locks.wait_until_commit(f"welfare.ceilings:{year}")
    except locks.Busy as busy:
        raise CannotRun(Refusal.BUSY) from busy


def refuse(refusal: Refusal | None) -> None:
    if refusal:
        raise CannotRun(refusal)


def refuse_facts(benefit: Benefit, at: datetime) -> None:
    """Raises ``CannotRun`` where what the run says of itself does not fit together on the day of ``at``."""
    asked = {
        name: getattr(benefit, name) for name in ("occasion", "name", "eligible_on", "month", "year", "per_head")
    }
    refuse(rules.refuse_run(**asked, today=clock.local_date(at)))


def refuse_state(event: Callable[[], None]) -> None:
    """The declared transitions decide where a run can go."""
    if not can_proceed(event):
        raise CannotRun(Refusal.WRONG_STATE)


def case_of(benefit: Benefit) -> Case:
    """What the ledger's entries of a run are booked under."""
    return Case("welfare.benefit", str(benefit.pk))
