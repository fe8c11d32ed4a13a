"""The roster into the tables, as sets: new people by COPY straight in, what the comparison found by statements."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import repeat
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from core import row_states
from core.sealed import hasher
from members.enums import JoinReason
from members.models import MemberSecret
from members.services.roster_comparing import Comparison, Outcome, plain_values
from members.services.roster_rows import Person

_RESERVE = """
SELECT nextval(seq) FROM (SELECT pg_get_serial_sequence('members_member', 'id')::regclass OFFSET 0) AS s (seq),
    generate_series(1, %s)
"""
_COPY_MEMBERS = """
COPY members_member (id, staff_no, name, pinyin, search_terms, sex, birth_on, ethnicity, political_status, education,
    title, department_name, hired_on, phone, email, remark) FROM STDIN
"""
_COPY_SECRETS = """
COPY members_membersecret (member_id, id_number, id_number_hash, id_number_last4,
    bank_card, bank_card_hash, bank_card_last4) FROM STDIN
"""
_COPY_PERIODS = """
COPY members_membership (member_id, branch_id, from_on, until_on, reason_out, reason_in) FROM STDIN
"""
_UPSERT_SECRETS = """
INSERT INTO members_membersecret (member_id, id_number, id_number_hash, id_number_last4,
    bank_card, bank_card_hash, bank_card_last4)
VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (member_id) DO UPDATE SET
    id_number = coalesce(nullif(excluded.id_number, ''), members_membersecret.id_number),
    id_number_hash = coalesce(nullif(excluded.id_number_hash, ''), members_membersecret.id_number_hash),
    id_number_last4 = coalesce(nullif(excluded.id_number_last4, ''), members_membersecret.id_number_last4),
    bank_card = coalesce(nullif(excluded.bank_card, ''), members_membersecret.bank_card),
    bank_card_hash = coalesce(nullif(excluded.bank_card_hash, ''), members_membersecret.bank_card_hash),
    bank_card_last4 = coalesce(nullif(excluded.bank_card_last4, ''), members_membersecret.bank_card_last4)
"""
_UPDATE_MEMBERS = """
UPDATE members_member m SET
    name = r.name, pinyin = coalesce(nullif(r.pinyin, ''), m.pinyin),
    search_terms = coalesce(r.search_terms, m.search_terms),
    sex = coalesce(nullif(r.sex, ''), m.sex), birth_on = coalesce(r.birth_on, m.birth_on),
    ethnicity = coalesce(nullif(r.ethnicity, ''), m.ethnicity),
    political_status = coalesce(nullif(r.political_status, ''), m.political_status),
    education = coalesce(nullif(r.education, ''), m.education), title = coalesce(nullif(r.title, ''), m.title),
    department_name = coalesce(nullif(r.department_name, ''), m.department_name),
    hired_on = coalesce(r.hired_on, m.hired_on), phone = coalesce(nullif(r.phone, ''), m.phone),
    email = coalesce(nullif(r.email, ''), m.email), remark = coalesce(nullif(r.remark, ''), m.remark)
FROM roster_staged r WHERE m.id = r.member_id AND m.id = ANY(%s)
"""
_CHANGE_PERIOD = "UPDATE members_membership SET branch_id = %s, until_on = %s, reason_out = %s WHERE id = %s"
_DONE: Final = object()
_OPEN_PERIOD = """
INSERT INTO members_membership (member_id, branch_id, from_on, until_on, reason_in, reason_out)
VALUES (%s, %s, %s, %s, %s, %s)
"""


class Adding:
    """People whom the register does not know, written piece by piece while the next rows are judged.

    From ``begin`` until ``go_on`` says that all is done the connection is taken: the server works on what it has, and
    the thread waits for it.
    """

    def __init__(self, cursor: CursorWrapper, thread: ThreadPoolExecutor) -> None:
        self.created: list[int] = []
        self._cursor, self._thread = cursor, thread
        self._steps: Iterator[None] = iter(())

    def begin(self, found: Comparison, rows: Sequence[int]) -> None:
        """Reserve the ids of these rows' people, so that values can be sealed for them, and send the first."""
        if not rows:
            return
        ids = _reserve(len(rows))
        self.created += ids
        self._steps = self._add([(pk, found.people[n], found.hashes[n]) for pk, n in zip(ids, rows, strict=True)])
        self.go_on()

    def go_on(self) -> bool:
        """Wait for what the server has, and send the next; whether nothing was left."""
        return next(self._steps, _DONE) is _DONE

    def finish(self) -> None:
        """Wait for the rest."""
        while not self.go_on():
            pass

    def _add(self, new: Sequence[tuple[int, Person, str]]) -> Iterator[None]:
        """People, each with the id reserved and the hash of his ID number. The longer work gets the longer time."""
        with self._sent(_COPY_MEMBERS, ((pk, *plain_values(person, named=False)) for pk, person, _ in new)):
            secrets = list(_sealed(new))
            yield
        with self._sent(_COPY_PERIODS, (_first_period(pk, person) for pk, person, _ in new)):
            yield from repeat(None, 3)
        with self._sent(_COPY_SECRETS, secrets):
            yield

    @contextmanager
    def _sent(self, statement: str, rows: Iterable[tuple]) -> Iterator[None]:
        """The rows are with the server; on leaving, they are in the table."""
        with connection.wrap_database_errors, ExitStack() as copying:
            copy = copying.enter_context(self._cursor.copy(statement))
            for row in rows:
                copy.write_row(row)
            ended = self._thread.submit(copying.pop_all().close)
            yield
            ended.result()


