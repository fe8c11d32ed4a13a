"""What undoing an import needs: kept before it writes, and a digest of what it left.

Every import writes by ``store`` of this module, by command or as it was previewed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from core.models import User
from core.sealed import CannotOpen, hasher
from members.models import ImportedPerson, ImportRun, MemberSecret
from members.services import roster_posts, roster_writing

SECRETS = ("id_number", "bank_card")
_BEFORE = """
INSERT INTO members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept)
SELECT %s, m.id, false, jsonb_build_object('member', to_jsonb(m), 'periods', coalesce(
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.from_on) FROM members_membership p WHERE p.member_id = m.id), '[]')),
    '', '', '', false
FROM members_member m WHERE m.id = ANY(%s)
"""
_CREATED = """
COPY members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept) FROM STDIN
"""
# Everything of the person that an import may write, and whatever else stands in his record; sealed values by hash.
_STATE = """
SELECT m.id, md5(m::text || coalesce(s.id_number_hash || '/' || s.bank_card_hash, '-') || coalesce(p.periods, ''))
FROM members_member m
LEFT JOIN members_membersecret s ON s.member_id = m.id
LEFT JOIN (SELECT member_id, string_agg(p::text, '' ORDER BY p.id) AS periods
           FROM members_membership p WHERE member_id = ANY(%(members)s) GROUP BY member_id) p ON p.member_id = m.id
WHERE m.id = ANY(%(members)s)
"""
_AFTER = """
UPDATE members_importedperson i SET after = d.digest FROM unnest(%s::bigint[], %s::text[]) AS d (member, digest)
WHERE i.run_id = %s AND i.member = d.member
"""


def store(
    run: ImportRun, found: roster_writing.Comparison, *, actor: User | None, at: datetime
) -> roster_writing.Outcome:
    """Write what ``compare`` found, with everything that taking it back will need; posts end with a membership.

    In the transaction that compared, under ``lock_register``.
    """
    keep_before(run, found)
    outcome = roster_writing.store(found)
    keep_after(run, outcome.created_ids)
    _keep_posts(run, roster_posts.end(found, actor=actor, at=at))
    return outcome


def states(members: Sequence[int]) -> dict[int, str]:
    """Keyed digest of what the register has now of these people, of those who are still there."""
    key = hasher()
    with connection.cursor() as cursor:
        cursor.execute(_STATE, {"members": list(members)})
        return {pk: key(f"{pk}:{digest}") for pk, digest in cursor.fetchall()}


def keep_before(run: ImportRun, found: roster_writing.Comparison) -> None:
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
    """Digests of what the import left; with them, who was made by it is one COPY."""
    changed = list(run.people.values_list("member", flat=True))
    left, made = states(changed), states(created)
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [list(left), list(left.values()), run.pk])
        with connection.wrap_database_errors, cursor.copy(_CREATED) as copy:
            for member, digest in made.items():
                copy.write_row((run.pk, member, True, "{}", "", "", digest, False))


def _keep_posts(run: ImportRun, told: dict[int, list[roster_posts.Told]]) -> None:
    """With each person the posts that ended with his membership, as they were."""
    people = list(ImportedPerson.objects.filter(run=run, member__in=told))
    for person in people:
        person.before["posts"] = told[person.member]
    ImportedPerson.objects.bulk_update(people, ["before"], batch_size=1000)
