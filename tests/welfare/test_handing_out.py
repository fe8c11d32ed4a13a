"""A share is handed out once, whoever asks how often; a wrong entry is taken back and stays on record."""

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from core.enums import Role
from members.models import Member
from tests.acts import acts
from tests.cast import ACTORS, ANONYMOUS, DISABLED, OTHER_BRANCH_OFFICER
from tests.owner import owner_does
from tests.together import together
from tests.trust.sizes import size
from tests.welfare.handouts import AT, Scene, make_run
from welfare.enums import BenefitState, EntitlementState
from welfare.handout_codes import CannotHandOut, HandoutRefusal
from welfare.models import Handout
from welfare.services import handing_out

HANDS_OUT = (Role.BRANCH_OFFICER, Role.UNION_STAFF)
CLIENTS = size(32, 128)


def handed() -> int:
    return acts().filter(action="welfare.handout.noted").count()


def refused(scene: Scene, member: Member, code: HandoutRefusal, **given) -> str:
    """Refused for ``code``, and nothing changed."""
    before = scene.row(member).state, Handout.objects.count(), acts().count()

    with pytest.raises(CannotHandOut) as refusal:
        scene.give(member, **given)

    assert refusal.value.code is code
    assert (scene.row(member).state, Handout.objects.count(), acts().count()) == before
    return refusal.value.message


def test_the_share_is_received_and_says_by_whom(db):
    scene = make_run()
    one = scene.people[0]

    given = scene.give(one, proxy="李四", relation="同事")

    row = scene.row(one)
    assert (row.state, row.received_on.isoformat()) == (EntitlementState.RECEIVED, "2022-05-25")
    note = Handout.objects.get(pk=given.handout.pk)
    assert (note.entitlement, note.by, note.at, note.proxy, note.relation) == (row, scene.officer, AT, "李四", "同事")
    entry = acts().get(action="welfare.handout.noted")
    assert (entry.subject, entry.target_id, entry.data["proxy"]) == (one.pk, str(note.pk), True)
    assert "李四" not in str(entry.data)


def test_the_same_key_is_the_same_act_and_the_same_answer(db):
    scene = make_run()
    one, key = scene.people[0], uuid4()

    first, again = scene.give(one, key=key), scene.give(one, key=str(key))

    assert (first.repeated, again.repeated) == (False, True)
    assert first.handout.pk == again.handout.pk
    assert (Handout.objects.count(), handed()) == (1, 1)


def test_another_key_is_told_when_and_by_whom(db):
    scene = make_run()
    one = scene.people[0]
    scene.give(one)

    words = refused(scene, one, HandoutRefusal.RECEIVED, actor=scene.staff)

    assert words == f"已于 5月25日 10:00 由{scene.officer.name}登记领取。"


def test_a_key_that_was_used_for_another_person_is_refused(db):
    scene = make_run()
    key = uuid4()
    scene.give(scene.people[0], key=key)

    refused(scene, scene.people[1], HandoutRefusal.KEY_USED, key=key)


def test_another_officers_key_is_unknown(db):
    scene = make_run()
    key = uuid4()
    scene.give(scene.people[0], key=key)

    refused(scene, scene.people[0], HandoutRefusal.RECEIVED, key=key, actor=scene.staff)
    scene.give(scene.people[1], key=key, actor=scene.staff)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, DISABLED)])
def test_only_who_hands_out_to_the_branch_may(db, actor):
    scene = make_run(1)
    user = scene.user(actor)

    if actor in HANDS_OUT:
        scene.give(scene.people[0], actor=user)
    elif actor == OTHER_BRANCH_OFFICER:
        refused(scene, scene.people[0], HandoutRefusal.NOT_LISTED, actor=user)
    else:
        with pytest.raises(PermissionDenied):
            scene.give(scene.people[0], actor=user)

    assert Handout.objects.count() == (actor in HANDS_OUT)


def test_nobody_notes_his_own(db):
    scene = make_run(0)
    own = scene.cast.member_of(Role.BRANCH_OFFICER)
    scene.list(own)

    refused(scene, own, HandoutRefusal.OWN)
    scene.give(own, actor=scene.staff)


@pytest.mark.parametrize("state", [BenefitState.APPROVED, BenefitState.FROZEN])
def test_only_a_run_that_is_handed_out(db, state):
    scene = make_run(1, state=state)

    refused(scene, scene.people[0], HandoutRefusal.NOT_HANDING_OUT)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (EntitlementState.WITHDRAWN, HandoutRefusal.CLOSED),
        (EntitlementState.WRITTEN_OFF, HandoutRefusal.CLOSED),
        (EntitlementState.OUT, HandoutRefusal.NOT_LISTED),
    ],
)
def test_who_is_not_listed_gets_nothing(db, state, code):
    scene = make_run(0)
    one = scene.cast.member_of(Role.TELLER)
    out = {"amount": 0, "reason": "left"} if state == EntitlementState.OUT else {}
    scene.list(one, state=state, **out)

    refused(scene, one, code)


@pytest.mark.parametrize("proxy", [{"proxy": "李四"}, {"relation": "同事"}, {"proxy": " ", "relation": "同事"}])
def test_a_proxy_has_a_name_and_a_relation(db, proxy):
    scene = make_run(1)

    refused(scene, scene.people[0], HandoutRefusal.PROXY, **proxy)


