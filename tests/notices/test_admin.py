"""Reminders in the browser admin: rules through the service, who is due and why not, failures sent again."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from core.enums import Role
from core.models import AuditEntry, OutboxMessage
from notices.models import Delivery, Digest, NoticePreference, Reminder, ReminderRule, Robot, RobotPost
from notices.selectors import preview
from notices.services.due import make_due
from tests.cast import make_cast
from tests.notices.factories import AT, ON, make_person, make_rule

pytestmark = pytest.mark.django_db
RULES, REMINDERS, DELIVERIES = (f"/admin/notices/{name}/" for name in ("reminderrule", "reminder", "delivery"))


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def clerk(cast) -> Client:
    client = Client()
    client.force_login(cast.users[Role.UNION_STAFF], "core.backends.StaffNumberBackend")
    return client


def form(**fields) -> dict:
    given = {
        "intent_key": str(uuid4()),
        "code": "lantern",
        "name": "元宵准备",
        "kind": "festival",
        "occasion": "春节",
        "audience": "staff",
        "channels": ["inbox"],
        "timing": "before",
        "offset_days": 3,
        "repeat": "yearly",
        "skip_after_days": 2,
        "subject": "{occasion}",
        "body": "{date}",
        "is_active": "on",
    }
    return given | fields


def test_rule_is_added_through_the_service(clerk):
    response = clerk.post(f"{RULES}add/", form())

    assert response.status_code == 302
    assert ReminderRule.objects.get(code="lantern").channels == ["inbox"]
    assert AuditEntry.objects.filter(action="notices.reminderrule.created").count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"body": "{phone}"}, "占位符"),
        ({"offset_days": 61}, "0 到 60"),
        ({"kind": "birthday"}, "生日"),
        ({"subject": "一\n二"}, ""),
        ({"code": "birthday"}, "已存在"),
    ],
)
def test_rule_that_cannot_be_comes_back_with_the_reason(clerk, fields, words):
    response = clerk.post(f"{RULES}add/", form(**fields))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert not ReminderRule.objects.filter(name="元宵准备").exists()
    assert not AuditEntry.objects.filter(action__startswith="notices").exists()


def test_preview_counts_everybody_with_the_reason():
    rule = make_rule()
    make_person(name="来的")
    make_person(name="退休的", until_on=date(2022, 5, 25))
    NoticePreference.objects.create(member=make_person(name="不要的"), rule=rule, created_at=AT)
    make_person(name="别天的", born=date(1980, 5, 28))

    found = preview(rule, on=ON)

    assert found.counts == {"": 1, "not_on_roll": 1, "opted_out": 1}
    assert (found.people[0].name, found.people[0].reason) == ("来的", "")
    assert {due.name for due in found.people} == {"来的", "退休的", "不要的"}


def test_preview_and_run_agree_and_preview_makes_nothing():
    rule = make_rule(kind="festival", occasion="端午节", offset_days=0)
    for _ in range(3):
        make_person(born=None)
    on = date(2022, 6, 3)

    found = preview(rule, on=on)
    before = Reminder.objects.count()
    made = make_due(on=on, at=AT)

    assert (found.counts[""], before) == (made.reminders, 0)


def test_preview_page_shows_names_and_reasons(clerk):
    rule = make_rule()
    make_person(name="来的")
    make_person(name="退休的", until_on=date(2022, 5, 25))

    page = clerk.get(f"{RULES}{rule.pk}/preview/", {"on": "2022-05-20"}).content.decode()

    assert "应提醒 1 人" in page
    assert "届时不在册 1" in page
    assert "来的" in page


@pytest.mark.parametrize("on", ["", "x", "2022-02-30", "0001-01-01", "9999-12-31", "2100-01-01"])
def test_preview_page_answers_any_day(clerk, on):
    rule = ReminderRule.objects.get(code="spring-festival-greeting")

    assert clerk.get(f"{RULES}{rule.pk}/preview/", {"on": on}).status_code == 200


@pytest.fixture
def deliveries():
    """Of two people; the mails failed."""
    make_rule()
    make_person()
    make_person()
    make_due(on=ON, at=AT)
    Delivery.objects.filter(channel="email").update(state="failed", reason="smtp_550", attempts=5)
    return Delivery.objects.order_by("pk")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("", 4),
        ("state=failed", 2),
        ("channel=inbox", 2),
        ("state=failed&channel=inbox", 0),
        ("due=today", 0),
        ("rule=birthday", 0),
        ("state=x&due=x", 4),
    ],
)
def test_delivery_list_narrows(clerk, deliveries, query, rows):
    page = clerk.get(f"{DELIVERIES}?{query}").content.decode()

    assert page.count('<th scope="row">') == rows


def test_failed_ones_are_offered_and_sent_again(clerk, deliveries):
    page = clerk.get(DELIVERIES).content.decode()

    response = clerk.post(f"{DELIVERIES}resend/", follow=True)

    assert "2 条发送失败" in page
    assert "邮件服务器拒收 550" in page
    assert "2 条已交后台重发" in response.content.decode()
    assert not Delivery.objects.filter(state="failed").exists()
    assert OutboxMessage.objects.filter(name="notices.deliver").count() == 1


def test_one_failed_delivery_is_sent_again_from_its_page(clerk, deliveries):
    one = deliveries.filter(state="failed").first()

    page = clerk.get(f"{DELIVERIES}{one.pk}/change/").content.decode()
    clerk.post(f"{DELIVERIES}{one.pk}/resend/")

    assert "失败重发" in page
    assert list(Delivery.objects.filter(state="failed")) == [deliveries.filter(channel="email").last()]


@pytest.mark.parametrize("path", [REMINDERS, DELIVERIES])
@pytest.mark.parametrize("people", [1, 30])
def test_lists_cost_the_same_at_any_length(clerk, path, people, django_assert_max_num_queries):
    make_rule()
    for _ in range(people):
        make_person()
    make_due(on=ON, at=AT)
    clerk.get(path)

    with django_assert_max_num_queries(COST[path]):
        clerk.get(path)


COST = {REMINDERS: 11, DELIVERIES: 11}


def test_reminder_page_shows_its_deliveries(clerk, deliveries):
    page = clerk.get(f"{REMINDERS}{deliveries[0].reminder_id}/change/").content.decode()

    assert "邮件服务器拒收 550" in page
    assert str(ON + timedelta(days=7)) in page or "5月27日" in page


def test_failed_digests_are_listed_with_their_reason_and_go_again_by_one_press(clerk, cast):
    for reason, role in (("smtp_550", Role.CHAIR), ("interrupted", Role.BRANCH_OFFICER)):
        facts = {"user": cast.users[role], "message_id": f"<{reason}@x>", "created_at": AT}
        Digest.objects.create(period_on=ON, state="failed", reason=reason, attempts=5, **facts)

    page = clerk.get("/admin/notices/digest/?state=failed").content.decode()
    answer = clerk.post("/admin/notices/digest/resend/")

    assert "邮件服务器拒收 550" in page
    assert 'action="/admin/notices/digest/resend/"' in page
    assert (answer.status_code, answer.url) == (302, "/admin/notices/digest/")
    assert set(Digest.objects.values_list("state", "attempts")) == {("pending", 0)}


def test_list_of_group_posts_offers_to_send_all_failed_again_with_a_caution(clerk):
    robot = Robot.objects.create(name="干部群", kind="wecom", host="qyapi.weixin.qq.com")
    for key in ("a", "b"):
        facts = {"subject": "端午节", "body": "", "created_at": AT, "due_on": ON}
        RobotPost.objects.create(robot=robot, key=key, state="failed", reason="unknown", **facts)

    page = clerk.get("/admin/notices/robotpost/").content.decode()
    clerk.post("/admin/notices/robotpost/resend/")

    assert "2 条发送失败" in page
    assert "请先到群里核对" in page
    assert set(RobotPost.objects.values_list("state", flat=True)) == {"pending"}
