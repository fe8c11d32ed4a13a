"""The scheduler gives the default package to whoever did not choose: in time, once, and told as the system's act."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings

from core import clock
from core.enums import Role
from core.models import AuditEntry
from tests.acts import acts
from tests.together import together
from tests.welfare.handouts import AT, EACH, Scene, make_run
from welfare import tasks
from welfare.enums import BenefitState, EntitlementState
from welfare.models import Benefit, Package, PackageChoice, PackageOffer
from welfare.services.choosing import assign_due_defaults

CLOSES = AT - timedelta(hours=1)
ASSIGNED = "welfare.packageoffer.assigned"


def closed(people: int = 3, *, closes_at=CLOSES, has_default: bool = True, state=BenefitState.HANDING_OUT) -> Scene:
    """A run whose first person has chosen oil; the default is rice."""
    scene = make_run(people, state=state)
    PackageOffer.objects.create(benefit=scene.benefit, closes_at=closes_at, made_by=scene.staff)
    Package.objects.create(benefit=scene.benefit, name="米", price=EACH, is_default=has_default)
    oil = Package.objects.create(benefit=scene.benefit, name="油", price=Decimal(9), taken=1)
    PackageChoice.objects.create(entitlement=scene.row(scene.people[0]), package=oil, at=AT)
    return scene


def test_whoever_has_not_chosen_has_the_default_and_the_audit_says_that_the_system_did_it(db):
    scene = closed()
    scene.list(scene.cast.member_of(Role.TELLER), state=EntitlementState.WITHDRAWN)
    offer = scene.benefit.offer

    assert assign_due_defaults(at=AT) == {offer.pk: 2}

    given = PackageChoice.objects.filter(by_default=True)
    assert sorted(row.entitlement.member.name for row in given) == [one.name for one in scene.people[1:]]
    assert Package.objects.get(name="米").taken == 2
    entry = acts().get(action=ASSIGNED)
    assert (entry.actor, entry.data["people"], entry.target_id) == (None, 2, str(offer.pk))
    offer.refresh_from_db()
    assert offer.assigned_at == AT


def test_again_it_gives_nothing_and_tells_nothing_but_to_who_was_added_since(db):
    scene = closed()
    assign_due_defaults(at=AT)
    before = AuditEntry.objects.count()

    assert assign_due_defaults(at=AT) == {}
    assert AuditEntry.objects.count() == before

    late = scene.list(scene.cast.member_of(Role.TELLER))
    assert assign_due_defaults(at=AT) == {scene.benefit.offer.pk: 1}
    assert late.choice.by_default


@pytest.mark.parametrize(
    "how",
    [
        {"closes_at": AT + timedelta(seconds=1)},
        {"has_default": False},
        {"state": BenefitState.SETTLED},
        {"state": BenefitState.CANCELLED},
    ],
)
def test_nothing_is_given_before_the_deadline_without_a_default_or_of_a_run_that_is_over(db, how):
    state = how.pop("state", "")
    scene = closed(**how)
    Benefit.objects.filter(pk=scene.benefit.pk).update(state=state or scene.benefit.state, said="停")

    assert assign_due_defaults(at=AT) == {}

    assert PackageChoice.objects.count() == 1
    assert not acts().filter(action=ASSIGNED).exists()


@pytest.mark.django_db(transaction=True)
def test_schedulers_at_once_give_each_one_package():
    closed(20)

    answers = together(lambda number: assign_due_defaults(at=AT), 4)

    assert sorted(people for given in answers for people in given.values()) == [19]
    assert (Package.objects.get(name="米").taken, PackageChoice.objects.count()) == (19, 20)
    assert acts().filter(action=ASSIGNED).count() == 1


def test_the_scheduled_task_takes_the_databases_clock(db):
    scene = closed(closes_at=clock.now() - timedelta(minutes=1))

    tasks.assign_defaults()

    assert PackageChoice.objects.filter(entitlement__benefit=scene.benefit).count() == 3
    assert settings.CELERY_BEAT_SCHEDULE["welfare.assign_defaults"]["task"] == tasks.assign_defaults.name
