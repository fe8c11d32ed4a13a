"""The privacy notice stands before every page of the portal until it is taken note of, and before nothing else."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.enums import GUARDIAN_ROLES, Role
from core.models import AuditEntry, User
from members.enums import ConsentKind
from members.models import Consent, Member
from members.services import consents
from tests.cast import ACTORS, ANONYMOUS, DISABLED, MEMBER, make_cast
from tests.matrix.table import STRANGERS
from tests.matrix.test_matrix import path_of, rows
from tests.members.factories import make_notice

pytestmark = pytest.mark.django_db
NOTICE = "/members/me/notice/"
OPEN = ("accounts/", "admin/", "files/", "exports/", "notices/public/", "health/")
WITH_A_FILE = [actor for actor in ACTORS if actor not in {*STRANGERS, *GUARDIAN_ROLES}]
PORTAL = [row for row in rows() if not row.route.startswith(OPEN) and "/" + row.route != NOTICE]
ELSEWHERE = [row for row in rows() if row.route.startswith(OPEN)]


@pytest.fixture
def cast():
    return make_cast()


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    client.get("/health/")  # what the first request of a session writes is written
    return client


def is_asked(answer) -> bool:
    return answer.status_code == 302 and urlsplit(answer["Location"]).path == NOTICE


def test_every_page_of_the_portal_leads_to_the_notice_and_leaves_word_where_from(cast):
    make_notice()
    member, open_ = signed_in(cast.users[MEMBER]), []
    paths = [path_of(row, cast) for row in PORTAL]
    own = AuditEntry.objects.filter(actor=cast.users[MEMBER])
    before = own.count()  # of making what the paths lead to

    for path in paths:
        for method in ("GET", "HEAD", "POST"):
            answer = member.generic(method, path)
            if not is_asked(answer):
                open_.append(f"{method} {path} {answer.status_code}")
            elif method != "POST" and parse_qs(urlsplit(answer["Location"]).query)["next"] != [path]:
                open_.append(f"{path} forgotten")

    assert open_ == []
    assert own.count() == before


@pytest.mark.parametrize("actor", [MEMBER, Role.UNION_STAFF])
def test_signing_in_and_out_the_admin_files_and_what_is_public_stay_open(cast, actor):
    make_notice()
    client, shut = signed_in(cast.users[actor]), []

    for row in ELSEWHERE:
        answer = client.get(path_of(row, cast))
        if is_asked(answer):
            shut.append(row.route)

    assert shut == []
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("actor", WITH_A_FILE)
def test_whoever_has_a_file_is_asked(cast, actor):
    make_notice()

    assert is_asked(signed_in(cast.users[actor]).get("/"))


@pytest.mark.parametrize("actor", [*sorted(GUARDIAN_ROLES), ANONYMOUS, DISABLED])
def test_who_has_no_file_or_is_not_signed_in_is_not_asked(cast, actor):
    make_notice()
    client = signed_in(cast.users[actor]) if cast.users[actor] else Client()

    assert not is_asked(client.get("/"))


def test_a_newcomer_who_applies_is_not_in_the_register_yet(cast):
    make_notice()
    Member.objects.filter(user=cast.users[MEMBER]).update(user=None)

    assert signed_in(cast.users[MEMBER]).get("/members/join/").status_code == 200


def test_no_notice_no_question(cast):
    assert signed_in(cast.users[MEMBER]).get("/").status_code == 200


def test_reading_it_leads_on_to_the_page_that_was_asked_for_and_is_on_record(cast):
    text, member = make_notice(), signed_in(cast.users[MEMBER])
    page = member.get(member.get("/members/me/looks/?kind=export")["Location"])
    assert text.text in page.content.decode()

    onward = page.context["onward"]
    answer = member.post(NOTICE, {"text": text.pk, "next": onward})

    assert answer["Location"] == "/members/me/looks/?kind=export"
    assert member.get(answer["Location"]).status_code == 200
    entry = AuditEntry.objects.get(action="members.consent.given")
    assert entry.data == {"kind": "privacy", "version": text.version}
    assert Consent.objects.get().member.user == cast.users[MEMBER]


@pytest.mark.parametrize(
    "asked",
    ["https://example.com/", "//example.com/", "///example.com", "\\\\example.com", "javascript:alert(1)", "", "x"],
)
def test_it_leads_on_to_no_address_but_ours(cast, asked):
    text, member = make_notice(), signed_in(cast.users[MEMBER])
    assert member.get(f"{NOTICE}?next={quote(asked)}").context["onward"] == "/"

    answer = member.post(NOTICE, {"text": text.pk, "next": asked})

    assert answer["Location"] == "/"


def test_what_was_posted_before_reading_is_not_carried_out_and_he_is_told(cast):
    make_notice()
    member = signed_in(cast.users[MEMBER])

    answer = member.post("/members/me/contact/", {"phone": "13812345678", "email": ""}, follow=True)

    assert "刚才的内容没有提交" in answer.content.decode()
    assert cast.member_of(MEMBER).phone == ""


def test_a_new_version_asks_again_and_tomorrows_does_not_yet(cast):
    text, member = make_notice(), signed_in(cast.users[MEMBER])
    member.post(NOTICE, {"text": text.pk})
    today, staff = clock.today(), cast.users[Role.UNION_STAFF]
    given = {"kind": ConsentKind.PRIVACY, "text": "改了", "actor": staff, "at": clock.now()}

    consents.publish_text(version="明天", from_on=today + timedelta(days=1), **given)
    assert member.get("/").status_code == 200
    consents.publish_text(version="今天", from_on=today, **given)

    assert is_asked(member.get("/"))


def test_the_other_text_and_the_notice_of_yesterday_open_nothing(cast):
    old, new = make_notice(), make_notice(from_on=clock.today())
    member = signed_in(cast.users[MEMBER])

    for pk in (old.pk, "", "0", "x", "9" * 30):
        member.post(NOTICE, {"text": pk})

    assert not Consent.objects.exists()
    assert is_asked(member.get("/"))
    member.post(NOTICE, {"text": new.pk})
    assert member.get("/").status_code == 200


def test_twice_pressed_is_once_read(cast):
    text, member = make_notice(), signed_in(cast.users[MEMBER])

    answers = [member.post(NOTICE, {"text": text.pk, "next": "/notices/"})["Location"] for _ in range(2)]

    assert answers == ["/notices/"] * 2
    assert Consent.objects.count() == 1


def test_one_persons_reading_opens_nothing_to_another(cast):
    text = make_notice()

    signed_in(cast.users[MEMBER]).post(NOTICE, {"text": text.pk})

    assert is_asked(signed_in(cast.users[Role.CHAIR]).get("/"))


def test_it_costs_no_statement_more(cast, django_assert_num_queries):
    member = signed_in(cast.users[MEMBER])
    with CaptureQueriesContext(connection) as without:
        member.get("/members/me/contact/")
    before = len(without)  # the next request forgets what was asked
    member.post(NOTICE, {"text": make_notice().pk})

    with django_assert_num_queries(before):
        member.get("/members/me/contact/")


def test_control_without_the_gate_the_page_opens(cast, settings):
    make_notice()
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if name != "members.middleware.NoticeFirst"]

    assert signed_in(cast.users[MEMBER]).get("/").status_code == 200
