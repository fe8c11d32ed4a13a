"""Rules of the union's own: dates that come back, matters that wait until done, and who is told."""

from collections import Counter
from datetime import date, timedelta

import pytest

from core import reminders
from core.enums import Role
from core.models import AuditEntry, RoleGrant
from core.reminders import Occasion, Source
from notices.models import Delivery, InboxMessage, Reminder
from notices.selectors import preview
from notices.services.delivery import deliver_due
from notices.services.due import Made, make_due
from tests.members.factories import make_branch
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db
D = date


def date_rule(**fields):
    given = {"kind": "date", "fixed_on": ON, "offset_days": 0, "audience": "staff", "channels": ["inbox"]}
    return make_rule(**{**given, "repeat": "once", "subject": "{occasion}", **fields})


def run(first: date, last: date) -> list[tuple[date, date]]:
    """A run every day; (occasion, due) of what was made, in order."""
    for ahead in range((last - first).days + 1):
        make_due(on=first + timedelta(days=ahead), at=AT)
    return sorted(Reminder.objects.values_list("occasion_on", "due_on"))


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ({}, [D(2022, 5, 20)]),
        ({"offset_days": 3}, [D(2022, 5, 17)]),
        ({"offset_days": 3, "timing": "after"}, [D(2022, 5, 23)]),
        ({"repeat": "monthly", "fixed_on": D(2022, 1, 31)}, [D(2022, 4, 30), D(2022, 5, 31), D(2022, 6, 30)]),
        ({"repeat": "monthly"}, [D(2022, 5, 20), D(2022, 6, 20)]),
        ({"repeat": "yearly", "fixed_on": D(2020, 5, 20)}, [D(2022, 5, 20)]),
        ({"repeat": "every", "every_days": 30}, [D(2022, 5, 20), D(2022, 6, 19)]),
        ({"repeat": "every", "every_days": 30, "fixed_on": D(2022, 4, 10)}, [D(2022, 5, 10), D(2022, 6, 9)]),
        ({"repeat": "every", "every_days": 10, "until_on": D(2022, 6, 5)}, [D(2022, 5, 20), D(2022, 5, 30)]),
        ({"fixed_on": D(2022, 4, 29), "timing": "after", "offset_days": 2}, [D(2022, 5, 1)]),
    ],
)
def test_a_fixed_date_falls_due_when_its_rule_says(fields, due):
    make_officer()
    date_rule(**fields)

    found = run(D(2022, 4, 25), D(2022, 6, 30))

    assert [day for _on, day in found] == due


@pytest.mark.parametrize("year", [2023, 2024, 2027, 2028])
def test_a_yearly_29_february_is_kept_on_the_28th_in_common_years(year):
    make_officer()
    date_rule(fixed_on=D(2020, 2, 29), repeat="yearly")

    found = run(D(year, 2, 25), D(year, 3, 3))

    assert found == [(D(year, 2, 29 if year % 4 == 0 else 28),) * 2]


def test_an_outage_of_three_days_and_two_schedulers_make_each_repetition_once():
    make_officer()
    date_rule(repeat="every", every_days=1)
    make_due(on=ON, at=AT)

    for _ in range(2):
        make_due(on=ON + timedelta(days=4), at=AT)

    assert list(Reminder.objects.order_by("due_on").values_list("due_on", flat=True)) == [
        ON + timedelta(days=n) for n in range(5)
    ]


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=400), timedelta(days=-3), timedelta(days=-400)])
def test_a_clock_that_jumps_and_comes_back_loses_nothing_and_doubles_nothing(jump):
    make_officer()
    date_rule(repeat="every", every_days=1, skip_after_days=5)
    run(ON, ON + timedelta(days=2))

    make_due(on=ON + timedelta(days=3) + jump, at=AT)
    run(ON + timedelta(days=3), ON + timedelta(days=6))

    made = Counter(Reminder.objects.values_list("due_on", flat=True))
    assert set(made.values()) == {1}
    assert {ON + timedelta(days=n) for n in range(7)} <= set(made)


def test_a_date_that_was_moved_before_anybody_got_it_moves_along():
    make_officer()
    rule = date_rule(offset_days=3)
    make_due(on=ON - timedelta(days=3), at=AT)
    rule.fixed_on = ON + timedelta(days=10)
    rule.save(update_fields=["fixed_on"])

    made = make_due(on=ON, at=AT)

    assert made == Made(moved=1)
    assert Reminder.objects.get().due_on == ON + timedelta(days=7)


