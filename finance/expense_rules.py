"""Judgements on a claim: facts in, verdict out. No ORM, no clock. Amounts are Decimal yuan with two places."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from finance.enums import Desk, ExpenseKind
from finance.expense_codes import ExpenseRefusal
from finance.rules import LIMIT, ZERO, is_amount

_INVOICE = re.compile(r"[0-9A-Z]{5,20}")
_INVOICE_CODE = re.compile(r"([0-9A-Z]{8,20})?")
_ACCOUNT = re.compile(r"[0-9]{8,32}")
OTHERS = "其他"


@dataclass(frozen=True)
class Item:
    """One row of a claim."""

    text: str
    amount: Decimal


@dataclass(frozen=True)
class Bill:
    """An invoice as it was typed and normalised; ``code`` is empty on fully digital ones (数电票)."""

    code: str
    number: str
    on: date
    amount: Decimal
    seller: str


def plain(text: str) -> str:
    """A number as it is kept: half width, no blanks or hyphens, capitals."""
    return re.sub(r"[\s\-－—]", "", unicodedata.normalize("NFKC", text)).upper()


def total(items: Sequence[Item]) -> Decimal:
    return sum((item.amount for item in items), ZERO)


def refuse_content(
    *, purpose: str, items: Sequence[Item], bills: Sequence[Bill], payee: str, bank: str, account: str
) -> ExpenseRefusal | None:
    """REGULATIONS.md 8.2: an invoice with its list; what is paid does not exceed what was invoiced."""
    if not purpose.strip():
        return ExpenseRefusal.NO_PURPOSE
    if not items:
        return ExpenseRefusal.NO_ITEMS
    if any(not item.text.strip() or not is_amount(item.amount) or item.amount <= 0 for item in items):
        return ExpenseRefusal.ITEM
    if not is_amount(total(items)):
        return ExpenseRefusal.ITEM
    if not payee.strip() or not bank.strip():
        return ExpenseRefusal.NO_PAYEE
    if not _ACCOUNT.fullmatch(account):
        return ExpenseRefusal.ACCOUNT
    return _refuse_bills(bills, total(items))


def _refuse_bills(bills: Sequence[Bill], asked: Decimal) -> ExpenseRefusal | None:
    for bill in bills:
        known = _INVOICE.fullmatch(bill.number) and _INVOICE_CODE.fullmatch(bill.code)
        if not known or not bill.seller.strip() or not is_amount(bill.amount) or bill.amount <= 0:
            return ExpenseRefusal.INVOICE
    if len({(bill.code, bill.number) for bill in bills}) != len(bills):
        return ExpenseRefusal.INVOICE_TWICE
    if bills and sum((bill.amount for bill in bills), ZERO) < asked:
        return ExpenseRefusal.INVOICES_SHORT
    return None


def route_of(policy: Any, *, kind: str, amount: Decimal) -> list[str]:
    """The desks that sign, in their order: the policy says for a kind, or 其他 for the others, 分工会负责人、主席.

    A key 采购<500 is for amounts below so many yuan, the lowest that fits. Empty where nothing readable fits.
    """
    if not isinstance(policy, Mapping):
        return []
    for name in (str(ExpenseKind(kind).label), OTHERS):
        found = [(limit, steps) for key, steps in policy.items() if (limit := _limit(key, name)) > amount]
        if found:
            return _desks(str(min(found)[1]))
    return []


def _limit(key: str, name: str) -> Decimal:
    """Below which amount ``key`` is for ``name``; nothing when it is for another one."""
    of, sign, limit = key.partition("<")
    if of.strip() != name:
        return ZERO
    try:
        return Decimal(limit.strip()) if sign else LIMIT
    except InvalidOperation:
        return ZERO


def _desks(words: str) -> list[str]:
    known = {str(desk.label): str(desk) for desk in Desk}
    desks = [known.get(word.strip(), "") for word in words.split("、")]
    return desks if all(desks) and len(set(desks)) == len(desks) else []


def route_for(steps: Sequence[str], *, has_branch_reviewer: bool) -> list[str]:
    """Where nobody of the branch may sign (no branch, or its only officer asks himself), union staff review first."""
    swapped = [Desk.STAFF if step == Desk.BRANCH and not has_branch_reviewer else Desk(step) for step in steps]
    return [str(step) for step in dict.fromkeys(swapped)]


def needs_minute(limit: Any, amount: Decimal) -> bool:
    """Major spending is decided collectively: from this many yuan on (None: never)."""
    return limit is not None and amount >= Decimal(str(limit))


def refuse_signature(
    *, people: Collection[int], applicant: int, entered_by: int, signed: Collection[int], may: bool
) -> ExpenseRefusal | None:
    """TRUST.md 3: applicant, whoever entered it and each signer are different people; one person per step.

    ``people``: who wants to sign and whom he stands in for, who count as one; ``signed`` likewise.
    """
    if {applicant, entered_by} & set(people):
        return ExpenseRefusal.OWN
    if set(signed) & set(people):
        return ExpenseRefusal.SIGNED_BEFORE
    return None if may else ExpenseRefusal.NOT_YOURS


def digest_of(facts: Mapping[str, Any]) -> str:
    """SHA-256 in hex of what an approver signs: the frozen copy's name (TRUST.md T5, W4)."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
