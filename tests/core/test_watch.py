"""Q5: each abuse story played through what people use, with an alert at its bound and none one below."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from core import audit, clock, intents, outbox, tasks, telling, watch
from core.enums import Role, Story
from core.models import Alert, AuditEntry, JobRun, OutboxMessage, RoleGrant
from core.services import accounts, releasing, watching
from core.services.reveal import reveal
from members.services.printing import print_branch_roll
from notices import tasks as notices_tasks
from tests.cast import MEMBER, make_cast
from tests.owner import owner_does

pytestmark = pytest.mark.django_db
GUARDS = (Role.AUDIT_ADMIN, Role.SECURITY_ADMIN)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def signed_in(cast):
    def sign_in(actor):
        client = Client(raise_request_exception=False)
        client.force_login(cast.users[actor], "core.backends.StaffNumberBackend")
        return client

    return sign_in


def stories() -> list[tuple[str, str, int]]:
    """What the scheduled task's own function raises now."""
    return [(alert.story, alert.subject, alert.count) for alert in watching.look(at=clock.now())]


def at_hour(hour: int, minute: int = 0) -> datetime:
    """Today, local."""
    return timezone.localtime(clock.now()).replace(hour=hour, minute=minute, second=0, microsecond=0)


def subject(cast, actor) -> str:
    return f"user:{cast.users[actor].pk}"


def reveal_phones(cast, times: int) -> None:
    member = cast.member_of(MEMBER)
    member.phone = "13912345678"
    member.save()
    for _ in range(times):
        reveal(
            **{"actor": cast.users[Role.UNION_STAFF], "instance": member, "field": "phone"},
            **{"reason": "联系本人", "subject": member.pk, "at": clock.now()},
        )


@pytest.mark.django_db(transaction=True)  # a reveal commits before it tells
@pytest.mark.parametrize(("times", "told"), [(49, False), (50, True)])
def test_fifty_reveals_within_an_hour(times, told, cast):
    reveal_phones(cast, times)

    assert stories() == ([(Story.MANY_REVEALS, subject(cast, Role.UNION_STAFF), 50)] if told else [])


def test_reveals_spread_over_more_than_an_hour_are_work():
    begin = at_hour(9)
    facts = [
        watch.Fact(begin + timedelta(seconds=73.5 * n), 1, "", "members.member.phone_revealed", {}) for n in range(50)
    ]

    assert watch.findings(facts) == []
    assert watch.findings([*facts, replace(facts[-1])])[0].count == 50


def grant(cast, *, at: datetime) -> None:
    accounts.grant_role(
        **{"actor": cast.users[Role.SECURITY_ADMIN], "user": cast.users[MEMBER], "role": Role.TELLER},
        **{"from_on": clock.local_date(at), "at": at},
    )


def ask_for_role(client, user) -> None:
    key = "11111111-1111-4111-8111-111111111111"
    day = clock.today().isoformat()
    given = {"username": user.username, "role": Role.TELLER, "from_on": day, intents.FIELD: key}
    assert client.post("/admin/core/rolegrant/add/", given).status_code in (200, 302)


@pytest.mark.parametrize(("actor", "told"), [(Role.SECURITY_ADMIN, True), (MEMBER, False)])
def test_role_to_oneself(actor, told, cast, signed_in):
    grants = RoleGrant.objects.filter(user=cast.users[Role.SECURITY_ADMIN]).count()

    ask_for_role(signed_in(Role.SECURITY_ADMIN), cast.users[actor])

    found = [story for story in stories() if story[0] == Story.ROLE_TO_SELF]
    assert found == ([(Story.ROLE_TO_SELF, subject(cast, Role.SECURITY_ADMIN), 1)] if told else [])
    assert RoleGrant.objects.filter(user=cast.users[Role.SECURITY_ADMIN]).count() == grants


@pytest.mark.parametrize(
    ("hour", "minute", "told"), [(21, 59, False), (22, 0, True), (0, 0, True), (5, 59, True), (6, 0, False)]
)
def test_office_granted_in_the_night(hour, minute, told, cast):
    grant(cast, at=at_hour(hour, minute))

    found = stories()
    assert found == ([(Story.GRANT_OFF_HOURS, subject(cast, Role.SECURITY_ADMIN), 1)] if told else [])


@pytest.mark.parametrize(("times", "told"), [(19, False), (20, True)])
def test_twenty_refusals_of_one_account(times, told, cast, signed_in):
    client = signed_in(MEMBER)
    for number in range(times):
        answer = client.post("/notices/0/read/") if number % 2 else client.get("/admin/core/user/")
        assert answer.status_code == (404 if number % 2 else 403)

    assert stories() == ([(Story.MANY_REFUSALS, subject(cast, MEMBER), 20)] if told else [])


def guess(name: str, address: str = "10.9.9.9") -> None:
    Client().post("/accounts/login/", {"login": name, "password": "Summer-2022-Xy"}, REMOTE_ADDR=address)


