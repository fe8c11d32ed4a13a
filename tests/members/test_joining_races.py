"""Several people press on one application at once, and random walks of 2-5 actors over it (TRUST.md 5.3, W1-W2)."""

import time
from datetime import date, timedelta
from functools import partial
from random import Random
from threading import Barrier
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError

from core import clock
from core.enums import Role
from core.models import AuditEntry, RoleGrant, User
from members.enums import JoinState
from members.life_codes import JoinRefusal
from members.models import CardCounter, JoinApplication, Member, Membership, MembershipAct
from members.services import admission
from members.services.admission import CannotJoin
from members.services.register_lock import CannotChangeLife
from tests.cast import START, Cast, make_cast
from tests.members.joining import MET_ON, VALUES, make_application
from tests.owner import owner_does
from tests.together import together
from tests.trust.sizes import dice, size

PATIENCE = 300  # seconds for the other actors of a walk, each of whose steps may wait for a busy register

pytestmark = pytest.mark.django_db(transaction=True)
FINAL = (JoinState.ADMITTED, JoinState.REJECTED, JoinState.WITHDRAWN)
REFUSED = (PermissionDenied, CannotJoin, CannotChangeLife)  # the last one: the register is busy
UNGUARDED = (*REFUSED, IntegrityError)  # without the lock the table's own checks still stop some of the wrong steps
WALKS, STEPS, ACTORS = size(300, 20_000, 100_000), 60, 5
OFFICES = (Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR)


def make_user(number: str, cast: Cast, *roles: Role) -> User:
    user = User.objects.create(username=number, name=f"人物{number}")
    for role in roles:
        place = {"branch": cast.branch} if role == Role.BRANCH_OFFICER else {}
        RoleGrant.objects.create(user=user, role=role, from_on=START, **place)
    return user


# Two at once --------------------------------------------------------------------------------------------------
def pressed_together(cast: Cast, row: JoinApplication, press, *users: User) -> list:
    """Each with a copy of his own, as two web requests have it."""
    return together(lambda n: press(application=JoinApplication.objects.get(pk=row.pk), actor=users[n]), len(users))


def slowly(monkeypatch) -> None:
    """A pause between reading the state and writing, wide enough for the other one to come in."""
    judge = admission._refuse_state

    def pause(event) -> None:
        judge(event)
        time.sleep(0.3)

    monkeypatch.setattr(admission, "_refuse_state", pause)


def without_the_lock(monkeypatch) -> None:
    rows = JoinApplication.objects.select_related("branch", "applicant")
    monkeypatch.setattr(admission, "_locked", lambda application: rows.all().get(pk=application.pk))


def entries(verb: str) -> int:
    return AuditEntry.objects.filter(action=f"members.joinapplication.{verb}").count()


# The database's own guards: one file a staff number and account.
_ONE_FILE_A_PERSON = """
DO $$ DECLARE c record; BEGIN
FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = 'members_member'::regclass AND contype = 'u'
LOOP EXECUTE format('ALTER TABLE members_member DROP CONSTRAINT %I', c.conname); END LOOP; END $$"""


def two_chairs_approve(monkeypatch) -> list:
    cast = make_cast()
    row = make_application(cast, "prepared")
    slowly(monkeypatch)
    chairs = (cast.users[Role.CHAIR], make_user("P2", cast, Role.CHAIR))
    return pressed_together(cast, row, partial(admission.union_approve, at=clock.now()), *chairs)


def test_two_approvers_admit_once_with_one_card_number(monkeypatch):
    outcome = two_chairs_approve(monkeypatch)

    (refusal,) = [one for one in outcome if isinstance(one, CannotJoin)]
    assert refusal.code is JoinRefusal.WRONG_STATE
    assert MembershipAct.objects.get() in outcome
    assert Member.objects.exclude(card_no="").get().card_no == "000001"
    assert (CardCounter.objects.get().last, entries("admitted")) == (1, 1)


def test_control_without_lock_and_constraints_one_person_is_admitted_twice(monkeypatch):
    without_the_lock(monkeypatch)
    owner_does(_ONE_FILE_A_PERSON, "DROP INDEX member_id_number_once")

    outcome = two_chairs_approve(monkeypatch)

    assert [type(one) for one in outcome] == [MembershipAct, MembershipAct]
    assert sorted(Member.objects.exclude(card_no="").values_list("card_no", flat=True)) == ["000001", "000002"]


