"""Messages to groups, against a real HTTP receiver that counts: at most once, whatever it answers."""

import base64
import hmac
from contextlib import suppress
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from core.enums import Role
from core.models import AuditEntry, OutboxMessage, PolicyRule
from notices import rules
from notices.enums import ResendRefusal, RobotRefusal
from notices.models import Robot, RobotPost
from notices.services import group_posts
from notices.services.due import make_due
from notices.services.group_posts import deliver_post, deliver_posts, give_up
from notices.services.keeping_robots import CannotKeepRobot, greet, keep_robot
from notices.services.resending import CannotResend, resend_posts
from notices.services.robots import cut, host_of
from notices.services.tally import Tally
from tests.notices.chatserver import TAKEN, ChatServer
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule
from tests.together import together

pytestmark = pytest.mark.django_db


@pytest.fixture
def chat(settings):
    settings.ROBOT_HOSTS, settings.ROBOT_TIMEOUT = ["127.0.0.1"], 0.5
    with ChatServer() as server:
        yield server


@pytest.fixture
def clerk():
    return make_officer(Role.UNION_STAFF, username="clerk")


def make_robot(chat: ChatServer, clerk, **fields) -> Robot:
    given = {"name": "工会干部群", "kind": "wecom", "is_active": True, "url": chat.url, "secret": ""} | fields
    return keep_robot(actor=clerk, robot=None, at=AT, **given)


def make_post(robot: Robot, key: str = "one", text: str = "慰问准备") -> RobotPost:
    group_posts.post(robots_=[robot], key=key, subject=text, body="", on=ON, at=AT)
    return RobotPost.objects.get(robot=robot, key=key)


def states() -> list[tuple[str, str]]:
    return list(RobotPost.objects.order_by("pk").values_list("state", "reason"))


def dragon_boat_rule(robot: Robot, **fields):
    rule = make_rule(kind="festival", occasion="端午节", offset_days=14, audience="staff", **fields)
    rule.robots.add(robot)
    return rule


def test_rule_tells_its_group_once_however_many_people_and_runs(chat, clerk):
    dragon_boat_rule(make_robot(chat, clerk), subject="{occasion}慰问准备", body="{name}：{date}")
    make_officer(Role.CHAIR, username="chair")

    for _ in range(3):
        make_due(on=ON, at=AT)
        deliver_posts(on=ON)

    assert chat.group.by_text() == {"端午节慰问准备\n各位同事：6月3日": 1}
    assert states() == [("sent", "")]


def test_group_of_a_members_rule_hears_nothing(chat, clerk):
    robot = make_robot(chat, clerk)
    make_rule().robots.add(robot)
    make_person()

    make_due(on=ON, at=AT)
    deliver_posts(on=ON)

    assert chat.group.bodies == []
    assert not RobotPost.objects.exists()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("wecom", {"msgtype": "text", "text": {"content": "慰问准备\n"}}),
        ("dingtalk", {"msgtype": "text", "text": {"content": "慰问准备\n"}}),
        ("feishu", {"msg_type": "text", "content": {"text": "慰问准备\n"}}),
    ],
)
def test_each_service_gets_its_own_form(chat, clerk, kind, body):
    make_post(make_robot(chat, clerk, kind=kind))

    tally = deliver_post(on=ON, at=AT)

    assert tally == Tally(sent=1)
    assert chat.group.bodies == [body]
    assert parse_qs(urlsplit(chat.group.paths[0]).query)["key"] == ["K3Y-of-the-group"]


def test_dingtalk_is_signed_as_it_asks(chat, clerk):
    make_post(make_robot(chat, clerk, kind="dingtalk", secret="SEC-1"))

    deliver_post(on=ON, at=AT)

    query = parse_qs(urlsplit(chat.group.paths[0]).query)
    stamp = str(int(AT.timestamp() * 1000))
    digest = hmac.digest(b"SEC-1", f"{stamp}\nSEC-1".encode(), "sha256")
    assert (query["timestamp"], query["sign"]) == ([stamp], [base64.b64encode(digest).decode()])


