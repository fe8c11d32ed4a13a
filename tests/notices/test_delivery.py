"""What becomes of a delivery: sent, tried again, given up or left out, each with its reason; on a real server."""

from datetime import date, timedelta
from email.header import decode_header, make_header

import pytest
from django.db import connection
from django.db.models import Max, Min

from notices import rules
from notices.models import Delivery, InboxMessage, NoticePreference, Reminder
from notices.services.delivery import Tally, deliver_by_mail, deliver_due, deliver_to_inbox, leave_out
from notices.services.due import make_due
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db
MINUTES = timedelta(minutes=1)


def due(*people_fields, **rule_fields) -> None:
    """Rows for one person per entry, all due on ``ON``, by mail only unless the rule says otherwise."""
    make_rule(**{"channels": ["email"]} | rule_fields)
    for fields in people_fields or ({},):
        make_person(**fields)
    make_due(on=ON, at=AT)


def states() -> list[tuple[str, str]]:
    return list(Delivery.objects.order_by("pk").values_list("state", "reason"))


def test_deliver_due_reaches_inbox_and_mailbox(mail_server):
    due({"name": "李四"}, channels=["inbox", "email"], subject="{name}老师", body="{name} {branch} {occasion} {date}")

    tally = deliver_due(on=ON)

    message, mail = InboxMessage.objects.get(), mail_server.post.accepted[0]
    member = Reminder.objects.get().member
    branch = member.memberships.get().branch.short_name
    assert tally == Tally(sent=2)
    assert (message.member, message.subject) == (member, "李四老师")
    assert message.body == f"李四 {branch} 生日 5月27日"
    assert (mail["To"], str(make_header(decode_header(mail["Subject"])))) == (member.email, "李四老师")
    assert mail["Message-ID"] == Delivery.objects.get(channel="email").message_id
    assert message.body in mail.get_payload(decode=True).decode()
    assert set(states()) == {("sent", "")}


def test_deliver_due_again_sends_nothing(mail_server):
    due()
    deliver_due(on=ON)

    again = deliver_due(on=ON)

    assert again == Tally()
    assert len(mail_server.post.accepted) == 1


@pytest.mark.parametrize(("on", "days"), [(ON, "7"), (date(2022, 5, 21), "6"), (date(2022, 5, 23), "4")])
def test_days_are_counted_from_the_day_it_leaves(on, days):
    due(body="{days}", channels=["inbox"])

    deliver_due(on=on)

    assert InboxMessage.objects.get().body == days


def test_before_its_day_nothing_leaves(mail_server):
    due()

    tally = deliver_due(on=ON - timedelta(days=1))

    assert (tally, states()) == (Tally(), [("pending", "")])


def test_mail_server_down_keeps_the_mail_and_does_not_count_the_try(no_mail_server):
    due({}, {})

    tally = deliver_due(on=ON)

    assert tally == Tally(waiting=2)
    assert states() == [("pending", "unreachable")] * 2
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {0}


def test_mail_server_back_delivers_what_waited(no_mail_server):
    due({}, {})
    deliver_due(on=ON)

    with no_mail_server:
        tally = deliver_due(on=ON)

        assert tally == Tally(sent=2)
        assert len(no_mail_server.post.accepted) == 2
    assert set(states()) == {("sent", "")}


def test_refused_address_fails_with_the_code_and_stops_nobody(mail_server):
    due({"email": "a@example.org"}, {"email": "bad@example.org"}, {"email": "c@example.org"})
    mail_server.post.refuse["bad@example.org"] = "550 no such user"

    tally = deliver_due(on=ON)

    assert tally == Tally(sent=2, failed=1)
    assert states() == [("sent", ""), ("failed", "smtp_550"), ("sent", "")]
    assert mail_server.post.recipients() == ["a@example.org", "c@example.org"]


