"""Family data: on one's own consent only, sealed, counted by age, revealed with an entry, gone when withdrawn."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.models import FamilyConsent, FamilyMember
from members.rules.families import FamilyRefusal, age_on
from members.selectors.families import by_branch, children_between, children_under
from members.services import families
from members.services.families import CannotKeepFamily
from tests.cast import ACTORS, ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.together import together

BORN = date(2018, 5, 6)


@pytest.fixture
def cast(db):
    return make_cast()


def sign(cast, actor=MEMBER) -> FamilyConsent:
    return families.sign_consent(actor=cast.users[actor], at=clock.now())


def add(cast, actor=MEMBER, **given) -> FamilyMember:
    values = {"relation": "child", "name": "欧阳小满", "birth_on": BORN, "guardian": True} | given
    return families.add_person(**values, actor=cast.users[actor], at=clock.now())


def refused(call) -> FamilyRefusal:
    before = (FamilyConsent.objects.count(), FamilyMember.objects.count(), AuditEntry.objects.count())
    with pytest.raises(CannotKeepFamily) as refusal:
        call()
    assert (FamilyConsent.objects.count(), FamilyMember.objects.count(), AuditEntry.objects.count()) == before
    assert refusal.value.message
    return refusal.value.code


def test_a_child_is_sealed_and_the_audit_names_nobody(cast):
    sign(cast)

    person = add(cast)

    assert person.guardian_at is not None
    assert families.own_family(person.member) == [(person, "欧阳小满", "2018-05-06")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(f)::text FROM members_familymember f")
        stored = cursor.fetchone()[0]
    assert "小满" not in stored
    assert "2018" not in stored
    told = str(list(AuditEntry.objects.values_list("data", "basis", "target_id")))
    assert "小满" not in told
    assert "child" not in told


def test_without_a_consent_nothing_is_kept(cast):
    assert refused(lambda: add(cast)) is FamilyRefusal.NOT_SIGNED


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"birth_on": None}, FamilyRefusal.BIRTH_MISSING),
        ({"birth_on": date(2999, 1, 1)}, FamilyRefusal.BORN_AHEAD),
        ({"guardian": False}, FamilyRefusal.NO_GUARDIAN),
    ],
)
def test_a_person_against_the_rules_is_refused(cast, given, code):
    sign(cast)

    assert refused(lambda: add(cast, **given)) is code


def test_a_grown_child_needs_no_guardian(cast):
    sign(cast)

    assert add(cast, birth_on=date(1995, 1, 1), guardian=False).guardian_at is None


def test_withdrawing_removes_everything_and_keeps_the_consent_on_record(cast):
    sign(cast)
    add(cast)
    add(cast, relation="spouse", name="钱七", birth_on=None, guardian=False)

    removed = families.withdraw_consent(actor=cast.users[MEMBER], at=clock.now())

    assert removed == 2
    assert not FamilyMember.objects.exists()
    assert FamilyConsent.objects.get().withdrawn_at is not None
    assert refused(lambda: add(cast)) is FamilyRefusal.NOT_SIGNED


def test_a_second_consent_is_refused(cast):
    sign(cast)

    assert refused(lambda: sign(cast)) is FamilyRefusal.ALREADY_SIGNED


def test_only_the_member_himself_removes(cast):
    sign(cast)
    person = add(cast)

    for actor in ACTORS:
        if actor in (ANONYMOUS, MEMBER):
            continue
        with pytest.raises((PermissionDenied, CannotKeepFamily)):
            families.remove_person(person=person, actor=cast.users[actor], at=clock.now())
    families.remove_person(person=person, actor=cast.users[MEMBER], at=clock.now())

    assert not FamilyMember.objects.exists()


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 5, 5), 7), (date(2026, 5, 6), 8), (date(2018, 5, 6), 0), (date(2018, 5, 5), -1)]
)
def test_age_on_both_sides_of_the_birthday(day, age):
    assert age_on(BORN, day) == age


def test_age_of_who_is_born_on_29_february():
    assert (age_on(date(2020, 2, 29), date(2026, 2, 28)), age_on(date(2020, 2, 29), date(2026, 3, 1))) == (5, 6)


def test_children_are_counted_by_the_branch_of_the_day(cast):
    for actor in (MEMBER, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER):
        sign(cast, actor)
        add(cast, actor)
    day = date(2026, 6, 1)

    assert by_branch(children_under(14, day)) == {cast.branch: 2, cast.other_branch: 1}
    assert children_under(8, date(2026, 5, 6)) == []
    assert len(children_between(3, 9, day)) == 3
    assert children_between(3, 8, day) == []


def test_names_are_revealed_to_the_staff_with_an_entry_for_each_parent(cast):
    sign(cast)
    person = add(cast)
    given = {"branch": cast.branch.pk, "youngest": 0, "under": 14, "on": date(2026, 6, 1), "at": clock.now()}
    may = set()
    for actor in ACTORS:
        if actor == ANONYMOUS:
            continue
        try:
            with transaction.atomic():
                families.reveal_children.__wrapped__(**given, reason="六一慰问", actor=cast.users[actor])
                may.add(actor)
                entry = AuditEntry.objects.order_by("-position")[0]
                assert (entry.action, entry.subject) == ("members.familymember.revealed", person.member_id)
                assert entry.basis == "六一慰问"
                transaction.set_rollback(True)
        except PermissionDenied:
            pass

    assert may == {Role.UNION_STAFF}


def test_a_look_without_a_reason_is_refused(cast):
    sign(cast)
    add(cast)
    given = {"branch": None, "youngest": 0, "under": 14, "on": date(2026, 6, 1), "at": clock.now()}
    look = families.reveal_children.__wrapped__

    assert refused(lambda: look(**given, reason=" ", actor=cast.users[Role.UNION_STAFF])) is FamilyRefusal.NO_REASON


@pytest.mark.django_db(transaction=True)
def test_two_clicks_sign_one_consent():
    cast = make_cast()

    outcome = together(lambda n: sign(cast), 2)

    assert FamilyConsent.objects.count() == 1
    assert [one.code for one in outcome if isinstance(one, CannotKeepFamily)] == [FamilyRefusal.ALREADY_SIGNED]
