"""Accounts, offices, rules and the audit in the browser admin: who may, what is refused, what is written down."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver

from core import clock
from core.enums import Role
from core.models import AuditEntry, CalendarDay, Department, OutboxMessage, PolicyRule, RoleGrant, User
from core.services import accounts
from tests.acts import acts
from tests.cast import MEMBER, make_cast
from tests.together import together

pytestmark = pytest.mark.django_db
GRANTS, USERS, RULES, DAYS = (f"/admin/core/{name}/" for name in ("rolegrant", "user", "policyrule", "calendarday"))


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def as_role(cast):
    def sign_in(role: str) -> Client:
        client = Client()
        client.force_login(cast.users[role], backend="core.backends.StaffNumberBackend")
        return client

    return sign_in


def new(**fields) -> dict:
    return {"intent_key": str(uuid4()), **fields}


def grant_form(user: User, role: str, **fields) -> dict:
    return new(username=user.username, role=role, branch="", department="", from_on=str(clock.today())) | fields


# What exists at all


def names_under(patterns):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_under(pattern.url_patterns)
        else:
            yield pattern.name


def test_only_our_models_have_pages():
    rooms = {"core", "members", "notices", "finance", "welfare"}
    assert {model._meta.app_label for model in admin.site._registry} <= rooms


def test_no_page_deletes_anything_and_no_library_page_is_left():
    names = set(names_under(admin.site.get_urls()))

    assert "members_member_changelist" in names
    assert not [name for name in names if name.endswith(("_delete", "_history"))]
    assert not names & {"login", "logout", "password_change", "search", "view_on_site", "app_list", "autocomplete"}


def test_signed_out_is_sent_to_the_one_sign_in():
    answer = Client().get(GRANTS)

    assert answer.status_code == 302
    assert answer.url == f"/accounts/login/?next={GRANTS}"


@pytest.mark.parametrize("role", [MEMBER, Role.BRANCH_OFFICER, Role.HANDLER, Role.SCHOOL_LEADER, Role.TELLER])
def test_portal_roles_do_not_enter_the_admin(as_role, role):
    assert as_role(role).get("/admin/").status_code == 403


def test_the_admins_own_policy_allows_eval_there_and_nothing_from_outside(as_role):
    answer = as_role(Role.UNION_STAFF).get("/admin/")
    portal = as_role(Role.UNION_STAFF).get("/accounts/login/", follow=True)

    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval';" in policy + ";"
    assert "http" not in policy
    assert "unsafe" not in portal.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.UNION_STAFF, {"会员", "分工会", "政策参数", "节假日与调休", "行政部门"}),
        (Role.SECURITY_ADMIN, {"登录账号", "角色授权"}),
        (Role.AUDIT_ADMIN, {"审计记录"}),
    ],
)
def test_side_bar_shows_what_the_role_may_see(as_role, role, seen):
    groups = as_role(role).get("/admin/").context["sidebar_navigation"]

    titles = {str(item["title"]) for group in groups for item in group["items"]}
    assert seen <= titles
    assert ("会员" in titles) == (role == Role.UNION_STAFF)
    assert ("审计记录" in titles) == (role == Role.AUDIT_ADMIN)


# Offices


def test_security_admin_grants_an_office_and_it_is_written_down(as_role, cast):
    answer = as_role(Role.SECURITY_ADMIN).post(f"{GRANTS}add/", grant_form(cast.users[MEMBER], Role.UNION_STAFF))

    grant = RoleGrant.objects.get(user=cast.users[MEMBER])
    entry = AuditEntry.objects.get(action="core.rolegrant.granted")
    assert answer.status_code == 302
    assert grant.granted_by == entry.actor == cast.users[Role.SECURITY_ADMIN]
    assert entry.data["role"] == Role.UNION_STAFF


@pytest.mark.parametrize(
    ("whom", "role", "fields", "words"),
    [
        (Role.CHAIR, Role.CASHIER, {}, "主席、会计、出纳、经审不得由一人兼任。"),
        (Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, {}, "系统、安全、审计三员不得由一人兼任。"),
        (Role.CHAIR, Role.SYSTEM_ADMIN, {}, "系统、安全、审计管理员不得兼任业务角色。"),
        (Role.CHAIR, Role.CHAIR, {}, "该人员在此期间已有同一角色。"),
        (MEMBER, Role.BRANCH_OFFICER, {}, "分工会负责人须注明分工会，其他角色不填分工会。"),
        (MEMBER, Role.HANDLER, {}, "承办部门和分管校领导须注明部门，其他角色不填部门。"),
        (MEMBER, Role.TELLER, {"until_on": "2000-01-01"}, "止日必须晚于起日。"),
        (MEMBER, Role.TELLER, {"from_on": "2000-01-01"}, "起日不能早于今天。"),
        (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, {}, "不能给自己授权。"),
        ("disabled", Role.TELLER, {}, "该账号已停用，不能授权。"),
    ],
)
def test_a_grant_that_must_not_be_says_why_and_changes_nothing(as_role, cast, whom, role, fields, words):
    before = list(RoleGrant.objects.values())

    answer = as_role(Role.SECURITY_ADMIN).post(f"{GRANTS}add/", grant_form(cast.users[whom], role, **fields))

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert list(RoleGrant.objects.values()) == before
    assert not acts().exists()


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN, Role.UNION_STAFF, Role.CHAIR])
def test_nobody_else_grants(as_role, cast, role):
    answer = as_role(role).post(f"{GRANTS}add/", grant_form(cast.users[MEMBER], Role.TELLER))

    assert answer.status_code == 403
    assert not RoleGrant.objects.filter(user=cast.users[MEMBER]).exists()


def test_an_office_that_ends_today_is_over_at_once(as_role, cast):
    grant = RoleGrant.objects.get(role=Role.CASHIER)

    as_role(Role.SECURITY_ADMIN).post(f"{GRANTS}{grant.pk}/change/", {"until_on": str(clock.today())})

    cashier = User.objects.get(pk=grant.user_id)
    assert not cashier.holds(Role.CASHIER)
    assert AuditEntry.objects.get(action="core.rolegrant.ended").data["ended_on"] == str(clock.today())


def test_an_office_given_by_mistake_today_goes_altogether(as_role, cast):
    grant = RoleGrant.objects.create(user=cast.users[MEMBER], role=Role.TELLER, from_on=clock.today())

    answer = as_role(Role.SECURITY_ADMIN).post(f"{GRANTS}{grant.pk}/change/", {"until_on": str(clock.today())})

    assert answer.status_code == 302
    assert not RoleGrant.objects.filter(pk=grant.pk).exists()
    assert AuditEntry.objects.get().data["role"] == Role.TELLER


@pytest.mark.parametrize(
    ("whom", "days", "words"),
    [(Role.CASHIER, -1, "止日不能早于今天。"), (Role.SECURITY_ADMIN, 1, "不能变更自己的授权。")],
)
def test_an_end_that_must_not_be_is_refused(as_role, cast, whom, days, words):
    grant = RoleGrant.objects.get(user=cast.users[whom])
    until_on = str(clock.today() + timedelta(days=days))

    answer = as_role(Role.SECURITY_ADMIN).post(f"{GRANTS}{grant.pk}/change/", {"until_on": until_on})

    grant.refresh_from_db()
    assert words in answer.content.decode()
    assert grant.until_on is None
    assert not acts().exists()


def test_the_rest_of_a_grant_cannot_be_changed(as_role, cast):
    grant = RoleGrant.objects.get(role=Role.CASHIER)
    tomorrow = str(clock.today() + timedelta(days=1))

    as_role(Role.SECURITY_ADMIN).post(
        f"{GRANTS}{grant.pk}/change/", {"until_on": tomorrow, "role": Role.CHAIR, "user": cast.users[MEMBER].pk}
    )

    grant.refresh_from_db()
    assert (grant.role, grant.user, str(grant.until_on)) == (Role.CASHIER, cast.users[Role.CASHIER], tomorrow)


# Accounts


def test_system_admin_opens_an_account_without_a_password(as_role):
    as_role(Role.SYSTEM_ADMIN).post(f"{USERS}add/", new(username="T9001", name="钱老师", email="q@example.edu.cn"))

    user = User.objects.get(username="T9001")
    assert not user.has_usable_password()
    assert AuditEntry.objects.get(action="core.user.created").target_id == str(user.pk)


def test_an_account_is_disabled_but_not_ones_own(as_role, cast):
    client = as_role(Role.SYSTEM_ADMIN)
    other, own = cast.users[MEMBER], cast.users[Role.SYSTEM_ADMIN]

    client.post(f"{USERS}{other.pk}/change/", {"name": other.name, "email": ""})
    refused = client.post(f"{USERS}{own.pk}/change/", {"name": own.name, "email": ""})

    assert not User.objects.get(pk=other.pk).is_active
    assert User.objects.get(pk=own.pk).is_active
    assert "不能停用自己的账号。" in refused.content.decode()
    assert [entry.action for entry in acts()] == ["core.user.disabled"]


def test_security_admin_reads_accounts_but_does_not_write_them(as_role, cast):
    client, other = as_role(Role.SECURITY_ADMIN), cast.users[MEMBER]

    assert client.get(f"{USERS}{other.pk}/change/").status_code == 200
    assert client.post(f"{USERS}{other.pk}/change/", {"name": "改", "email": ""}).status_code == 403
    assert User.objects.get(pk=other.pk).name == other.name


def test_a_second_department_of_one_name_is_refused(as_role):
    client = as_role(Role.SYSTEM_ADMIN)

    answer = client.post("/admin/core/department/add/", new(name="后勤处", is_active="on"))

    assert answer.status_code == 200
    assert Department.objects.filter(name="后勤处").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("keep", "given", "refusal"),
    [
        (accounts.create_account, {"username": "1900999", "name": "甲"}, accounts.Refusal.USERNAME_TAKEN),
        (
            accounts.keep_department,
            {"department": None, "name": "保卫处", "is_active": True},
            accounts.Refusal.NAME_TAKEN,
        ),
    ],
    ids=["account", "department"],
)
def test_two_of_one_name_at_once_are_one(cast, keep, given, refusal):
    actor = cast.users[Role.SYSTEM_ADMIN]

    done = together(lambda n: keep(actor=actor, at=clock.now(), **given), times=2)

    (refused,) = [result for result in done if isinstance(result, Exception)]
    assert (type(refused), refused.code) == (accounts.CannotKeepAccount, refusal)
    assert AuditEntry.objects.filter(action__endswith=".created").count() == 1


# Rules and days


def rule_form(**fields) -> dict:
    given = {"key": "test.rule", "scope": "school", "place": "", "value": "3", "unit": "", "base": ""}
    given |= {"from_on": str(clock.today() + timedelta(days=1)), "until_on": "", "decided_by": "校工会会议"}
    return new(mark="S", effect="warn") | given | fields


def test_a_rule_is_added_with_its_source_and_changed_until_it_is_in_force(as_role):
    client = as_role(Role.UNION_STAFF)

    client.post(f"{RULES}add/", rule_form())
    rule = PolicyRule.objects.get(key="test.rule")
    client.post(f"{RULES}{rule.pk}/change/", rule_form(value="4"))

    rule.refresh_from_db()
    assert rule.value == 4
    actions = AuditEntry.objects.order_by("position").values_list("action", "basis")
    assert list(actions) == [("core.policyrule.created", "校工会会议"), ("core.policyrule.changed", "校工会会议")]


def test_a_rule_in_force_keeps_its_value(as_role):
    rule = PolicyRule.objects.create(
        key="test.rule",
        scope="school",
        value=3,
        from_on=clock.today(),
        decided_by="校工会会议",
        mark="S",
        effect="warn",
    )

    answer = as_role(Role.UNION_STAFF).post(
        f"{RULES}{rule.pk}/change/", rule_form(value="4", from_on=str(clock.today()))
    )

    rule.refresh_from_db()
    assert "已生效的规定不能改值" in answer.content.decode()
    assert rule.value == 3
    assert not acts().exists()


def test_a_day_is_registered_with_audit(as_role):
    form = new(day="2026-02-14", is_workday="on", name="春节调休", source="国办发明电")

    as_role(Role.UNION_STAFF).post(f"{DAYS}add/", form)

    assert CalendarDay.objects.get().is_workday
    assert AuditEntry.objects.get().action == "core.calendarday.created"


# Records


@pytest.mark.parametrize("way", ["add/", "1/delete/", "1/history/"])
def test_the_audit_has_no_way_to_write(as_role, way):
    assert as_role(Role.AUDIT_ADMIN).get(f"/admin/core/auditentry/{way}").status_code in (403, 404)


def test_audit_admin_reads_what_happened_in_words(as_role, cast):
    as_role(Role.SYSTEM_ADMIN).post(f"{USERS}add/", new(username="T9001", name="钱老师", email=""))
    entry = AuditEntry.objects.get()
    client = as_role(Role.AUDIT_ADMIN)

    rows = client.get("/admin/core/auditentry/", {"q": entry.actor_username}).content.decode()
    page = client.get(f"/admin/core/auditentry/{entry.pk}/change/")

    assert "登录账号：新建" in rows
    assert page.status_code == 200
    assert client.post(f"/admin/core/auditentry/{entry.pk}/change/", {"action": "x"}).status_code == 403


def test_parked_work_is_seen_and_done_work_is_not(as_role):
    now = clock.now()
    OutboxMessage.objects.create(name="test.parked", parked_at=now, last_error="SMTPServerDisconnected")
    OutboxMessage.objects.create(name="test.done", done_at=now)

    page = as_role(Role.SYSTEM_ADMIN).get("/admin/core/outboxmessage/", {"state": "parked"}).content.decode()

    assert "test.parked" in page
    assert "SMTPServerDisconnected" in page
    assert "test.done" not in page
