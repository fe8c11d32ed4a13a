"""Dues: the staff make the month's list, the accountant books, money's readers read; everybody sees his own."""

from datetime import date
from decimal import Decimal

from core import clock
from core.enums import Role
from core.models import PolicyRule
from members.models import DuesLine, DuesList, PayBasis, PayrollAuthorisation
from members.services.dues import RATE
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, Cast
from tests.matrix.admin import AUDITOR, CHAIR, STAFF, may, pages
from tests.matrix.table import ADMIN, Row, everybody, only, signed_in

ACCOUNTANT = frozenset({Role.ACCOUNTANT})
READERS = STAFF | CHAIR | ACCOUNTANT | AUDITOR
OFFICERS = frozenset({Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER})


def _list(cast: Cast) -> DuesList:
    given = {"rate": Decimal("0.5"), "frozen_by": cast.users[Role.UNION_STAFF], "frozen_at": clock.now()}
    return DuesList.objects.get_or_create(month=date(2022, 5, 1), defaults=given)[0]


def _line(cast: Cast) -> DuesLine:
    return DuesLine.objects.get_or_create(
        dues_list=_list(cast),
        member=cast.member_of(MEMBER),
        defaults={
            "branch": cast.branch,
            "basis": Decimal(4000),
            "amount": Decimal(20),
            "by_payroll": True,
        },
    )[0]


def _basis(cast: Cast) -> PayBasis:
    given = {"monthly": Decimal(4000), "from_on": date(2022, 1, 1), "source": "工资表"}
    return PayBasis.objects.get_or_create(member=cast.member_of(MEMBER), defaults=given)[0]


def _authorised(cast: Cast) -> dict:
    PayrollAuthorisation.objects.get_or_create(
        member=cast.member_of(MEMBER), withdrawn_at=None, defaults={"text_version": "1", "signed_at": clock.now()}
    )
    return {"act": "withdraw"}


def _month(cast: Cast) -> dict:
    """A month that has a rate."""
    PolicyRule.objects.get_or_create(
        key=RATE,
        scope="nation",
        from_on=date(2018, 1, 1),
        defaults={"value": "0.5", "decided_by": "全总规定", "mark": "V*"},
    )
    return {"month": "2022-06"}


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": 999_999_999}


def _act(route: str, made, who) -> list[Row]:
    """A page with a form: opened and refused empty by ``who``."""
    return [
        Row(route, get=may(who), post=may(who), kwargs=_pk(made)),
        Row(route, label=" nobody", get=may(who, 404), post=may(who, 404), kwargs=_nobody),
    ]


WRONG_METHOD = may(ADMIN, 405)
PDF = "admin/members/dueslist/<int:pk>/list.pdf"
ROWS = [
    *pages("members/dueslist", _list, view=READERS, add=STAFF),
    *pages("members/duesline", _line, view=READERS),
    *pages("members/paybasis", _basis, view=STAFF, add=STAFF),
    Row("admin/members/paybasis/upload/", get=may(STAFF), post=may(STAFF)),
    *_act("admin/members/dueslist/<int:pk>/supplement/", _list, STAFF),
    *_act("admin/members/dueslist/<int:pk>/book/", _list, ACCOUNTANT),
    *_act("admin/members/duesline/<int:pk>/pay/", _line, ACCOUNTANT),
    *_act("admin/members/duesline/<int:pk>/reverse/", _line, ACCOUNTANT),
    Row("admin/members/dueslist/arrears/", get=may(READERS), post=WRONG_METHOD),
    Row(PDF, get=may(READERS), post=WRONG_METHOD, kwargs=_pk(_list)),
    Row(PDF, label=" nobody", get=may(READERS, 404), post=WRONG_METHOD, kwargs=_nobody),
    Row("members/me/dues/", get=signed_in(200), post=everybody(405)),
    Row("members/me/dues/consent/", get=everybody(405), post=signed_in(302), data=lambda cast: {"act": "sign"}),
    Row("members/dues/", get=only(OFFICERS, 200), post=everybody(405)),
]
FILES = {PDF}
FILLED = {
    "admin/members/dueslist/add/": _month,
    "admin/members/dueslist/<int:pk>/supplement/": lambda cast: {},
    "admin/members/dueslist/<int:pk>/book/": lambda cast: {"paid_on": "2022-05-20"},
    "admin/members/duesline/<int:pk>/pay/": lambda cast: {"way": "cash", "paid_on": "2022-05-20"},
    "admin/members/paybasis/add/": lambda cast: {
        "staff_no": cast.member_of(MEMBER).staff_no,
        "monthly": "4000",
        "from_on": "2022-01",
        "source": "工资表",
    },
    "members/me/dues/consent/": _authorised,
}
NOT_FILLED = {
    "admin/members/paybasis/upload/": "takes a file; tests/members/test_pay_file.py",
    "admin/members/duesline/<int:pk>/reverse/": "the scene's line is not paid; tests/members/test_dues_services.py",
}