def test_feishu_is_signed_as_it_asks(chat, clerk):
    make_post(make_robot(chat, clerk, kind="feishu", secret="SEC-1"))

    deliver_post(on=ON, at=AT)

    stamp = str(int(AT.timestamp()))
    digest = hmac.digest(f"{stamp}\nSEC-1".encode(), b"", "sha256")
    assert chat.group.bodies[0]["timestamp"] == stamp
    assert chat.group.bodies[0]["sign"] == base64.b64encode(digest).decode()


ANSWERS = [
    ({"answer": {"errcode": 93000, "errmsg": "invalid webhook url"}}, "errcode_93000"),
    ({"status": 500}, "http_500"),
    ({"status": 404}, "http_404"),
    ({"status": 302, "location": "/elsewhere"}, "http_302"),
    ({"answer": b"<html>"}, "no_answer"),
    ({"answer": b"[]"}, "no_answer"),
    ({"answer": {"errmsg": "ok"}}, "no_answer"),
    ({"hang_up": True}, "unknown"),
    ({"delay": 1.0}, "unknown"),
]


@pytest.mark.parametrize(("behaviour", "reason"), ANSWERS)
def test_whatever_goes_wrong_after_it_was_sent_is_never_sent_again_by_itself(chat, clerk, behaviour, reason):
    make_post(make_robot(chat, clerk))
    vars(chat.group).update(behaviour)

    tally = deliver_post(on=ON, at=AT)
    vars(chat.group).update(status=200, answer=TAKEN, location="", hang_up=False, delay=0)
    again = [deliver_post(on=ON, at=AT + hours * timedelta(hours=1)) for hours in range(1, 4)]

    assert (tally, again) == (Tally(failed=1), [None] * 3)
    assert states() == [("failed", reason)]
    assert len(chat.group.bodies) == 1


def test_nobody_there_is_tried_again_later_and_then_arrives_once(chat, clerk):
    robot = make_robot(chat, clerk)
    make_post(robot)
    chat.gone()

    refused = deliver_post(on=ON, at=AT)
    waiting = states()
    early = deliver_post(on=ON, at=AT + timedelta(minutes=9))
    with ChatServer() as back:
        keep_robot(actor=clerk, robot=robot, name="群", kind="wecom", is_active=True, url=back.url, secret="", at=AT)
        tally = deliver_post(on=ON, at=AT + timedelta(minutes=10))

        assert back.group.by_text() == {"慰问准备\n": 1}
    assert (refused, waiting, early) == (Tally(waiting=1), [("pending", "unreachable")], None)
    assert (tally, states()) == (Tally(sent=1), [("sent", "")])


def test_nobody_there_for_five_tries_is_a_failure(chat, clerk):
    make_post(make_robot(chat, clerk))
    chat.gone()

    tallies = [deliver_post(on=ON, at=AT + day * timedelta(days=1)) for day in range(rules.TRIES + 1)]

    assert tallies == [Tally(waiting=1)] * (rules.TRIES - 1) + [Tally(failed=1), None]
    assert states() == [("failed", "unreachable")]


@pytest.mark.parametrize(
    ("age", "state"), [(rules.LEASE - timedelta(seconds=1), ("sending", "")), (rules.LEASE, ("failed", "unknown"))]
)
def test_post_left_in_sending_by_a_crash_is_shown_and_not_sent(chat, clerk, age, state):
    make_post(make_robot(chat, clerk))
    RobotPost.objects.update(state="sending", claimed_at=AT - age, attempts=1)

    give_up(on=ON, at=AT)

    assert deliver_post(on=ON, at=AT) is None
    assert (states(), chat.group.bodies) == ([state], [])


