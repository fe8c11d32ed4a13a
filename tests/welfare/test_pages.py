"""The pages of benefit runs: made, tried, frozen, approved and settled by clicks; what a branch and a member see."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.enums import Role
from finance.models import Entry
from members import timeline
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, PASSWORD
from tests.finance.factories import make_fund
from tests.fresh import fresh_client
from tests.members.test_member_exports import made, table
from tests.welfare.factories import Office, make_rule, on_roll
from welfare.models import Benefit, BenefitException, Entitlement

RUNS = "/admin/welfare/benefit/"


@pytest.fixture
def now(db) -> Office:
    """A fund of the year of the database's clock: pages book today."""
    fund = make_fund(year=clock.today().year)
    return Office(fund, fund.line(100_000, name="职工福利支出"))


def client_of(office: Office, role: str) -> Client:
    return fresh_client(office.cast.users[role])


def send(client: Client, path: str, **data) -> str:
    answer = client.post(path, {"intent_key": str(uuid4()), **data}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def drafted(office: Office, **more) -> Benefit:
    given = {"occasion": "other", "name": "高温慰问", "eligible_on": f"{clock.today():%Y-%m-%d}", "per_head": "100"}
    said = send(client_of(office, Role.UNION_STAFF), f"{RUNS}add/", **(given | {"line": office.line.pk} | more))
    assert "已保存" in said
    return Benefit.objects.latest("pk")


def test_a_run_by_clicks_from_draft_to_settled(now):
    staff, chair = client_of(now, Role.UNION_STAFF), client_of(now, Role.CHAIR)
    run = drafted(now)
    place = f"{RUNS}{run.pk}/"

    tried = page(staff, f"{place}dry-run/")
    assert ("1,400.00" in tried, "享受 14" in tried, Entitlement.objects.count()) == (True, True, 0)
    assert "已定名单：14 人，1,400.00 元" in send(staff, f"{place}freeze/")
    assert "现在等：主席批准" in page(staff, f"{place}change/")
    assert staff.get(f"{place}approve/").status_code == 403
    assert "已批准，占用预算 1,400.00 元" in send(chair, f"{place}approve/")
    assert "已开始发放" in send(staff, f"{place}start/")
    assert "已结清，列支 1,400.00 元" in send(staff, f"{place}settle/", rest="received")

    shown = page(client_of(now, Role.AUDITOR), f"{place}change/")
    for words in ("甲院", "乙院", "1,300.00", "结清，列支", "没有适用的标准"):
        assert words in shown
    assert "house-add" not in shown.split("house-figures")[1].split("</form>")[0]


def test_a_second_click_approves_once(now):
    run, key = drafted(now), str(uuid4())
    send(client_of(now, Role.UNION_STAFF), f"{RUNS}{run.pk}/freeze/")
    chair = client_of(now, Role.CHAIR)

    for _ in range(2):
        assert chair.post(f"{RUNS}{run.pk}/approve/", {"intent_key": key}).status_code == 302

    assert Entry.objects.filter(kind="reserve").count() == 1


def test_the_approval_waits_for_a_fresh_sign_in_and_then_goes_on(now):
    run = drafted(now)
    send(client_of(now, Role.UNION_STAFF), f"{RUNS}{run.pk}/freeze/")
    chair = Client()
    chair.force_login(now.cast.users[Role.CHAIR], "core.backends.StaffNumberBackend")
    place = f"{RUNS}{run.pk}/approve/"
    page(chair, place)

    asked = chair.post(place, {"intent_key": str(uuid4())})
    before = Benefit.objects.get(pk=run.pk).state
    chair.post(asked.url, {"password": PASSWORD})

    assert (asked.url.split("?")[0], before) == ("/accounts/reauthenticate/", "frozen")
    assert Benefit.objects.get(pk=run.pk).state == "approved"


def test_a_refusal_comes_back_in_words(now):
    make_rule("benefit.cinema.year_ceiling", 99)
    run = drafted(now, occasion="cinema", name="")

    tried = page(client_of(now, Role.UNION_STAFF), f"{RUNS}{run.pk}/dry-run/?reason=ceiling")
    said = send(client_of(now, Role.UNION_STAFF), f"{RUNS}{run.pk}/freeze/")

    assert "禁止" in tried
    assert tried.count("超过标准") >= 14
    assert "苏工发〔2018〕13号" in said
    run.refresh_from_db()
    assert (run.name, run.state) == ("电影福利", "draft")


def test_what_cannot_be_is_refused_on_the_form(now):
    staff = client_of(now, Role.UNION_STAFF)
    day = f"{clock.today() + timedelta(days=2):%Y-%m-%d}"
    given = {"occasion": "spring", "name": "", "per_head": "1"}

    assert "名单截止日还没有到" in send(staff, f"{RUNS}add/", eligible_on=day, **given)
    assert "生日福利按月或全年发放" in send(staff, f"{RUNS}add/", **given)
    assert "月份为 1 至 12" in send(staff, f"{RUNS}add/", month="13", **given | {"occasion": "birthday"})
    assert not Benefit.objects.exists()


def test_an_exception_is_asked_on_one_page_and_decided_on_another(now):
    run = drafted(now)
    staff, chair = client_of(now, Role.UNION_STAFF), client_of(now, Role.CHAIR)
    send(staff, f"{RUNS}{run.pk}/freeze/")
    late = on_roll(now, from_on=clock.today() + timedelta(days=1))
    given = {"kind": "add", "member": late.staff_no, "branch": now.cast.branch.pk, "reason": "截止日前已报到"}

    assert "等待主席批准" in send(staff, f"{RUNS}{run.pk}/except/", **given)
    asked = BenefitException.objects.get()
    assert "截止日前已报到" in page(chair, "/admin/welfare/benefitexception/?waits=me")
    decide = f"/admin/welfare/benefitexception/{asked.pk}/decide/"
    assert "请填写原因" in send(chair, decide, do="reject", reason="")
    assert "名单已更改" in send(chair, decide, do="approve")

    run.refresh_from_db()
    assert (run.people, run.entitlements.get(member=late).state) == (15, "listed")


def test_a_branch_officer_sees_his_people_from_the_approval_on(now):
    run = drafted(now)
    staff, chair = client_of(now, Role.UNION_STAFF), client_of(now, Role.CHAIR)
    officer, other = client_of(now, Role.BRANCH_OFFICER), client_of(now, OTHER_BRANCH_OFFICER)
    send(staff, f"{RUNS}{run.pk}/freeze/")
    place = f"/welfare/branch/{run.pk}/"
    assert officer.get(place).status_code == 404
    send(chair, f"{RUNS}{run.pk}/approve/")

    mine, theirs = page(officer, place), page(other, place)

    assert ("13 人" in mine, "人物1 " in mine, "人物4 " in theirs, "人物1 " in theirs) == (True, True, True, False)
    assert "高温慰问" in page(officer, "/welfare/branch/")


def test_a_branch_without_anybody_in_it_sees_no_run(now):
    run = drafted(now)
    send(client_of(now, Role.UNION_STAFF), f"{RUNS}{run.pk}/freeze/")
    send(client_of(now, Role.CHAIR), f"{RUNS}{run.pk}/approve/")
    Entitlement.objects.filter(branch=now.cast.other_branch).update(branch=now.cast.branch)

    assert client_of(now, OTHER_BRANCH_OFFICER).get(f"/welfare/branch/{run.pk}/").status_code == 404
    assert Benefit.objects.visible_to(now.cast.users[OTHER_BRANCH_OFFICER]).count() == 0
    assert Benefit.objects.visible_to(now.cast.users[MEMBER]).count() == 0


def test_a_member_reads_what_he_had_and_what_waits(office):
    office.settled()
    make_rule(value=500)
    office.handing_out(occasion="labour", per_head=Decimal(100), leaves_out=True)
    office.frozen(occasion="cinema", per_head=Decimal(7))  # not approved yet: nobody is told
    member = office.cast.member_of(MEMBER)

    shown = page(client_of(office, MEMBER), "/welfare/me/")

    for words in ("端午节慰问", "400.00 元", "已领取", "劳动节慰问", "待领取", "合计 500.00 元"):
        assert words in shown
    assert "电影" not in shown
    events = [event for event in timeline.events_of(member) if event.kind == "福利"]
    assert [(event.title, event.detail) for event in events] == [("2022年端午节慰问", "400.00 元")]


def test_the_list_as_a_file_has_its_rows_and_is_on_record(office):
    run = office.settled()
    other = office.frozen(occasion="cinema", per_head=Decimal(7))

    job = made(office.cast, "welfare.entitlements", run=str(run.pk), branch=str(office.cast.other_branch.pk))

    (row,) = table(job)
    assert (row["发放"], row["分工会"], row["金额（元）"], row["状态"]) == ("2022年端午节慰问", "乙院", 400, "已领取")
    assert other.people == 14


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.UNION_STAFF, RUNS),
        (Role.UNION_STAFF, "/admin/welfare/entitlement/"),
        (MEMBER, "/welfare/me/"),
        (Role.BRANCH_OFFICER, "/welfare/branch/"),
    ],
)
def test_lists_cost_the_same_at_two_runs_and_at_nine(office, role, path):
    client = client_of(office, role)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            page(client, path)
        return len(asked)

    office.settled(name="一")
    office.settled(name="二")
    queries()
    few = queries()
    for number in range(7):
        office.settled(name=f"再{number}", per_head=Decimal(1))

    assert queries() == few
