"""Rules kept, failures sent again, messages read, settings changed: who may, what is refused, what is noted."""

import pytest
from django.core.exceptions import PermissionDenied

from core.enums import Role
from core.models import AuditEntry, OutboxMessage
from notices.enums import ResendRefusal, RuleRefusal
from notices.models import Delivery, NoticePreference, ReminderRule
from notices.services.due import make_due
from notices.services.inbox import mark_all_read, mark_read, set_preferences
from notices.services.keeping import CannotKeepRule, keep_rule
from notices.services.resending import CannotResend, resend_failed
from tests.notices.factories import AT, ON, make_message, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db
VALUES = {
    "code": "new",
    "name": "新规则",
    "kind": "birthday",
    "occasion": "",
    "audience": "members",
    "channels": ["inbox"],
    "offset_days": 3,
    "skip_after_days": 3,
    "subject": "{name}",
    "body": "{date}",
    "is_active": True,
    "service_critical": False,
}


@pytest.fixture
def clerk():
    return make_officer(Role.UNION_STAFF, username="clerk")


def stored(rule) -> dict:
    return ReminderRule.objects.filter(pk=rule.pk).values().get()


def test_keep_rule_adds_one_and_says_so(clerk):
    rule = keep_rule(actor=clerk, rule=None, values=VALUES, at=AT)

    entry = AuditEntry.objects.get()
    assert {name: stored(rule)[name] for name in VALUES} == VALUES
    assert (entry.action, entry.actor_id, entry.target_id) == ("notices.reminderrule.created", clerk.pk, str(rule.pk))


def test_keep_rule_changes_what_differs_only(clerk):
    rule = make_rule()

    keep_rule(actor=clerk, rule=rule, values={"name": rule.name, "offset_days": 5}, at=AT)

    assert stored(rule)["offset_days"] == 5
    assert AuditEntry.objects.get().data == {"code": rule.code, "fields": ["offset_days"]}


def test_keep_rule_without_a_change_notes_nothing(clerk):
    rule = make_rule()

    keep_rule(actor=clerk, rule=rule, values={"name": rule.name}, at=AT)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", [Role.CHAIR, Role.BRANCH_OFFICER, Role.SYSTEM_ADMIN])
def test_keep_rule_is_for_union_staff(role):
    rule, actor = make_rule(), make_officer(role)
    before = stored(rule)

    with pytest.raises(PermissionDenied):
        keep_rule(actor=actor, rule=rule, values={"name": "改"}, at=AT)

    assert stored(rule) == before
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"body": "{phone}"}, RuleRefusal.UNKNOWN_PLACEHOLDER),
        ({"channels": []}, RuleRefusal.NO_CHANNEL),
        ({"offset_days": 61}, RuleRefusal.OFFSET_OUT_OF_RANGE),
    ],
)
def test_keep_rule_refuses_and_changes_nothing(clerk, values, code):
    rule = make_rule()
    before = stored(rule)

    with pytest.raises(CannotKeepRule) as refused:
        keep_rule(actor=clerk, rule=rule, values=values, at=AT)

    assert refused.value.code is code
    assert stored(rule) == before
    assert not AuditEntry.objects.exists()


def test_keep_rule_refuses_another_kind_once_used(clerk):
    rule = make_rule()
    make_person()
    make_due(on=ON, at=AT)
    entries = AuditEntry.objects.count()

    with pytest.raises(CannotKeepRule) as refused:
        keep_rule(actor=clerk, rule=rule, values={"kind": "festival", "occasion": "春节"}, at=AT)

    assert refused.value.code is RuleRefusal.IN_USE
    assert (stored(rule)["kind"], AuditEntry.objects.count()) == ("birthday", entries)


def test_rule_switched_on_again_makes_up_for_nothing(clerk):
    rule = make_rule()
    make_due(on=ON, at=AT)
    keep_rule(actor=clerk, rule=rule, values={"is_active": False}, at=AT)

    kept = keep_rule(actor=clerk, rule=rule, values={"is_active": True}, at=AT)

    assert (kept.started_on, kept.covered_until_on) == (None, None)