@pytest.mark.parametrize(("minutes", "tried"), [(9, False), (10, True)])
def test_failed_mail_is_tried_again_after_its_back_off(mail_server, minutes, tried):
    due({"email": "bad@example.org"})
    mail_server.post.refuse["bad@example.org"] = "450 mailbox busy"
    deliver_by_mail(on=ON, at=AT)
    mail_server.post.refuse.clear()

    deliver_by_mail(on=ON, at=AT + minutes * MINUTES)

    assert states() == [("sent", "") if tried else ("failed", "smtp_450")]


def test_failed_mail_is_given_up_after_five_tries(mail_server):
    due({"email": "bad@example.org"})
    mail_server.post.refuse["bad@example.org"] = "550 no such user"

    tallies = [deliver_by_mail(on=ON, at=AT + hour * timedelta(hours=24)) for hour in range(7)]

    delivery = Delivery.objects.get()
    assert tallies == [Tally(failed=1)] * rules.TRIES + [None, None]
    assert (delivery.state, delivery.attempts, delivery.next_try_at) == ("failed", rules.TRIES, None)


@pytest.mark.parametrize("address", ["", "no-at-sign", "a@b\nBcc: x@example.org", "a b@example.org", "a@"])
def test_missing_or_invalid_address_is_a_recorded_skip(mail_server, address):
    due({"email": "right@example.org"}, {"email": "x@example.org"})
    broken = Reminder.objects.order_by("pk").last().member
    type(broken).objects.filter(pk=broken.pk).update(email=address)

    tally = deliver_due(on=ON)

    assert tally == Tally(sent=1, skipped=1)
    assert set(states()) == {("sent", ""), ("skipped", "no_address")}
    assert mail_server.post.recipients() == ["right@example.org"]


def test_account_address_is_used_when_the_member_has_none(mail_server):
    due({"email": "", "user": make_officer(username="S9")})

    deliver_due(on=ON)

    assert mail_server.post.recipients() == ["S9@example.org"]


def test_name_with_line_breaks_cannot_add_a_header(mail_server):
    due({"name": "张三\r\nBcc: victim@example.org"}, subject="{name}老师")

    deliver_due(on=ON)

    (mail,) = mail_server.post.accepted
    assert mail["Bcc"] is None
    assert mail_server.post.subjects() == {"张三 Bcc: victim@example.org老师"}


def test_mail_carries_no_class_c2_or_c3_data(mail_server):
    due({"name": "张三", "phone": "13800001111", "remark": "病假", "staff_no": "K7001", "email": "z@example.org"})
    deliver_due(on=ON)

    (mail,) = mail_server.post.accepted
    text = mail.get_payload(decode=True).decode()

    assert not [secret for secret in ("13800001111", "病假", "K7001", "1980") if secret in text]


@pytest.mark.parametrize(("age", "resent"), [(rules.LEASE - timedelta(seconds=1), False), (rules.LEASE, True)])
def test_mail_left_in_sending_by_a_crash_goes_again_as_the_same_mail(mail_server, age, resent):
    due()
    Delivery.objects.update(state="sending", claimed_at=AT - age, attempts=1)

    deliver_by_mail(on=ON, at=AT)

    delivery = Delivery.objects.get()
    assert list(mail_server.post.by_message_id()) == ([delivery.message_id] if resent else [])
    assert (delivery.state, delivery.attempts) == (("sent", 2) if resent else ("sending", 1))


def test_mail_that_kills_its_worker_five_times_is_given_up(mail_server):
    due()
    Delivery.objects.update(state="sending", claimed_at=AT - rules.LEASE, attempts=rules.TRIES)

    leave_out(on=ON, at=AT)

    assert deliver_by_mail(on=ON, at=AT) is None
    assert states() == [("failed", "interrupted")]


@pytest.mark.parametrize(("days", "state"), [(3, ("sent", "")), (4, ("skipped", "too_late"))])
def test_delivery_that_waited_too_long_is_a_recorded_skip(mail_server, days, state):
    due(skip_after_days=3)

    deliver_due(on=ON + timedelta(days=days))

    assert states() == [state]


