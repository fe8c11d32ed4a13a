"""Requests about one's data: the day by which they are answered, who answers, consents by version."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from core import clock
from core.calendar.workdays import add_working_days
from core.enums import Role
from core.models import AuditEntry
from members.enums import SubjectKind, SubjectState
from members.models import Consent, ConsentText, SubjectRequest
from members.own_codes import SubjectRefusal
from members.services import consents, subject_requests
from members.services.consents import CannotConsent
from members.services.subject_requests import CannotAnswer
from tests.cast import ACTORS, ANONYMOUS, MEMBER, make_cast
from tests.members.factories import make_notice

pytestmark = pytest.mark.django_db
SAID = {"answer": "在册期间保留。", "basis": "个人信息保护法第十九条"}


@pytest.fixture
def cast():
    return make_cast()


def asked(cast, actor=MEMBER) -> SubjectRequest:
    given = {"kind": SubjectKind.DELETION, "text": "请删除我的邮箱", "at": clock.now()}
    return subject_requests.submit_request(actor=cast.users[actor], **given)


def answer(cast, request, actor=Role.UNION_STAFF, **given) -> SubjectRequest:
    said = {"outcome": SubjectState.REFUSED, "at": clock.now()} | SAID | given
    return subject_requests.answer_request(request=request, actor=cast.users[actor], **said)


def left(request) -> tuple:
    return SubjectRequest.objects.filter(pk=request.pk).values()[0], AuditEntry.objects.count()


def test_answer_is_due_in_working_days_by_the_rule_of_the_day(cast):
    call_command("load_reference", verbosity=0)

    request = asked(cast)

    assert request.due_rule.mark == "M"
    assert request.due_on == add_working_days(clock.today(), 15)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_union_staff_answer(cast, actor):
    request = asked(cast)
    before = left(request)

    with pytest.raises(PermissionDenied):
        answer(cast, request, actor)

    assert left(request) == before


def test_nobody_answers_his_own(cast):
    request = asked(cast, Role.UNION_STAFF)
    before = left(request)

    with pytest.raises(PermissionDenied):
        answer(cast, request)

    assert left(request) == before


@pytest.mark.parametrize("outcome", subject_requests.EVENTS)
def test_answered_once(cast, outcome):
    request = answer(cast, asked(cast), outcome=outcome)
    before = left(request)

    with pytest.raises(CannotAnswer) as refused:
        answer(cast, request)

    assert request.state == outcome
    assert refused.value.code is SubjectRefusal.WRONG_STATE
    assert left(request) == before


@pytest.mark.parametrize(
    ("given", "code"), [({"answer": " "}, SubjectRefusal.NO_ANSWER), ({"basis": ""}, SubjectRefusal.NO_BASIS)]
)
def test_answer_has_words_and_a_basis(cast, given, code):
    request = asked(cast)
    before = left(request)

    with pytest.raises(CannotAnswer) as refused:
        answer(cast, request, **given)

    assert refused.value.code is code
    assert left(request) == before


def test_sixth_open_request_is_refused(cast):
    for _n in range(subject_requests.MOST_OPEN):
        asked(cast)

    with pytest.raises(CannotAnswer) as refused:
        asked(cast)

    assert refused.value.code is SubjectRefusal.TOO_MANY_OPEN
    assert SubjectRequest.objects.count() == subject_requests.MOST_OPEN


def test_only_the_person_takes_it_back(cast):
    request = asked(cast)

    with pytest.raises(PermissionDenied):
        subject_requests.withdraw_request(request=request, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    request = subject_requests.withdraw_request(request=request, actor=cast.users[MEMBER], at=clock.now())
    assert request.state == SubjectState.WITHDRAWN


def test_consent_is_given_once_and_taken_back(cast):
    text, given = ConsentText.objects.get(kind="sensitive"), {"actor": cast.users[MEMBER], "at": clock.now()}
    consents.give_consent(text=text, **given)

    with pytest.raises(CannotConsent) as refused:
        consents.give_consent(text=text, **given)
    row = consents.withdraw_consent(text=text, **given)

    assert refused.value.code is SubjectRefusal.GIVEN_ALREADY
    assert row.withdrawn_at
    consents.give_consent(text=text, **given)
    assert Consent.objects.count() == 2


def test_only_the_text_in_force_is_agreed_to(cast):
    old, at = ConsentText.objects.get(kind="sensitive"), clock.now()
    staff, today = cast.users[Role.UNION_STAFF], clock.today()
    given = {"kind": "sensitive", "text": "新文本", "actor": staff, "at": at}
    consents.publish_text(version="T-2", from_on=today + timedelta(days=1), **given)
    consents.give_consent(text=old, actor=cast.users[MEMBER], at=at)  # tomorrow's is not in force
    new = consents.publish_text(version="T-1", from_on=today, **given)

    with pytest.raises(CannotConsent) as refused:
        consents.give_consent(text=old, actor=staff, at=at)

    assert refused.value.code is SubjectRefusal.NOT_THE_TEXT
    assert consents.give_consent(text=new, actor=staff, at=at).text == new


def test_notice_that_was_read_stays_read(cast):
    text, given = make_notice(), {"actor": cast.users[MEMBER], "at": clock.now()}
    consents.give_consent(text=text, **given)

    with pytest.raises(CannotConsent) as refused:
        consents.withdraw_consent(text=text, **given)

    assert refused.value.code is SubjectRefusal.NOTICE_STAYS
    assert Consent.objects.get().withdrawn_at is None
