"""Two lists of one year at once, two clicks of one step: never beyond the year's ceiling, never twice (TRUST I5)."""

import time
from decimal import Decimal
from uuid import uuid4

import pytest

from core import books
from tests.finance.factories import totals
from tests.together import together
from tests.welfare.factories import Office, make_office, make_rule
from welfare.codes import CannotRun, Refusal
from welfare.enums import BenefitState
from welfare.models import Benefit, Entitlement
from welfare.services import approving, freezing

pytestmark = pytest.mark.django_db(transaction=True)


def two_lists(monkeypatch) -> tuple[Office, list]:
    """Two runs of 600 with 1,000 a year, frozen at the same moment, with a pause before the commit."""
    make_rule(value=1000)
    office = make_office()
    runs = [office.draft(name=name, per_head=Decimal(600)) for name in ("第一批", "第二批")]
    keep = freezing._keep

    def slowly(*given):
        done = keep(*given)
        time.sleep(0.3)
        return done

    monkeypatch.setattr(freezing, "_keep", slowly)
    return office, together(lambda n: freezing.freeze(benefit=runs[n], **office.by()), 2)


def most_of_a_year() -> Decimal:
    had: dict[int, Decimal] = {}
    for member, amount in Entitlement.objects.values_list("member", "amount"):
        had[member] = had.get(member, Decimal(0)) + amount
    return max(had.values())


def test_two_lists_at_once_stay_within_the_year(monkeypatch):
    _office, answers = two_lists(monkeypatch)

    (refusal,) = [one for one in answers if isinstance(one, CannotRun)]
    assert refusal.code is Refusal.OVER_CEILING
    assert most_of_a_year() == 600
    assert list(books.differences()) == []


def test_control_without_holding_the_year_both_are_frozen_and_the_books_see_it(monkeypatch):
    monkeypatch.setattr(freezing, "hold_ceilings", lambda year: None)

    _office, answers = two_lists(monkeypatch)

    assert not [one for one in answers if isinstance(one, Exception)]
    assert most_of_a_year() == 1200
    assert {one.code for one in books.differences()} == {"I5"}


def test_one_run_is_frozen_once_and_reserved_once():
    office = make_office()
    run, key = office.draft(), uuid4()

    frozen = together(lambda n: freezing.freeze(benefit=run, **office.by()), 4)
    approved = together(lambda n: approving.approve(benefit=run, key=key, **office.by("chair")), 4)

    for answers in (frozen, approved):
        assert [one.code for one in answers if isinstance(one, CannotRun)] == [Refusal.WRONG_STATE] * 3
    run = Benefit.objects.get()
    assert (run.state, totals(office.line)[1]) == (BenefitState.APPROVED, run.total)
    assert Entitlement.objects.filter(benefit=run).count() == run.people
