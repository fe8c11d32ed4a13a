"""A roster that ends a membership ends the posts with it; undoing the import brings both back."""

import time
from datetime import date
from threading import Event

import pytest

from core import clock
from core.enums import Role
from members.enums import ImportState
from members.models import ImportRun, Member, Membership, Post
from members.rules.posts import PostRefusal
from members.rules.roster import Period, PeriodPlan
from members.services import import_keeping, posts, roster_posts
from members.services.posts import CannotAppoint
from members.services.roster import import_roster
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.importing import commit, previewed, register, undo
from tests.members.rosters import HEADER, LI, ZHANG, write_roster
from tests.together import together

TOLD = (*HEADER, "备注")
RETIRED = ZHANG | {"备注": "2024年3月9日退休"}
START, FIRST_FREE = date(2021, 3, 1), date(2024, 3, 10)


def scene(tmp_path):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    staff = make_cast().users[Role.UNION_STAFF]
    commit(previewed(tmp_path, staff, ZHANG, LI), staff)
    return staff


@pytest.fixture
def staff(db, media, tmp_path):
    return scene(tmp_path)


def seat(staff, staff_no: str, kind="committee", from_on=START, **given) -> Post:
    made = {"kind": kind, "name": kind, "from_on": START, "term_years": 5, "branch": None, **given}
    body = posts.found_body(**made, actor=staff, at=clock.now())
    member = Member.objects.get(staff_no=staff_no)
    chosen = {"position": "committee", "how": "elected", "from_on": from_on, "kin_checked": True}
    return posts.appoint(body=body, member=member, **chosen, actor=staff, at=clock.now())


def told(post: Post) -> tuple:
    post.refresh_from_db()
    return post.until_on, post.end_document


def test_a_retirement_in_the_remark_ends_every_post_and_no_other_persons(staff, tmp_path):
    mine, women, other = seat(staff, "1000001"), seat(staff, "1000001", "women"), seat(staff, "1000002", "audit")

    run = commit(previewed(tmp_path, staff, RETIRED, LI, header=TOLD), staff)

    assert run.state == ImportState.COMMITTED
    assert told(mine) == told(women) == (FIRST_FREE, "退休")
    assert told(other) == (None, "")
    entries = acts().filter(action="members.post.ended")
    assert {(entry.target_id, entry.actor) for entry in entries} == {(str(mine.pk), staff), (str(women.pk), staff)}


def test_a_post_that_was_to_begin_later_has_no_days(staff, tmp_path):
    later = seat(staff, "1000001", from_on=date(2025, 1, 1))

    commit(previewed(tmp_path, staff, RETIRED, header=TOLD), staff)

    assert told(later) == (date(2025, 1, 1), "退休")


def test_undoing_the_import_gives_the_posts_back(staff, tmp_path):
    seat(staff, "1000001")
    before = register()
    run = commit(previewed(tmp_path, staff, RETIRED, LI, header=TOLD), staff)
    assert register() != before

    run = undo(run, staff)

    assert (run.state, run.trouble) == (ImportState.UNDONE, "")
    assert register() == before
    assert acts().filter(action="members.post.resumed").count() == 1


def test_undoing_leaves_a_seat_that_was_filled_since(staff, tmp_path):
    post = seat(staff, "1000001")
    Post.objects.filter(pk=post.pk).update(position="chair")
    run = commit(previewed(tmp_path, staff, RETIRED, header=TOLD), staff)
    chosen = {"position": "chair", "how": "elected", "from_on": date(2024, 4, 1), "kin_checked": True}
    successor = Member.objects.get(staff_no="1000002")
    posts.appoint(body=post.body, member=successor, **chosen, actor=staff, at=clock.now())

    run = undo(run, staff)

    assert run.state == ImportState.UNDONE
    assert told(post) == (FIRST_FREE, "退休")


def test_the_command_ends_posts_too_as_the_system(staff, tmp_path):
    post = seat(staff, "1000001")

    import_roster(path=write_roster(tmp_path / "a.xlsx", RETIRED, header=TOLD), actor=None, at=clock.now())

    assert told(post) == (FIRST_FREE, "退休")
    assert acts().get(action="members.post.ended").actor is None


def test_another_branch_ends_no_post(staff, tmp_path):
    post = seat(staff, "1000001")

    commit(previewed(tmp_path, staff, ZHANG | {"分工会": "机关一"}, as_of=date(2023, 3, 1)), staff)

    assert Membership.objects.filter(member__staff_no="1000001").count() == 2
    assert told(post) == (None, "")


_OPEN = Period(1, 1, date(2010, 9, 1), None)
_LEFT = _OPEN._replace(until_on=date(2024, 3, 10), reason_out="retired")
_MOVED = _OPEN._replace(until_on=date(2023, 3, 1), reason_out="branch_change")


@pytest.mark.parametrize(
    ("plan", "leaving"),
    [
        (PeriodPlan(), None),
        (PeriodPlan(ends=_LEFT), _LEFT),
        (PeriodPlan(moves=_LEFT), _LEFT),
        (PeriodPlan(moves=_OPEN), None),
        (PeriodPlan(ends=_MOVED, opens=_OPEN), None),
        (PeriodPlan(ends=_MOVED, opens=_LEFT), _LEFT),
    ],
)
def test_with_which_period_a_membership_ends(plan, leaving):
    assert plan.leaving == leaving


# An appointment at the same moment ----------------------------------------------------------------------------
def beside_an_appointment(tmp_path, monkeypatch) -> tuple[list, Post | None]:
    """The import stops for a moment after it ended the membership; a clerk appoints the same person just then."""
    staff = scene(tmp_path)
    given = {"kind": "committee", "name": "三届委员会", "from_on": START, "term_years": 5, "branch": None}
    body = posts.found_body(**given, actor=staff, at=clock.now())
    Member.objects.filter(staff_no="1000001").update(
        remark=RETIRED["备注"]
    )  # the import has no reason to touch the row
    member = Member.objects.get(staff_no="1000001")
    chosen = {"position": "committee", "how": "elected", "from_on": clock.today(), "kin_checked": True}
    path = write_roster(tmp_path / "a.xlsx", RETIRED, header=TOLD)
    end, ended = roster_posts.end, Event()

    def slowly(found, **more):
        done = end(found, **more)
        ended.set()
        time.sleep(0.6)
        return done

    def steps(number: int):
        if number == 0:
            return import_roster(path=path, actor=staff, at=clock.now())
        ended.wait(30)
        return posts.appoint(body=body, member=member, **chosen, actor=staff, at=clock.now())

    monkeypatch.setattr(import_keeping.roster_posts, "end", slowly)
    outcomes = together(steps, 2)
    return outcomes, Post.objects.filter(member=member).first()


@pytest.mark.django_db(transaction=True)
def test_who_is_appointed_while_the_import_ends_his_membership_is_refused(tmp_path, media, monkeypatch):
    (_, refused), post = beside_an_appointment(tmp_path, monkeypatch)

    assert isinstance(refused, CannotAppoint)
    assert refused.code is PostRefusal.NOT_ON_ROLL
    assert post is None


@pytest.mark.django_db(transaction=True)
def test_control_without_holding_the_person_a_post_is_left_over(tmp_path, media, monkeypatch):
    monkeypatch.setattr(roster_posts, "_hold", lambda keys: [])

    (_, made), post = beside_an_appointment(tmp_path, monkeypatch)

    assert made == post
    assert post.until_on is None
    assert ImportRun.objects.filter(state=ImportState.COMMITTED).count() == 2
