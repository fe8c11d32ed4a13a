"""What others ask of the register: who was on the roll on a day and where, and how branches are called."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Literal

from django.db import connection
from django.db.models import Count, Q, QuerySet
from psycopg import sql

from members.enums import EndReason, JoinReason
from members.models import Branch, BranchAlias, Member, Membership

Worded = Literal["title", "education", "political_status"]
# A walk from one value to the next along the column's index: as long as there are different ones, not rows.
_WORDINGS = """
WITH RECURSIVE found AS (
    (SELECT {column} AS text FROM members_member ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM members_member WHERE {column} > found.text ORDER BY {column} LIMIT 1)
    FROM found WHERE found.text IS NOT NULL
)
SELECT text FROM found WHERE text IS NOT NULL
"""


def wordings_of(column: Worded) -> list[str]:
    """Every text that stands in this column of the members, each once."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_WORDINGS).format(column=sql.Identifier(column)))
        return [text for (text,) in cursor.fetchall()]


def roll_on(day: date) -> QuerySet[Membership]:
    """One period per person on the roll of ``day``, with the member and his branch of that day."""
    return Membership.objects.on(day).select_related("member", "branch")


def head_counts(day: date) -> dict[str, int]:
    """People on the roll of ``day`` by the branch's short name, in the branches' order; empty branches left out."""
    counted = (
        Membership.objects.on(day)
        .values_list("branch__short_name")
        .annotate(people=Count("pk"))
        .order_by("branch__position", "branch")
    )
    return dict(counted)


def joined_in(year: int) -> QuerySet[Membership]:
    """Periods that began by joining the union in ``year``."""
    return Membership.objects.filter(reason_in=JoinReason.JOINED, from_on__year=year).select_related("member")


def retired_in(year: int) -> QuerySet[Membership]:
    """Periods ended by retirement with their last day in ``year`` (``until_on`` is the day after)."""
    return Membership.objects.filter(
        reason_out=EndReason.RETIRED, until_on__gt=date(year, 1, 1), until_on__lte=date(year + 1, 1, 1)
    ).select_related("member")


def member_ids_of(member: Member) -> list[int]:
    """The member and every record merged into him: history that is never rewritten keeps their numbers (ADR 0010)."""
    return sorted(records_of(member).values_list("pk", flat=True), key=lambda pk: (pk != member.pk, pk))


def records_of(member: Member) -> QuerySet:
    """The same as a query of ``pk``, to be part of another one."""
    return Member.objects.filter(Q(pk=member.pk) | Q(merged_into=member)).order_by().values("pk")


def branch_wording(text: str) -> str:
    """A branch's name as it is compared: narrow, without spaces, small letters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def branch_wordings() -> dict[str, int]:
    """Every wording of a branch in use (name, short name, alias), as ``branch_wording`` gives it -> its id."""
    wordings = {}
    for pk, name, short_name in Branch.objects.filter(is_active=True).values_list("pk", "name", "short_name"):
        wordings[branch_wording(name)] = wordings[branch_wording(short_name)] = pk
    for name, pk in BranchAlias.objects.filter(branch__is_active=True).values_list("name", "branch"):
        wordings.setdefault(branch_wording(name), pk)
    return wordings


def branches_below(branch_ids: Iterable[int]) -> list[int]:
    """These branches and everything under them, whether in use or not; one query a level."""
    found: set[int] = set()
    level = set(branch_ids)
    while level:
        found |= level
        level = set(Branch.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
    return sorted(found)
