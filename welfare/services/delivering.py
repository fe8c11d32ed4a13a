"""配送单 leaves the house as PDF or xlsx: who took it is on record."""

from datetime import datetime
from io import BytesIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.documents import render_pdf
from core.models import User
from core.spreadsheets.writing import Column, open_writer
from finance.documents import union_name
from welfare.delivery import Delivery, delivery_of
from welfare.enums import BenefitState
from welfare.models import Benefit
from welfare.purchase_codes import CannotPurchase, PurchaseRefusal

DELIVERED_IN = (BenefitState.APPROVED, BenefitState.HANDING_OUT, BenefitState.SETTLED)
FORMATS = ("pdf", "xlsx")


@transaction.atomic
def take_delivery(*, benefit: Benefit, format: str, actor: User, at: datetime) -> bytes:
    """The list as ``pdf`` or ``xlsx``, of an approved run.

    Raises ``PermissionDenied``, ``CannotPurchase`` or ``core.documents.CannotRender``.
    """
    if not actor.has_perm("welfare.print_delivery"):
        raise PermissionDenied
    if benefit.state not in DELIVERED_IN:
        raise CannotPurchase(PurchaseRefusal.NOTHING_TO_DELIVER)
    on = clock.local_date(at)
    found = delivery_of(benefit, on=on)
    facts = {"benefit": benefit, "delivery": found, "on": on, "union": union_name()}
    content = _xlsx(facts, found) if format == "xlsx" else render_pdf("welfare/delivery_pdf.html", facts)
    data = {"format": format, "people": found.people, "lines": len(found.lines)}
    audit.record(actor=actor, action="welfare.benefit.delivery_printed", target=benefit, data=data, at=at)
    return content


def _xlsx(facts: dict[str, Any], found: Delivery) -> bytes:
    """The same table as a sheet, quantities as numbers."""
    heads = [
        *((_("序号"), 6), (_("分工会"), 18), (_("领取点"), 24), (_("联系人"), 16), (_("物品/规格"), 36)),
        *((_("供货商"), 24), (_("数量"), 8), (_("签收"), 12), (_("备注"), 16)),
    ]
    columns = [Column(f"c{n}", head, width) for n, (head, width) in enumerate(heads)]
    title = _("%(run)s配送单") % {"run": facts["benefit"]}
    note = _("编制单位：%(union)s　制表日期：%(on)s") % {"union": facts["union"], "on": f"{facts['on']:%Y-%m-%d}"}
    file = BytesIO()
    with open_writer(file, columns, format="xlsx", title=title, note=note) as write:
        for number, line in enumerate(found.lines, start=1):
            where = [line.branch, line.point, line.contacts]
            write([number, *where, line.thing, line.suppliers, line.quantity, "", ""])
        write(["", _("合计"), "", "", "", "", found.people, "", ""])
        for total in (one for one in found.sums if one.quantity):
            write(["", _("其中"), "", "", total.thing, total.suppliers, total.quantity, "", ""])
    return file.getvalue()
