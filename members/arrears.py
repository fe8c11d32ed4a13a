"""Reads about dues: what a month's list came to, who is behind, and what a member sees of his own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, QuerySet, Sum

from members.models import DuesLine, DuesList, Member, PayrollAuthorisation
from members.rules.dues import TALK_AFTER_MONTHS, first_of_month

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Collected:
    """A month's list in figures: people and yuan that were due, of these by payroll, and what has come in."""

    people: int
    due: Decimal
    payroll_people: int
    paid_people: int
    paid: Decimal

    @property
    def open_people(self) -> int:
        return self.people - self.paid_people

    @property
    def open(self) -> Decimal:
        return self.due - self.paid


def collected(dues_list: DuesList) -> Collected:
    """The figures of one month; parts sum to the whole because each line is paid in full or not at all."""
    lines = dues_list.lines.all()
    paid = DuesLine.objects.filter(pk__in=lines.paid().values("pk")).aggregate(n=Count("pk"), sum=Sum("amount"))
    due = lines.aggregate(n=Count("pk"), sum=Sum("amount"))
    return Collected(
        people=due["n"],
        due=due["sum"] or ZERO,
        payroll_people=lines.filter(by_payroll=True).count(),
        paid_people=paid["n"],
        paid=paid["sum"] or ZERO,
    )


@dataclass(frozen=True)
class Behind:
    """A member with unpaid months before this one. ``to_talk``: six months or more (charter, article 6)."""

    member: Member
    months: int
    amount: Decimal
    since: date
    last: date

    @property
    def to_talk(self) -> bool:
        return self.months >= TALK_AFTER_MONTHS


def arrears(*, members: QuerySet[Member], on: date) -> list[Behind]:
    """Who of ``members`` has months before that of ``on`` unpaid, most months first."""
    unpaid = DuesLine.objects.unpaid().filter(
        dues_list__month__lt=first_of_month(on), member__in=members.values("pk")
    )
    rows = list(
        DuesLine.objects.filter(pk__in=unpaid.values("pk"))
        .values("member")
        .annotate(
            months=Count("pk"),
            amount=Sum("amount"),
            since=Min("dues_list__month"),
            last=Max("dues_list__month"),
        )
        .order_by("-months", "member__pinyin", "member")
    )
    people = Member.objects.in_bulk([row["member"] for row in rows])
    return [Behind(people[row["member"]], row["months"], row["amount"], row["since"], row["last"]) for row in rows]


@dataclass(frozen=True)
class OwnDues:
    """What a member sees of his dues: months newest first, and whether payroll deducts them."""

    lines: list[DuesLine]
    authorisation: PayrollAuthorisation | None
    owed: Decimal

    @property
    def paid(self) -> Decimal:
        return sum((line.amount for line in self.lines if line.is_paid), ZERO)


def own_dues(member: Member, *, year: int) -> OwnDues:
    """The months of ``year``, and what is unpaid over all years."""
    lines = DuesLine.objects.filter(member=member, dues_list__month__year=year).with_turns()
    unpaid = DuesLine.objects.filter(pk__in=DuesLine.objects.filter(member=member).unpaid().values("pk"))
    return OwnDues(
        lines=list(lines.select_related("dues_list", "branch").order_by("-dues_list__month")),
        authorisation=PayrollAuthorisation.objects.filter(member=member, withdrawn_at=None).first(),
        owed=unpaid.aggregate(sum=Sum("amount"))["sum"] or ZERO,
    )
