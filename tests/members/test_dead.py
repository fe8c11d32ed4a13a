"""Who died: his account writes nothing, nobody lets him join again, and every list says so with the day."""

from datetime import date

import pytest
from django.test import Client

from core import clock, exports
from core.enums import Role
from core.models import AuditEntry, User
from members import tiles
from members.exports.roll import REAL_NAME, ROLL
from members.life_codes import JoinRefusal, LifeRefusal
from members.models import JoinApplication, Member, Membership, MembershipAct
from members.services import admission, life
from members.services.admission import CannotJoin
from members.services.register_lock import CannotChangeLife
from tests.cast import MEMBER, make_cast
from tests.matrix.test_matrix import path_of, rows
from tests.members.factories import make_branch

pytestmark = pytest.mark.django_db
RETIRED, DIED = date(2025, 1, 31), date(2026, 3, 14)
POSTED = [row for row in rows() if row.post[MEMBER] in (200, 302) and row.route != "accounts/logout/"]


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def staff(cast):
    return {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}


def dies(cast, staff, *, retired: bool = True, actor: str = MEMBER) -> MembershipAct:
    member = cast.member_of(actor)
    if retired:
        life.retire(member=member, on=RETIRED, **staff)
    return life.record_death(member=member, on=DIED, **staff)


def signed_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


@pytest.mark.parametrize("retired", [True, False])
def test_nothing_is_posted_by_a_dead_persons_account_but_signing_out(cast, staff, retired):
    dies(cast, staff, retired=retired)
    dead, done = signed_in(cast.users[MEMBER]), []
    posts = [(row.route, path_of(row, cast), row.data(cast)) for row in POSTED]
    own = AuditEntry.objects.filter(actor=cast.users[MEMBER]).exclude(action__endswith="_refused")
    before = own.count()  # of making what is posted to

    for route, path, data in posts:
        if dead.post(path, data).status_code != 403:
            done.append(route)

    assert done == []
    assert own.count() == before
    assert dead.get("/members/me/").status_code == 200
    assert dead.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in dead.session


def test_the_living_go_on_and_so_does_who_was_declared_dead_by_mistake(cast, staff):
    act = dies(cast, staff)
    living, back = signed_in(cast.users[Role.TELLER]), signed_in(cast.users[MEMBER])
    contact = {"phone": "13812345678", "email": "someone@example.org"}

    assert living.post("/members/me/contact/", contact).status_code == 302
    life.correct(act=act, basis="登记有误", **staff)

    assert back.post("/members/me/contact/", contact).status_code == 302


def test_control_without_the_middleware_it_is_written(cast, staff, settings):
    dies(cast, staff)
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.endswith("NothingFromTheDead")]

    signed_in(cast.users[MEMBER]).post("/members/me/contact/", {"phone": "13812345678", "email": ""})

    assert cast.member_of(MEMBER).phone == "13812345678"


def test_the_joining_form_is_not_there_for_him_and_neither_is_its_entry(cast, staff):
    dies(cast, staff)
    dead = signed_in(cast.users[MEMBER])

    page = dead.get("/members/join/").content.decode()

    assert "已登记去世" in page
    assert "提交申请" not in page
    assert "/members/join/" not in dead.get("/").content.decode()
    assert tiles._may_join(User.objects.create_user("N001", name="新人"))


@pytest.mark.parametrize("retired", [True, False])
def test_an_application_by_a_dead_persons_account_is_refused_and_nothing_kept(cast, staff, retired):
    dies(cast, staff, retired=retired)

    with pytest.raises(CannotJoin) as refused:
        admission.start_application(
            actor=cast.users[MEMBER], branch=cast.branch, values={"name": "某某"}, at=clock.now()
        )

    assert refused.value.code is JoinRefusal.DIED
    assert not JoinApplication.objects.exists()


@pytest.mark.parametrize(
    ("service", "more"),
    [
        (life.resume, {"approved_by": "委员会"}),
        (life.transfer_in, {"branch": None, "other_union": "市属高校工会", "document": "转〔2026〕1号"}),
    ],
)
@pytest.mark.parametrize("retired", [True, False])
def test_nobody_is_put_on_the_roll_again_after_his_death(cast, staff, service, more, retired):
    dies(cast, staff, retired=retired)
    more = more | ({"branch": make_branch()} if "branch" in more else {})
    paper = {"document": "工会〔2026〕3号", "approved_by": "委员会2026年第3次会议", "basis": "恢复"}
    before = list(Membership.objects.order_by("pk").values_list()), MembershipAct.objects.count()

    with pytest.raises(CannotChangeLife) as refused:
        service(member=cast.member_of(MEMBER), on=date(2026, 4, 1), **(paper | more), **staff)

    assert refused.value.code in (LifeRefusal.DIED, LifeRefusal.NOT_KEPT)
    assert refused.value.code is LifeRefusal.DIED or not retired
    assert (list(Membership.objects.order_by("pk").values_list()), MembershipAct.objects.count()) == before


def test_lists_and_pages_say_that_he_died_and_when(cast, staff):
    act = dies(cast, staff)
    member, clerk = cast.member_of(MEMBER), signed_in(cast.users[Role.UNION_STAFF])
    addresses = (
        f"/admin/members/member/?q={member.staff_no}&state=died",
        f"/admin/members/member/{member.pk}/change/",
        f"/members/{member.pk}/",
    )

    shown = [clerk.get(address).content.decode() for address in addresses]

    assert ["已故" in page and "2026-03-14" in page for page in shown] == [True] * 3
    assert "退休，至" not in shown[0] + shown[1]
    life.correct(act=act, basis="登记有误", **staff)
    assert "退休，至 2025-01-31" in clerk.get(addresses[1]).content.decode()
    assert "没有符合条件的会员" in clerk.get(addresses[0]).content.decode()


def test_what_is_taken_out_says_so_too(cast, staff):
    dies(cast, staff)
    who = {"actor": cast.users[Role.UNION_STAFF], "parameters": {"q": cast.member_of(MEMBER).staff_no}}

    (roll,) = exports.kinds[ROLL].rows(columns=["state", "left_on"], **who)
    (form,) = exports.kinds[REAL_NAME].rows(columns=["state", "changed_on"], **who)

    assert list(roll[1]) == ["去世", RETIRED]
    assert list(form[1]) == ["去世", DIED]


def test_the_list_asks_once_for_all_deaths(cast, staff, django_assert_num_queries):
    for actor in (MEMBER, Role.TELLER, Role.CASHIER):
        dies(cast, staff, actor=actor)
    clerk = signed_in(cast.users[Role.UNION_STAFF])
    clerk.get("/admin/members/member/")

    with django_assert_num_queries(11):
        page = clerk.get("/admin/members/member/").content.decode()

    assert page.count("已故，2026-03-14") == 3
    assert Member.objects.count() > 3
