"""Chainable filters of the fund. Outside ``visible_to(user)`` nothing exists."""

from django.db import models
from django.db.models import Q

from core.enums import Role
from finance.enums import LIVE, Desk, ExpenseState

# Who reads all money down to the entry (TRUST.md 3); the staff see the lines that their cases will need.
BOOK_READERS = (Role.ACCOUNTANT, Role.CHAIR, Role.AUDITOR)


class BudgetLineQuerySet(models.QuerySet):
    def visible_to(self, user) -> "BudgetLineQuerySet":
        """Everything for money's readers and the staff, a branch's own lines for its officer."""
        if user.holds(*BOOK_READERS, Role.UNION_STAFF):
            return self
        return self.filter(branch__in=user.branch_ids)

    def named(self) -> "BudgetLineQuerySet":
        """With what ``name`` needs."""
        return self.select_related("year", "account__parent", "branch")


class EntryQuerySet(models.QuerySet):
    def visible_to(self, user) -> "EntryQuerySet":
        if user.holds(*BOOK_READERS):
            return self
        return self.filter(line__branch__in=user.branch_ids)

    def of_case(self, kind: str, number: str) -> "EntryQuerySet":
        """What was booked for one case of a higher app, the oldest first."""
        return self.filter(source_kind=kind, source_id=number).order_by("pk")


class AllotmentQuerySet(models.QuerySet):
    def visible_to(self, user) -> "AllotmentQuerySet":
        """All of it for money's readers; a branch finds what it got among its line's entries."""
        return self if user.holds(*BOOK_READERS) else self.none()


class CommitmentQuerySet(models.QuerySet):
    def open(self) -> "CommitmentQuerySet":
        return self.filter(ending="")

    def of_case(self, kind: str, number: str) -> "CommitmentQuerySet":
        return self.filter(Q(entry__source_kind=kind, entry__source_id=number)).order_by("pk")


class ExpenseQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ExpenseQuerySet":
        """One's own; handed in: money's readers all, the cashier what is approved, an officer those of his branch,
        union staff those that ask for their review."""
        rows = Q(applicant=user) | Q(entered_by=user)
        handed_in = Q(round__gt=0)
        if user.holds(*BOOK_READERS):
            rows |= handed_in
        if user.holds(Role.CASHIER):
            rows |= Q(state__in=[ExpenseState.APPROVED, ExpenseState.PAID])
        if user.holds(Role.UNION_STAFF):
            rows |= handed_in & Q(route__contains=[Desk.STAFF])
        return self.filter(rows | handed_in & Q(branch__in=user.branch_ids))

    def waiting_for(self, user) -> "ExpenseQuerySet":
        """On this user's desk now: his turn, not his own, not signed by him in this round."""
        turn = Q(waits_for=Desk.BRANCH, branch__in=user.branch_ids)
        for role, desk in DESKS.items():
            if user.holds(role):
                turn |= Q(waits_for=desk)
        people = user.counts_as  # a substitute inherits the exclusions of whom he stands in for
        by_him = Q(acts__actor__in=people) | Q(acts__on_behalf_of__in=people)
        signed = Q(by_him, acts__kind="approve", acts__round=models.F("round"))
        mine = Q(applicant__in=people) | Q(entered_by__in=people)
        return self.filter(turn).exclude(mine).exclude(pk__in=self.model._default_manager.filter(signed).values("pk"))

    def payable(self) -> "ExpenseQuerySet":
        """Approved, and in no live payment; the oldest first."""
        return self.filter(state=ExpenseState.APPROVED).exclude(payments__state__in=LIVE).order_by("pk")

    def told(self) -> "ExpenseQuerySet":
        """With what a page says of a claim."""
        return self.select_related(
            *("applicant", "entered_by", "branch", "line__year", "line__account__parent", "line__branch")
        )


SIGNERS = (Role.UNION_STAFF, Role.ACCOUNTANT, Role.CHAIR)  # who sign in the browser admin
DESKS = {Role.UNION_STAFF: Desk.STAFF, Role.ACCOUNTANT: Desk.ACCOUNTANT, Role.CHAIR: Desk.CHAIR}
ROLES = {desk: role for role, desk in DESKS.items()} | {Desk.BRANCH: Role.BRANCH_OFFICER}


class PaymentQuerySet(models.QuerySet):
    def live(self) -> "PaymentQuerySet":
        """On their way or paid: a claim has one at most (I4)."""
        return self.filter(state__in=LIVE)


class PaymentBatchQuerySet(models.QuerySet):
    def visible_to(self, user) -> "PaymentBatchQuerySet":
        """Money's readers and the cashier; nobody else."""
        return self if user.holds(*BOOK_READERS, Role.CASHIER) else self.none()
