"""Freezing a run's list: everybody who is considered, in one statement, judged by the dated rules of its day."""

from datetime import datetime

from django.db import transaction

from core import audit, clock
from core.models import User
from welfare.ceilings import Ceilings, ceilings_of, verdict_of
from welfare.codes import CannotRun, Refusal
from welfare.due import Judged, judge, write
from welfare.enums import EntitlementState
from welfare.models import Benefit
from welfare.rules import judged_on
from welfare.services.held import ask, hold, hold_ceilings, refuse_facts, refuse_state
from welfare.services.turns import tell_approvers


@transaction.atomic
def freeze(*, benefit: Benefit, actor: User | None, at: datetime) -> Benefit:
    """定名单: the list stands as of the cut-off; later changes are exceptions. Waits for the chair then.

    Raises ``CannotRun``: OVER_CEILING where a rule that blocks is broken for anybody, unless the run leaves those
    people out (``leaves_out``); NOBODY where nobody is due.
    """
    benefit = hold(benefit)
    ask(actor, "freeze_benefit")
    refuse_state(benefit.freeze)
    judged = _list(benefit, EntitlementState.LISTED, at)
    benefit.freeze()
    _keep(benefit, judged, "frozen", actor, at)
    tell_approvers(benefit)
    return benefit


@transaction.atomic
def record_afterwards(*, benefit: Benefit, actor: User | None, at: datetime) -> Benefit:
    """History as it was: everybody who was due has had it. No budget is touched and nobody's approval invented."""
    benefit = hold(benefit)
    ask(actor, "freeze_benefit")
    refuse_state(benefit.record)
    judged = _list(benefit, EntitlementState.RECEIVED, at)
    benefit.record()
    benefit.recorded_afterwards = True
    benefit.settled_by, benefit.settled_at = actor, at
    return _keep(benefit, judged, "recorded", actor, at)


def dry_run(benefit: Benefit, *, at: datetime) -> tuple[Judged, Ceilings]:
    """What a freeze of this moment would find, with the same SQL and nothing written."""
    ceilings = rules_of(benefit)
    return judge(benefit, ceilings, today=clock.local_date(at)), ceilings


def rules_of(benefit: Benefit) -> Ceilings:
    """The rules of the run's own day (``rules.judged_on``), not of the day somebody records it."""
    on = judged_on(eligible_on=benefit.eligible_on, year=benefit.year, month=benefit.month)
    return ceilings_of(benefit.occasion, on=on)


def refuse_judged(benefit: Benefit, judged: Judged) -> None:
    """Raises ``CannotRun`` in words: which rule, by which document, for how many people."""
    for finding in judged.blocked:
        is_each_ones = finding.slot is not None  # whoever is over it may be left out; of the whole run nobody can
        if not (benefit.leaves_out and judged.count and is_each_ones):
            raise CannotRun(Refusal.OVER_CEILING, finding.words)
    if not judged.count:
        raise CannotRun(Refusal.NOBODY)


def _list(benefit: Benefit, state: EntitlementState, at: datetime) -> Judged:
    refuse_facts(benefit, at)
    hold_ceilings(benefit.year)
    judged = write(benefit, rules_of(benefit), state=state, today=clock.local_date(at))
    refuse_judged(benefit, judged)
    return judged


def _keep(benefit: Benefit, judged: Judged, verb: str, actor: User | None, at: datetime) -> Benefit:
    decided = next((f.rule for f in judged.findings if f.people), None)
    benefit.rule = decided or rules_of(benefit).main_rule()
    benefit.verdict = verdict_of(judged.findings)
    benefit.notes = [finding.as_json() for finding in judged.findings]
    benefit.people, benefit.total = judged.count, judged.total
    benefit.frozen_by, benefit.frozen_at = actor, at
    benefit.save(
        update_fields=[
            *("state", "rule", "verdict", "notes", "people", "total", "frozen_by", "frozen_at"),
            *("recorded_afterwards", "settled_by", "settled_at"),
        ]
    )
    data = {"people": judged.count, "total": str(judged.total), "out": judged.outs, "rules": benefit.notes}
    basis = benefit.rule.decided_by if benefit.rule else ""
    action = f"welfare.benefit.{verb}"
    audit.record(actor=actor, action=action, target=benefit, basis=basis, data=data, at=at)
    return benefit
