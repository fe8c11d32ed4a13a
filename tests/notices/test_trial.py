"""测试发送: a rule's text goes to whoever keeps it, by the rule's ways, and leaves no reminder behind."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from core import reminders
from core.enums import Role
from core.models import AuditEntry, OutboxMessage, User
from core.reminders import Occasion, Source
from notices.models import Delivery, InboxMessage, Reminder
from notices.services.testing import mail_test, send_test
from notices.tasks import send_test as send_test_work
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk():
    return make_officer(username="clerk", name="王干事")


def nothing_came() -> bool:
    models = (InboxMessage, OutboxMessage, Reminder, Delivery)
    return not any(model.objects.exists() for model in models) and not AuditEntry.objects.exists()


def test_trial_reaches_oneself_by_both_ways_and_nobody_else(mail_server, clerk):
    rule = make_rule()
    make_person()  # due today

    used = send_test(actor=clerk, rule=rule, at=AT)
    send_test_work(**OutboxMessage.objects.get().args)

    message = InboxMessage.objects.get()
    assert used == ["inbox", "email"]
    assert (message.user_id, message.member_id, message.subject) == (clerk.pk, None, "【测试】王干事，生日")
    (mail,) = mail_server.post.accepted
    assert mail["To"] == clerk.email
    assert not Reminder.objects.exists()
    assert not Delivery.objects.exists()
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id) == ("notices.reminderrule.tested", str(rule.pk))
    assert entry.data == {"code": rule.code, "channels": ["inbox", "email"]}


def test_trial_mail_worked_off_twice_is_the_same_mail(mail_server, clerk):
    rule = make_rule(channels=["email"])
    send_test(actor=clerk, rule=rule, at=AT)
    work = OutboxMessage.objects.get().args

    mail_test(rule_id=work["rule"], user_id=work["user"], key=work["key"])
    mail_test(rule_id=work["rule"], user_id=work["user"], key=work["key"])

    assert list(mail_server.post.by_message_id().values()) == [2]


def test_trial_mail_is_tried_again_when_nobody_answers(no_mail_server, clerk):
    rule = make_rule(channels=["email"])

    with pytest.raises(ConnectionError):
        mail_test(rule_id=rule.pk, user_id=clerk.pk, key="k")


@pytest.mark.parametrize(("channels", "used"), [(["inbox", "email"], ["inbox"]), (["email"], [])])
def test_without_an_address_the_trial_has_no_mail(clerk, channels, used):
    User.objects.filter(pk=clerk.pk).update(email="")
    clerk.refresh_from_db()

    assert send_test(actor=clerk, rule=make_rule(channels=channels), at=AT) == used

    assert InboxMessage.objects.count() == len(used)
    assert not OutboxMessage.objects.exists()


def test_trial_speaks_of_the_nearest_matter_that_is_still_to_come(clerk, monkeypatch):
    matters = [Occasion(f"m-{days}", ON + timedelta(days=days), f"第{days}天") for days in (-2, 9, 3)]
    source = Source("test.matters", "事项", lambda on, first, last: matters)
    monkeypatch.setitem(reminders._sources, source.code, source)
    rule = make_rule(
        kind="source", source=source.code, repeat="once", audience="role", roles=["chair"], subject="{about} {days}"
    )

    send_test(actor=clerk, rule=rule, at=AT)

    assert InboxMessage.objects.get().subject == "【测试】第3天 3"


@pytest.mark.parametrize("role", [Role.CHAIR, Role.BRANCH_OFFICER, Role.ACCOUNTANT])
def test_only_who_keeps_rules_may_try_them(role):
    rule = make_rule()

    with pytest.raises(PermissionDenied):
        send_test(actor=make_officer(role, username="other"), rule=rule, at=AT)

    assert nothing_came()


def test_button_on_the_preview_sends_and_says_by_which_ways(clerk):
    rule = make_rule()
    client = Client()
    client.force_login(clerk, "core.backends.StaffNumberBackend")

    answer = client.post(f"/admin/notices/reminderrule/{rule.pk}/test/", follow=True)

    assert "已向您本人发送测试（站内消息、电子邮件），不计入提醒。" in answer.content.decode()
    assert InboxMessage.objects.get().user_id == clerk.pk
