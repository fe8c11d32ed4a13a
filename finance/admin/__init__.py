"""The union fund in the browser admin: read-only everywhere, every act a page that calls a service."""

from finance.admin.accounts import AccountAdmin
from finance.admin.allotments import AllotmentAdmin
from finance.admin.entries import EntryAdmin
from finance.admin.expenses import ExpenseAdmin
from finance.admin.lines import BudgetLineAdmin
from finance.admin.payments import PaymentBatchAdmin
from finance.admin.years import FiscalYearAdmin

__all__ = [
    "AccountAdmin",
    "AllotmentAdmin",
    "BudgetLineAdmin",
    "EntryAdmin",
    "ExpenseAdmin",
    "FiscalYearAdmin",
    "PaymentBatchAdmin",
]
