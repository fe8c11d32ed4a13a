"""The union fund: years, heads, budget lines and the one ledger of entries."""

from finance.models.accounts import Account
from finance.models.allotments import Allotment, AllotmentShare
from finance.models.entries import Commitment, Entry, EntryCounter
from finance.models.expenses import Expense, ExpenseAct, ExpenseItem, Invoice
from finance.models.lines import BudgetLine
from finance.models.payments import Payment, PaymentBatch
from finance.models.years import FiscalYear

__all__ = [
    "Account",
    "Allotment",
    "AllotmentShare",
    "BudgetLine",
    "Commitment",
    "Entry",
    "EntryCounter",
    "Expense",
    "ExpenseAct",
    "ExpenseItem",
    "FiscalYear",
    "Invoice",
    "Payment",
    "PaymentBatch",
]
