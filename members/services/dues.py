"""Dues: the pay they are counted on, the member's consent to deduct them, the month's list, what was paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, clock, policies
from core.constraints import refused_by
from core.errors import DomainError
from core.models import PolicyRule, User
from members.enums import DuesWay
from members.models import DuesLine, DuesList, DuesPayment, Member, Membership, PayBasis, PayrollAuthorisation
from members.rules import dues as rules

AUTHORISATION_TEXT = "2026-1"  # the wording in templates/members/dues_consent.html
RATE, REMAINDER = "finance.dues.rate", "finance.dues.remainder_ignored"
CHARTER = "中国工会章程"


class Refusal(StrEnum):
    NOT_A_MONTH = "dues_not_a_month"
    NEGATIVE = "dues_basis_negative"
    EARLIER_BASIS = "dues_basis_earlier"
    TOO_EARLY = "dues_month_too_early"
    FROZEN = "dues_month_frozen"
    NO_RATE = "dues_no_rate"
    NO_BASIS = "dues_no_basis"
    ALREADY_PAID = "dues_already_paid"
    NOT_PAID = "dues_not_paid"
    NO_REASON = "dues_no_reason"
    PAID_IN_FUTURE = "dues_paid_in_future"
    ALREADY_SIGNED = "dues_already_signed"
    NOT_SIGNED = "dues_not_signed"
    NO_FILE = "dues_no_file"


class CannotKeepDues(DomainError):
    """Against a rule of the dues; ``code`` is a ``Refusal``."""


@transaction.atomic
def keep_pay_basis(
    *, member: Member, monthly: Decimal, from_on: date, source: str, actor: User, at: datetime
) -> PayBasis:
    """The member's dues are counted on ``monthly`` yuan from the month ``from_on`` on; the one before ends there.

    Frozen months keep the amount they were frozen with. Raises ``PermissionDenied`` or ``CannotKeepDues``.
    """
    if not actor.has_perm("members.keep_paybasis"):
        raise PermissionDenied
    basis = put_basis(member=member, monthly=monthly, from_on=from_on, source=source)
    data = {"from_on": str(from_on), "source": source}
    audit.record(actor=actor, action="members.paybasis.changed", target=basis, subject=member.pk, data=data, at=at)
    return basis


def put_basis(*, member: Member, monthly: Decimal, from_on: date, source: str) -> PayBasis:
    """Write one basis inside the caller's transaction; the caller has the right and writes the audit entry."""
    Member.objects.select_for_update().only("pk").get(pk=member.pk)  # two clerks at once: one after the other
    if from_on.day != 1:
        raise CannotKeepDues(Refusal.NOT_A_MONTH, _("基数从某月一日起执行。"))
    if monthly < 0:
        raise CannotKeepDues(Refusal.NEGATIVE, _("基数不能为负数。"))
    last = PayBasis.objects.filter(member=member).order_by("-from_on").first()
    if last and from_on < last.from_on:
        facts = {"day": f"{last.from_on:%Y年%m月}"}
        raise CannotKeepDues(Refusal.EARLIER_BASIS, _("已登记自%(day)s起的基数，不能再改以前的。") % facts)
    if last and last.from_on == from_on:
        last.monthly, last.source = monthly, source
        last.save(update_fields=["monthly", "source"])
        return last
    if last and (last.until_on is None or last.until_on > from_on):
        last.until_on = from_on
        last.save(update_fields=["until_on"])
    return PayBasis.objects.create(member=member, monthly=monthly, from_on=from_on, source=source)


def _own_record(actor: User) -> Member:
    member = Member.objects.filter(user=actor).first()
    if member is None:
        raise CannotKeepDues(Refusal.NO_FILE, _("这个账号没有关联会员档案。"))
    return member


@transaction.atomic
def sign_payroll(*, actor: User, at: datetime) -> PayrollAuthorisation:
    """The member himself lets payroll deduct his dues, to the wording of today. Raises ``CannotKeepDues``."""
    member = Member.objects.select_for_update().get(pk=_own_record(actor).pk)
    if PayrollAuthorisation.objects.filter(member=member, withdrawn_at=None).exists():
        raise CannotKeepDues(Refusal.ALREADY_SIGNED, _("您已授权代扣。"))
    signed = PayrollAuthorisation.objects.create(member=member, text_version=AUTHORISATION_TEXT, signed_at=at)
    _record_authorisation("signed", signed, actor, at)
    return signed


