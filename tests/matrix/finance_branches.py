"""The branch's own money in the portal: its officer's, and nobody else's."""

from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role
from finance.models import BudgetLine
from finance.services import budget
from tests.cast import Cast
from tests.matrix.finance import _account, _year
from tests.matrix.portal import NOT_POSTED, OFFICERS, _nobody
from tests.matrix.table import Row, only, signed_in


def _own_line(cast: Cast) -> dict:
    """A line of the first branch, made once."""
    given = {"year": _year(cast), "account": _account(cast), "branch": cast.branch, "project": "分工会活动经费"}
    found = BudgetLine.objects.filter(**given).first()
    if found is None:
        by = {"actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}
        found = budget.set_budget(**given, amount=Decimal(600), document="1号", key=uuid4(), **by)
    return {"pk": found.pk}


LINE = "finance/branch/<int:pk>/"
ROWS = [
    Row("finance/branch/", get=only(OFFICERS, 200), post=NOT_POSTED),
    Row(LINE, get=only({Role.BRANCH_OFFICER}, 200), post=NOT_POSTED, kwargs=_own_line),
    Row(LINE, label=" none", get=signed_in(404), post=NOT_POSTED, kwargs=_nobody),
]
