"""Which rows a run makes: once per rule, person and occasion year, for those on the roll who want them."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.calendar.festivals import GIFT_FESTIVALS
from core.enums import Role
from core.models import AuditEntry
from notices.enums import Festival
from notices.models import Delivery, NoticePreference, Reminder, ReminderRule
from notices.rules import RuleFacts, refuse_rule
from notices.services.due import Made, make_due
from notices.services.keeping import GOVERNED
from tests.members.factories import make_member, make_membership
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db


def run(on=ON) -> Made:
    return make_due(on=on, at=AT)


def test_make_due_makes_one_reminder_and_one_delivery_per_channel():
    rule, member = make_rule(), make_person()

    made = run()

    reminder = Reminder.objects.get()
    assert made == Made(reminders=1, deliveries=2)
    assert (reminder.rule, reminder.member, reminder.user) == (rule, member, None)
    assert (reminder.occasion_year, reminder.occasion_on, reminder.due_on) == (2022, date(2022, 5, 27), ON)
    assert {(d.channel, d.state, bool(d.message_id)) for d in reminder.deliveries.all()} == {
        ("inbox", "pending", False),
        ("email", "pending", True),
    }
    entry = AuditEntry.objects.get(action="notices.reminder.made")
    assert (entry.actor_id, entry.data["reminders"]) == (None, 1)


def test_make_due_again_makes_nothing_and_writes_no_audit():
    make_rule()
    make_person()
    run()

    again = run()

    assert again == Made()
    assert (Reminder.objects.count(), AuditEntry.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("born", "due"),
    [
        (date(1980, 5, 26), False),
        (date(1980, 5, 27), True),
        (date(1980, 5, 28), False),
        (None, False),
    ],
)
def test_birthday_is_due_on_its_day_only(born, due):
    make_rule()
    make_person(born=born)

    run()

    assert Reminder.objects.exists() is due


@pytest.mark.parametrize(
    ("until_on", "due"),
    [
        (None, True),
        (date(2022, 5, 28), True),  # the birthday is the last day on the roll
        (date(2022, 5, 27), False),  # retired the day before
        (date(2022, 5, 20), False),  # left already
    ],
)
def test_birthday_of_somebody_who_leaves_before_it_is_not_reminded(until_on, due):
    make_rule()
    make_person(until_on=until_on)

    run()

    assert Reminder.objects.exists() is due


def test_birthday_of_somebody_not_yet_on_the_roll_is_not_reminded():
    make_rule()
    make_membership(member=make_member(birth_on=date(1980, 5, 27)), from_on=ON + timedelta(days=1))

    run()

    assert not Reminder.objects.exists()


def test_change_of_branch_between_run_and_birthday_keeps_the_reminder():
    make_rule()
    member = make_person(until_on=date(2022, 5, 25))
    make_membership(member=member, from_on=date(2022, 5, 25))

    run()

    assert Reminder.objects.get().member == member


@pytest.mark.parametrize(
    ("year", "occasion"),
    [(2023, date(2023, 2, 28)), (2024, date(2024, 2, 29)), (2027, date(2027, 2, 28)), (2028, date(2028, 2, 29))],
)
def test_29_february_falls_on_the_28th_in_common_years(year, occasion):
    make_rule()
    make_person(born=date(1992, 2, 29))

    run(on=occasion - timedelta(days=7))

    reminder = Reminder.objects.get()
    assert (reminder.occasion_on, reminder.occasion_year) == (occasion, year)


@pytest.mark.parametrize(
    ("born", "on", "year"),
    [
        (date(1980, 1, 1), date(2022, 12, 25), 2023),
        (date(1980, 12, 31), date(2022, 12, 24), 2022),
        (date(1980, 1, 7), date(2022, 12, 31), 2023),
        (date(1980, 1, 8), date(2023, 1, 1), 2023),
    ],
)
def test_occasion_year_around_new_year_is_that_of_the_birthday(born, on, year):
    make_rule()
    make_person(born=born)

    run(on=on)

    assert Reminder.objects.get().occasion_year == year


def test_next_year_is_another_reminder():
    make_rule()
    make_person()
    run()

    run(on=date(2023, 5, 20))

    assert list(Reminder.objects.order_by("occasion_year").values_list("occasion_year", flat=True)) == [2022, 2023]


def test_outage_of_days_loses_nobody_and_records_who_is_too_late():
    make_rule(skip_after_days=3)
    run()
    for day in (28, 29, 30, 31):
        make_person(born=date(1980, 5, day))

    made = run(on=ON + timedelta(days=5))

    states = Delivery.objects.filter(channel="email").order_by("reminder__occasion_on").values_list("state", "reason")
    assert made.reminders == 4
    assert list(states) == [("skipped", "too_late")] + [("pending", "")] * 3


def test_standstill_beyond_a_month_is_one_audit_entry_not_rows():
    rule = make_rule(skip_after_days=3)
    run()
    make_person(born=date(1980, 5, 28))

    run(on=ON + timedelta(days=60))

    entry = AuditEntry.objects.get(action="notices.reminder.made")
    assert entry.data["cut"] == {rule.code: "2022-05-21/2022-06-18"}
    assert not Reminder.objects.exists()


def test_late_comer_is_reminded_while_there_is_time():
    make_rule(skip_after_days=3)
    run()
    run(on=ON + timedelta(days=2))
    make_person()  # entered in the register two days after his day

    run(on=ON + timedelta(days=2))

    assert Reminder.objects.get().due_on == ON


@pytest.mark.parametrize(
    ("role", "due"),
    [(Role.UNION_STAFF, True), (Role.CHAIR, True), (Role.BRANCH_OFFICER, True), (Role.CASHIER, False)],
)
def test_staff_prepare_the_festival_14_days_before(role, due):
    make_rule(kind="festival", occasion="端午节", offset_days=14, audience="staff")
    officer = make_officer(role)
    make_person()

    run()

    assert [r.user for r in Reminder.objects.all()] == ([officer] if due else [])


def test_former_and_disabled_officers_get_nothing():
    make_rule(kind="festival", occasion="端午节", offset_days=14, audience="staff")
    make_officer(username="S1").role_grants.update(until_on=ON)
    make_officer(username="S2", is_active=False)

    run()

    assert not Reminder.objects.exists()


def test_officer_of_two_branches_is_reminded_once():
    make_rule(kind="festival", occasion="端午节", offset_days=14, audience="staff")
    officer = make_officer(Role.BRANCH_OFFICER)
    officer.role_grants.create(role=Role.UNION_STAFF, from_on=date(2020, 1, 1))

    run()

    assert Reminder.objects.get().user == officer


def test_everybody_on_the_roll_is_greeted_on_the_day():
    make_rule(kind="festival", occasion="端午节", offset_days=0)
    make_person(born=None)
    make_person(until_on=date(2022, 6, 3))

    run(on=date(2022, 6, 2))
    run(on=date(2022, 6, 3))

    assert Reminder.objects.get().occasion_on == date(2022, 6, 3)


@pytest.mark.parametrize("owner", ["member", "user"])
@pytest.mark.parametrize(
    ("rule_off", "channel", "left"),
    [(True, "", []), (False, "email", ["inbox"]), (True, "inbox", ["email"])],
)
def test_opt_out_is_part_of_eligibility(owner, rule_off, channel, left):
    rule, user = make_rule(), make_officer()
    member = make_person(user=user)
    owned_by = {"member": member} if owner == "member" else {"user": user}
    NoticePreference.objects.create(**owned_by, rule=rule if rule_off else None, channel=channel, created_at=AT)

    run()

    assert list(Delivery.objects.values_list("channel", flat=True)) == left
    assert Reminder.objects.exists() is bool(left)


def test_opt_out_of_another_rule_or_person_changes_nothing():
    other, rule = make_rule(), make_rule(code="this")
    member, stranger = make_person(), make_person(born=None)
    NoticePreference.objects.create(member=member, rule=other, created_at=AT)
    NoticePreference.objects.create(member=stranger, rule=rule, created_at=AT)

    run()

    assert Delivery.objects.filter(reminder__member=member).count() == 2


def test_service_critical_rule_ignores_opt_out():
    rule, member = make_rule(service_critical=True), make_person()
    NoticePreference.objects.create(member=member, rule=rule, created_at=AT)
    NoticePreference.objects.create(member=member, channel="email", created_at=AT)

    run()

    assert Delivery.objects.count() == 2


def test_inactive_rule_makes_nothing():
    make_rule(is_active=False)
    make_person()

    assert run() == Made()


@pytest.mark.parametrize("born", [date(1980, 6, 10), date(1980, 5, 26)])
def test_corrected_birth_date_moves_a_reminder_that_nobody_got(born):
    make_rule()
    member = make_person()
    run()
    member.birth_on = born
    member.save(update_fields=["birth_on"])

    made = run()

    reminder = Reminder.objects.get()
    assert made == Made(moved=1)
    assert reminder.occasion_on == born.replace(year=2022)
    assert reminder.due_on == reminder.occasion_on - timedelta(days=7)


def test_corrected_birth_date_leaves_a_sent_reminder_alone():
    make_rule()
    member = make_person()
    run()
    Delivery.objects.filter(channel="inbox").update(state="sent", sent_at=AT)
    member.birth_on = date(1980, 6, 10)
    member.save(update_fields=["birth_on"])

    run()
    run(on=date(2022, 6, 3))

    assert Reminder.objects.get().occasion_on == date(2022, 5, 27)


def test_birth_date_corrected_to_a_later_day_gives_a_too_late_one_another_chance():
    make_rule(skip_after_days=3)
    run(on=date(2022, 5, 10))
    member = make_person(born=date(1980, 5, 19))
    run()
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"too_late"}
    member.birth_on = date(1980, 5, 27)
    member.save(update_fields=["birth_on"])

    run()

    assert set(Delivery.objects.values_list("state", "reason")) == {("pending", "")}


def test_database_refuses_a_second_row_for_the_same_occasion():
    rule, member = make_rule(), make_person()
    run()

    with pytest.raises(IntegrityError, match="reminder_once_per_occasion"), transaction.atomic():
        Reminder.objects.create(
            rule=rule, member=member, occasion_year=2022, occasion_on=ON, due_on=ON, created_at=AT
        )

    assert Reminder.objects.count() == 1


@pytest.mark.parametrize("people", [1, 30])
def test_a_run_takes_the_same_number_of_statements_for_any_number_of_people(people, django_assert_num_queries):
    make_rule()
    for _ in range(people):
        make_person()

    with django_assert_num_queries(7):  # savepoint, rules, move, make, note, audit, release
        run()

    assert Reminder.objects.count() == people


def test_festivals_offered_are_those_on_which_a_union_may_give():
    assert tuple(Festival.values) == GIFT_FESTIVALS


def test_rules_of_a_new_installation_are_complete_and_can_be_carried_out():
    seeded = ReminderRule.objects.all()

    assert Counter((rule.kind, rule.audience, rule.offset_days) for rule in seeded) == {
        ("birthday", "members", 7): 1,
        ("festival", "members", 0): 7,
        ("festival", "staff", 14): 7,
        ("source", "staff", 60): 1,
        ("source", "staff", 5): 1,
        ("source", "members", 3): 1,
        ("source", "staff", 3): 1,
        ("source", "staff", 1): 1,
    }
    assert {refuse_rule(RuleFacts(**{name: getattr(rule, name) for name in GOVERNED})) for rule in seeded} == {None}