@transaction.atomic
def withdraw_payroll(*, actor: User, at: datetime) -> PayrollAuthorisation:
    """The member takes it back; lists frozen before stay. Raises ``CannotKeepDues``."""
    member = _own_record(actor)
    signed = PayrollAuthorisation.objects.select_for_update().filter(member=member, withdrawn_at=None).first()
    if signed is None:
        raise CannotKeepDues(Refusal.NOT_SIGNED, _("您没有生效的代扣授权。"))
    signed.withdrawn_at = at
    signed.save(update_fields=["withdrawn_at"])
    _record_authorisation("withdrawn", signed, actor, at)
    return signed


def _record_authorisation(verb: str, signed: PayrollAuthorisation, actor: User, at: datetime) -> None:
    audit.record(
        actor=actor,
        action=f"members.payrollauthorisation.{verb}",
        target=signed,
        subject=signed.member_id,
        basis=CHARTER,
        data={"text": signed.text_version},
        at=at,
    )


@dataclass(frozen=True)
class Frozen:
    """A month's list and what it left out: ``without_basis`` people on the roll without a pay basis in force."""

    dues_list: DuesList
    lines: int
    total: Decimal
    without_basis: int


@transaction.atomic
def freeze_month(*, month: date, actor: User, at: datetime) -> Frozen:
    """Make the list of ``month`` (its first day): everybody on the roll on that day who has a pay basis in force.

    Kept membership (保留会籍) is off the roll and owes nothing. Raises ``PermissionDenied`` or ``CannotKeepDues``.
    """
    if not actor.has_perm("members.add_dueslist"):
        raise PermissionDenied
    if month.day != 1:
        raise CannotKeepDues(Refusal.NOT_A_MONTH, _("请给出月份的第一天。"))
    if not rules.may_freeze(month, today=clock.local_date(at)):
        raise CannotKeepDues(Refusal.TOO_EARLY, _("最早提前一个月制表。"))
    rate = policies.rule_at(RATE, on=month)
    if rate is None:
        raise CannotKeepDues(Refusal.NO_RATE, _("制度参数中没有该月的会费费率。"))
    with refused_by(members_dueslist_month_key=lambda: CannotKeepDues(Refusal.FROZEN, _("该月收缴表已经生成。"))):
        made = DuesList.objects.create(
            month=month, rate=Decimal(str(rate.value)), rule=rate, frozen_by=actor, frozen_at=at
        )
    return _add_lines(made, verb="created", actor=actor, at=at)


@transaction.atomic
def supplement_month(*, dues_list: DuesList, actor: User, at: datetime) -> Frozen:
    """Add who was on the roll on the list's day and has a basis now, but no line yet: logged, nobody else touched."""
    if not actor.has_perm("members.add_dueslist"):
        raise PermissionDenied
    held = DuesList.objects.select_for_update().get(pk=dues_list.pk)
    return _add_lines(held, verb="supplemented", actor=actor, at=at)


def _add_lines(dues_list: DuesList, *, verb: str, actor: User, at: datetime) -> Frozen:
    month = dues_list.month
    there = set(dues_list.lines.values_list("member", flat=True))
    due = dict(Membership.objects.on(month).exclude(member__in=there).values_list("member", "branch"))
    bases = dict(_bases_on(month).values_list("member", "monthly"))
    signed = set(PayrollAuthorisation.objects.filter(withdrawn_at=None).values_list("member", flat=True))
    remainder = _remainder_on(month)
    lines = []
    for member, branch in sorted(due.items()):
        if member not in bases:
            continue
        amount = rules.dues_of(bases[member], rate=dues_list.rate, remainder_ignored=remainder)
        if amount:
            lines.append(
                DuesLine(
                    dues_list=dues_list,
                    member_id=member,
                    branch_id=branch,
                    basis=bases[member],
                    amount=amount,
                    by_payroll=member in signed,
                )
            )
    DuesLine.objects.bulk_create(lines, batch_size=2000)
    total = sum((line.amount for line in lines), Decimal("0.00"))
    frozen = Frozen(dues_list, len(lines), total, sum(member not in bases for member in due))
    data = {"month": str(month), "lines": frozen.lines, "total": str(total), "without_basis": frozen.without_basis}
    audit.record(actor=actor, action=f"members.dueslist.{verb}", target=dues_list, basis=CHARTER, data=data, at=at)
    return frozen


