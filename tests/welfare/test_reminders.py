"""What lies ready and was not fetched: told once to whoever it is for, and to the officers of his branch."""

from datetime import timedelta
from uuid import uuid4

import pytest

from core.enums import Role
from core.reminders import source_of
from notices.enums import DeliveryState, Reason
from notices.models import Delivery, Reminder, ReminderRule
from notices.services.delivery import deliver_due
from notices.services.due import make_due
from tests.acts import acts
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER
from tests.welfare.factories import AT, DAY, Office, hand_to, make_office
from welfare.codes import CannotRun, Refusal
from welfare.models import Benefit
from welfare.services import approving

UNTIL = DAY + timedelta(days=3)
PEOPLE, HERE = 14, 13  # of the cast on the roll, in the first branch


@pytest.fixture
def office(db) -> Office:
    return make_office()


@pytest.fixture
def run(office) -> Benefit:
    return approving.start(benefit=office.approved(), fetch_until_on=UNTIL, **office.by())


def told(code: str, first=DAY, last=UNTIL) -> list:
    source = source_of(f"welfare.{code}")
    assert source
    return list(source.occasions(DAY, first, last))


def reminders(code: str) -> list[Reminder]:
    return list(Reminder.objects.filter(rule__code=code).order_by("pk"))


def test_each_one_who_has_not_fetched_it_is_a_matter_of_its_own(office, run):
    hand_to(run, office.cast.member_of(MEMBER))

    found = told("unfetched")

    assert len(found) == PEOPLE - 1
    assert office.cast.member_of(MEMBER).pk not in {one.member for one in found}
    assert {(one.on, one.about) for one in found} == {(UNTIL, str(run))}
    assert len({one.key for one in found}) == PEOPLE - 1


def test_a_branch_is_told_with_how_many_are_left(office, run):
    hand_to(run, office.cast.member_of(OTHER_BRANCH_OFFICER))

    (matter,) = told("unfetched_by_branch")

    assert matter.about == f"{run}（{office.cast.branch.short_name}，{HERE} 人未领）"
    assert (matter.branches, matter.waits_for) == ((office.cast.branch.pk,), (Role.BRANCH_OFFICER,))


def test_nothing_is_told_outside_the_span_without_a_day_or_when_the_run_is_over(office, run):
    assert told("unfetched", last=UNTIL - timedelta(days=1)) == []
    approving.set_fetch_until(benefit=run, fetch_until_on=None, **office.by())
    assert told("unfetched_by_branch") == []
    approving.set_fetch_until(benefit=run, fetch_until_on=UNTIL, **office.by())
    approving.settle(benefit=run, all_received=False, reason="退回", key=uuid4(), **office.by())
    assert told("unfetched") == []


def test_the_matters_of_many_are_found_in_one_query_each(office, run, django_assert_num_queries):
    for code in ("unfetched", "unfetched_by_branch"):
        with django_assert_num_queries(1):
            assert told(code)


def test_the_shipped_rules_remind_each_one_once_and_his_officer(office, run):
    for _again in range(2):
        make_due(on=DAY, at=AT)

    mine, theirs = reminders("benefit-unfetched"), reminders("benefit-unfetched-branch")
    assert len(mine) == PEOPLE
    assert {row.due_on for row in mine} == {DAY}
    assert sorted(row.user_id for row in theirs) == sorted(
        office.cast.users[role].pk for role in (Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER)
    )
    assert reminders("benefit-unfetched-after") == []


def test_who_fetched_it_meanwhile_is_not_reminded_any_more(office, run):
    make_due(on=DAY, at=AT)
    member = office.cast.member_of(MEMBER)
    hand_to(run, member)

    deliver_due(on=DAY)

    inbox = Delivery.objects.filter(reminder__rule__code="benefit-unfetched", channel="inbox")
    his = inbox.get(reminder__member=member)
    assert (his.state, his.reason) == (DeliveryState.SKIPPED, Reason.DONE)
    assert inbox.filter(state=DeliveryState.SENT).count() > 0


def test_a_day_later_the_officer_hears_of_what_is_still_there(office, run):
    make_due(on=UNTIL, at=AT)
    ReminderRule.objects.filter(code="benefit-unfetched-after").update(covered_until_on=UNTIL)

    make_due(on=UNTIL + timedelta(days=1), at=AT)

    assert len(reminders("benefit-unfetched-after")) == 2


def test_the_last_day_is_named_when_it_starts_and_moved_while_it_is_handed_out(office):
    approved = office.approved()
    past = DAY - timedelta(days=1)

    for act in (
        lambda: approving.start(benefit=approved, fetch_until_on=past, **office.by()),
        lambda: approving.set_fetch_until(benefit=approved, fetch_until_on=UNTIL, **office.by()),
    ):
        with pytest.raises(CannotRun) as refused:
            act()
        assert refused.value.code in (Refusal.FETCH_UNTIL, Refusal.WRONG_STATE)
    approved.refresh_from_db()
    assert (approved.state, approved.fetch_until_on) == ("approved", None)

    run = approving.start(benefit=approved, fetch_until_on=DAY, **office.by())
    moved = approving.set_fetch_until(benefit=run, fetch_until_on=UNTIL, **office.by())
    assert moved.fetch_until_on == UNTIL
    said = acts().filter(action="welfare.benefit.changed").latest("position")
    assert said.data == {"fields": ["fetch_until_on"], "fetch_until_on": f"{UNTIL}"}
