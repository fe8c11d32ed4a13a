"""Chainable filters of the register. Outside ``visible_to(user)`` nothing exists."""

import re
import unicodedata
from datetime import date

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, TruncDate

from core.enums import Role

# Offices that may see every member's file (masked); the others see their own branch or themselves.
WHOLE_ROLL = (Role.UNION_STAFF, Role.CHAIR)

# A search text falls into runs of Chinese characters, of Latin letters, and of anything with a digit.
_RUNS = re.compile(r"[a-z]*[0-9][a-z0-9]*|[a-z]+|[^\W\da-z_]+")
_LONGEST_SEARCH = 40


class BranchQuerySet(models.QuerySet):
    def visible_to(self, user) -> "BranchQuerySet":
        if user.holds(*WHOLE_ROLL, Role.AUDITOR):
            return self
        return self.filter(pk__in=user.branch_ids)


class MembershipQuerySet(models.QuerySet):
    def on(self, day: date) -> "MembershipQuerySet":
        """Periods that contain ``day``."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=day), from_on__lte=day)


class MemberQuerySet(models.QuerySet):
    def on_roll(self, day: date) -> "MemberQuerySet":
        """Members whose membership contains ``day``."""
        return self.filter(
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=day),
            memberships__from_on__lte=day,
        )

    def in_branches(self, branch_ids: list[int], *, on: date | TruncDate) -> "MemberQuerySet":
        """Members on the roll of one of the branches on that day, each once: periods of a member never overlap."""
        return self.filter(
            Q(memberships__until_on__isnull=True) | Q(memberships__until_on__gt=on),
            memberships__from_on__lte=on,
            memberships__branch__in=branch_ids,
        )

    def born_on_days(self, days: set[tuple[int, int]]) -> "MemberQuerySet":
        """Members whose birth date falls on one of these (month, day) pairs."""
        any_day = Q(pk__in=[])
        for month, day in days:
            any_day |= Q(birth_on__month=month, birth_on__day=day)
        return self.filter(any_day)

    def search(self, text: str) -> "MemberQuerySet":
        """Members by name or part of it, full pinyin or its beginning, initials, or beginning of the staff number.

        Width, case and spaces do not matter (``张　三`` is 张三); several kinds of text must all fit (``张三 1998``).
        Nothing to search for: everybody. Nothing that could be a name or number: nobody.
        """
        plain = unicodedata.normalize("NFKC", text).lower()[:_LONGEST_SEARCH]
        if not plain.strip():
            return self
        runs = _RUNS.findall(_joined(plain))
        found = self if runs else self.none()
        for run in runs:
            found = found.filter(_named_or_numbered(run))
        return found

    def visible_to(self, user) -> "MemberQuerySet":
        """The whole roll for union staff, the branch's people of today for its officer, everybody himself."""
        if user.holds(*WHOLE_ROLL):
            return self
        own = Q(user=user)
        if not user.branch_ids:
            return self.filter(own)
        theirs = self.model.objects.in_branches(user.branch_ids, on=TruncDate(Now()))
        return self.filter(own | Q(pk__in=theirs.values("pk")))


def _joined(text: str) -> str:
    """``text`` without the spaces and dots inside names; a space beside a digit still parts."""
    return re.sub(r"(?<![0-9])[\s·•.'-]+(?![0-9])", "", text)


def _named_or_numbered(run: str) -> Q:
    """The condition for one run; each is answered by one index (``member_search_terms`` or a prefix index)."""
    if re.search("[0-9]", run):
        return Q(staff_no__startswith=run) | Q(staff_no__startswith=run.upper())
    if run.isascii():
        return Q(search_terms__contains=[run]) | Q(pinyin__startswith=run)
    return Q(search_terms__contains=_grams(run))


def _grams(name: str) -> list[str]:
    """The bigrams of ``name``; a single character stands for itself."""
    return [name[i : i + 2] for i in range(len(name) - 1)] or [name]