def two_officers_review(monkeypatch) -> list:
    cast = make_cast()
    row = make_application(cast, JoinState.SUBMITTED)
    slowly(monkeypatch)
    officers = (cast.users[Role.BRANCH_OFFICER], make_user("P1", cast, Role.BRANCH_OFFICER))
    return pressed_together(cast, row, partial(admission.branch_approve, at=clock.now()), *officers)


def test_two_officers_of_a_branch_review_once(monkeypatch):
    outcome = two_officers_review(monkeypatch)

    assert sorted(type(one) for one in outcome if isinstance(one, CannotJoin)) == [CannotJoin]
    assert entries("branch_approved") == 1


def test_control_without_the_lock_both_officers_have_reviewed(monkeypatch):
    without_the_lock(monkeypatch)

    two_officers_review(monkeypatch)

    assert entries("branch_approved") == 2


# Walks --------------------------------------------------------------------------------------------------------
# (state, verb of the entry) -> (state after it, who may: the applicant or an office). By hand, from DESIGN.md.
APPLICANT = "applicant"
WAY = {
    ("draft", "changed"): ("draft", APPLICANT),
    ("draft", "submitted"): ("submitted", APPLICANT),
    ("draft", "recalled"): ("withdrawn", APPLICANT),
    ("returned", "changed"): ("returned", APPLICANT),
    ("returned", "submitted"): ("submitted", APPLICANT),
    ("returned", "recalled"): ("withdrawn", APPLICANT),
    ("submitted", "recalled"): ("withdrawn", APPLICANT),
    ("submitted", "branch_approved"): ("reviewed", Role.BRANCH_OFFICER),
    ("submitted", "returned"): ("returned", Role.BRANCH_OFFICER),
    ("submitted", "rejected"): ("rejected", Role.BRANCH_OFFICER),
    ("reviewed", "recalled"): ("withdrawn", APPLICANT),
    ("reviewed", "prepared"): ("prepared", Role.UNION_STAFF),
    ("reviewed", "returned"): ("returned", Role.UNION_STAFF),
    ("prepared", "recalled"): ("withdrawn", APPLICANT),
    ("prepared", "returned"): ("returned", Role.CHAIR),
    ("prepared", "rejected"): ("rejected", Role.CHAIR),
    ("prepared", "admitted"): ("admitted", Role.CHAIR),
}
EVENTS = {
    "changed": lambda row, **who: admission.save_draft(application=row, branch=row.branch, values=VALUES, **who),
    "submitted": lambda row, **who: admission.submit(application=row, **who),
    "branch_approved": lambda row, **who: admission.branch_approve(application=row, **who),
    "prepared": lambda row, **who: admission.prepare(applications=[row], minute="会议", met_on=MET_ON, **who),
    "admitted": lambda row, **who: admission.union_approve(application=row, **who),
    "returned": lambda row, **who: admission.return_for_correction(application=row, reason="补正", **who),
    "rejected": lambda row, **who: admission.reject(application=row, reason="不符合", **who),
    "recalled": lambda row, **who: admission.withdraw(application=row, **who),
}
# Ends are rarer, so that walks get far.
ODDS = {**dict.fromkeys(EVENTS, 6), "changed": 2, "returned": 2, "rejected": 1, "recalled": 1}


