"""Looking for two records of one person: by keys that both share, as sets; and what a clerk says of a pair."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from core import audit, clock, locks, outbox, policies
from core.errors import DomainError
from core.models import User
from members.feed_codes import MergeRefusal, PairState
from members.models import DuplicatePair
from members.rules import duplicates as rules

SCAN = "members.scan_duplicates"
WEIGHTS, THRESHOLD = "members.duplicates.weights", "members.duplicates.threshold"
MOST_SHARING = 8  # records with one key: more of them share an office's telephone, and it says nothing

# One grouping by each key: only people who share it are ever put side by side.
_BLOCKS = """
WITH person AS (
    SELECT m.id, m.staff_no, m.name, m.pinyin, m.birth_on, m.phone, lower(m.email) AS email,
           coalesce(s.id_number_hash, '') AS id_hash, coalesce(s.bank_card_hash, '') AS card_hash
    FROM members_member m LEFT JOIN members_membersecret s ON s.member_id = m.id
    WHERE m.merged_into_id IS NULL
), blocks (likeness, ids) AS (
    SELECT 'staff_no', array_agg(id) FROM person GROUP BY upper(ltrim(staff_no, '0')) HAVING count(*) > 1
    UNION ALL
    SELECT 'id_number', array_agg(id) FROM person WHERE id_hash <> '' GROUP BY id_hash HAVING count(*) > 1
    UNION ALL
    SELECT 'bank_card', array_agg(id) FROM person WHERE card_hash <> '' GROUP BY card_hash HAVING count(*) > 1
    UNION ALL
    SELECT 'phone', array_agg(id) FROM person WHERE phone <> '' GROUP BY phone HAVING count(*) > 1
    UNION ALL
    SELECT 'email', array_agg(id) FROM person WHERE email <> '' GROUP BY email HAVING count(*) > 1
    UNION ALL
    SELECT 'name_birth', array_agg(id) FROM person
    WHERE birth_on IS NOT NULL GROUP BY birth_on, name HAVING count(*) > 1
    UNION ALL
    SELECT 'pinyin_birth', array_agg(id) FROM person
    WHERE birth_on IS NOT NULL AND pinyin <> '' GROUP BY birth_on, pinyin HAVING count(*) > 1
), pairs AS (
    SELECT a.id AS first, b.id AS second, likeness
    FROM blocks, unnest(ids) AS a (id), unnest(ids) AS b (id)
    WHERE cardinality(ids) <= %(most)s AND a.id < b.id
)
SELECT p.first, p.second, array_agg(DISTINCT p.likeness)
    || CASE WHEN x.name = y.name THEN ARRAY['name'] ELSE ARRAY[]::text[] END
FROM pairs p JOIN members_member x ON x.id = p.first JOIN members_member y ON y.id = p.second
GROUP BY p.first, p.second, x.name, y.name ORDER BY 1, 2
"""
_KEEP = """
INSERT INTO members_duplicatepair (first_id, second_id, score, reasons, found_at, state, why)
VALUES (%s, %s, %s, %s::jsonb, %s, 'open', '')
ON CONFLICT (first_id, second_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
    found_at = excluded.found_at
WHERE members_duplicatepair.state = 'open'
"""


class CannotDecidePair(DomainError):
    """The pair is not decided; ``code`` is a ``MergeRefusal``."""


@transaction.atomic
def scan(*, actor: User | None, at: datetime) -> int:
    """Look through the whole register; how many pairs wait now. Decided pairs are left as they are.

    ``actor`` None is the system. Raises ``PermissionDenied``. Without rules of the day nothing is compared.
    """
    _permit(actor)
    locks.wait_until_commit(SCAN)
    found = _pairs(clock.local_date(at))
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP, [(*row, at) for row in found])
    # What no longer looks alike, and nobody has decided, goes.
    DuplicatePair.objects.filter(state=PairState.OPEN, found_at__lt=at).delete()
    waiting = DuplicatePair.objects.filter(state=PairState.OPEN).count()
    audit.record(actor=actor, action="members.duplicatepair.scanned", data={"waiting": waiting}, at=at)
    return waiting


@transaction.atomic
def ask_for_scan(*, actor: User, at: datetime) -> None:
    """立即查找: a worker looks through the register."""
    _permit(actor)
    outbox.add(SCAN)
    audit.record(actor=actor, action="members.duplicatepair.requested", data={}, at=at)


@transaction.atomic
def say_distinct(*, pair: DuplicatePair, actor: User, at: datetime, why: str) -> DuplicatePair:
    """不是同一人: remembered, by whom and why. Raises ``PermissionDenied`` or ``CannotDecidePair``."""
    pair = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    _permit(actor)
    if pair.state != PairState.OPEN:
        raise CannotDecidePair(MergeRefusal.PAIR_DECIDED)
    if not why.strip():
        raise CannotDecidePair(MergeRefusal.NO_REASON)
    pair.state, pair.decided_by, pair.decided_at, pair.why = PairState.DISTINCT, actor, at, why.strip()[:200]
    pair.save(update_fields=["state", "decided_by", "decided_at", "why"])
    data = {"first": pair.first_id, "second": pair.second_id, "score": pair.score}
    audit.record(
        actor=actor, action="members.duplicatepair.distinguished", target=pair, basis=pair.why, data=data, at=at
    )
    return pair


def _permit(actor: User | None) -> None:
    if actor is not None and not actor.has_perm("members.change_duplicatepair"):
        raise PermissionDenied


def _pairs(on: date) -> list[tuple[Any, ...]]:
    """(first, second, score, reasons as JSON) of everybody who reaches the threshold of the day's rules."""
    weights, threshold = policies.rule_at(WEIGHTS, on=on), policies.rule_at(THRESHOLD, on=on)
    if weights is None or threshold is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS, {"most": MOST_SHARING})
        rows = cursor.fetchall()
    found = []
    for first, second, likeness in rows:
        score, reasons = rules.score_of(likeness, weights=weights.value, threshold=int(threshold.value))
        if score >= int(threshold.value):
            found.append((first, second, score, '["' + '","'.join(reasons) + '"]'))
    return found
