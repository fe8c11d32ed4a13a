"""A payment that came back after the year of its line: the money is in the bank again and must be on the books.

Until that year is closed its spending is reversed there (红冲): a correction, and what nobody got was not spent. A
closed year is not touched (TRUST.md I9): the money is other income of the running year, as of any spending of earlier
years that comes back. Either way the claim is paid from a line of the running year, if it covers it, and signed anew.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core import clock
from core.models import User
from finance.enums import Side, YearState
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.models import BudgetLine, Entry, Expense
from finance.services import ledger
from finance.services.claims import case_of
from finance.services.ledger import Part

OTHER_INCOME = "408"  # 其他收入, REGULATIONS.md 8.1


def take_back(spending: Entry, expense: Expense, key: UUID, actor: User, at: datetime) -> Entry:
    """Book it inside the caller's transaction, which has judged. Raises ``CannotClaim`` or ``CannotBook``."""
    text = _("跨年度付款退回：%(claim)s") % {"claim": expense}
    booked: dict[str, Any] = {"case": case_of(expense), "key": key, "actor": actor, "at": at}
    if spending.line.year.state != YearState.CLOSED:
        return ledger.reverse(entry=spending, reason=text, **booked)
    parts = [Part(_other_income(at), spending.amount, text, document=str(spending))]
    (entry,) = ledger.record_income(parts=parts, **booked)
    return entry


def words_of(reason: str) -> str:
    """What the applicant reads: why it came back, and what he is to do."""
    return (_("付款被银行退回：%(reason)s。原预算年度已结束，请改选本年度预算后重新提交。") % {"reason": reason})[
        :200
    ]


def _other_income(at: datetime) -> BudgetLine:
    """The union's line of other income in the running year."""
    lines = BudgetLine.objects.filter(side=Side.INCOME, branch=None, account__code__startswith=OTHER_INCOME)
    line = lines.filter(year__state=YearState.OPEN, year__year=clock.local_date(at).year).order_by("pk").first()
    if line is None:
        raise CannotClaim(ExpenseRefusal.NO_OTHER_INCOME)
    return line
