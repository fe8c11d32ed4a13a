"""Changing dated rules: what a case was judged by is never rewritten."""

from datetime import date, timedelta

import pytest

from core import clock
from core.enums import Effect, Mark, Role, Scope
from core.models import AuditEntry, PolicyRule, RoleGrant, User
from core.services.parameters import CannotChangeRule, Refusal, keep_policy_rule
from tests.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    user = User.objects.create_user("1900083", name="干事")
    RoleGrant.objects.create(user=user, role=Role.UNION_STAFF, from_on=date(2020, 1, 1))
    return user


def rule(**fields) -> PolicyRule:
    given = {"key": "a.b", "scope": Scope.SCHOOL, "value": 3, "unit": "元", "from_on": date(2020, 1, 1)}
    return PolicyRule.objects.create(**{**given, "decided_by": "工会委员会", "mark": Mark.SUGGESTED, **fields})


def refusal_of(clerk, kept: PolicyRule, **change) -> str:
    with pytest.raises(CannotChangeRule) as refused:
        keep_policy_rule(actor=clerk, rule=kept, values=change, at=clock.now())
    before = {name: getattr(kept, name) for name in change}
    kept.refresh_from_db()
    assert {name: getattr(kept, name) for name in change} == before
    assert not AuditEntry.objects.exists()
    return refused.value.code


@pytest.mark.parametrize("change", [{"value": 4}, {"unit": "万元"}, {"base": "工资"}, {"from_on": date(2021, 1, 1)}])
def test_row_in_force_keeps_value_and_what_it_is_measured_in(clerk, change):
    assert refusal_of(clerk, rule(), **change) is Refusal.IN_FORCE


@pytest.mark.parametrize("until_on", [None, date(2999, 1, 1)])
def test_row_that_is_over_does_not_come_back_into_force(clerk, until_on):
    over = rule(until_on=clock.today())

    assert refusal_of(clerk, over, until_on=until_on) is Refusal.OVER


def test_row_that_is_over_keeps_its_effect(clerk):
    assert refusal_of(clerk, rule(until_on=clock.today()), effect=Effect.BLOCK) is Refusal.OVER


def test_source_may_be_put_right_even_afterwards(clerk):
    over = rule(until_on=clock.today())

    kept = keep_policy_rule(actor=clerk, rule=over, values={"decided_by": "第一届三次会议"}, at=clock.now())

    assert kept.decided_by == "第一届三次会议"
    assert AuditEntry.objects.get().action == "core.policyrule.changed"


def test_row_that_ends_tomorrow_may_still_be_prolonged(clerk):
    ending = rule(until_on=clock.today() + timedelta(days=1))

    assert keep_policy_rule(actor=clerk, rule=ending, values={"until_on": None}, at=clock.now()).until_on is None


@pytest.mark.django_db(transaction=True)
def test_two_rows_for_one_time_at_once_are_one(clerk):
    values = {"key": "a.b", "scope": Scope.SCHOOL, "place": "", "value": 3, "unit": "元", "base": ""}
    values |= {"from_on": clock.today() + timedelta(days=1), "decided_by": "工会委员会", "mark": Mark.SUGGESTED}

    done = together(lambda n: keep_policy_rule(actor=clerk, rule=None, values=values, at=clock.now()), times=2)

    (refused,) = [result for result in done if not isinstance(result, PolicyRule)]
    assert (type(refused), refused.code) == (CannotChangeRule, Refusal.OVERLAPS)
    assert PolicyRule.objects.count() == AuditEntry.objects.count() == 1
