"""What undoing an import needs: kept before it writes, and a digest of what it left.

Every import writes by ``store`` of this module, by command or as it was previewed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from core.models import User
from core.sealed import CannotOpen, keyed_hash
from members.models import ImportedPerson, ImportRun, MemberSecret
from members.services import roster_comparing, roster_posts, roster_writing

SECRETS = ("id_number", "bank_card")
_BEFORE = """
INSERT INTO members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept)
SELECT %s, m.id, false, jsonb_build_object('member', to_jsonb(m), 'periods', coalesce(
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.from_on) FROM members_membership p WHERE p.member_id = m.id), '[]')),
    '', '', '', false
FROM members_member m WHERE m.id = ANY(%s)
"""
# Everything of the person that an import may write, and whatever else stands in his record, under the run's own key;
# sealed values by hash.
_NOW = """
WITH now AS (
    SELECT m.id AS member, encode(sha256(convert_to(%(key)s || m.id || m::text || coalesce(p.periods, '')
        || coalesce(s.id_number_hash || '/' || s.bank_card_hash, '-'), 'UTF8')), 'hex') AS digest
    FROM members_member m
    LEFT JOIN members_membersecret s ON s.member_id = m.id
    LEFT JOIN (SELECT member_id, string_agg(p::text, '' ORDER BY p.id) AS periods
               FROM members_membership p WHERE p.member_id = ANY(%(members)s) GROUP BY 1) p ON p.member_id = m.id
    WHERE m.id = ANY(%(members)s)
)"""
_TOLD = "SELECT member, digest FROM now"
_CHANGED = """
UPDATE members_importedperson i SET after = now.digest FROM now WHERE i.run_id = %(run)s AND i.member = now.member"""
_CREATED = """
INSERT INTO members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept)
SELECT %(run)s, now.member, true, '{}', '', '', now.digest, false FROM now"""


def store(
    run: ImportRun, found: roster_comparing.Comparison, created: list[int], *, actor: User | None, at: datetime
) -> roster_comparing.Outcome:
    """Write what was found about people whom the register knows, with everything that taking it back will need, also
    of those who were ``created`` a moment ago; posts end with a membership.

    In the transaction that compared, under ``lock_register``.
    """
    keep_before(run, found)
    outcome = roster_writing.store(found, created)
    keep_after(run, created)
    _keep_posts(run, roster_posts.end(found, actor=actor, at=at))
    return outcome


def states(run: ImportRun, members: Sequence[int]) -> dict[int, str]:
    """Keyed digest of what the register has now of these people, of those who are still there."""
    with connection.cursor() as cursor:
        _compare(cursor, _TOLD, run, members)
        return dict(cursor.fetchall())


def _compare(cursor: CursorWrapper, use: str, run: ImportRun, members: Sequence[int]) -> None:
    """The run's key keeps the digests from being guessed after the people are gone, and opens nothing else."""
    values: dict[str, Any] = {"run": run.pk, "key": keyed_hash(f"import {run.pk}"), "members": list(members)}
    cursor.execute("\n".join((_NOW, use)), values)


def keep_before(run: ImportRun, found: roster_comparing.Comparison) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [run.pk, sorted(found.changed | found.moved)])
    if found.secrets:
        _keep_secrets(run, [found.pk_of(n) for n in found.secrets])


def _keep_secrets(run: ImportRun, members: Iterable[int]) -> None:
    """The stored forms, to be put back as they are, and the numbers sealed for a place of their own."""
    stored = MemberSecret.objects.in_bulk(list(members))
    people = list(ImportedPerson.objects.filter(run=run, member__in=members))
    for person in people:
        secret = stored.get(person.member)
        person.before["secret"] = None
        if secret is not None:
            names = (f"{name}{end}" for name in SECRETS for end in ("", "_hash", "_last4"))
            person.before["secret"] = {name: getattr(secret, name) for name in names}
            for name in SECRETS:
                _seal_again(person, secret, name)
    ImportedPerson.objects.bulk_update(people, ["before", *SECRETS], batch_size=1000)


def _seal_again(person: ImportedPerson, secret: MemberSecret, name: str) -> None:
    try:
        plain = MemberSecret._meta.get_field(name).take(secret)  # type: ignore[union-attr]
    except CannotOpen:  # damaged before: it is put back as it was
        return
    ImportedPerson._meta.get_field(name).put(person, plain)  # type: ignore[union-attr]


def keep_after(run: ImportRun, created: Sequence[int]) -> None:
    """Digests of what the import left; with them, who was made by it."""
    changed = list(run.people.values_list("member", flat=True))
    with connection.cursor() as cursor:
        _compare(cursor, _CHANGED, run, changed)
        _compare(cursor, _CREATED, run, created)


def _keep_posts(run: ImportRun, told: dict[int, list[roster_posts.Told]]) -> None:
    """With each person the posts that ended with his membership, as they were."""
    people = list(ImportedPerson.objects.filter(run=run, member__in=told))
    for person in people:
        person.before["posts"] = told[person.member]
    ImportedPerson.objects.bulk_update(people, ["before"], batch_size=1000)
