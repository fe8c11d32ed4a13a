"""Benefit runs: the staff make, the chair approves, money's readers read; a branch sees its own people."""

from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role
from tests.cast import MEMBER, Cast
from tests.matrix.admin import AUDITOR, CHAIR, STAFF, may, pages
from tests.matrix.finance import ACCOUNTANT, _line, _other_line
from tests.matrix.portal import NOT_POSTED, OFFICERS, _nobody
from tests.matrix.table import ADMIN, Row, only, signed_in
from welfare.models import Benefit, BenefitException, Entitlement
from welfare.services import approving, drafting, exceptions, freezing

READERS = STAFF | CHAIR | ACCOUNTANT | AUDITOR


def _by(cast: Cast, role: str = Role.UNION_STAFF) -> dict:
    return {"actor": cast.users[role], "at": clock.now()}


def _made(cast: Cast, name: str, state: str) -> Benefit:
    """A run of one yuan a head, so far as ``state``."""
    found = Benefit.objects.filter(name=name).first()
    if found:
        return found
    given = {"occasion": "other", "per_head": Decimal(1), "eligible_on": clock.today(), "name": name}
    run = drafting.draft(**given, line=_line(cast), **_by(cast))
    if state != "draft":
        run = freezing.freeze(benefit=run, **_by(cast))
    if state in ("approved", "handing_out"):
        run = approving.approve(benefit=run, key=uuid4(), **_by(cast, Role.CHAIR))
    return approving.start(benefit=run, **_by(cast)) if state == "handing_out" else run


def draft(cast: Cast) -> Benefit:
    return _made(cast, "矩阵拟定", "draft")


def frozen(cast: Cast) -> Benefit:
    return _made(cast, "矩阵名单", "frozen")


def approved(cast: Cast) -> Benefit:
    return _made(cast, "矩阵批准", "approved")


def handing_out(cast: Cast) -> Benefit:
    return _made(cast, "矩阵发放", "handing_out")


def _share(cast: Cast) -> Entitlement:
    return Entitlement.objects.get(benefit=frozen(cast), member=cast.member_of(MEMBER))


def _exception(cast: Cast) -> BenefitException:
    found = BenefitException.objects.first()
    if found:
        return found
    given = {"benefit": frozen(cast), "kind": "withdraw", "member": cast.member_of(MEMBER), "branch": None}
    return exceptions.ask_exception(**given, reason="去世", **_by(cast))


def _pk(made):
    return lambda cast: {"pk": made(cast).pk}


def _act(name: str, made, who, posted: int = 200) -> list[Row]:
    """A page with a form: opened and refused empty by ``who``."""
    return [
        Row(f"{RUN}/{name}/", get=may(who), post=may(who, posted), kwargs=_pk(made)),
        Row(f"{RUN}/{name}/", label=" nobody", get=may(who, 404), post=may(who, 404), kwargs=_nobody),
    ]


RUN, DECIDE = "admin/welfare/benefit/<int:pk>", "admin/welfare/benefitexception/<int:pk>/decide/"
WRONG_METHOD = may(ADMIN, 405)
BRANCH_RUN = "welfare/branch/<int:pk>/"
ROWS = [
    *pages("welfare/benefit", draft, view=READERS, add=STAFF, change=STAFF),
    *pages("welfare/entitlement", _share, view=READERS),
    *pages("welfare/benefitexception", _exception, view=READERS),
    Row(f"{RUN}/dry-run/", get=may(READERS), post=WRONG_METHOD, kwargs=_pk(draft)),
    Row(f"{RUN}/dry-run/", label=" nobody", get=may(READERS, 404), post=WRONG_METHOD, kwargs=_nobody),
    *_act("freeze", draft, STAFF),
    *_act("line", frozen, STAFF),
    *_act("approve", frozen, CHAIR, 302),  # to a fresh sign-in
    *_act("start", approved, STAFF),
    *_act("settle", handing_out, STAFF),
    *_act("fetch-until", handing_out, STAFF),
    *_act("cancel", frozen, STAFF | CHAIR),
    *_act("except", frozen, STAFF),
    Row(DECIDE, get=may(CHAIR), post=may(CHAIR), kwargs=_pk(_exception)),
    Row(DECIDE, label=" nobody", get=may(CHAIR, 404), post=may(CHAIR, 404), kwargs=_nobody),
    Row("welfare/me/", get=signed_in(200), post=NOT_POSTED),
    Row("welfare/branch/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(BRANCH_RUN, get=only(OFFICERS, 200), post=NOT_POSTED, kwargs=_pk(handing_out)),
    Row(BRANCH_RUN, label=" not approved", get=signed_in(404), post=NOT_POSTED, kwargs=_pk(frozen)),
    Row(BRANCH_RUN, label=" nobody", get=signed_in(404), post=NOT_POSTED, kwargs=_nobody),
]
NOT_FILLED = {f"{RUN}/approve/": "asks for a fresh sign-in first; tests/welfare/test_pages.py"}
FILLED = {
    "admin/welfare/benefit/add/": lambda cast: {
        **{"occasion": "other", "eligible_on": f"{clock.today():%Y-%m-%d}", "per_head": "5.00", "name": "新发放"},
    },
    "admin/welfare/benefit/<path:object_id>/change/": lambda cast: {"per_head": "2.00"},
    f"{RUN}/freeze/": lambda cast: {},
    f"{RUN}/line/": lambda cast: {"line": _other_line(cast)},
    f"{RUN}/start/": lambda cast: {"fetch_until_on": f"{clock.today():%Y-%m-%d}"},
    f"{RUN}/settle/": lambda cast: {"rest": "received"},
    f"{RUN}/fetch-until/": lambda cast: {"fetch_until_on": f"{clock.today():%Y-%m-%d}"},
    f"{RUN}/cancel/": lambda cast: {"reason": "供货商违约"},
    f"{RUN}/except/": lambda cast: {
        **{"kind": "withdraw", "member": cast.member_of(Role.HANDLER).staff_no, "reason": "去世"},
    },
    DECIDE: lambda cast: {"do": "approve"},
}
