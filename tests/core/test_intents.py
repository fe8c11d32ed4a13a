"""A submit that creates something happens once, however often and however fast it arrives (TRUST.md 2.2)."""

import time
from uuid import uuid4

import pytest
from django.template import Context, Template

from core import intents, locks
from core.models import Department, IntentKey, User
from tests.owner import owner_does
from tests.together import together

FORM = "core.department_new"


@pytest.fixture
def clerk(db):
    return User.objects.create_user("1001", name="甲")


def submit(actor, key, name="后勤处", pause=0.0) -> str:
    with intents.once(actor=actor, form=FORM, key=key) as intent:
        if not intent.repeated:
            time.sleep(pause)
            intent.result = str(Department.objects.create(name=name).pk)
    return intent.result


def test_same_key_gets_the_same_answer_once(clerk):
    key = uuid4()

    first, second = submit(clerk, key), submit(clerk, str(key), name="财务处")

    assert first == second
    assert Department.objects.count() == IntentKey.objects.count() == 1


def test_other_key_other_form_and_other_user_are_other_acts(clerk):
    key = uuid4()
    other = User.objects.create_user("1002", name="乙")
    submit(clerk, key)

    submit(clerk, uuid4(), name="教务处")
    submit(other, key, name="财务处")
    with intents.once(actor=clerk, form="another", key=key) as intent:
        assert not intent.repeated

    assert Department.objects.count() == 3


def test_refusal_inside_leaves_the_key_free(clerk):
    key = uuid4()
    with pytest.raises(ZeroDivisionError), intents.once(actor=clerk, form=FORM, key=key):
        raise ZeroDivisionError

    submit(clerk, key)

    assert Department.objects.count() == 1


@pytest.mark.parametrize("key", ["", "1", None, "x" * 36, "' OR 1=1 --"])
def test_malformed_key_is_refused(clerk, key):
    with pytest.raises(intents.CannotSubmit) as refused:
        submit(clerk, key)

    assert refused.value.code is intents.Refusal.MALFORMED
    assert not IntentKey.objects.exists()
    assert not Department.objects.exists()


def submit_at_once(times=6) -> list:
    clerk, key = User.objects.create_user("1001", name="甲"), uuid4()
    return together(lambda number: submit(clerk, key, name=f"部门{number}", pause=0.2), times)


@pytest.mark.django_db(transaction=True)
def test_submits_at_once_are_one_act_and_the_others_are_told_so():
    answers = submit_at_once()

    refused = [answer.code for answer in answers if isinstance(answer, intents.InFlight)]
    assert refused == [intents.Refusal.IN_FLIGHT] * 5
    assert Department.objects.count() == IntentKey.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_index_alone_holds_too(monkeypatch):
    monkeypatch.setattr(locks, "take_until_commit", lambda name: True)

    answers = submit_at_once()

    assert answers == [str(Department.objects.get().pk)] * 6


@pytest.mark.django_db(transaction=True)
def test_control_without_index_a_retry_is_a_second_act():
    owner_does("ALTER TABLE core_intentkey DROP CONSTRAINT intent_once")
    clerk, key = User.objects.create_user("1001", name="甲"), uuid4()

    submit(clerk, key)
    submit(clerk, key, name="财务处")

    assert Department.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_index_every_click_is_an_act(monkeypatch):
    monkeypatch.setattr(locks, "take_until_commit", lambda name: True)
    owner_does("ALTER TABLE core_intentkey DROP CONSTRAINT intent_once")

    submit_at_once()

    assert Department.objects.count() == 6


def test_tag_renders_a_fresh_key_each_time():
    page = Template("{% load intents %}{% intent_key %}{% intent_key %}").render(Context())

    first, second = page.split("value=")[1:]
    assert page.count(f'<input type="hidden" name="{intents.FIELD}"') == 2
    assert first[1:37] != second[1:37]
