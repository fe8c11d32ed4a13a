"""People who want to join, and what they write."""

from datetime import date
from typing import Any

from django.utils import timezone

from core import clock
from core.enums import Role
from core.models import User
from members.enums import JoinState
from members.models import JoinApplication
from members.services import admission
from tests.cast import PASSWORD, Cast

ID_NUMBER = "11010519491231002X"  # published vector: a woman, born 1949-12-31
MET_ON = date(2026, 3, 5)
VALUES: dict[str, Any] = {
    "name": "欧阳小满",
    "sex": "female",
    "birth_on": date(1949, 12, 31),
    "ethnicity": "汉族",
    "education": "硕士研究生",
    "political_status": "群众",
    "department_name": "纺织学院",
    "phone": "13812345678",
    "email": "xiaoman@example.org",
    "resume": "2010年起任教",
}


def make_applicant(username: str = "N2001") -> User:
    """Somebody with an account and no member record."""
    return User.objects.create_user(username, PASSWORD, name="欧阳小满")


def make_application(cast: Cast, state: str = JoinState.DRAFT, *, applicant: User | None = None, **values):
    """An application brought to ``state`` by its own services; ``prepared`` is a state here too."""
    at = clock.now()
    user = applicant or make_applicant()
    id_number = values.pop("id_number", ID_NUMBER)
    given = {"actor": user, "at": at}
    row = admission.start_application(
        branch=cast.branch, values=VALUES | values, id_number=id_number, family="父亲，某厂", **given
    )
    if state == JoinState.DRAFT:
        return row
    if state == JoinState.WITHDRAWN:
        return admission.withdraw(application=row, **given)
    row = admission.submit(application=row, **given)
    officer = cast.users[Role.BRANCH_OFFICER]
    if state == JoinState.RETURNED:
        return admission.return_for_correction(application=row, reason="照片不清", actor=officer, at=at)
    if state == JoinState.REJECTED:
        return admission.reject(application=row, reason="不符合条件", actor=officer, at=at)
    if state == JoinState.SUBMITTED:
        return row
    row = admission.branch_approve(application=row, actor=officer, at=at)
    if state == JoinState.BRANCH_APPROVED:
        return row
    (row,) = prepare(cast, [row])
    if state == "prepared":
        return row
    admission.union_approve(application=row, actor=cast.users[Role.CHAIR], at=at)
    return JoinApplication.objects.get(pk=row.pk)


def prepare(cast: Cast, rows: list[JoinApplication], **given) -> list[JoinApplication]:
    said = {"minute": "校工会委员会2026年第2次会议", "met_on": MET_ON, "document": "工会〔2026〕2号"} | given
    return admission.prepare(applications=rows, actor=cast.users[Role.UNION_STAFF], at=timezone.now(), **said)