def test_run_for_a_past_day_is_not_undone_by_todays_run(mail_server):
    """A rehearsal with --on has rows that are years overdue: they keep the day on which they were made."""
    make_rule(channels=["email"])
    make_person()
    today = date(2026, 11, 21)
    made_at = AT.replace(year=2026, month=11, day=21)
    make_due(on=ON, at=made_at)

    leave_out(on=today, at=made_at)
    same_day = states()
    leave_out(on=today + timedelta(days=1), at=made_at + timedelta(days=1))

    assert same_day == [("pending", "")]
    assert states() == [("skipped", "too_late")]


def leaves(member, rule):
    member.memberships.update(until_on=ON, reason_out="left")


def opts_out(member, rule):
    NoticePreference.objects.create(member=member, channel="email", created_at=AT)


def loses_birth_date(member, rule):
    type(member).objects.filter(pk=member.pk).update(birth_on=None)


def is_switched_off(member, rule):
    type(rule).objects.filter(pk=rule.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (leaves, "not_on_roll"),
        (opts_out, "opted_out"),
        (loses_birth_date, "no_date"),
        (is_switched_off, "rule_off"),
    ],
)
def test_what_happens_between_row_and_mail_counts(mail_server, happens, reason):
    due()
    reminder = Reminder.objects.get()
    happens(reminder.member, reminder.rule)

    tally = deliver_due(on=ON)

    assert (tally, states()) == (Tally(skipped=1), [("skipped", reason)])
    assert mail_server.post.accepted == []


def test_a_chunk_uses_one_connection_and_one_pass_takes_all(mail_server, monkeypatch):
    monkeypatch.setattr(rules, "CHUNK", 3)
    due(*[{}] * 7)

    tally = deliver_due(on=ON)

    assert tally == Tally(sent=7)
    assert (len(mail_server.post.by_message_id()), mail_server.post.connections) == (7, 3)


def test_ids_bound_what_a_worker_takes():
    due(*[{}] * 3, channels=["inbox"])
    first, second, _ = Delivery.objects.order_by("pk").values_list("pk", flat=True)

    tally = deliver_due(on=ON, first=first, last=second)

    assert tally == Tally(sent=2)


@pytest.mark.parametrize("people", [1, 30])
def test_inbox_chunk_takes_the_same_number_of_statements(people, django_assert_num_queries):
    due(*[{}] * people, channels=["inbox"])

    with django_assert_num_queries(6):  # savepoint, lock, rules, that no row is kept, write and stamp, release
        deliver_to_inbox(on=ON, at=AT)

    assert InboxMessage.objects.count() == people


@pytest.mark.parametrize("people", [1, 30])
def test_a_workers_chunk_takes_the_same_number_of_statements(people, django_assert_num_queries):
    due(*[{}] * people, channels=["inbox"])
    first, last = Delivery.objects.aggregate(first=Min("pk"), last=Max("pk")).values()

    # the time, what is open, [rules, who is left out], and the chunk's own six; no second look, no look for mails
    with django_assert_num_queries(12):
        deliver_due(on=ON, first=first, last=last)

    assert InboxMessage.objects.count() == people


def test_judging_a_chunk_looks_each_reminder_up_by_its_key():
    """The planner knows nothing of rows of this morning, and must not go through all of the rule's for each chunk."""
    due(*[{}] * 30, channels=["inbox"])
    plans = []

    def explain(execute, sql, params, many, context):
        if "judged" in sql:
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.extend(line for (line,) in context["cursor"].fetchall())
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # these few rows are one page
    with connection.execute_wrapper(explain):
        leave_out(on=ON, at=AT)

    scans = {line.split("using ")[1].split()[0] for line in plans if "on notices_reminder " in line}
    assert scans == {"notices_reminder_pkey"}
    assert not [line for line in plans if "Seq Scan on notices_reminder " in line]