def test_a_key_that_is_none_is_refused(db):
    scene = make_run(1)

    refused(scene, scene.people[0], HandoutRefusal.KEY_MALFORMED, key="x")


def test_a_record_merged_away_is_handed_out_for_the_living_one(db):
    scene = make_run(2)
    dropped, keep = scene.people[0], scene.cast.member_of(Role.TELLER)
    Member.objects.filter(pk=dropped.pk).update(merged_into=keep)

    scene.give(keep)

    assert scene.row(dropped).state == EntitlementState.RECEIVED


# Reversal ---------------------------------------------------------------------------------------------------------
def test_a_wrong_entry_is_taken_back_and_handed_out_again(db):
    scene = make_run()
    one, key = scene.people[0], uuid4()
    wrong = scene.give(one, key=key).handout

    handing_out.reverse(handout=wrong, reason="点错了人", actor=scene.staff, at=AT)
    again = scene.give(one).handout

    assert list(Handout.objects.filter(entitlement=scene.row(one)).values_list("pk", "said")) == [
        (again.pk, ""),
        (wrong.pk, "点错了人"),
    ]
    assert scene.row(one).state == EntitlementState.RECEIVED
    assert acts().get(action="welfare.handout.note_reversed").basis == "点错了人"


@pytest.mark.parametrize(
    ("actor", "reason", "code"),
    [
        (Role.BRANCH_OFFICER, "点错了人", None),
        (Role.CHAIR, "点错了人", None),
        (Role.UNION_STAFF, " ", HandoutRefusal.NO_REASON),
    ],
)
def test_only_union_staff_take_it_back_and_say_why(db, actor, reason, code):
    scene = make_run()
    note = scene.give(scene.people[0]).handout

    with pytest.raises((PermissionDenied, CannotHandOut)) as refusal:
        handing_out.reverse(handout=note, reason=reason, actor=scene.user(actor), at=AT)

    assert getattr(refusal.value, "code", None) is code
    assert scene.row(scene.people[0]).state == EntitlementState.RECEIVED
    assert not acts().filter(action="welfare.handout.note_reversed").exists()


def test_it_is_taken_back_once_and_not_from_a_settled_run(db):
    scene = make_run()
    note = scene.give(scene.people[0]).handout
    handing_out.reverse(handout=note, reason="误登", actor=scene.staff, at=AT)
    other = scene.give(scene.people[1]).handout
    type(scene.benefit).objects.filter(pk=scene.benefit.pk).update(state=BenefitState.SETTLED)

    for row, code in ((note, HandoutRefusal.REVERSED), (other, HandoutRefusal.NOT_HANDING_OUT)):
        with pytest.raises(CannotHandOut) as refusal:
            handing_out.reverse(handout=row, reason="误登", actor=scene.staff, at=AT)
        assert refusal.value.code is code


# The database ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE welfare_handout SET proxy = '王五', relation = '同事'",
        "UPDATE welfare_handout SET at = now()",
        "UPDATE welfare_handout SET device = gen_random_uuid()",
        "DELETE FROM welfare_handout",
    ],
)
def test_the_database_lets_nobody_rewrite_a_hand_out(db, statement):
    scene = make_run(1)
    scene.give(scene.people[0])

    with (
        pytest.raises(IntegrityError, match="stays as it was noted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


# Races -------------------------------------------------------------------------------------------------------------
def claims(scene: Scene) -> list:
    """Everybody at the table at once for the same person, each with a key of his own."""
    one = scene.people[0]
    return together(lambda _: scene.give(one), CLIENTS)


def codes(answers: list) -> set:
    return {getattr(answer, "code", "given") for answer in answers}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_one_share():
    scene = make_run(1)

    answers = claims(scene)

    assert sum(isinstance(answer, handing_out.Given) for answer in answers) == 1
    assert codes(answers) == {"given", HandoutRefusal.RECEIVED}
    assert (Handout.objects.count(), handed()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_with_one_key_one_answer():
    scene = make_run(1)
    one, key = scene.people[0], uuid4()

    answers = together(lambda _: scene.give(one, key=key), CLIENTS)

    assert len({answer.handout.pk for answer in answers}) == 1
    assert (Handout.objects.count(), handed()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_guards_a_share_is_handed_out_twice(monkeypatch):
    scene = make_run(1)
    owner_does("DROP INDEX handout_once")
    monkeypatch.setattr(
        handing_out,
        "_HOLD",
        handing_out._HOLD.replace("FOR NO KEY UPDATE OF e", "").replace(
            "ORDER BY", "AND pg_sleep(0.02) IS NOT NULL ORDER BY"
        ),
    )
    monkeypatch.setattr(handing_out, "_GIVE", handing_out._GIVE.replace("AND state = 'listed'", ""))

    claims(scene)

    assert Handout.objects.count() > 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_database_still_hands_out_once(monkeypatch):
    scene = make_run(1)
    monkeypatch.setattr(
        handing_out,
        "_HOLD",
        handing_out._HOLD.replace("FOR NO KEY UPDATE OF e", "").replace(
            "ORDER BY", "AND pg_sleep(0.02) IS NOT NULL ORDER BY"
        ),
    )

    claims(scene)

    assert Handout.objects.count() == 1


def test_few_statements(db, django_assert_num_queries):
    scene = make_run()
    scene.officer.has_perm("welfare.hand_out")  # the grants are read once per request

    with django_assert_num_queries(5):  # two for the savepoint of the test's transaction, three of its own
        scene.give(scene.people[0])