def test_a_date_that_was_moved_to_another_year_leaves_the_old_one_unsent():
    make_officer()
    rule = date_rule()
    make_due(on=ON, at=AT)
    rule.fixed_on = ON.replace(year=2023)
    rule.save(update_fields=["fixed_on"])

    deliver_due(on=ON)

    assert list(Delivery.objects.values_list("state", "reason")) == [("skipped", "done")]


def test_branches_are_meant_with_all_below_them_and_nobody_else():
    college, other = make_branch(), make_branch()
    rule = date_rule(audience="branches")
    rule.branches.add(college)
    inside, below = make_person(branch=college), make_person(branch=make_branch(parent=college))
    make_person(branch=other)

    make_due(on=ON, at=AT)

    assert {reminder.member for reminder in Reminder.objects.all()} == {inside, below}


def test_branches_rule_without_a_branch_means_nobody():
    date_rule(audience="branches")
    make_person()

    assert make_due(on=ON, at=AT) == Made()


def test_birthdays_of_one_branch_only():
    college = make_branch()
    make_rule(audience="branches").branches.add(college)
    ours = make_person(branch=college)
    make_person()

    make_due(on=ON, at=AT)

    assert Reminder.objects.get().member == ours


def test_an_office_is_meant_whoever_holds_it_that_day():
    date_rule(audience="role", roles=["cashier", "accountant"])
    cashier, former = make_officer(Role.CASHIER, username="new"), make_officer(Role.ACCOUNTANT, username="old")
    former.role_grants.update(until_on=ON)
    make_officer(Role.UNION_STAFF, username="staff")

    make_due(on=ON, at=AT)

    assert [reminder.user for reminder in Reminder.objects.all()] == [cashier]


@pytest.fixture
def matters(monkeypatch):
    """A source of this test: what is in the list is open."""
    told: list[Occasion] = []
    source = Source("tests.matters", "审批事项", lambda on, first, last: [m for m in told if first <= m.on <= last])
    monkeypatch.setitem(reminders._sources, source.code, source)
    return told


def source_rule(**fields):
    given = {"kind": "source", "source": "tests.matters", "audience": "staff", "repeat": "once", "timing": "after"}
    words = {"subject": "{occasion}：{about}", "body": "{about}等了{days}天", "channels": ["inbox"]}
    return make_rule(**{**given, **words, "offset_days": 5, **fields})


def matter(key: str = "case-1", on: date = ON, **fields) -> Occasion:
    return Occasion(key=key, on=on, **{"about": "张三（纺织学院）", "waits_for": (Role.UNION_STAFF,), **fields})


def test_each_matter_is_told_once_to_everybody_in_charge(matters):
    matters += [matter(), matter("case-2", about="李四（信息学院）")]
    source_rule()
    clerks = [make_officer(username=name) for name in ("S1", "S2")]
    make_officer(Role.CHAIR, username="chair")

    run(ON, ON + timedelta(days=10))
    deliver_due(on=ON + timedelta(days=5))

    assert Counter(Reminder.objects.values_list("user", "occasion_key")) == {
        (clerk.pk, key): 1 for clerk in clerks for key in ("case-1", "case-2")
    }
    assert set(InboxMessage.objects.values_list("subject", "body")) == {
        ("审批事项：张三（纺织学院）", "张三（纺织学院）等了5天"),
        ("审批事项：李四（信息学院）", "李四（信息学院）等了5天"),
    }


def test_a_branch_matter_waits_for_the_officers_of_that_branch(matters):
    ours = make_officer(Role.BRANCH_OFFICER, username="ours")
    make_officer(Role.BRANCH_OFFICER, username="theirs")
    branch = RoleGrant.objects.get(user=ours).branch_id
    matters += [matter(waits_for=(Role.BRANCH_OFFICER,), branches=(branch,))]
    source_rule()

    run(ON, ON + timedelta(days=5))

    assert Reminder.objects.get().user == ours