def _bases_on(day: date):
    return PayBasis.objects.filter(from_on__lte=day).exclude(until_on__lte=day)


def _remainder_on(day: date) -> Decimal:
    rule: PolicyRule | None = policies.rule_at(REMAINDER, on=day)
    return Decimal(str(rule.value)) if rule else Decimal(0)


@transaction.atomic
def book_payroll(
    *, dues_list: DuesList, not_deducted: Collection[str], paid_on: date, actor: User, at: datetime
) -> int:
    """Book every unpaid payroll line of the month as deducted, but those of the staff numbers that payroll gave back.

    Returns how many were booked; again: 0. Raises ``PermissionDenied`` or ``CannotKeepDues`` for unknown numbers.
    """
    if not actor.has_perm("members.add_duespayment"):
        raise PermissionDenied
    _refuse_future(paid_on, at)
    held = DuesList.objects.select_for_update().get(pk=dues_list.pk)  # two at once: the second finds all of it paid
    lines = held.lines.filter(by_payroll=True)
    known = set(lines.filter(member__staff_no__in=not_deducted).values_list("member__staff_no", flat=True))
    if missing := sorted(set(not_deducted) - known):
        text = "、".join(missing[:10])
        raise CannotKeepDues(Refusal.NO_FILE, _("代扣名单中没有这些工号：%(text)s") % {"text": text})
    open_lines = lines.unpaid().exclude(member__staff_no__in=known).order_by("pk")
    paid = [
        DuesPayment(
            line=line,
            turn=line.turns + 1,
            amount=line.amount,
            way=DuesWay.PAYROLL,
            paid_on=paid_on,
            booked_by=actor,
            booked_at=at,
        )
        for line in open_lines
    ]
    DuesPayment.objects.bulk_create(paid, batch_size=2000)
    total = str(sum((payment.amount for payment in paid), Decimal("0.00")))
    data = {"month": str(held.month), "booked": len(paid), "total": total, "not_deducted": len(known)}
    audit.record(actor=actor, action="members.dueslist.booked", target=held, data=data, at=at)
    return len(paid)


@transaction.atomic
def book_payment(*, line: DuesLine, way: str, paid_on: date, actor: User, at: datetime) -> DuesPayment:
    """Book one member's month as paid, in full. Raises ``PermissionDenied`` or ``CannotKeepDues``."""
    return _turn(line=line, way=way, paid_on=paid_on, note="", pays=True, actor=actor, at=at)


@transaction.atomic
def reverse_payment(*, line: DuesLine, reason: str, actor: User, at: datetime) -> DuesPayment:
    """Take the line's standing payment back by its exact negative, with the reason (TRUST.md 2.1)."""
    if not reason.strip():
        raise CannotKeepDues(Refusal.NO_REASON, _("请写明冲销原因。"))
    return _turn(line=line, way="", paid_on=clock.local_date(at), note=reason.strip(), pays=False, actor=actor, at=at)


def _turn(
    *, line: DuesLine, way: str, paid_on: date, note: str, pays: bool, actor: User, at: datetime
) -> DuesPayment:
    if not actor.has_perm("members.add_duespayment"):
        raise PermissionDenied
    _refuse_future(paid_on, at)
    DuesList.objects.select_for_update().get(pk=line.dues_list_id)  # as book_payroll: one booking at a time
    last = line.payments.order_by("-turn").first()
    standing = last is not None and last.amount > 0
    if pays and standing:
        raise CannotKeepDues(Refusal.ALREADY_PAID, _("该月会费已经缴清。"))
    if not pays and not standing:
        raise CannotKeepDues(Refusal.NOT_PAID, _("该月会费没有可冲销的缴纳记录。"))
    payment = DuesPayment.objects.create(
        line=line,
        turn=last.turn + 1 if last else 1,
        amount=line.amount if pays or last is None else -last.amount,
        way=way or (last.way if last else way),
        paid_on=paid_on,
        note=note,
        booked_by=actor,
        booked_at=at,
    )
    audit.record(
        actor=actor,
        action=f"members.duespayment.{'booked' if pays else 'reversed'}",
        target=payment,
        subject=line.member_id,
        basis=note,
        data={"line": line.pk, "amount": str(payment.amount)},
        at=at,
    )
    return payment


def _refuse_future(paid_on: date, at: datetime) -> None:
    if paid_on > clock.local_date(at):
        raise CannotKeepDues(Refusal.PAID_IN_FUTURE, _("缴纳日期不能晚于今天。"))