@pytest.mark.parametrize(("names", "told"), [(19, False), (20, True)])
def test_twenty_accounts_tried_from_one_address(names, told, cast):
    for number in range(names):
        guess(f"C{number:03}")
        guess(f"C{number:03}") if number < 2 else guess(f"C{number:03}", address="10.8.8.8")

    found = [story for story in stories() if story[1] == "address:10.9.9.9"]
    assert found == ([(Story.SPRAYING, "address:10.9.9.9", 20)] if told else [])


def test_accounts_tried_in_more_than_a_quarter_of_an_hour_are_a_campus():
    begin = at_hour(9)
    facts = [
        watch.Fact(
            begin + timedelta(seconds=48 * n), None, "10.9.9.9", "core.user.sign_in_refused", {"typed": str(n)}
        )
        for n in range(20)
    ]

    assert watch.findings(facts) == []


@pytest.mark.parametrize(("hour", "minute", "told"), [(4, 59, True), (5, 0, False), (23, 59, False), (0, 0, True)])
def test_roll_printed_in_the_night(hour, minute, told, cast):
    at = at_hour(hour, minute)
    print_branch_roll(branch=cast.branch, actor=cast.users[Role.BRANCH_OFFICER], at=at)

    assert stories() == ([(Story.NIGHT_LISTS, subject(cast, Role.BRANCH_OFFICER), 1)] if told else [])


def test_broken_chain(transactional_db):
    for _ in range(3):
        audit.record(actor=None, action="core.thing.done", at=clock.now())
    assert stories() == []
    owner_does(
        "ALTER TABLE core_auditentry DISABLE TRIGGER USER",
        "UPDATE core_auditentry SET basis = 'x' WHERE position = 2",
    )

    assert [found[0] for found in stories()] == [Story.BROKEN_CHAIN]


def test_hourly_check_of_the_whole_chain_raises_the_alert_too(transactional_db, monkeypatch):
    monkeypatch.setattr(watching, "NEWEST", 1)
    for _ in range(3):
        audit.record(actor=None, action="core.thing.done", at=clock.now())
    owner_does(
        "ALTER TABLE core_auditentry DISABLE TRIGGER USER",
        "UPDATE core_auditentry SET basis = 'x' WHERE position = 1",
    )
    assert stories() == []

    with pytest.raises(CommandError):
        tasks.check_books()

    alert = Alert.objects.get()
    assert (alert.story, alert.count) == (Story.BROKEN_CHAIN, 1)


@pytest.mark.parametrize(("tries", "told"), [(4, False), (5, True)])
def test_parked_work(tries, told):
    with transaction.atomic():
        message = outbox.add("core.nobody_does_this")
    for _ in range(tries):
        outbox.work_off(message.pk)

    assert stories() == ([(Story.PARKED_WORK, "task:core.nobody_does_this", 1)] if told else [])


def park(name="core.nobody_does_this") -> OutboxMessage:
    return OutboxMessage.objects.create(name=name, attempts=5, parked_at=clock.now(), last_error="KeyError")


def test_alert_is_one_row_however_often_the_watch_looks():
    park()

    assert len(stories()) == 1
    assert stories() == []
    park()
    assert stories() == []
    assert Alert.objects.count() == 1


def test_watch_that_stood_still_looks_at_what_it_missed(cast):
    begin = clock.now() - timedelta(hours=30)
    JobRun.objects.create(**watching.JOB, finished_at=begin)
    since = []
    original = watching._facts
    watching._facts = lambda start: since.append(start) or original(start)

    try:
        watching.look(at=clock.now())
    finally:
        watching._facts = original

    assert since == [begin - watch.LONGEST]
    assert watching.last_look() > begin


def test_guards_in_office_are_told_in_their_inbox_and_nobody_else(cast):
    park()
    tasks.watch()

    assert notices_tasks, "the upper room that tells; a worker imports it by itself"
    work = OutboxMessage.objects.filter(name=telling.WORK)
    assert {message.args["user"] for message in work} == {cast.users[guard].pk for guard in GUARDS}
    for message in work:
        assert outbox.work_off(message.pk)
    for guard in GUARDS:
        (told,) = cast.users[guard].inbox_messages.all()
        assert "后台任务多次失败已搁置" in told.subject
        assert "nobody_does_this" not in told.subject + told.body


def test_every_story_is_told_within_five_minutes(settings):
    """The tick is every minute; the tests above call what it calls."""
    schedule = settings.CELERY_BEAT_SCHEDULE["core.watch"]

    assert schedule["task"] == tasks.watch.name
    assert schedule["schedule"].minute == set(range(60))
    assert schedule["schedule"].hour == set(range(24))


@pytest.fixture
def alert(cast):
    park()
    return watching.look(at=clock.now())[0]


