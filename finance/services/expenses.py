"""The applicant's side of a claim: fill in, hand in, take back. Every service raises ``PermissionDenied`` or
``CannotClaim`` and changes nothing then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from core import attachments, clock, policies
from core.constraints import refused_by
from core.models import Attachment, PolicyRule, User
from core.sealed import keyed_hash
from finance import expense_rules as rules
from finance.enums import ActKind, ExpenseState
from finance.expense_codes import CannotClaim, ExpenseRefusal
from finance.expense_rules import Bill, Item
from finance.models import BudgetLine, Expense, ExpenseItem, Invoice
from finance.models.expenses import EDITABLE
from finance.selectors_expenses import branch_of, lines_open_to, reviewers_of
from finance.services import ledger
from finance.services.claims import case_of, facts_of, hold_claim, key_for, needed, note_act, record, subject_of
from finance.services.turns import tell_desk
from members.dossier import file_of

ROUTE, MINUTE = "finance.expense.route", "finance.expense.minute_above"


@dataclass(frozen=True)
class Content:
    """What a claim says. ``account`` in clear; empty when an existing claim keeps its own."""

    line: BudgetLine
    kind: str
    purpose: str
    items: Sequence[Item]
    bills: Sequence[Bill]
    payee_name: str
    payee_bank: str
    account: str
    minute: str = ""


@transaction.atomic
def draft_expense(
    *, actor: User, applicant: User | None = None, content: Content, papers: Sequence[Attachment] = (), at: datetime
) -> Expense:
    """A new draft. For somebody else (``applicant``) it is union staff's to enter."""
    of = applicant or actor
    if file_of(of) is None or (of != actor and not actor.has_perm("finance.enter_expense")):
        raise PermissionDenied
    on = clock.local_date(at)
    expense = Expense(applicant=of, entered_by=actor, branch=branch_of(of, on), created_at=at)
    _fill(expense, content)
    expense.save(force_insert=True)
    _write_content(expense, content, papers, actor)
    record(expense, "created", actor=actor, at=at)
    return expense


@transaction.atomic
def change_expense(
    *, expense: Expense, actor: User, content: Content, papers: Sequence[Attachment] = (), at: datetime
) -> Expense:
    """A draft or a returned claim, told anew; papers are added."""
    expense = _own(expense, actor)
    if expense.state not in EDITABLE:
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    _fill(expense, content)
    expense.save()
    expense.items.all().delete()
    expense.invoices.all().delete()
    _write_content(expense, content, papers, actor)
    record(expense, "changed", actor=actor, at=at)
    return expense


@transaction.atomic
def submit_expense(*, expense: Expense, actor: User, at: datetime) -> Expense:
    """Hand it in: the content is frozen, its invoices are in use, the route of this round begins."""
    expense = _own(expense, actor)
    if not can_proceed(expense.submit):
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    on = clock.local_date(at)
    expense.branch = branch_of(expense.applicant, on)
    if not lines_open_to(expense.branch).filter(pk=expense.line_id).exists():
        raise CannotClaim(ExpenseRefusal.LINE)
    _judge_minute(expense, on)
    route_rule = policies.rule_at(ROUTE, on=on)
    route = _route(expense, route_rule)

    expense.round += 1
    expense.route, expense.route_rule, expense.waits_for = route, route_rule, route[0]
    expense.submitted_at, expense.decided_at, expense.said = at, None, ""
    expense.digest = rules.digest_of(facts_of(expense))
    _use_invoices(expense, actor)
    expense.submit()
    expense.save()
    note_act(expense, ActKind.SUBMIT, actor=actor, at=at)
    record(expense, "submitted", actor=actor, at=at, route=route, digest=expense.digest)
    tell_desk(expense)
    return expense


@transaction.atomic
def withdraw_expense(*, expense: Expense, actor: User, at: datetime) -> Expense:
    """The applicant gives it up before it is paid: what is held back is released, its invoices are free again."""
    expense = _own(expense, actor)
    refuse_in_payment(expense)
    if not can_proceed(expense.withdraw):
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    let_go(expense, _("撤回报销"), actor=actor, at=at)
    expense.withdraw()
    expense.waits_for, expense.decided_at = "", at
    expense.save()
    expense.invoices.update(in_use=False)
    note_act(expense, ActKind.WITHDRAW, actor=actor, at=at)
    record(expense, "recalled", actor=actor, at=at)
    return expense


@transaction.atomic
def reopen_content(*, expense: Expense, reason: str, actor: User, at: datetime) -> Expense:
    """收回修改: to change payee, amount, line or anything else after handing in, all signatures become void."""
    expense = _own(expense, actor)
    refuse_in_payment(expense)
    if not can_proceed(expense.recall):
        raise CannotClaim(ExpenseRefusal.WRONG_STATE)
    said = needed(reason)
    let_go(expense, _("收回修改"), actor=actor, at=at)
    expense.recall()
    expense.waits_for, expense.decided_at, expense.said = "", None, said
    expense.save()
    note_act(expense, ActKind.RECALL, actor=actor, at=at, said=said)
    record(expense, "reopened", actor=actor, at=at)
    return expense


