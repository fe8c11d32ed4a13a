"""Undoing a whole import: everybody in it as he was before, or a list of those who have changed since."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.sealed import CannotOpen, unseal
from members.enums import ImportRefusal
from members.models import ImportedPerson, ImportRun, Member, MemberSecret, Membership
from members.services import import_branches, posts
from members.services.import_judging import CannotProceed
from members.services.import_keeping import SECRETS, states
from members.services.roster import hold_register

_FORGET = (
    "DELETE FROM members_membership WHERE member_id = ANY(%s)",
    "DELETE FROM members_membersecret WHERE member_id = ANY(%s)",
    "DELETE FROM members_member WHERE id = ANY(%s)",
)
# Opened periods go before ended ones are open again: a person's periods never overlap, not even for a statement.
_CLOSE_OPENED = """
DELETE FROM members_membership p USING members_importedperson i
WHERE i.id = ANY(%s) AND p.member_id = i.member AND NOT EXISTS (
    SELECT FROM jsonb_array_elements(i.before -> 'periods') b WHERE (b ->> 'id')::bigint = p.id)
"""
_REOPEN = """
UPDATE members_membership p SET branch_id = b.branch_id, from_on = b.from_on, until_on = b.until_on,
    reason_in = b.reason_in, reason_out = b.reason_out
FROM members_importedperson i, jsonb_populate_recordset(NULL::members_membership, i.before -> 'periods') b
WHERE i.id = ANY(%s) AND p.id = b.id AND p.member_id = i.member
"""
# What an import writes of a member; the person's own choices and his card number are none of it.
_RESTORE = """
UPDATE members_member m SET name = b.name, pinyin = b.pinyin, search_terms = b.search_terms, sex = b.sex,
    birth_on = b.birth_on, ethnicity = b.ethnicity, political_status = b.political_status, education = b.education,
    title = b.title, department_name = b.department_name, hired_on = b.hired_on, phone = b.phone, email = b.email,
    remark = b.remark
FROM members_importedperson i, jsonb_populate_record(NULL::members_member, i.before -> 'member') b
WHERE i.id = ANY(%s) AND m.id = i.member
"""
MOST_NAMED = 200


@dataclass(frozen=True)
class Blocked:
    """Somebody who cannot be put back as he was, and why."""

    member: int
    why: str


def blocked(run: ImportRun) -> list[Blocked]:
    """Who has changed since the import, is gone, or is needed by records that came later."""
    people = dict(run.people.values_list("member", "after"))
    now = states(run, list(people))
    found = {}
    for member, after in people.items():
        if member not in now:
            found[member] = _("已不在花名册")
        elif now[member] != after:
            found[member] = _("资料或会籍有变动")
    for member, what in _needed(run):
        found.setdefault(member, _("已有后续记录：%(what)s") % {"what": what})
    return [Blocked(member, why) for member, why in sorted(found.items())]


def words_of(some: list[Blocked]) -> list[str]:
    """``工号 姓名：why`` of the first ``MOST_NAMED``."""
    people = Member.objects.in_bulk([one.member for one in some[:MOST_NAMED]])
    return [f"{people.get(one.member, one.member)}：{one.why}" for one in some[:MOST_NAMED]]


def undo(run: ImportRun, *, without_changed: bool, actor: User, at: datetime) -> None:
    """Put back what was before, in the caller's transaction: members, sealed numbers, periods, posts and branches.

    Whoever changed since keeps what he has where ``without_changed``; otherwise one of them refuses it all. Raises
    ``CannotImport`` where somebody else writes, ``CannotProceed`` (too late, changed since: with who).
    """
    if run.tidied_at is not None:
        raise CannotProceed(ImportRefusal.TOO_LATE)
    hold_register()
    hindered = blocked(run)
    if hindered and not without_changed:
        raise CannotProceed(ImportRefusal.CHANGED_SINCE, words_of(hindered))
    run.people.filter(member__in=[one.member for one in hindered]).update(kept=True)
    people = list(run.people.filter(kept=False).order_by("member"))
    made = [person.member for person in people if person.created]
    _put_back([person for person in people if not person.created])
    with connection.cursor() as cursor:
        for statement in _FORGET:
            cursor.execute(statement, [made])
    run.undo()
    run.undone_by, run.undone_at = actor, at
    figures = {"removed": len(made), "restored": len(people) - len(made), "kept": len(hindered)}
    run.counts |= figures
    run.save(update_fields=["state", "undone_by", "undone_at", "counts"])
    run.counts |= {"branches_kept": import_branches.remove_unused(run, actor=actor, at=at)}
    run.save(update_fields=["counts"])
    posts.restore(told=[post for person in people for post in person.before.get("posts", ())], actor=actor, at=at)
    audit.record(actor=actor, action="members.importrun.undone", target=run, data=figures, at=at)


def _put_back(people: list[ImportedPerson]) -> None:
    ids = [person.pk for person in people]
    with connection.cursor() as cursor:
        for statement in (_CLOSE_OPENED, _REOPEN, _RESTORE):
            cursor.execute(statement, [ids])
    for person in people:
        if "secret" in person.before:
            _put_secret_back(person)


def _put_secret_back(person: ImportedPerson) -> None:
    """The stored forms as they were; where a key has gone meanwhile, the same numbers under the present one."""
    kept = MemberSecret.objects.filter(member=person.member)
    before = person.before["secret"]
    if before is None:
        kept.delete()
        return
    values = dict(before)
    for name in SECRETS:
        column = MemberSecret._meta.get_field(name)
        try:
            unseal(values[name], **column.place_of(person.member))  # type: ignore[union-attr]
        except CannotOpen:
            again = ImportedPerson._meta.get_field(name).take(person)  # type: ignore[union-attr]
            values[name] = column.seal_for(person.member, again) or values[name]  # type: ignore[union-attr]
    kept.update(**values)


def _needed(run: ImportRun) -> list[tuple[int, str]]:
    """People whom the import made and periods that it opened, where later records of any table hang on them."""
    made = run.people.filter(created=True).values("member")
    found = [pair for rel in _records_on(Member) for pair in _holders(*rel, made)]
    for model, name in _records_on(Membership):
        rows = model._base_manager.filter(**{f"{name}__member__in": run.people.values("member")})
        found += [(pk, str(model._meta.verbose_name)) for pk in rows.values_list(f"{name}__member", flat=True)]
    return found


def _holders(model: type[Model], name: str, made) -> list[tuple[int, str]]:
    rows = model._base_manager.filter(**{f"{name}__in": made})
    return [(pk, str(model._meta.verbose_name)) for pk in rows.values_list(name, flat=True).distinct()]


def _records_on(model: type[Model]) -> list[tuple[type[Model], str]]:
    """(table, foreign key) of whatever refers to rows of ``model``, but what an import itself writes."""
    related = [rel for rel in model._meta.get_fields(include_hidden=True) if rel.auto_created and not rel.concrete]
    keys = [rel for rel in related if rel.one_to_many or rel.one_to_one]
    pairs = [(rel.related_model, rel.field.name) for rel in keys]  # type: ignore[union-attr]
    return [(table, name) for table, name in pairs if table not in (Membership, MemberSecret)]  # type: ignore[misc]