@pytest.fixture
def failed():
    make_rule(channels=["email"])
    make_person()
    make_person()
    make_due(on=ON, at=AT)
    Delivery.objects.update(state="failed", reason="smtp_550", attempts=5)
    return list(Delivery.objects.order_by("pk"))


def test_resend_opens_five_more_tries_and_wakes_a_worker(clerk, failed):
    count = resend_failed(actor=clerk, ids=[failed[0].pk], at=AT)

    failed[0].refresh_from_db()
    assert (count, failed[0].state, failed[0].reason, failed[0].attempts) == (1, "pending", "", 0)
    assert Delivery.objects.get(pk=failed[1].pk).state == "failed"
    assert OutboxMessage.objects.get().args == {"first": failed[0].pk, "last": failed[0].pk}
    assert AuditEntry.objects.filter(action="notices.delivery.resent", actor_id=clerk.pk).count() == 1


def test_resend_all_takes_every_failed_one(clerk, failed):
    assert resend_failed(actor=clerk, ids=None, at=AT) == 2


def test_resend_refuses_what_did_not_fail(clerk, failed):
    Delivery.objects.update(state="sent", reason="", sent_at=AT)

    with pytest.raises(CannotResend) as refused:
        resend_failed(actor=clerk, ids=None, at=AT)

    assert refused.value.code is ResendRefusal.NOT_FAILED
    assert not OutboxMessage.objects.exists()
    assert not AuditEntry.objects.filter(action="notices.delivery.resent").exists()


@pytest.mark.parametrize("role", [Role.CHAIR, Role.BRANCH_OFFICER, Role.SYSTEM_ADMIN])
def test_resend_is_for_union_staff(role, failed):
    actor = make_officer(role)

    with pytest.raises(PermissionDenied):
        resend_failed(actor=actor, ids=None, at=AT)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert not OutboxMessage.objects.exists()


def test_mark_read_keeps_the_first_time(clerk):
    message = make_message(user=clerk)

    mark_read(message=message, actor=clerk, at=AT)
    again = mark_read(message=message, actor=clerk, at=AT.replace(hour=5))

    assert again.read_at == AT


def test_mark_read_leaves_a_strangers_message_alone(clerk):
    message = make_message(user=make_officer(username="other"))

    mark_read(message=message, actor=clerk, at=AT)

    assert message.read_at is None


def test_mark_all_read_takes_both_records_of_one_person(clerk):
    member = make_person(user=clerk)
    mine = [make_message(user=clerk), make_message(member=member)]
    theirs = make_message(user=make_officer(username="other"))

    count = mark_all_read(actor=clerk, at=AT)

    theirs.refresh_from_db()
    assert (count, theirs.read_at) == (len(mine), None)


def test_preferences_are_set_changed_and_cleared(clerk):
    make_person(user=clerk)
    rule = make_rule()

    set_preferences(actor=clerk, rules_off={rule.pk}, channels_off={"email"}, at=AT)
    first = set(NoticePreference.objects.values_list("rule", "channel"))
    set_preferences(actor=clerk, rules_off=set(), channels_off={"email"}, at=AT)
    second = set(NoticePreference.objects.values_list("rule", "channel"))
    set_preferences(actor=clerk, rules_off=set(), channels_off=set(), at=AT)

    assert first == {(rule.pk, ""), (None, "email")}
    assert second == {(None, "email")}
    assert not NoticePreference.objects.exists()
    assert AuditEntry.objects.filter(action="notices.preference.changed").count() == 3


def test_same_preferences_again_change_and_note_nothing(clerk):
    set_preferences(actor=clerk, rules_off=set(), channels_off={"email"}, at=AT)

    set_preferences(actor=clerk, rules_off=set(), channels_off={"email"}, at=AT)

    assert NoticePreference.objects.count() == AuditEntry.objects.count() == 1


def test_service_critical_rule_cannot_be_switched_off(clerk):
    make_person(user=clerk)
    rule = make_rule(service_critical=True)

    set_preferences(actor=clerk, rules_off={rule.pk}, channels_off=set(), at=AT)

    assert not NoticePreference.objects.exists()