@pytest.mark.parametrize("limit", [None, 3])
def test_a_robot_posts_as_many_a_minute_as_the_policy_says(chat, clerk, limit):
    robot = make_robot(chat, clerk)
    if limit:
        PolicyRule.objects.filter(key=group_posts.PER_MINUTE).delete()
        facts = {"scope": "nation", "from_on": "2020-01-01", "decided_by": "测试", "mark": "S", "effect": "warn"}
        PolicyRule.objects.create(key=group_posts.PER_MINUTE, value=limit, **facts)
    for number in range(25):
        make_post(robot, key=str(number))

    sent = [deliver_post(on=ON, at=AT) for _ in range(25)].count(Tally(sent=1))
    later = [deliver_post(on=ON, at=AT + timedelta(minutes=1)) for _ in range(25)].count(Tally(sent=1))

    assert sent == (limit or 20) == len(chat.group.bodies) - later
    assert later == min(limit or 20, 25 - sent)


def test_a_group_that_is_full_holds_up_no_other(chat, clerk):
    full, other = make_robot(chat, clerk), make_robot(chat, clerk, name="另一个群")
    for number in range(21):
        make_post(full, key=str(number))
    make_post(other, text="给另一个群")

    for _ in range(22):
        deliver_post(on=ON, at=AT)

    assert chat.group.by_text()["给另一个群\n"] == 1
    assert RobotPost.objects.filter(state="pending").count() == 1


def test_what_a_switched_off_robot_or_a_week_left_over_is_a_recorded_skip(chat, clerk):
    off = make_robot(chat, clerk, name="停用的")
    make_post(off)
    Robot.objects.filter(pk=off.pk).update(is_active=False)
    make_post(make_robot(chat, clerk))

    tally = give_up(on=ON + timedelta(days=8), at=AT + timedelta(days=8))

    assert (tally, states()) == (Tally(skipped=2), [("skipped", "robot_off"), ("skipped", "too_late")])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "qyapi.weixin.qq.com"),
        ("https://oapi.dingtalk.com:443/robot/send", "oapi.dingtalk.com"),
        ("http://qyapi.weixin.qq.com/cgi-bin/webhook/send", ""),
        ("https://qyapi.weixin.qq.com:8443/", ""),
        ("https://qyapi.weixin.qq.com.evil.example/", ""),
        ("https://evil.example/?qyapi.weixin.qq.com", ""),
        ("https://qyapi.weixin.qq.com@evil.example/", ""),
        ("https://user:word@qyapi.weixin.qq.com/", ""),
        ("http://127.0.0.1:6379/", ""),
        ("http://169.254.169.254/latest/meta-data/", ""),
        ("file:///etc/passwd", ""),
        ("https://[::1/", ""),
        ("https://qyapi.weixin.qq.com:x/", ""),
        ("", ""),
    ],
)
def test_only_the_services_own_addresses_are_taken(url, host):
    assert host_of(url) == host


def test_address_that_is_no_longer_allowed_is_not_posted_to(chat, clerk, settings):
    make_post(make_robot(chat, clerk))
    settings.ROBOT_HOSTS = ["qyapi.weixin.qq.com"]

    deliver_post(on=ON, at=AT)

    assert (states(), chat.group.bodies) == ([("failed", "host_not_allowed")], [])


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"url": ""}, RobotRefusal.ADDRESS_MISSING), ({"url": "http://10.0.0.1/"}, RobotRefusal.ADDRESS_NOT_ALLOWED)],
)
def test_keep_robot_refuses_and_changes_nothing(chat, clerk, fields, code):
    with pytest.raises(CannotKeepRobot) as refused:
        make_robot(chat, clerk, **fields)

    assert refused.value.code is code
    assert not AuditEntry.objects.exists()


