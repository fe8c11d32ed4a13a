"""The admin's first page: right figures, each only for whom it is, in a fixed number of queries."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.enums import Role
from core.models import OutboxMessage
from tests.cast import make_cast
from tests.members.factories import make_branch, make_member, make_membership
from union_site import dashboard

pytestmark = pytest.mark.django_db
MOST_QUERIES = 14


@pytest.fixture
def cast():
    return make_cast()


def open_as(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


def test_figures_lead_to_their_rows(cast):
    staff, today = open_as(cast.users[Role.UNION_STAFF]), clock.today()
    make_membership(from_on=today)
    make_membership(until_on=today, reason_out="retired")

    page = staff.get("/admin/")

    on_roll, joined, retired = page.context["figures"]
    for figure in (on_roll, joined, retired):
        assert staff.get(figure.url).context["cl"].count.number == figure.value
    assert (joined.value, retired.value) == (1, 1)
    assert on_roll.value == sum(branch["people"] for branch in page.context["branches"])


@pytest.mark.parametrize(
    ("today", "born", "found"),
    [
        (date(2022, 5, 20), date(1980, 5, 20), True),
        (date(2022, 5, 20), date(1980, 5, 26), True),
        (date(2022, 5, 20), date(1980, 5, 19), False),
        (date(2022, 5, 20), date(1980, 5, 27), False),
        (date(2022, 12, 30), date(1980, 1, 2), True),
        (date(2022, 2, 28), date(1980, 2, 29), True),
        (date(2022, 3, 1), date(1980, 2, 29), False),
        (date(2024, 2, 28), date(1980, 2, 29), True),
    ],
)
def test_birthdays_of_the_next_seven_days(today, born, found):
    make_membership(member=make_member(birth_on=born), from_on=date(2000, 1, 1))

    assert bool(dashboard.birthdays(today)["rows"]) == found


def test_who_has_left_has_no_birthday_here():
    member = make_member(birth_on=date(1980, 5, 20))
    make_membership(member=member, until_on=date(2022, 5, 20), reason_out="retired")

    assert dashboard.birthdays(date(2022, 5, 20))["rows"] == []


@pytest.mark.parametrize(
    ("today", "name", "days"),
    [(date(2022, 5, 20), "端午节", 14), (date(2022, 10, 1), "国庆节", 0), (date(2022, 10, 2), "元旦", 91)],
)
def test_next_festival(today, name, days):
    festival = dashboard.next_festival(today)

    assert (festival["name"], festival["days"]) == (name, days)


def test_next_make_up_day():
    assert dashboard.workday_note(date(2022, 4, 20))["next_worked"] == date(2022, 4, 24)


@pytest.mark.parametrize("role", [Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.SYSTEM_ADMIN, Role.CASHIER])
def test_no_business_data_for_who_has_no_right_to_its_rows(cast, role):
    make_membership(member=make_member(name="寿星", birth_on=clock.today()), branch=make_branch(short_name="寿院"))

    page = open_as(cast.users[role]).get("/admin/")

    assert page.status_code == 200
    assert not page.context["figures"]
    assert "寿星" not in page.content.decode()
    assert "寿院" not in page.content.decode()


def test_parked_work_is_a_banner_for_the_system_administrator(cast):
    OutboxMessage.objects.create(name="test.parked", parked_at=clock.now())

    admin, staff = (open_as(cast.users[role]).get("/admin/") for role in (Role.SYSTEM_ADMIN, Role.UNION_STAFF))

    assert "有 1 件后台任务多次失败" in admin.content.decode()
    assert "后台任务" not in staff.content.decode()


def test_setup_notice_is_shown_as_text(cast, monkeypatch):
    monkeypatch.setenv("SETUP_NOTICE", "缺少字体：\n  sudo apt-get install <x>")

    page = open_as(cast.users[Role.UNION_STAFF]).get("/admin/").content.decode()

    assert "sudo apt-get install &lt;x&gt;" in page


def test_an_empty_union_says_what_to_do(cast):
    from members.models import Membership

    Membership.objects.all().delete()

    page = open_as(cast.users[Role.UNION_STAFF]).get("/admin/").content.decode()

    assert "还没有在会会员" in page
    assert "未来七天没有人过生日" in page


def test_query_count_is_the_same_for_few_and_for_many(cast):
    client = open_as(cast.users[Role.UNION_STAFF])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/admin/").status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _number in range(20):
        make_membership(member=make_member(birth_on=clock.today()))

    assert queries() == few <= MOST_QUERIES
