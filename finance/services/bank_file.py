"""The bank's file of a batch: the only place where account numbers stand in clear."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock, policies
from core.sealed import keyed_hash
from core.spreadsheets.writing import Column, open_writer
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.models import Expense, Payment

COLUMNS = "finance.payment.file_columns"
TITLES = {
    "number": gettext_lazy("序号"),
    "payee": gettext_lazy("收款人"),
    "bank": gettext_lazy("开户银行"),
    "account": gettext_lazy("收款账号"),
    "amount": gettext_lazy("金额"),
    "note": gettext_lazy("附言"),
}


def written(rows: Sequence[tuple[Payment, Expense]], format: str, at: datetime) -> bytes:
    """One row per payment, as ``csv`` or ``xlsx`` (accounts as text cells) in the order of the school's setting.
    Raises ``CannotClaim`` when an account is not the one that was signed."""
    rule = policies.rule_at(COLUMNS, on=clock.local_date(at))
    asked = rule.value if rule and isinstance(rule.value, list) else []
    known = {str(title): name for name, title in TITLES.items()}
    names = [known[title] for title in asked if title in known] or list(TITLES)
    file = BytesIO()
    with open_writer(file, [Column(name, TITLES[name]) for name in names], format=format) as write:
        for number, (payment, expense) in enumerate(rows, start=1):
            account = Expense._meta.get_field("payee_account").take(expense)  # type: ignore[union-attr]
            if keyed_hash(account) != expense.payee_account_hash:
                raise CannotClaim(ExpenseRefusal.CHANGED)
            cells = {
                "number": number,
                "payee": expense.payee_name,
                "bank": expense.payee_bank,
                "account": account,
                "amount": payment.amount,
                "note": _("工会报销 %(claim)s") % {"claim": expense},
            }
            write([cells[name] for name in names])
    return file.getvalue()