@pytest.mark.parametrize("actor", GUARDS)
def test_guard_acknowledges_with_a_note(actor, cast, alert):
    done = watching.acknowledge(actor=cast.users[actor], alert=alert, note="邮件服务器停机，已恢复", at=clock.now())

    assert (done.acknowledged_by, done.note) == (cast.users[actor], "邮件服务器停机，已恢复")
    entry = AuditEntry.objects.get(action="core.alert.acknowledged")
    assert (entry.actor, entry.target_id, entry.data["story"]) == (cast.users[actor], str(alert.pk), alert.story)


def test_acknowledging_is_refused_twice_empty_or_by_whom_it_is_about(cast, alert):
    admin, at = cast.users[Role.SECURITY_ADMIN], clock.now()
    finding = watch.Finding(Story.ROLE_TO_SELF, f"user:{admin.pk}", at, 1)
    own = watching.raise_alert(finding, at=at)

    for given, note, code in (
        (own, "没事", watching.Refusal.ABOUT_ONESELF),
        (alert, " ", watching.Refusal.NO_NOTE),
    ):
        with pytest.raises(watching.CannotAcknowledge) as refused:
            watching.acknowledge(actor=admin, alert=given, note=note, at=at)
        assert refused.value.code is code
        given.refresh_from_db()
        assert given.acknowledged_at is None
    assert not AuditEntry.objects.exists()
    watching.acknowledge(actor=admin, alert=alert, note="已查", at=at)
    with pytest.raises(watching.CannotAcknowledge) as refused:
        watching.acknowledge(actor=cast.users[Role.AUDIT_ADMIN], alert=alert, note="再查", at=at)
    assert refused.value.code is watching.Refusal.ALREADY
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize("actor", [MEMBER, Role.SYSTEM_ADMIN, Role.CHAIR])
def test_nobody_else_acknowledges(actor, cast, alert):
    with pytest.raises(PermissionDenied):
        watching.acknowledge(actor=cast.users[actor], alert=alert, note="没事", at=clock.now())

    alert.refresh_from_db()
    assert alert.acknowledged_at is None


def test_alert_is_not_acknowledged_without_a_name_and_a_note(alert):
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=alert.pk).update(acknowledged_at=clock.now())


def test_page_of_an_alert_takes_the_note_and_the_dashboard_forgets_it(alert, signed_in):
    client = signed_in(Role.AUDIT_ADMIN)
    assert "有 1 条安全告警待处理" in client.get("/admin/").content.decode()

    answer = client.post(f"/admin/core/alert/{alert.pk}/change/", {"note": "邮件服务器停机，已恢复"})

    assert answer.status_code == 302
    assert "安全告警待处理" not in client.get("/admin/").content.decode()
    assert "已处理" in client.get("/admin/core/alert/").content.decode()
    assert "邮件服务器停机" in client.get(f"/admin/core/alert/{alert.pk}/change/").content.decode()


def test_dashboard_says_when_the_watch_stands_still(cast, signed_in):
    words = "安全监测超过 5 分钟没有运行"
    client = signed_in(Role.SECURITY_ADMIN)
    assert words in client.get("/admin/").content.decode()

    tasks.watch()

    assert words not in client.get("/admin/").content.decode()
    JobRun.objects.filter(**watching.JOB).update(finished_at=clock.now() - timedelta(minutes=6))
    assert words in client.get("/admin/").content.decode()


def test_parked_work_is_released_by_the_system_administrator(cast, signed_in):
    message = park()
    client = signed_in(Role.SYSTEM_ADMIN)
    assert "重新投递" in client.get(f"/admin/core/outboxmessage/{message.pk}/change/").content.decode()

    assert client.post(f"/admin/core/outboxmessage/{message.pk}/release/").status_code == 302

    message.refresh_from_db()
    assert (message.parked_at, message.attempts) == (None, 0)
    entry = AuditEntry.objects.get(action="core.outboxmessage.released")
    assert (entry.target_id, entry.data["name"]) == (str(message.pk), message.name)
    published: list[str] = []
    assert outbox.publish_due(published.append) == 1
    assert published == [str(message.pk)]


def test_work_that_is_not_parked_is_not_released(cast):
    with transaction.atomic():
        message = outbox.add("core.nobody_does_this")

    with pytest.raises(releasing.CannotRelease) as refused:
        releasing.release(actor=cast.users[Role.SYSTEM_ADMIN], message=message, at=clock.now())

    assert refused.value.code is releasing.Refusal.NOT_PARKED
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("actor", [MEMBER, Role.SECURITY_ADMIN, Role.UNION_STAFF])
def test_nobody_else_releases(actor, cast):
    message = park()

    with pytest.raises(PermissionDenied):
        releasing.release(actor=cast.users[actor], message=message, at=clock.now())

    message.refresh_from_db()
    assert message.parked_at


def test_control_without_the_entry_of_a_refusal_no_story_is_seen(cast, signed_in, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "core.middleware.Refusals"]
    client = signed_in(MEMBER)

    for _ in range(20):
        assert client.get("/admin/core/user/").status_code == 403

    assert stories() == []