def test_one_who_is_in_charge_twice_is_told_once(matters):
    officer = make_officer(Role.BRANCH_OFFICER)
    branch = RoleGrant.objects.get(user=officer).branch_id
    officer.role_grants.create(role=Role.UNION_STAFF, from_on=D(2020, 1, 1))
    matters += [matter(waits_for=(Role.BRANCH_OFFICER, Role.UNION_STAFF), branches=(branch,))]
    source_rule()

    run(ON, ON + timedelta(days=5))

    assert Reminder.objects.get().user == officer


def test_a_rule_to_the_person_concerned_reaches_him_alone(matters):
    concerned, _other = make_person(), make_person()
    matters += [matter(member=concerned.pk)]
    source_rule(audience="members")

    run(ON, ON + timedelta(days=5))

    assert Reminder.objects.get().member == concerned


def test_every_n_days_until_done(matters):
    matters += [matter()]
    source_rule(repeat="every", every_days=7)
    make_officer()

    run(ON, ON + timedelta(days=13))
    matters.clear()
    found = run(ON + timedelta(days=14), ON + timedelta(days=40))

    assert [day - ON for _on, day in found] == [timedelta(days=5), timedelta(days=12)]


def test_a_matter_that_is_open_again_on_another_day_is_told_after_all(matters):
    matters += [matter()]
    source_rule()
    make_officer()
    make_due(on=ON + timedelta(days=5), at=AT)
    matters.clear()
    deliver_due(on=ON + timedelta(days=5))
    matters += [matter(on=ON + timedelta(days=30))]

    made = make_due(on=ON + timedelta(days=35), at=AT)
    deliver_due(on=ON + timedelta(days=35))

    assert made == Made(moved=1)
    assert InboxMessage.objects.count() == 1


def test_a_matter_done_between_row_and_message_is_a_recorded_skip(matters):
    matters += [matter()]
    source_rule()
    make_officer()
    make_due(on=ON + timedelta(days=5), at=AT)
    matters.clear()

    deliver_due(on=ON + timedelta(days=5))

    assert list(Delivery.objects.values_list("state", "reason")) == [("skipped", "done")]
    assert not InboxMessage.objects.exists()


def test_a_matter_whose_day_moves_within_the_year_is_told_on_its_new_day(matters):
    matters += [matter(on=D(2022, 6, 1))]
    source_rule(timing="before")
    make_officer()
    make_due(on=D(2022, 5, 27), at=AT)
    matters[:] = [matter(on=D(2022, 12, 1))]

    make_due(on=D(2022, 5, 28), at=AT)
    deliver_due(on=D(2022, 5, 28))
    make_due(on=D(2022, 11, 26), at=AT)
    deliver_due(on=D(2022, 11, 26))

    assert Reminder.objects.get().due_on == D(2022, 11, 26)
    assert InboxMessage.objects.count() == 1


def test_a_source_that_is_gone_tells_nothing_and_breaks_nothing(matters):
    matters += [matter()]
    source_rule()
    make_officer()
    make_due(on=ON + timedelta(days=5), at=AT)
    reminders._sources.pop("tests.matters")

    make_due(on=ON + timedelta(days=6), at=AT)
    deliver_due(on=ON + timedelta(days=6))

    assert list(Delivery.objects.values_list("state", "reason")) == [("skipped", "done")]


@pytest.mark.parametrize("count", [1, 30])
def test_a_run_takes_the_same_number_of_statements_for_any_number_of_matters(
    matters, count, django_assert_num_queries
):
    matters += [matter(f"case-{number}") for number in range(count)]
    source_rule()
    make_officer()

    with django_assert_num_queries(8):  # as for birthdays, and one for the rule's robots
        make_due(on=ON + timedelta(days=5), at=AT)

    assert Reminder.objects.count() == count


def test_preview_of_a_month_says_who_when_and_why_not(matters):
    matters += [matter(), matter("case-2", on=ON + timedelta(days=20))]
    rule = source_rule()
    clerk = make_officer(username="S1")
    clerk.notice_preferences.create(rule=rule, created_at=AT)
    make_officer(username="S2")

    found = preview(rule, on=ON, days=30)

    assert found.counts == {"": 2, "opted_out": 2}
    assert [(due.number, due.due_on - ON, due.about) for due in found.people if not due.reason] == [
        ("S2", timedelta(days=5), "张三（纺织学院）"),
        ("S2", timedelta(days=25), "张三（纺织学院）"),
    ]
    assert not Reminder.objects.exists()
    assert not AuditEntry.objects.exists()
