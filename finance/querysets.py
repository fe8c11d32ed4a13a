"""Chainable filters of the fund. Outside ``visible_to(user)`` nothing exists."""

from django.db import models
from django.db.models import Q

from core.enums import Role

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


class CommitmentQuerySet(models.QuerySet):
    def open(self) -> "CommitmentQuerySet":
        return self.filter(ending="")

    def of_case(self, kind: str, number: str) -> "CommitmentQuerySet":
        return self.filter(Q(entry__source_kind=kind, entry__source_id=number)).order_by("pk")
