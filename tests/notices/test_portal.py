"""My messages and my settings: mine only, opening changes nothing, the same cost at any length."""

from datetime import timedelta

import pytest
from django.urls import reverse

from notices.models import InboxMessage, NoticePreference, ReminderRule
from notices.selectors import unread_count
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.notices.factories import AT, make_message, make_rule

pytestmark = pytest.mark.django_db
INBOX, PREFERENCES = "/notices/", "/notices/preferences/"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def member(cast, client):
    """Signed in."""
    client.force_login(cast.users[MEMBER], "core.backends.StaffNumberBackend")
    return cast.member_of(MEMBER)


def test_inbox_shows_what_came_to_account_and_member_the_newest_first(client, cast, member):
    make_message(member=member, subject="先来的")
    make_message(user=member.user, subject="后来的", created_at=AT + timedelta(hours=1))
    make_message(member=cast.member_of(OTHER_BRANCH_OFFICER), subject="别人的")

    page = client.get(INBOX).content.decode()

    assert page.index("后来的") < page.index("先来的")
    assert "别人的" not in page


def test_empty_inbox_says_so(client, member):
    assert "还没有消息" in client.get(INBOX).content.decode()


def test_inbox_pages(client, member):
    for number in range(21):
        make_message(member=member, subject=f"第{number:02}条", created_at=AT + timedelta(minutes=number))

    first, second = (client.get(INBOX, {"page": page}).content.decode() for page in (1, 2))

    assert "第20条" in first
    assert "第00条" not in first
    assert "第00条" in second


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "１"])
def test_inbox_answers_any_page_number(client, member, page):
    assert client.get(INBOX, {"page": page}).status_code == 200


def test_opening_a_message_marks_nothing(client, member):
    message = make_message(member=member)

    response = client.get(reverse("notices:inbox_message", args=[message.pk]))

    message.refresh_from_db()
    assert (response.status_code, message.read_at) == (200, None)


def test_button_marks_one_as_read(client, member):
    message, other = make_message(member=member), make_message(member=member)

    client.post(reverse("notices:mark_read", args=[message.pk]))

    message.refresh_from_db()
    assert message.read_at is not None
    assert list(InboxMessage.objects.unread()) == [other]


def test_button_marks_all_as_read(client, cast, member):
    mine, theirs = make_message(member=member), make_message(user=cast.users[OTHER_BRANCH_OFFICER])

    client.post(reverse("notices:mark_all_read"))

    assert list(InboxMessage.objects.unread()) == [theirs]
    assert unread_count(mine.member.user) == 0


@pytest.mark.parametrize("name", ["notices:inbox_message", "notices:mark_read"])
def test_foreign_message_answers_like_none(client, cast, member, name):
    theirs = make_message(member=cast.member_of(OTHER_BRANCH_OFFICER))
    ask = client.get if name == "notices:inbox_message" else client.post

    foreign, missing = (ask(reverse(name, args=[pk])) for pk in (theirs.pk, theirs.pk + 999))

    theirs.refresh_from_db()
    assert (foreign.status_code, missing.status_code, theirs.read_at) == (404, 404, None)


def test_message_text_is_never_html(client, member):
    message = make_message(member=member, subject="<b>主题</b>", body="<script>alert(1)</script>\n第二行")

    page = client.get(reverse("notices:inbox_message", args=[message.pk])).content.decode()

    assert "<script>alert" not in page
    assert "&lt;b&gt;主题" in page


def test_preferences_show_what_is_on_and_save_what_is_off(client, member):
    rule = make_rule()

    page = client.get(PREFERENCES).content.decode()
    client.post(PREFERENCES, {"channels": ["inbox"]})

    assert page.count("checked") == 4  # the rule, both channels, and each mail by itself
    rows = NoticePreference.objects.filter(user=member.user).values_list("rule", "channel")
    assert set(rows) == {(rule.pk, ""), (None, "email")}


def test_preferences_offer_only_what_can_reach_the_person(client, member):
    for_staff = ReminderRule.objects.filter(audience="staff").first()

    page = client.get(PREFERENCES).content.decode()

    assert for_staff.name not in page
    assert "会员生日提醒" in page


@pytest.mark.parametrize("data", [{"rules": ["99999"]}, {"rules": ["x"]}, {"channels": ["fax"]}])
def test_preferences_refuse_what_was_not_offered(client, member, data):
    response = client.post(PREFERENCES, data)

    assert response.status_code == 200
    assert not NoticePreference.objects.exists()


@pytest.mark.parametrize("messages", [1, 20])
def test_inbox_costs_the_same_at_any_length(client, member, messages, django_assert_num_queries):
    for _ in range(messages):
        make_message(member=member)
    client.get(INBOX)

    with django_assert_num_queries(QUERIES):
        client.get(INBOX)


QUERIES = 8