def id_number_of(number: int) -> tuple[str, date]:
    """A woman's, another one for every walk."""
    born = date(1960, 1, 1) + timedelta(days=number // 500)
    stem = f"110105{born:%Y%m%d}{number % 500 * 2:03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return stem + "10X98765432"[sum(int(c) * w for c, w in zip(stem, weights, strict=True)) % 11], born


def make_walks(cast: Cast, count: int, name: str) -> list[SimpleNamespace]:
    """Applications of all sorts of people, and the two to five who will work on each; the applicant always does.

    Among them are people with one office, people with all three, and applicants who hold all of them themselves.
    """
    chance = dice(name)
    people = [make_user(f"Q{n}", cast, role) for n, role in enumerate(OFFICES * 2)]
    people += [make_user(f"R{n}", cast, *OFFICES) for n in range(2)]
    walks = []
    for number in range(count):
        user = make_user(f"W{number:06}", cast, *(OFFICES if chance.random() < 0.1 else ()))
        id_number, born = id_number_of(number)
        row = make_application(cast, applicant=user, id_number=id_number, birth_on=born)
        actors = [user, *chance.sample(people, chance.randint(1, ACTORS - 1))]
        walks.append(SimpleNamespace(row=row, actors=actors, seed=chance.random()))
    return walks


def walk_together(walks: list[SimpleNamespace], refused: tuple) -> list[int]:
    """All walks one after the other, each by its actors at once; how many steps of each thread were taken."""
    starts = [Barrier(len(walk.actors)) for walk in walks]

    def actor(place: int) -> int:
        taken = 0
        try:
            for walk, start in zip(walks, starts, strict=True):
                if place < len(walk.actors):
                    start.wait(PATIENCE)
                    taken += steps_of(walk, place, refused)
        except Exception:  # nobody waits for who has fallen
            for start in starts:
                start.abort()
            raise
        return taken

    return together(actor, ACTORS)


def steps_of(walk: SimpleNamespace, place: int, refused: tuple) -> int:
    """One actor tries what comes into his head until the application is decided or the steps are used up."""
    chance = Random(f"{walk.seed}-{place}")
    actor, taken = User.objects.get(pk=walk.actors[place].pk), 0
    for event in chance.choices(list(ODDS), list(ODDS.values()), k=STEPS // len(walk.actors)):
        row = JoinApplication.objects.select_related("branch").get(pk=walk.row.pk)
        if row.state in FINAL:
            break
        try:
            EVENTS[event](row, actor=actor, at=clock.now())
            taken += 1
        except refused:
            continue
    return taken


def faults_of(row: JoinApplication) -> list[str]:
    """What the audit of one application says that must not be: a step left out, a wrong hand, one hand twice."""
    told = AuditEntry.objects.filter(target_type="members.joinapplication", target_id=str(row.pk))
    state, faults, hands = "draft", [], {APPLICANT: row.applicant_id}
    for entry in told.order_by("position").select_related("actor"):
        verb = entry.action.rpartition(".")[2]
        if verb == "created":
            continue
        after, who = WAY.get((state, verb), ("", ""))
        if not after:
            faults.append(f"{verb} in {state}")
            continue
        if who == APPLICANT and entry.actor_id != row.applicant_id:
            faults.append(f"{verb} by another")
        if who != APPLICANT and not entry.actor.holds(who):
            faults.append(f"{verb} without office")
        if who != APPLICANT and entry.actor_id == row.applicant_id:
            faults.append(f"{verb} of his own")
        hands = {APPLICANT: row.applicant_id} if verb == "submitted" else hands | {verb: entry.actor_id}
        if who == Role.CHAIR and entry.actor_id in (hands["branch_approved"], hands["prepared"]):
            faults.append("one hand twice")
        state = after
    shown = {"reviewed": "branch_approved", "prepared": "branch_approved"}.get(state, state)
    row = JoinApplication.objects.get(pk=row.pk)
    return faults + ([f"is {row.state}, was led to {shown}"] if row.state != shown else [])


def walked(count: int, name: str, refused: tuple = REFUSED) -> tuple[list[SimpleNamespace], int]:
    """Walk, and end what is undecided; how many steps were taken beside the beginnings and these ends."""
    walks = make_walks(make_cast(), count, name)
    outcome = walk_together(walks, refused)
    assert [one for one in outcome if isinstance(one, Exception)] == []
    for walk in walks:
        row = JoinApplication.objects.get(pk=walk.row.pk)
        if row.state not in FINAL:
            admission.withdraw(application=row, actor=walk.actors[0], at=clock.now())
            outcome.append(1)
    return walks, sum(outcome)


def test_walks_end_without_a_skipped_step_or_one_hand_twice():
    walks, steps = walked(WALKS, "joining")

    told = AuditEntry.objects.filter(target_type="members.joinapplication")
    assert {walk.row.pk: faults for walk in walks if (faults := faults_of(walk.row))} == {}
    assert told.count() == steps + len(walks)
    admitted = JoinApplication.objects.filter(state=JoinState.ADMITTED)
    assert len(walks) / 20 < admitted.count() < len(walks)
    numbers = sorted(admitted.values_list("member__card_no", flat=True))
    assert numbers == [f"{n:06}" for n in range(1, len(numbers) + 1)]
    assert Membership.objects.filter(member__join_applications__in=admitted).count() == len(numbers)
    assert MembershipAct.objects.count() == len(numbers)


def test_control_without_the_lock_walks_go_astray(monkeypatch):
    without_the_lock(monkeypatch)
    judge = admission._refuse_state

    def pause(event) -> None:
        judge(event)
        time.sleep(0.01)

    monkeypatch.setattr(admission, "_refuse_state", pause)

    walks, _steps = walked(60, "joining control", UNGUARDED)

    assert [fault for walk in walks for fault in faults_of(walk.row)]
