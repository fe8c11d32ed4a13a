"""Reads about dues: what a month's list came to, who is behind, and what a member sees of his own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Min, QuerySet, Sum

from members.models import DuesLine, DuesList, Member, Membership, PayrollAuthorisation
from members.rules.dues import TALK_AFTER_MONTHS, first_of_month, unpaid_to_the_last

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
class Lapsed:
    """Somebody on the roll with ``months`` unbroken months unpaid up to the last list; ``amount`` in yuan."""

    member: Member
    branch: str
    months: int
    amount: Decimal
    since: date
    last: date


def lapsed(*, on: date) -> list[Lapsed]:
    """Who may be deemed to have left (视为退会, charter Art 6): on the roll, six months unpaid and none paid since.

    A list to talk to people by, never an act: whether he took part and was talked to, no record here says.
    """
    before = DuesLine.objects.filter(dues_list__month__lt=first_of_month(on))
    unpaid = DuesLine.objects.filter(pk__in=before.unpaid().values("pk"), member__in=Member.objects.on_roll(on))
    enough = unpaid.order_by().values("member").annotate(n=Count("pk")).filter(n__gte=TALK_AFTER_MONTHS)
    lines = before.filter(member__in=enough.values("member")).with_turns().select_related("member", "dues_list")
    of_member: dict[Member, list[DuesLine]] = {}
    for line in lines.order_by("dues_list__month"):
        of_member.setdefault(line.member, []).append(line)
    here = dict(Membership.objects.on(on).filter(member__in=of_member).values_list("member", "branch__short_name"))
    found = []
    for member, listed in of_member.items():
        run = unpaid_to_the_last([(line.dues_list.month, line.is_paid) for line in listed])
        if len(run) >= TALK_AFTER_MONTHS:
            amount = sum((line.amount for line in listed[-len(run) :]), ZERO)
            found.append(Lapsed(member, here[member.pk], len(run), amount, run[0], run[-1]))
    return sorted(found, key=lambda row: (-row.months, row.member.pinyin, row.member.pk))


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
