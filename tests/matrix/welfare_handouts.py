"""The hand-out: branch officers for their own people, union staff for everybody."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role
from finance.models import Commitment
from finance.services import ledger
from finance.services.ledger import Case, Part
from tests.cast import DELEGATE, MEMBER, OTHER_BRANCH_OFFICER, Cast
from tests.matrix.admin import STAFF, may, pages
from tests.matrix.finance import _line
from tests.matrix.portal import NOT_POSTED, NOT_READ
from tests.matrix.table import Row, only, signed_in
from tests.matrix.welfare import READERS
from welfare.enums import BenefitState, EntitlementState
from welfare.models import Benefit, Entitlement, Package, PackageOffer

OFFICERS = frozenset({Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER})
TABLE = frozenset({Role.BRANCH_OFFICER, Role.UNION_STAFF})
EVERYBODY = OFFICERS | TABLE


def _held(cast: Cast) -> Commitment:
    parts = [Part(_line(cast), Decimal(10), "福利")]
    by = {"actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}
    return ledger.reserve(parts=parts, case=Case("welfare.benefit", "0"), key=uuid4(), **by)[0]


def run(cast: Cast) -> Benefit:
    """Handed out to a member and a delegate of the branch."""
    found = Benefit.objects.filter(name="登记").first()
    if found is None:
        at = clock.now()
        found = Benefit.objects.create(
            **{"occasion": "other", "name": "登记", "year": clock.today().year, "eligible_on": date(2026, 1, 5)},
            **{"per_head": Decimal(5), "line": _line(cast), "commitment": _held(cast)},
            **{"state": BenefitState.HANDING_OUT, "made_at": at, "frozen_at": at, "approved_at": at},
            approved_by=cast.users[Role.CHAIR],
        )
        for actor in (MEMBER, DELEGATE):
            Entitlement.objects.create(
                **{"benefit": found, "member": cast.member_of(actor), "branch": cast.branch},
                **{"amount": Decimal(5), "state": EntitlementState.LISTED},
            )
    return found


def _run(cast: Cast) -> dict:
    return {"pk": run(cast).pk}


def _share(cast: Cast) -> dict:
    benefit = run(cast)
    return {"pk": benefit.pk, "share": Entitlement.objects.get(benefit=benefit, member=cast.member_of(MEMBER)).pk}


def _nobody(cast: Cast) -> dict:
    return {"pk": run(cast).pk, "share": 999_999_999}


def _branch(cast: Cast) -> dict:
    return {"pk": run(cast).pk, "branch": cast.branch.pk}


def _draft(cast: Cast) -> dict:
    """Nothing is printed of a list that may still change."""
    given = {"occasion": "other", "name": "拟定", "year": clock.today().year, "eligible_on": date(2026, 1, 5)}
    found = Benefit.objects.get_or_create(**given, defaults={"per_head": Decimal(5), "made_at": clock.now()})[0]
    return {"pk": found.pk, "branch": cast.branch.pk}


def offer(cast: Cast) -> PackageOffer:
    """Open for choosing."""
    given = {"closes_at": clock.now() + timedelta(days=2), "made_by": cast.users[Role.UNION_STAFF]}
    return PackageOffer.objects.get_or_create(benefit=run(cast), defaults=given)[0]


def package(cast: Cast) -> Package:
    given = {"name": "米", "defaults": {"price": Decimal(5), "is_default": True}}
    return Package.objects.get_or_create(benefit=offer(cast).benefit, **given)[0]


def _over(cast: Cast) -> PackageOffer:
    """Its deadline is past."""
    open_one = package(cast).benefit.offer
    PackageOffer.objects.filter(pk=open_one.pk).update(closes_at=clock.now() - timedelta(days=1))
    return open_one


def _choice(cast: Cast) -> dict:
    package(cast)
    return {"pk": _share(cast)["share"]}


def _no_choice(cast: Cast) -> dict:
    return {"pk": 999_999_999}


CHOICE = "welfare/handouts/choices/<int:pk>/"
ASSIGN = "admin/welfare/packageoffer/<int:pk>/assign/"
PLACE = "welfare/handouts/<int:pk>/"
SHEET = f"{PLACE}sheet/<int:branch>.pdf"
ROWS = [
    Row("welfare/handouts/", get=only(EVERYBODY, 200), post=NOT_POSTED),
    Row(PLACE, get=only(TABLE, 200), post=NOT_POSTED, kwargs=_run),
    Row(PLACE, label=" nothing", get=only((), 200), post=NOT_POSTED, kwargs=lambda cast: {"pk": 999_999_999}),
    Row(f"{PLACE}progress/", get=only(TABLE, 200), post=NOT_POSTED, kwargs=_run),
    Row(f"{PLACE}scan/", get=only(TABLE, 200), post=NOT_POSTED, kwargs=_run),
    Row(f"{PLACE}give/", get=NOT_READ, post=only(TABLE, 302), kwargs=_run),
    Row(f"{PLACE}scanned/", get=NOT_READ, post=only(TABLE, 200), kwargs=_run),
    Row("welfare/handouts/choices/", get=signed_in(200), post=NOT_POSTED),
    Row(CHOICE, get=only({MEMBER}, 200), post=only({MEMBER}, 200), kwargs=_choice),
    Row(CHOICE, label=" nobody", get=only((), 200), post=only((), 200), kwargs=_no_choice),
    *pages("welfare/package", package, view=READERS, add=STAFF, change=STAFF),
    *pages("welfare/packageoffer", offer, view=READERS, add=STAFF, change=STAFF),
    Row(ASSIGN, get=may(STAFF), post=may(STAFF), kwargs=lambda cast: {"pk": offer(cast).pk}),
    Row(ASSIGN, label=" nothing", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_no_choice),
    Row(SHEET, get=only(TABLE, 200), post=NOT_POSTED, kwargs=_branch),
    Row(SHEET, label=" not approved", get=only((), 200), post=NOT_POSTED, kwargs=_draft),
    Row(f"{PLACE}people/<int:share>/", get=only(TABLE, 200), post=only(TABLE, 200), kwargs=_share),
    Row(f"{PLACE}people/<int:share>/", label=" nobody", get=only((), 200), post=only((), 200), kwargs=_nobody),
]


def _whom(cast: Cast) -> dict:
    run(cast)
    return {"who": cast.member_of(MEMBER).staff_no, "intent_key": str(uuid4())}


def _new_package(cast: Cast) -> dict:
    return {"benefit": str(run(cast).pk), "name": "油", "price": "4.00", "stock": "9"}


def _new_offer(cast: Cast) -> dict:
    ahead = clock.now() + timedelta(days=3)
    return {"benefit": str(_draft(cast)["pk"]), "closes_at_0": f"{ahead:%Y-%m-%d}", "closes_at_1": "12:00:00"}


def _later(cast: Cast) -> dict:
    ahead = clock.now() + timedelta(days=4)
    return {"closes_at_0": f"{ahead:%Y-%m-%d}", "closes_at_1": "12:00:00"}


def _past(cast: Cast) -> dict:
    _over(cast)
    return {}


FILLED = {
    CHOICE: lambda cast: {"package": str(package(cast).pk)},
    "admin/welfare/package/add/": _new_package,
    "admin/welfare/package/<path:object_id>/change/": lambda cast: {"name": "大米"},
    "admin/welfare/packageoffer/add/": _new_offer,
    "admin/welfare/packageoffer/<path:object_id>/change/": _later,
    ASSIGN: _past,
    f"{PLACE}give/": _whom,
    f"{PLACE}people/<int:share>/": lambda cast: {"proxy": "李四", "relation": "同事"},
}
NOT_FILLED = {f"{PLACE}scanned/": "answers a script with words, not a page; tests/welfare/test_handout_pages.py"}
FILES = {SHEET}
# Who gave what to whom stands in the row itself, which nobody rewrites: no digest of it is kept.
BESIDE_TARGET = {f"{PLACE}give/", f"{PLACE}people/<int:share>/"}
