"""Joining in a real Chromium: the applicant and his officer on a phone, staff and chair at a desk."""

import pytest

from core.enums import Role
from members.enums import JoinState
from members.models import JoinApplication
from tests.cast import MEMBER, PASSWORD, make_cast
from tests.members.joining import ID_NUMBER, make_applicant, make_application
from tests.members.test_lapsed import owe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TYPED = {
    **{"name": "欧阳小满", "birth_on": "1949-12-31", "id_number": ID_NUMBER, "phone": "13812345678"},
    **{"department_name": "纺织学院", "ethnicity": "汉族", "education": "硕士研究生", "political_status": "群众"},
}


@pytest.fixture
def cast(live_server):
    return make_cast()


# Of unfold's frame, on every page of the admin.
FRAME = ("landmark-one-main", "landmark-unique", "region", "page-has-heading-one")


def fit(window, *, frame: tuple[str, ...] = ()) -> None:
    """Nobody is kept out, nothing sticks out, the console is silent."""
    assert [barrier for barrier in window.barriers() if not barrier.startswith(frame or "-")] == []
    assert not window.is_wider_than_the_window()
    assert window.complaints == []


def test_applicant_joins_with_a_thumb_and_his_officer_reads_it(phone, cast):
    user = make_applicant()
    phone.sign_in(user.username, PASSWORD)
    phone.page.click("text=加入工会")
    fit(phone)

    for name, value in TYPED.items():
        phone.page.fill(f"[name={name}]", value)
    phone.page.select_option("[name=sex]", "female")
    phone.page.select_option("[name=branch]", str(cast.branch.pk))
    phone.page.click("text=提交申请")
    assert "待分工会审核" in phone.page.text_content("main")
    fit(phone)
    phone.page.click("text=退出")
    phone.sign_in(cast.users[Role.BRANCH_OFFICER].username, PASSWORD)
    phone.page.click("text=入会审核")
    fit(phone)
    phone.page.click("main >> text=欧阳小满")
    fit(phone)
    phone.page.click("text=审核同意")

    assert "转校工会审批" in phone.page.text_content("main")
    assert JoinApplication.objects.get().state == JoinState.BRANCH_APPROVED


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_staff_and_chair_are_not_kept_out(request, cast, size):
    window = request.getfixturevalue(size)
    row = make_application(cast, "prepared")
    owe(cast, MEMBER, 1, 2, 3, 4, 5, 6)
    window.sign_in(cast.users[Role.UNION_STAFF].username, PASSWORD)
    acts, applications = "/admin/members/membershipact/", "/admin/members/joinapplication/"

    for address in (
        *(acts, f"{acts}record/", f"{acts}retirement/", f"{acts}lapsed/", f"{acts}ceremonies/"),
        *(applications, f"{applications}{row.pk}/change/", f"{applications}prepare/"),
    ):
        window.open(address)
        fit(window, frame=FRAME)
    window.open("/accounts/logout/")
    window.page.click("main button[type=submit]")
    window.sign_in(cast.users[Role.CHAIR].username, PASSWORD)
    window.open(f"{applications}approve/")

    fit(window, frame=FRAME)
