"""Suppliers, purchases and what is delivered: kept by union staff, read by who reads the runs."""

from decimal import Decimal

from core import clock
from core.enums import Role
from tests.cast import Cast
from tests.matrix.admin import STAFF, may, pages
from tests.matrix.table import ADMIN, Row
from tests.matrix.welfare import READERS, draft, frozen, handing_out
from welfare.models import Purchase, Supplier
from welfare.services import purchasing


def _by(cast: Cast) -> dict:
    return {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}


def supplier(cast: Cast) -> Supplier:
    found = Supplier.objects.filter(name="矩阵供货商").first()
    values = {"name": "矩阵供货商", "area": "贵州省雷山县"}
    return found or purchasing.keep_supplier(supplier=None, values=values, **_by(cast))


def purchase(cast: Cast) -> Purchase:
    found = Purchase.objects.standing().first()
    values = {"benefit": frozen(cast), "supplier": supplier(cast), "what": "大米", "bought_on": clock.today()}
    return found or purchasing.record_purchase(values=values | {"quantity": 3, "price": Decimal(5)}, **_by(cast))


def _run(made, **more):
    return lambda cast: {"pk": made(cast).pk, **more}


def _nothing(**more):
    return lambda cast: {"pk": 999_999_999, **more}


def _bought(cast: Cast) -> dict:
    return {
        **{"benefit": str(frozen(cast).pk), "supplier": str(supplier(cast).pk), "what": "食用油"},
        **{"quantity": "20", "price": "88.00", "bought_on": f"{clock.today():%Y-%m-%d}"},
    }


RUN = "admin/welfare/benefit/<int:pk>"
CANCEL = "admin/welfare/purchase/<int:pk>/cancel/"
FILE = f"{RUN}/delivery.<str:format>"
WRONG_METHOD = may(ADMIN, 405)
ROWS = [
    *pages("welfare/supplier", supplier, view=READERS, add=STAFF, change=STAFF),
    *pages("welfare/purchase", purchase, view=READERS, add=STAFF),
    Row("admin/welfare/purchase/share/", get=may(READERS), post=WRONG_METHOD),
    Row(CANCEL, get=may(STAFF), post=may(STAFF), kwargs=_run(purchase)),
    Row(CANCEL, label=" nothing", get=may(STAFF, 404), post=may(STAFF, 404), kwargs=_nothing()),
    Row(f"{RUN}/delivery/", get=may(READERS), post=WRONG_METHOD, kwargs=_run(frozen)),
    Row(f"{RUN}/delivery/", label=" no list", get=may(READERS, 404), post=WRONG_METHOD, kwargs=_run(draft)),
    Row(FILE, get=may(STAFF), post=WRONG_METHOD, kwargs=_run(handing_out, format="xlsx")),
    Row(FILE, label=" no format", get=may(STAFF, 404), post=WRONG_METHOD, kwargs=_run(handing_out, format="odt")),
    Row(FILE, label=" not approved", get=may(STAFF, 302), post=WRONG_METHOD, kwargs=_run(frozen, format="pdf")),
]
FILLED = {
    "admin/welfare/supplier/add/": lambda cast: {"name": "新供货商", "credit_code": "91350100M000100Y43"},
    "admin/welfare/supplier/<path:object_id>/change/": lambda cast: {"contact": "李经理"},
    "admin/welfare/purchase/add/": _bought,
    CANCEL: lambda cast: {"reason": "误登"},
}
FILES = {FILE}
