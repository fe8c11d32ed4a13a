"""Pairings and cadre training: made, reviewed, completed, ended; refusals change nothing; the same two only once."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members import timeline
from members.models import Member, Pairing, PairingReview, TrainingRecord
from members.selectors import pairings as selectors_pairings
from members.services import pairings, training
from members.services.pairings import CannotPair, PairingRefusal
from members.services.training import CannotTrain, TrainingRefusal
from tests.cast import ACTORS, ANONYMOUS, MEMBER, make_cast
from tests.members.factories import make_member, make_membership
from tests.together import together

FROM, TO = date(2024, 1, 1), date(2025, 12, 31)


@pytest.fixture
def cast(db):
    return make_cast()


def pair(cast, actor=Role.UNION_STAFF, **given) -> Pairing:
    values = {"kind": "master", "from_on": FROM, "to_on": TO, "agreement": "传帮带"}
    values |= {"lead": cast.member_of(Role.TELLER), "partner": cast.member_of(MEMBER)} | given
    return pairings.pair(**values, actor=cast.users[actor], at=clock.now())


def by_staff(cast) -> dict:
    return {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}


def refused(call, error=CannotPair):
    def everything():
        rows = [list(model.objects.values_list()) for model in (Pairing, PairingReview, TrainingRecord)]
        return rows, AuditEntry.objects.count()

    before = everything()
    with pytest.raises(error) as refusal:
        call()
    assert everything() == before
    assert refusal.value.message
    return refusal.value.code


def test_a_pairing_is_told_to_both(cast):
    made = pair(cast)

    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {made.lead_id, made.partner_id}
    told = [event for event in timeline.events_of(cast.member_of(MEMBER)) if event.kind == "结对"]
    assert [(event.on, event.title) for event in told] == [(FROM, "师徒结对")]


def test_pairings_against_the_rules_are_refused(cast):
    same = cast.member_of(MEMBER)

    assert refused(lambda: pair(cast, lead=same)) is PairingRefusal.ONE_PERSON
    assert refused(lambda: pair(cast, to_on=date(2023, 12, 31))) is PairingRefusal.NOT_IN_ORDER
    assert refused(lambda: pair(cast, lead=make_member())) is PairingRefusal.NOT_ON_ROLL


def test_the_same_two_only_once_at_a_time(cast):
    pair(cast)

    assert refused(lambda: pair(cast, from_on=TO, to_on=TO)) is PairingRefusal.TAKEN
    pair(cast, from_on=date(2026, 1, 1), to_on=date(2026, 6, 30))
    pair(cast, kind="help")
    assert Pairing.objects.count() == 3


def test_one_note_a_year_within_the_pairing(cast):
    made = pair(cast)
    pairings.review(pairing=made, year=2024, note="按协议完成", **by_staff(cast))

    again = refused(lambda: pairings.review(pairing=made, year=2024, note="又", **by_staff(cast)))
    before = refused(lambda: pairings.review(pairing=made, year=2023, note="早", **by_staff(cast)))

    assert (again, before) == (PairingRefusal.REVIEWED, PairingRefusal.WRONG_YEAR)


def test_completion_gives_a_certificate_and_closes(cast):
    made = pairings.complete(pairing=pair(cast), on=TO, **by_staff(cast))

    assert made.certificate_no == f"JD2025{made.pk:05}"
    assert refused(lambda: pairings.complete(pairing=made, on=TO, **by_staff(cast))) is PairingRefusal.COMPLETED
    assert (
        refused(lambda: pairings.end(pairing=made, on=TO, reason="调动", **by_staff(cast)))
        is PairingRefusal.COMPLETED
    )


def test_completion_not_before_it_began_and_not_in_the_future(cast):
    made = pair(cast)

    for day in (date(2023, 12, 31), date(2999, 1, 1)):
        assert refused(lambda day=day: pairings.complete(pairing=made, on=day, **by_staff(cast))) is (
            PairingRefusal.TOO_EARLY
        )


def test_an_early_end_says_why(cast):
    made = pair(cast)
    assert (
        refused(lambda: pairings.end(pairing=made, on=TO, reason=" ", **by_staff(cast))) is PairingRefusal.NO_REASON
    )

    ended = pairings.end(pairing=made, on=date(2024, 6, 30), reason="岗位调动", **by_staff(cast))

    assert ended.until_on == date(2024, 7, 1)


def learn(cast, actor=Role.UNION_STAFF, **given) -> list[TrainingRecord]:
    values = {"course": "工会干部培训班", "organiser": "省教育工会", "from_on": date(2025, 6, 1)}
    values |= {"to_on": date(2025, 6, 3), "hours": Decimal(24), "members": [cast.member_of(MEMBER)]} | given
    return training.record_training(**values, actor=cast.users[actor], at=clock.now())


def test_a_course_of_several_people_is_told_to_each(cast):
    people = [cast.member_of(MEMBER), cast.member_of(Role.TELLER)]

    learn(cast, members=people, certificate_no="1")

    assert [row.certificate_no for row in TrainingRecord.objects.all()] == ["", ""]
    assert set(AuditEntry.objects.values_list("subject", flat=True)) == {one.pk for one in people}
    assert [event.title for event in timeline.events_of(people[1]) if event.kind == "培训"] == ["工会干部培训班"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"members": []}, TrainingRefusal.NOBODY),
        ({"to_on": date(2025, 5, 31)}, TrainingRefusal.NOT_IN_ORDER),
        ({"to_on": date(2999, 1, 1)}, TrainingRefusal.AHEAD),
    ],
)
def test_training_against_the_rules_is_refused(cast, given, code):
    assert refused(lambda: learn(cast, **given), CannotTrain) is code


def test_the_same_course_twice_is_refused_for_all(cast):
    learn(cast)

    people = [cast.member_of(Role.TELLER), cast.member_of(MEMBER)]
    assert refused(lambda: learn(cast, members=people), CannotTrain) is TrainingRefusal.TWICE


def test_only_the_staff_keep_pairings_and_training(cast):
    may: dict[str, set[str]] = {"pair": set(), "learn": set()}
    for actor in ACTORS:
        for name, call in (("pair", pair), ("learn", learn)):
            try:
                with transaction.atomic():
                    if actor != ANONYMOUS:
                        call(cast, actor)
                        may[name].add(actor)
                    transaction.set_rollback(True)
            except PermissionDenied:
                pass

    assert may == {"pair": {Role.UNION_STAFF}, "learn": {Role.UNION_STAFF}}


@pytest.mark.django_db(transaction=True)
def test_two_clicks_make_one_pairing():
    cast = make_cast()

    outcome = together(lambda n: pair(cast), 2)

    assert Pairing.objects.count() == 1
    assert [one.code for one in outcome if isinstance(one, CannotPair)] == [PairingRefusal.TAKEN]


def opened(cast, actor=MEMBER) -> str:
    client = Client()
    client.force_login(cast.users[actor], backend="core.backends.StaffNumberBackend")
    return client.get("/members/me/pairings/").content.decode()


def test_each_reads_his_side_of_it(cast):
    made = pair(cast, agreement="每月听课两次", document="工会〔2024〕3号")
    pairings.review(pairing=made, year=2024, note="进步明显", **by_staff(cast))
    master, learner = cast.member_of(Role.TELLER), cast.member_of(MEMBER)
    Member.objects.filter(pk=master.pk).update(phone="13812345678", email="master@example.org")

    mine, his = opened(cast), opened(cast, Role.TELLER)

    told = (
        "师徒结对",
        f"{master.name}<",
        "甲院",
        "2024年1月1日 至 2025年12月31日",
        "每月听课两次",
        "进步明显",
        "3号",
    )
    assert [words for words in told if words not in mine] == []
    assert "徒弟（受帮方）" in mine
    assert "师傅（帮扶方）" in his
    assert learner.name in his
    assert "1381" not in mine
    assert "master@example.org" not in mine


def test_who_is_not_one_of_the_two_reads_nothing_of_it(cast):
    pair(cast, agreement="每月听课两次")

    for actor in (Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.SYSTEM_ADMIN):
        assert "每月听课两次" not in opened(cast, actor)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (None, "已结束"),
        ("complete", "已出师（结业）"),
    ],
)
def test_the_page_says_how_it_stands(cast, act, said):
    made = pair(cast)
    if act:
        pairings.complete(pairing=made, on=date(2025, 6, 30), **by_staff(cast))
    page = opened(cast)

    assert said in page
    assert "进行中" not in page


def test_a_running_one_is_running_and_one_ended_early_says_why(cast):
    made = pair(cast, to_on=clock.today() + timedelta(days=90))
    assert "进行中" in opened(cast)

    pairings.end(pairing=made, on=date(2024, 12, 31), reason="调离", **by_staff(cast))

    assert "调离" in opened(cast)


@pytest.mark.parametrize("actor", [MEMBER, Role.TELLER, Role.CHAIR, Role.SYSTEM_ADMIN])
def test_the_first_page_leads_there_only_who_is_paired(cast, actor):
    pair(cast)
    client = Client()
    client.force_login(cast.users[actor], backend="core.backends.StaffNumberBackend")

    assert ("/members/me/pairings/" in client.get("/").content.decode()) == (actor in (MEMBER, Role.TELLER))


@pytest.mark.parametrize("count", [1, 20])
def test_sides_take_three_queries_for_any_number(cast, count, django_assert_num_queries):
    member = cast.member_of(MEMBER)
    for _ in range(count):
        other = make_member()
        make_membership(member=other, branch=cast.other_branch)
        pair(cast, lead=other)

    with django_assert_num_queries(3):
        sides = selectors_pairings.sides_of(member, on=date(2024, 6, 1))

    assert [(side.unit, side.is_running) for side in sides] == [("乙院", True)] * count
