"""Digest mails: one per person and period, with everything in it, and nothing lost when somebody changes his mind."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core import tiles
from core.enums import Role
from core.models import AuditEntry, OutboxMessage
from core.tiles import Section, Tile
from notices.enums import ResendRefusal
from notices.models import Delivery, Digest, DigestChoice, InboxMessage
from notices.services.delivery import deliver_due, leave_out
from notices.services.digests import deliver_digests, make_digests
from notices.services.due import make_due
from notices.services.handing_out import hand_out
from notices.services.inbox import choose_digest
from notices.services.resending import CannotResend, resend_digests
from notices.services.tally import Tally
from tests.notices.factories import AT, ON, make_officer, make_rule
from tests.together import together

pytestmark = pytest.mark.django_db
MONDAY = ON - timedelta(days=ON.weekday())  # ON is a Friday


@pytest.fixture
def clerk():
    return make_officer(username="clerk")


@pytest.fixture
def daily_rule():
    """Something for the clerk every day."""
    return make_rule(
        kind="date", fixed_on=MONDAY, repeat="every", every_days=1, offset_days=0, audience="staff", subject="{date}"
    )


def wants(user, period: str) -> None:
    DigestChoice.objects.create(user=user, period=period, created_at=AT)


def run(on) -> Tally:
    """What a tick and the workers do on that day."""
    at = AT + (on - ON)
    make_due(on=on, at=at)
    tally = deliver_due(on=on)
    make_digests(on=on, at=at)
    return tally + (deliver_digests(on=on, at=at) or Tally())


def bodies(server) -> list[str]:
    return [mail.get_payload(decode=True).decode() for mail in server.post.accepted]


def test_weekly_digest_is_one_mail_with_everything_since_the_last(mail_server, clerk, daily_rule):
    wants(clerk, "weekly")

    for ahead in range(8):
        run(MONDAY + timedelta(days=ahead))

    first, second = bodies(mail_server)
    days = [f"5月{16 + ahead}日" for ahead in range(8)]
    assert [day in first for day in days] == [True] + [False] * 7
    assert [day in second for day in days] == [False] + [True] * 7
    assert list(Digest.objects.order_by("pk").values_list("period_on", flat=True)) == [
        MONDAY,
        MONDAY + timedelta(days=7),
    ]
    assert InboxMessage.objects.count() == 8  # in the portal each as it comes


def test_daily_digest_comes_once_a_day_however_often_the_tick(mail_server, clerk, daily_rule):
    wants(clerk, "daily")

    for _ in range(3):
        run(ON)
    run(ON + timedelta(days=1))

    assert len(bodies(mail_server)) == 2
    assert len(mail_server.post.by_message_id()) == 2


def test_others_get_their_single_mails(mail_server, clerk, daily_rule):
    wants(make_officer(username="other"), "daily")

    run(ON)

    assert sorted(mail_server.post.recipients()) == ["clerk@example.org", "other@example.org"]
    assert Digest.objects.get().user.username == "other"


def test_what_must_arrive_arrives_singly(mail_server, clerk, daily_rule):
    wants(clerk, "weekly")
    type(daily_rule).objects.update(service_critical=True)

    run(ON)

    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_to_dos_of_the_first_page_are_in_it(mail_server, clerk, monkeypatch):
    wants(clerk, "daily")
    tile = Tile("待审核的申请", "tests:applications", Section.UNION, order=1, waiting=lambda user: 4)
    monkeypatch.setitem(tiles._tiles, tile.view, tile)

    run(ON)

    (body,) = bodies(mail_server)
    assert "待审核的申请：4 项" in body


def test_nothing_to_say_is_no_mail_and_a_recorded_skip(mail_server, clerk):
    make_rule(is_active=False)  # and no other is
    wants(clerk, "daily")

    run(ON)

    assert bodies(mail_server) == []
    assert list(Digest.objects.values_list("state", "reason")) == [("skipped", "nothing")]


def test_three_days_outage_is_one_digest_with_all_of_them(mail_server, clerk, daily_rule):
    wants(clerk, "daily")
    run(ON)

    run(ON + timedelta(days=4))

    body = bodies(mail_server)[1]
    assert all(f"5月{20 + ahead}日" in body for ahead in range(1, 5))
    assert Digest.objects.count() == 2


def test_clock_that_jumps_ahead_and_back_stops_no_digest(mail_server, clerk, daily_rule):
    wants(clerk, "daily")
    run(ON)
    run(ON + timedelta(days=30))

    run(ON + timedelta(days=1))
    run(ON)

    assert list(Digest.objects.order_by("pk").values_list("period_on", flat=True)) == [
        ON,
        ON + timedelta(days=30),
        ON + timedelta(days=1),
    ]


def test_mail_server_down_keeps_the_digest(no_mail_server, clerk, daily_rule):
    wants(clerk, "daily")
    run(ON)
    waiting = list(Digest.objects.values_list("state", "reason", "attempts"))

    with no_mail_server as server:
        tally = deliver_digests(on=ON, at=AT)

        assert (waiting, tally) == ([("pending", "unreachable", 0)], Tally(sent=1))
        assert len(server.post.accepted) == 1


def test_single_mails_again_let_go_what_waited(mail_server, clerk, daily_rule):
    choose_digest(actor=clerk, period="weekly", at=AT)
    run(MONDAY)
    run(MONDAY + timedelta(days=1))
    leave_out(on=MONDAY + timedelta(days=1), at=AT)

    choose_digest(actor=clerk, period="", at=AT)
    deliver_due(on=MONDAY + timedelta(days=1))

    digest, single = bodies(mail_server)
    assert ("5月16日" in digest, "5月17日" in digest, "5月17日" in single) == (True, False, True)
    assert AuditEntry.objects.filter(action="notices.preference.changed").count() == 2


def test_same_choice_again_notes_nothing(clerk):
    choose_digest(actor=clerk, period="weekly", at=AT)

    choose_digest(actor=clerk, period="weekly", at=AT)

    assert AuditEntry.objects.count() == 1


def test_tick_asks_the_workers_for_digests_once(clerk, daily_rule):
    wants(clerk, "daily")
    make_due(on=ON, at=AT)

    first, again = hand_out(on=ON, at=AT), hand_out(on=ON, at=AT)

    assert (first, again) == (2, 0)  # the inbox's chunk and the digests


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_make_one_digest():
    wants(make_officer(username="clerk"), "daily")

    together(lambda _: make_digests(on=ON, at=AT), 2)

    assert Digest.objects.count() == 1


def test_failed_digest_goes_again_by_hand_as_the_same_mail(mail_server, clerk, daily_rule):
    wants(clerk, "daily")
    run(ON)
    Digest.objects.update(state="failed", reason="smtp_550", attempts=5, sent_at=None)
    editor = make_officer(Role.UNION_STAFF, username="editor")

    assert resend_digests(actor=editor, ids=None, at=AT) == 1
    deliver_digests(on=ON, at=AT)

    assert list(mail_server.post.by_message_id().values()) == [2]
    assert Digest.objects.get().state == "sent"
    entry = AuditEntry.objects.get(action="notices.digest.resent")
    assert (entry.actor_id, entry.data["count"]) == (editor.pk, 1)
    assert OutboxMessage.objects.get(name="notices.deliver_digests")


def test_only_union_staff_sends_digests_again_and_only_failed_ones(clerk):
    Digest.objects.create(user=clerk, period_on=ON, message_id="<1@x>", created_at=AT)
    editor = make_officer(Role.UNION_STAFF, username="editor")
    chair = make_officer(Role.CHAIR, username="chair")

    with pytest.raises(CannotResend) as refused:
        resend_digests(actor=editor, ids=None, at=AT)
    Digest.objects.update(state="failed", reason="smtp_550")
    for actor in (chair, make_officer(Role.BRANCH_OFFICER, username="branch")):
        with pytest.raises(PermissionDenied):
            resend_digests(actor=actor, ids=None, at=AT)

    assert refused.value.code is ResendRefusal.NOT_FAILED
    assert Digest.objects.get().state == "failed"
    assert not AuditEntry.objects.filter(action="notices.digest.resent").exists()