@contextmanager
def adding() -> Iterator[Adding]:
    """In the transaction that compares, under ``lock_register``; on leaving, everything has been written."""
    with row_states.not_kept(), connection.cursor() as cursor:  # the run's entry counts them
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # keys are looked up meanwhile, not all at the commit
        with ThreadPoolExecutor(1) as thread:  # leaving it waits: the connection is free again
            people = Adding(cursor, thread)
            yield people
            people.finish()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def store(found: Comparison, created: Sequence[int]) -> Outcome:
    """Write what becomes of the people whom the register knew; the outcome, with those ``created`` before.

    In the transaction that compared. Needs ``lock_register``, held since before.
    """
    with row_states.not_kept():  # what each was is kept with the run
        _store(found)
    outcome = found.outcome
    touched = [*found.changed, *found.moved, *created]
    outcome.member_ids = [min(touched), max(touched)] if touched else []
    return outcome


def _reserve(count: int) -> list[int]:
    """Ids out of the sequence."""
    with connection.cursor() as cursor:
        cursor.execute(_RESERVE, [count])
        return [row[0] for row in cursor.fetchall()]


def _first_period(pk: int, person: Person) -> tuple:
    return pk, person.branch, person.from_on, person.until_on, person.reason_out, JoinReason.JOINED.value


def _sealed(new: Sequence[tuple[int, Person, str]]) -> Iterator[tuple]:
    keyed_hash = hasher()
    seal_id = MemberSecret._meta.get_field("id_number").sealer()  # type: ignore[union-attr]
    seal_card = MemberSecret._meta.get_field("bank_card").sealer()  # type: ignore[union-attr]
    for pk, person, id_hash in new:
        number, card = person.id_number, person.bank_card
        sealed_id = seal_id(pk, number), id_hash, number[-4:]
        yield (pk, *sealed_id, seal_card(pk, card), keyed_hash(card), card[-4:])


def _secrets(found: Comparison) -> Iterable[tuple]:
    """Sealed values that the register does not have yet; the other one of the person stays as it is."""
    keyed_hash = hasher()
    seal_id = MemberSecret._meta.get_field("id_number").sealer()  # type: ignore[union-attr]
    seal_card = MemberSecret._meta.get_field("bank_card").sealer()  # type: ignore[union-attr]
    for n in found.secrets:
        person, before = found.people[n], found.known[found.people[n].staff_no]
        number, card = person.id_number, person.bank_card
        id_hash, card_hash = found.hashes[n], keyed_hash(card)
        if id_hash == before.id_hash:
            number = id_hash = ""
        if card_hash == before.card_hash:
            card = card_hash = ""
        sealed = seal_id(before.pk, number), id_hash, number[-4:], seal_card(before.pk, card), card_hash, card[-4:]
        yield (before.pk, *sealed)


def _store(found: Comparison) -> None:
    """Ends before beginnings: a person's periods never overlap, not even for a statement."""
    plans = [(found.pk_of(n), plan) for n, plan in found.plans.items()]
    ended = [period for _, plan in plans for period in (plan.ends, plan.moves) if period]
    opened = [(pk, plan.opens) for pk, plan in plans if plan.opens]
    with connection.cursor() as cursor:
        if found.changed:
            cursor.execute(_UPDATE_MEMBERS, [sorted(found.changed)])
        cursor.executemany(_UPSERT_SECRETS, list(_secrets(found)))
        cursor.executemany(_CHANGE_PERIOD, [(p.branch, p.until_on, p.reason_out, p.pk) for p in ended])
        cursor.executemany(
            _OPEN_PERIOD, [(pk, p.branch, p.from_on, p.until_on, p.reason_in, p.reason_out) for pk, p in opened]
        )
