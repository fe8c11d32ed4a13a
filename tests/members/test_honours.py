"""Honours: entered by the staff, declared by members, checked by others; the walk through the states."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from core import attachments, clock
from core.enums import Role
from core.models import AuditEntry
from members import timeline
from members.enums import HonourState
from members.models import Honour
from members.selectors.honours import honours_by_year
from members.services import honours
from members.services.honours import CannotHonour, HonourRefusal
from tests.cast import ACTORS, ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.core.files import picture
from tests.together import together

VALUES = {
    **{"title": "优秀工会积极分子", "level": "school", "kind": "person", "year": 2025, "issuer": "校工会"},
    **{"awarded_on": date(2025, 12, 20), "document": "", "team": ""},
}


@pytest.fixture
def cast(db):
    return make_cast()


def declare(cast, actor=MEMBER, papers=(), **given) -> Honour:
    return honours.declare(values=VALUES | given, papers=papers, actor=cast.users[actor], at=clock.now())


def enter(cast, holders=(MEMBER,), branch=None, **given) -> Honour:
    people = [cast.member_of(actor) for actor in holders]
    staff = cast.users[Role.UNION_STAFF]
    return honours.record(values=VALUES | given, holders=people, branch=branch, actor=staff, at=clock.now())


def refused(call) -> HonourRefusal:
    before = (list(Honour.objects.order_by("pk").values_list()), AuditEntry.objects.count())
    with pytest.raises(CannotHonour) as refusal:
        call()
    assert (list(Honour.objects.order_by("pk").values_list()), AuditEntry.objects.count()) == before
    assert refusal.value.message
    return refusal.value.code


def test_what_the_staff_enter_stands_for_everybody_named(cast):
    honour = enter(cast, (MEMBER, Role.TELLER))

    assert honour.state == HonourState.CONFIRMED
    assert honour.members.count() == 2
    told = [event for event in timeline.events_of(cast.member_of(Role.TELLER)) if event.kind == "荣誉"]
    assert [(event.on, event.title) for event in told] == [(date(2025, 12, 20), "优秀工会积极分子")]


def test_a_declared_one_counts_when_the_branch_has_checked_it(cast):
    honour = declare(cast)
    assert (honour.state, honour.branch, honours_by_year()) == (HonourState.DECLARED, cast.branch, [])

    honours.confirm(honour=honour, actor=cast.users[Role.BRANCH_OFFICER], at=clock.now())

    (year,) = honours_by_year()
    assert (year.year, year.total, year.counts) == (2025, 1, (0, 0, 0, 1, 0))


def test_a_returned_one_is_put_right(cast):
    honour = declare(cast)
    officer = cast.users[Role.BRANCH_OFFICER]
    honours.send_back(honour=honour, reason="年度有误", actor=officer, at=clock.now())

    again = honours.declare_again(
        honour=honour, values=VALUES | {"year": 2024}, actor=cast.users[MEMBER], at=clock.now()
    )

    assert (again.state, again.year, again.said) == (HonourState.DECLARED, 2024, "")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"year": 2999}, HonourRefusal.YEAR_AHEAD),
        ({"awarded_on": date(2999, 1, 1)}, HonourRefusal.DAY_AHEAD),
        ({"kind": "branch"}, HonourRefusal.NO_BRANCH),
    ],
)
def test_an_honour_against_the_rules_is_refused(cast, given, code):
    assert refused(lambda: enter(cast, **given)) is code


def test_a_person_needs_a_name_and_the_same_twice_is_refused(cast):
    assert refused(lambda: enter(cast, ())) is HonourRefusal.NOBODY
    enter(cast)
    assert refused(lambda: declare(cast)) is HonourRefusal.TWICE


def _try(step: str, honour: Honour, actor) -> None:
    match step:
        case "confirm":
            honours.confirm(honour=honour, actor=actor, at=clock.now())
        case "send_back":
            honours.send_back(honour=honour, reason="不清", actor=actor, at=clock.now())
        case "declare_again":
            honours.declare_again(honour=honour, values=VALUES, actor=actor, at=clock.now())


CHECKERS = {Role.BRANCH_OFFICER, Role.UNION_STAFF}
MAY = {
    ("confirm", HonourState.DECLARED): CHECKERS,
    ("send_back", HonourState.DECLARED): CHECKERS,
    ("declare_again", HonourState.RETURNED): {MEMBER},
}


@pytest.mark.parametrize("state", HonourState.values)
@pytest.mark.parametrize("step", ["confirm", "send_back", "declare_again"])
def test_every_step_from_every_state_by_everybody(cast, state, step):
    honour = declare(cast)
    given = {"checked_by": cast.users[Role.UNION_STAFF], "checked_at": clock.now(), "said": "不清"}
    Honour.objects.filter(pk=honour.pk).update(state=state, **given)
    done = set()

    for actor in ACTORS:
        if actor == ANONYMOUS:
            continue
        try:
            with transaction.atomic():
                _try(step, Honour.objects.get(pk=honour.pk), cast.users[actor])
                done.add(actor)
                transaction.set_rollback(True)
        except (PermissionDenied, CannotHonour):
            pass

    assert done == MAY.get((step, state), set())


def test_nobody_checks_his_own(cast):
    honour = declare(cast, Role.BRANCH_OFFICER)

    with pytest.raises(PermissionDenied):
        honours.confirm(honour=honour, actor=cast.users[Role.BRANCH_OFFICER], at=clock.now())
    assert not Honour.objects.waiting_for(cast.users[Role.BRANCH_OFFICER]).exists()
    assert list(Honour.objects.waiting_for(cast.users[Role.UNION_STAFF])) == [honour]


def test_a_certificate_goes_to_who_sees_the_honour(cast):
    upload = SimpleUploadedFile("证书.png", picture("PNG"))
    papers = attachments.take_all(uploads=[upload], actor=cast.users[MEMBER], at=clock.now())

    honour = declare(cast, papers=papers)

    (paper,) = attachments.of(honour)
    may = {actor for actor in ACTORS if actor != ANONYMOUS and attachments.may_read(cast.users[actor], paper)}
    assert may >= {MEMBER, Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR}
    assert OTHER_BRANCH_OFFICER not in may


@pytest.mark.django_db(transaction=True)
def test_two_clicks_declare_one_honour():
    cast = make_cast()

    outcome = together(lambda n: declare(cast), 2)

    assert Honour.objects.count() == 1
    assert [one.code for one in outcome if isinstance(one, CannotHonour)] == [HonourRefusal.TWICE]
