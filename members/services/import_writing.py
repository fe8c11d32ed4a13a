"""Committing an import as it was previewed, with what undoing it will need."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from core.models import User
from core.sealed import CannotOpen, hasher
from members.enums_imports import ImportRefusal
from members.models import ImportedPerson, ImportRun, MemberSecret
from members.services import import_judging, roster_writing
from members.services.import_judging import CannotProceed
from members.services.roster import hold_register, record, report_of
from members.services.roster_rows import Judged

SECRETS = ("id_number", "bank_card")
_BEFORE = """
INSERT INTO members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept)
SELECT %s, m.id, false, jsonb_build_object('member', to_jsonb(m), 'periods', coalesce(
    (SELECT jsonb_agg(to_jsonb(p) ORDER BY p.from_on) FROM members_membership p WHERE p.member_id = m.id), '[]')),
    '', '', '', false
FROM members_member m WHERE m.id = ANY(%s)
"""
_CREATED = """
INSERT INTO members_importedperson (run_id, member, created, before, id_number, bank_card, after, kept)
SELECT %s, id, true, '{}', '', '', '', false FROM unnest(%s::bigint[]) AS id
"""
# Everything of the person that an import may write, and whatever else stands in his record; sealed values by hash.
_STATE = """
SELECT m.id, md5(to_jsonb(m)::text
    || coalesce((SELECT s.id_number_hash || '/' || s.bank_card_hash
                 FROM members_membersecret s WHERE s.member_id = m.id), '-')
    || coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.id)::text
                 FROM members_membership p WHERE p.member_id = m.id), ''))
FROM members_member m WHERE m.id IN (SELECT i.member FROM members_importedperson i WHERE i.run_id = %s)
"""
_AFTER = """
UPDATE members_importedperson i SET after = d.digest FROM unnest(%s::bigint[], %s::text[]) AS d (member, digest)
WHERE i.run_id = %s AND i.member = d.member
"""


def commit(run: ImportRun, judged: Judged, skipped: list[str], *, actor: User, at: datetime) -> None:
    """Write exactly what the preview of ``run`` says, in the caller's transaction.

    ``judged``: the file, judged again a moment ago. Held against the register, now locked, every row must come out as
    it was previewed. Raises ``CannotImport`` where somebody else writes, ``CannotProceed`` (stale) with the rows.
    """
    hold_register()
    made = import_judging.preview(judged, skipped, as_of=run.as_of)
    if places := import_judging.differing(run, made):
        raise CannotProceed(ImportRefusal.STALE, places)
    found = made.found
    _keep_before(run, found)
    outcome = roster_writing.store(found)
    with connection.cursor() as cursor:
        cursor.execute(_CREATED, [run.pk, outcome.created_ids])
    _keep_after(run)
    run.commit()
    run.committed_by, run.committed_at = actor, at
    run.counts |= {"created": outcome.created, "updated": outcome.changed, "left": outcome.unchanged}
    run.save(update_fields=["state", "committed_by", "committed_at", "counts"])
    report = report_of(judged, outcome, skipped=skipped)
    record(report, outcome=outcome, sha256=run.sha256, actor=actor, at=at, run=run)


def states(run: ImportRun) -> dict[int, str]:
    """Keyed digest of what the register has now of everybody in the import who is still there."""
    key = hasher()
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [run.pk])
        return {pk: key(f"{pk}:{digest}") for pk, digest in cursor.fetchall()}


def _keep_before(run: ImportRun, found: roster_writing.Comparison) -> None:
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


def _keep_after(run: ImportRun) -> None:
    left = states(run)
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, [list(left), list(left.values()), run.pk])
