"""Chainable filters of the register. Outside ``visible_to(user)`` nothing exists."""

import re
import unicodedata
from datetime import date

from django.db import models
from django.db.models import Max, Q
from django.db.models.functions import Coalesce, Mod, Now, TruncDate

from core.enums import Role
from core.pinyin import query_terms
from members.enums import BirthdayCalendar

# Offices that may see every member's file (masked); the others see their own branch or themselves.
WHOLE_ROLL = (Role.UNION_STAFF, Role.CHAIR)

_LONGEST_SEARCH = 40
_NUMBERS = re.compile(r"[a-z]*[0-9][a-z0-9]*")


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
        """Members whose birth date falls on one of these (month, day) pairs, or who go by the lunar calendar.

        On which days the latter keep it, PostgreSQL does not know: ``members.rules.birthdays`` does.
        """
        any_day = Q(birthday_calendar=BirthdayCalendar.LUNAR)
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
        wanted = [
            Q(staff_no__startswith=run) | Q(staff_no__startswith=run.upper()) for run in _NUMBERS.findall(plain)
        ]
        for name in query_terms(_NUMBERS.sub(" ", plain)):
            starts = Q(pinyin__startswith=name.prefix) if name.prefix else Q()
            wanted.append(starts | Q(search_terms__contains=list(name.contains)))
        return self.filter(*wanted) if wanted else self.none()

    def visible_to(self, user) -> "MemberQuerySet":
        """The whole roll for union staff, the branch's people of today for its officer, everybody himself.

        A record that was merged into another one is read there and nowhere else (ADR 0010).
        """
        return self.in_scope_of(user).filter(merged_into__isnull=True)

    def in_scope_of(self, user) -> "MemberQuerySet":
        """The same with merged records, for who merges and takes a merge back."""
        if user.holds(*WHOLE_ROLL):
            return self
        own = Q(user=user)
        if not user.branch_ids:
            return self.filter(own)
        theirs = MemberQuerySet(self.model).in_branches(user.branch_ids, on=TruncDate(Now()))
        return self.filter(own | Q(pk__in=theirs.values("pk")))


class DuesLineQuerySet(models.QuerySet):
    def visible_to(self, user) -> "DuesLineQuerySet":
        """All for who keeps or checks the dues, everybody his own; a branch officer sees months, never amounts."""
        if user.holds(Role.UNION_STAFF, Role.CHAIR, Role.ACCOUNTANT, Role.AUDITOR):
            return self
        return self.filter(Q(member__user=user) | Q(member__merged_into__user=user))

    def with_turns(self) -> "DuesLineQuerySet":
        """With ``turns``, how many entries each line has: odd means paid."""
        return self.annotate(turns=Coalesce(Max("payments__turn"), 0))

    def paid(self) -> "DuesLineQuerySet":
        return self.with_turns().annotate(odd=Mod("turns", 2)).filter(odd=1)

    def unpaid(self) -> "DuesLineQuerySet":
        return self.with_turns().annotate(odd=Mod("turns", 2)).filter(odd=0)