def let_go(expense: Expense, text: str, *, actor: User, at: datetime) -> None:
    """Release what the approval holds back; the year's end may have been faster."""
    held, expense.commitment = expense.commitment, None
    if held is None:
        return
    held.refresh_from_db()
    if held.remaining:
        key = key_for(expense, f"release {held.pk}")
        ledger.release(commitments=[held], text=text, case=case_of(expense), key=key, actor=actor, at=at)


def refuse_in_payment(expense: Expense) -> None:
    if expense.payments.live().exists():
        raise CannotClaim(ExpenseRefusal.IN_PAYMENT)


def _own(expense: Expense, actor: User) -> Expense:
    """Locked; the applicant's, or his who entered it."""
    expense = hold_claim(expense)
    if actor.pk not in (expense.applicant_id, expense.entered_by_id):
        raise PermissionDenied
    return expense


def _fill(expense: Expense, content: Content) -> None:
    account = rules.plain(content.account)
    known = "0" * 8 if not account and expense.payee_account_hash else account
    refusal = rules.refuse_content(
        purpose=content.purpose,
        items=content.items,
        bills=content.bills,
        payee=content.payee_name,
        bank=content.payee_bank,
        account=known,
    )
    if refusal:
        raise CannotClaim(refusal)
    if not lines_open_to(expense.branch).filter(pk=content.line.pk).exists():
        raise CannotClaim(ExpenseRefusal.LINE)
    expense.line, expense.kind, expense.purpose = content.line, content.kind, content.purpose.strip()[:200]
    expense.amount = rules.total(content.items)
    expense.payee_name, expense.payee_bank = content.payee_name.strip()[:60], content.payee_bank.strip()[:80]
    expense.minute = content.minute.strip()[:100]
    if account:
        expense.payee_account_hash, expense.payee_account_last4 = keyed_hash(account), account[-4:]


def _write_content(expense: Expense, content: Content, papers: Sequence[Attachment], actor: User) -> None:
    if account := rules.plain(content.account):
        Expense._meta.get_field("payee_account").put(expense, account)  # type: ignore[union-attr]
        expense.save(update_fields=["payee_account"])
    ExpenseItem.objects.bulk_create(
        ExpenseItem(expense=expense, text=item.text.strip()[:100], amount=item.amount) for item in content.items
    )
    holds = expense.state == ExpenseState.RETURNED  # it came back, it was not given up
    for bill in content.bills:
        told = {"code": bill.code, "number": bill.number, "on": bill.on, "amount": bill.amount}
        with refused_by(invoice_used_once=lambda bill=bill: _used(bill, actor)):  # type: ignore[misc]
            Invoice.objects.create(expense=expense, seller=bill.seller.strip()[:100], in_use=holds, **told)
    attachments.attach(attachments=papers, owner=expense, actor=actor, subject=subject_of(expense))


def _use_invoices(expense: Expense, actor: User) -> None:
    """The database lets an invoice be in use once, over all years: of two at once the second is told so."""
    for bill in expense.invoices.filter(in_use=False).order_by("number", "code"):
        with refused_by(invoice_used_once=lambda bill=bill: _used(bill, actor)):  # type: ignore[misc]
            Invoice.objects.filter(pk=bill.pk).update(in_use=True)


def _used(bill: Bill | Invoice, actor: User) -> CannotClaim:
    """Where it is used, as far as the asker may know."""
    seen = Expense.objects.visible_to(actor)
    other = seen.filter(invoices__number=bill.number, invoices__code=bill.code, invoices__in_use=True).first()
    facts = {"number": bill.number, "claim": other}
    if other is None:
        return CannotClaim(ExpenseRefusal.INVOICE_USED, _("发票 %(number)s 已在其他报销中使用。") % facts)
    return CannotClaim(ExpenseRefusal.INVOICE_USED, _("发票 %(number)s 已用于报销单 %(claim)s。") % facts)


def _judge_minute(expense: Expense, on) -> None:
    """Above the limit a committee's minute is named; a rule that only warns is stored and lets it pass."""
    rule = policies.rule_at(MINUTE, on=on)
    expense.minute_rule = rule if rule and rules.needs_minute(rule.value, expense.amount) else None
    if expense.minute_rule and not expense.minute and expense.minute_rule.effect == "block":
        facts = {"limit": expense.minute_rule.value, "rule": expense.minute_rule.decided_by}
        words = _("%(limit)s 元及以上的支出须经集体研究，请填写会议纪要（%(rule)s）。")
        raise CannotClaim(ExpenseRefusal.NO_MINUTE, words % facts)


def _route(expense: Expense, rule: PolicyRule | None) -> list[str]:
    steps = rules.route_of(rule.value if rule else None, kind=expense.kind, amount=expense.amount)
    if not steps:
        raise CannotClaim(ExpenseRefusal.NO_ROUTE)
    reviewers = reviewers_of(expense.branch_id, expense.applicant_id, expense.entered_by_id)
    return rules.route_for(steps, has_branch_reviewer=bool(reviewers))
