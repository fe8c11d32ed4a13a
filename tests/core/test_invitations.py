"""One-time slips: made by the system administrator only, used once, within a week, and for nobody's watchers."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from core import clock
from core.enums import GUARDIAN_ROLES, Role
from core.models import AuditEntry, Invitation, RoleGrant, User
from core.services import tidying
from core.services.invitations import (
    CannotInvite,
    CannotUseInvitation,
    Refusal,
    make_invitation,
    use_invitation,
)
from tests.cast import ACTORS, MEMBER, PASSWORD, make_cast
from tests.together import together

WAY_IN = "/accounts/invitation/"
MINE = "Maple+Harbour+31"


@pytest.fixture
def cast(db):
    return make_cast()


def slip(cast, actor=MEMBER, at=None) -> str:
    return make_invitation(actor=cast.users[Role.SYSTEM_ADMIN], user=cast.users[actor], at=at or clock.now())


def use(cast, code, *, username=None, password=MINE, at=None) -> User:
    username = username or cast.users[MEMBER].username
    return use_invitation(username=username, code=code, password=password, at=at or clock.now())


def unchanged(cast) -> bool:
    return User.objects.get(pk=cast.users[MEMBER].pk).check_password(PASSWORD)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("position").values_list("action", flat=True))


def test_slip_sets_a_password_and_both_ends_are_on_record(cast):
    code = slip(cast)

    user = use(cast, code)

    assert user.check_password(MINE)
    assert not Invitation.objects.exists()
    assert actions() == ["core.user.invited", "core.user.password_changed", "core.user.invitation_used"]
    assert AuditEntry.objects.get(action="core.user.invited").subject == cast.member_of(MEMBER).pk
    assert code not in str(list(AuditEntry.objects.values_list("data", "basis")))


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_code_may_be_typed_as_people_type(cast, typed):
    assert use(cast, typed(slip(cast))).check_password(MINE)


def test_code_itself_is_not_stored(cast):
    code = slip(cast)

    row = Invitation.objects.get()

    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){2}[2-9A-HJKMNP-Z]{4}", code)
    assert code not in row.code_hash
    assert code.replace("-", "") not in row.code_hash


def test_slip_opens_nothing_a_second_time(cast):
    code = slip(cast)
    use(cast, code)

    with pytest.raises(CannotUseInvitation) as refused:
        use(cast, code, password="Another+Harbour+32")

    assert refused.value.code is Refusal.NOT_VALID
    assert User.objects.get(pk=cast.users[MEMBER].pk).check_password(MINE)


@pytest.mark.parametrize(
    ("late", "opens"), [(timedelta(days=7) - timedelta(seconds=1), True), (timedelta(days=7), False)]
)
def test_slip_is_valid_for_seven_days(cast, late, opens):
    at = clock.now()
    code = slip(cast, at=at)

    if opens:
        use(cast, code, at=at + late)
    else:
        with pytest.raises(CannotUseInvitation):
            use(cast, code, at=at + late)

    assert unchanged(cast) is not opens


def test_new_slip_makes_the_old_one_void(cast):
    old = slip(cast)
    new = slip(cast)

    with pytest.raises(CannotUseInvitation):
        use(cast, old)

    assert unchanged(cast)
    assert use(cast, new).check_password(MINE)


@pytest.mark.parametrize("wrong", ["other person", "other code", "nobody", "disabled"])
def test_wrong_slip_is_refused_in_the_same_words(cast, wrong):
    code, username = slip(cast), cast.users[MEMBER].username
    if wrong == "other person":
        username = cast.users[Role.TELLER].username
    elif wrong == "other code":
        code = "2222-2222-2222"
    elif wrong == "nobody":
        username = "nobody"
    else:
        User.objects.filter(username=username).update(is_active=False)

    with pytest.raises(CannotUseInvitation) as refused:
        use(cast, code, username=username)

    assert refused.value.code is Refusal.NOT_VALID
    assert unchanged(cast)
    assert Invitation.objects.count() == 1
    assert actions() == ["core.user.invited"]


def test_weak_password_is_refused_and_the_slip_stays(cast):
    code = slip(cast)

    with pytest.raises(ValidationError):
        use(cast, code, password="1234567890")

    assert unchanged(cast)
    assert use(cast, code).check_password(MINE)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS[1:] if actor != Role.SYSTEM_ADMIN])
def test_nobody_else_makes_a_slip(cast, actor):
    with pytest.raises(PermissionDenied):
        make_invitation(actor=cast.users[actor], user=cast.users[MEMBER], at=clock.now())

    assert not Invitation.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (Role.SYSTEM_ADMIN, Refusal.TO_ONESELF),
        (Role.SECURITY_ADMIN, Refusal.GUARDIAN),
        (Role.AUDIT_ADMIN, Refusal.GUARDIAN),
        ("disabled", Refusal.DISABLED),
    ],
)
def test_no_slip_for_oneself_the_watchers_or_a_closed_account(cast, actor, code):
    with pytest.raises(CannotInvite) as refused:
        slip(cast, actor)

    assert refused.value.code is code
    assert not Invitation.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("role", sorted(GUARDIAN_ROLES))
def test_no_slip_for_who_will_be_a_watcher_tomorrow(cast, role):
    RoleGrant.objects.create(user=cast.users[MEMBER], role=role, from_on=clock.today() + timedelta(days=1))

    with pytest.raises(CannotInvite) as refused:
        slip(cast)

    assert refused.value.code is Refusal.GUARDIAN


def test_slip_for_who_was_a_watcher_once(cast):
    RoleGrant.objects.create(
        user=cast.users[MEMBER], role=Role.AUDIT_ADMIN, from_on=date(2020, 1, 1), until_on=clock.today()
    )

    assert slip(cast)


@pytest.mark.django_db(transaction=True)
def test_two_browsers_with_one_slip_set_one_password():
    cast = make_cast()
    code = slip(cast)
    passwords = ["Maple+Harbour+31", "Cedar+Harbour+32"]

    outcomes = together(lambda number: use(cast, code, password=passwords[number]), 2)

    assert sum(isinstance(outcome, CannotUseInvitation) for outcome in outcomes) == 1
    assert actions().count("core.user.invitation_used") == 1


def test_expired_slips_go_with_the_daily_tidying(cast):
    at = clock.now()
    slip(cast, at=at)

    early = tidying.tidy(at=at + timedelta(days=6))
    late = tidying.tidy(at=at + timedelta(days=8))

    assert (early["slips"], late["slips"]) == (0, 1)


# Pages


def system_admin(cast) -> Client:
    client = Client()
    client.force_login(cast.users[Role.SYSTEM_ADMIN], backend="core.backends.StaffNumberBackend")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_administrator_sees_the_code_once_and_the_person_signs_in_with_it(cast):
    user = cast.users[MEMBER]
    office, page = system_admin(cast), f"/admin/core/user/{user.pk}/invitation/"

    asked = office.get(page).content.decode()
    shown = office.post(page)
    code = re.search(r'<p class="house-plain">([A-Z2-9-]+)</p>', shown.content.decode())[1]
    again = office.get(page).content.decode()
    given = {"username": user.username, "code": code, "password1": MINE, "password2": MINE}
    answer = Client().post(WAY_IN, given)
    entered = Client().post("/accounts/login/", {"login": user.username, "password": MINE})

    assert "house-plain" not in asked + again
    assert "no-store" in shown.headers["Cache-Control"]
    assert (answer.status_code, answer.url) == (302, "/accounts/login/")
    assert entered.status_code == 302


def test_page_says_why_there_is_no_slip(cast):
    page = f"/admin/core/user/{cast.users[Role.SECURITY_ADMIN].pk}/invitation/"

    answer = system_admin(cast).post(page, follow=True)

    assert "不发登录凭条" in answer.content.decode()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password2": "Other+Harbour+31"}, "两次输入的密码不一致"),
        ({"password1": "1234567890", "password2": "1234567890"}, "密码"),
        ({"code": "2222-2222-2222"}, "工号与凭条不符"),
        ({"code": ""}, "field__error"),
    ],
)
def test_form_comes_back_with_the_reason_and_changes_nothing(cast, change, said):
    given = {"username": cast.users[MEMBER].username, "code": slip(cast), "password1": MINE, "password2": MINE}

    answer = Client().post(WAY_IN, given | change)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert unchanged(cast)
    assert Invitation.objects.exists()


def test_only_the_system_administrator_is_offered_the_way(cast):
    page = f"/admin/core/user/{cast.users[MEMBER].pk}/change/"
    security = Client()
    security.force_login(cast.users[Role.SECURITY_ADMIN], backend="core.backends.StaffNumberBackend")

    assert "生成一次性登录凭条" in system_admin(cast).get(page).content.decode()
    assert "生成一次性登录凭条" not in security.get(page).content.decode()