def test_address_and_secret_are_sealed_and_in_no_entry(chat, clerk):
    robot = make_robot(chat, clerk, kind="dingtalk", secret="SEC-1")

    stored = Robot.objects.filter(pk=robot.pk).values().get()
    assert stored["url"].startswith("v1:")
    assert not [text for text in ("K3Y", "SEC-1") if text in str(stored) + str(AuditEntry.objects.get().data)]


@pytest.mark.parametrize("role", [Role.CHAIR, Role.BRANCH_OFFICER, Role.SYSTEM_ADMIN])
def test_robots_are_kept_and_posts_resent_by_union_staff_only(chat, clerk, role):
    actor, robot = make_officer(role), make_robot(chat, clerk)
    failed = make_post(robot)
    RobotPost.objects.update(state="failed", reason="unknown")

    with pytest.raises(PermissionDenied):
        make_robot(chat, actor, name="另一个")
    with pytest.raises(PermissionDenied):
        resend_posts(actor=actor, ids=[failed.pk], at=AT)
    with pytest.raises(PermissionDenied):
        greet(actor=actor, robot=robot, at=AT)

    assert (Robot.objects.count(), states()) == (1, [("failed", "unknown")])


def test_failed_post_goes_again_by_hand_however_old(chat, clerk):
    post = make_post(make_robot(chat, clerk))
    RobotPost.objects.update(state="failed", reason="unknown", attempts=1, claimed_at=AT)
    later = AT + timedelta(days=30)

    resend_posts(actor=clerk, ids=[post.pk], at=later)
    give_up(on=ON + timedelta(days=30), at=later)
    deliver_post(on=ON + timedelta(days=30), at=later)

    assert (states(), len(chat.group.bodies)) == ([("sent", "")], 1)
    assert OutboxMessage.objects.get().name == "notices.deliver_posts"
    assert AuditEntry.objects.filter(action="notices.robotpost.resent", actor_id=clerk.pk).count() == 1


def test_sent_post_is_not_sent_again(chat, clerk):
    post = make_post(make_robot(chat, clerk))
    deliver_post(on=ON, at=AT)

    with pytest.raises(CannotResend) as refused:
        resend_posts(actor=clerk, ids=[post.pk], at=AT)

    assert refused.value.code is ResendRefusal.NOT_FAILED
    assert states() == [("sent", "")]


@pytest.mark.parametrize(("text", "length"), [("短", 1), ("长" * 700, 665)], ids=["short", "long"])
def test_long_text_is_cut_at_a_character(text, length):
    assert len(cut(text).rstrip("…")) == length
    assert len(cut(text).encode()) <= 2000


def post_twice_at_once(chat, clerk) -> None:
    make_post(make_robot(chat, clerk))
    chat.group.delay = 0.2
    with suppress(Exception):  # the control's loser may fail; what counts is what arrived
        together(lambda _: deliver_post(on=ON, at=AT), 2)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_post_once(chat, clerk):
    post_twice_at_once(chat, clerk)

    assert len(chat.group.bodies) == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_two_workers_post_twice(chat, clerk, monkeypatch):
    from threading import Barrier

    both, first_robot = Barrier(2, timeout=5), group_posts._first_robot

    def wait_for_the_other(posts):
        robot = first_robot(posts)
        with suppress(Exception):
            both.wait()
        return robot

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(group_posts, "_first_robot", wait_for_the_other)

    post_twice_at_once(chat, clerk)

    assert len(chat.group.bodies) == 2


def test_all_failed_posts_go_again_by_one_press(chat, clerk):
    robot = make_robot(chat, clerk)
    make_post(robot)
    make_post(robot, key="other")
    RobotPost.objects.update(state="failed", reason="unknown", attempts=1, claimed_at=AT)

    assert resend_posts(actor=clerk, ids=None, at=AT) == 2

    assert states() == [("pending", ""), ("pending", "")]
    assert AuditEntry.objects.get(action="notices.robotpost.resent").data["count"] == 2
    assert OutboxMessage.objects.get().name == "notices.deliver_posts"
