"""Bodies and posts: founding, appointing, what warns and what refuses, what ends with a membership."""

import time
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from core import clock
from core.enums import Effect, Role
from core.models import AuditEntry, PolicyRule
from members.models import Body, Post
from members.rules import posts as rules
from members.rules.posts import Note, PostRefusal
from members.selectors import posts as selectors_posts
from members.services import life, posts
from members.services.posts import CannotAppoint
from tests.cast import ACTORS, ANONYMOUS, MEMBER, make_cast
from tests.members.factories import make_branch, make_member, make_membership
from tests.owner import owner_does
from tests.together import together

START, LAST = date(2021, 3, 1), date(2025, 6, 30)


@pytest.fixture
def cast(db):
    return make_cast()


def found(cast, kind="committee", **given) -> Body:
    values = {"name": f"第三届{kind}", "from_on": START, "term_years": 5, "branch": None} | given
    return posts.found_body(kind=kind, **values, actor=cast.users[Role.UNION_STAFF], at=clock.now())


def seat(cast, body, member=None, position="committee", **given) -> Post:
    values = {"how": "elected", "from_on": START, "kin_checked": True} | given
    member = member or cast.member_of(MEMBER)
    staff = cast.users[Role.UNION_STAFF]
    return posts.appoint(body=body, member=member, position=position, **values, actor=staff, at=clock.now())


def rule(key, value=True, effect=Effect.WARN, mark="S") -> PolicyRule:
    given = {"from_on": date(2012, 1, 1), "scope": "nation", "decided_by": "试", "mark": mark, "effect": effect}
    return PolicyRule.objects.create(key=key, value=value, **given)


def codes(post) -> list[str]:
    return [note["code"] for note in post.notes]


def refused(call) -> PostRefusal:
    before = (list(Body.objects.values_list()), list(Post.objects.values_list()), AuditEntry.objects.count())
    with pytest.raises(CannotAppoint) as refusal:
        call()
    assert (list(Body.objects.values_list()), list(Post.objects.values_list()), AuditEntry.objects.count()) == before
    assert refusal.value.message
    return refusal.value.code


def test_a_term_of_five_years_is_over_after_five_years(cast):
    body = found(cast)

    assert body.due_on == date(2026, 3, 1)
    assert list(Body.objects.overrun(date(2026, 2, 28))) == []
    assert list(Body.objects.overrun(date(2026, 3, 1))) == [body]


@pytest.mark.parametrize(
    ("from_on", "years", "ends"),
    [(date(2021, 3, 1), 3, date(2024, 3, 1)), (date(2020, 2, 29), 3, date(2023, 3, 1))],
)
def test_term_end(from_on, years, ends):
    assert rules.term_end(from_on, years) == ends


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("committee", {"term_years": 4}, PostRefusal.NO_TERM),
        ("committee", {"term_years": None}, PostRefusal.NO_TERM),
        ("reporters", {"term_years": 3}, PostRefusal.NO_TERM),
        ("branch_committee", {}, PostRefusal.WRONG_BRANCH),
    ],
)
def test_a_body_against_the_rules_is_refused(cast, kind, given, code):
    assert refused(lambda: found(cast, kind, **given)) is code


def test_a_second_committee_in_the_same_days_is_refused(cast):
    found(cast)

    assert refused(lambda: found(cast, from_on=date(2024, 1, 1))) is PostRefusal.BODY_TAKEN


def test_branches_have_a_committee_each(cast):
    found(cast, "branch_committee", branch=cast.branch)
    found(cast, "branch_committee", branch=cast.other_branch)

    assert Body.objects.count() == 2


def test_appointing_leaves_a_post_and_an_entry(cast):
    post = seat(cast, found(cast), position="chair", document="工会〔2021〕1号")

    assert (post.from_on, post.until_on, post.how, post.notes) == (START, None, "elected", [])
    entry = AuditEntry.objects.order_by("-position")[0]
    assert (entry.action, entry.subject) == ("members.post.appointed", post.member_id)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"position": "leader"}, PostRefusal.WRONG_POSITION),
        ({"from_on": date(2021, 2, 28)}, PostRefusal.OUTSIDE_BODY),
    ],
)
def test_appointing_against_the_rules_is_refused(cast, given, code):
    body = found(cast)

    assert refused(lambda: seat(cast, body, **given)) is code


def test_who_is_not_on_the_roll_cannot_be_appointed(cast):
    body, stranger = found(cast), make_member()

    assert refused(lambda: seat(cast, body, stranger)) is PostRefusal.NOT_ON_ROLL


def test_a_branch_committee_takes_its_own_people(cast):
    body = found(cast, "branch_committee", branch=cast.other_branch)

    assert refused(lambda: seat(cast, body)) is PostRefusal.NOT_IN_BRANCH


def test_nobody_appoints_himself(cast):
    body, himself = found(cast), cast.member_of(Role.UNION_STAFF)

    assert refused(lambda: seat(cast, body, himself)) is PostRefusal.OWN_POST


def test_one_position_and_one_chair_at_a_time(cast):
    body = found(cast)
    seat(cast, body, position="chair")

    assert refused(lambda: seat(cast, body)) is PostRefusal.TAKEN
    assert refused(lambda: seat(cast, body, cast.member_of(Role.TELLER), "chair")) is PostRefusal.TAKEN


def test_audit_committee_beside_committee_warns_with_its_row(cast):
    row = rule(posts.AUDIT_APART, mark="M")
    seat(cast, found(cast))

    post = seat(cast, found(cast, "audit"))

    assert post.notes == [{"code": Note.AUDIT_APART, "rule": row.pk}]


def test_audit_committee_beside_committee_is_refused_where_the_school_forbids_it(cast):
    rule(posts.AUDIT_APART, effect=Effect.BLOCK)
    seat(cast, found(cast))
    audit = found(cast, "audit")

    assert refused(lambda: seat(cast, audit)) is PostRefusal.AUDIT_APART


@pytest.mark.parametrize(("sex", "effect", "said"), [("male", "warn", [Note.WOMEN_ONLY]), ("female", "block", [])])
def test_womens_committee(cast, sex, effect, said):
    rule(posts.WOMEN_ONLY, effect=effect)
    member = make_member(sex=sex)
    make_membership(member=member, branch=cast.branch)

    assert codes(seat(cast, found(cast, "women"), member)) == said


def test_kin_that_nobody_checked_and_seats_over_the_number_are_noted(cast):
    row = rule(posts.SEATS, value={"24": "1-2", "200": "3-7"}, mark="M")
    body = found(cast)
    seat(cast, body)
    seat(cast, body, cast.member_of(Role.TELLER))

    post = seat(cast, body, cast.member_of(Role.HANDLER), kin_checked=False)

    assert codes(post) == [Note.KIN_NOT_CHECKED, Note.TOO_MANY_SEATS]
    assert post.notes[1]["rule"] == row.pk


@pytest.mark.parametrize(("members", "most"), [(24, 5), (25, 7), (200, 7), (201, 15), (1001, None)])
def test_seats_by_members_on_both_sides(members, most):
    seats = rules.seats_for(members, {"24": "3-5", "200": "3-7", "1000": "7-15"})

    assert (seats and seats.most) == most


def test_only_the_staff_keep_posts(cast):
    body = found(cast)
    may = set()
    for actor in ACTORS:
        if actor == ANONYMOUS:
            continue
        member = cast.member_of(Role.TELLER if actor != Role.TELLER else MEMBER)
        given = {"position": "committee", "how": "elected", "from_on": START, "at": clock.now()}
        try:
            with transaction.atomic():
                posts.appoint(body=body, member=member, **given, actor=cast.users[actor])
                may.add(actor)
                transaction.set_rollback(True)
        except PermissionDenied:
            pass

    assert may == {Role.UNION_STAFF}


def test_ending_a_body_ends_its_posts(cast):
    body = found(cast)
    post = seat(cast, body)

    posts.end_body(body=body, on=LAST, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    post.refresh_from_db()
    assert post.until_on == date(2025, 7, 1)
    assert (
        refused(lambda: posts.end(post=post, on=LAST, actor=cast.users[Role.UNION_STAFF], at=clock.now()))
        is PostRefusal.ENDED
    )


ENDS = [
    (life.retire, {}),
    (life.keep_membership, {"reason": "posted"}),
    (life.transfer_out, {"other_union": "乙校工会"}),
    (life.leave, {"approved_by": "委员会", "basis": "本人申请"}),
    (life.expel, {"document": "1号", "approved_by": "委员会", "basis": "严重犯罪"}),
    (life.record_death, {}),
]


@pytest.mark.parametrize(("service", "given"), ENDS, ids=lambda part: getattr(part, "__name__", ""))
def test_posts_end_with_the_membership_and_come_back_with_a_correction(cast, service, given):
    member = make_member()
    make_membership(member=member, branch=cast.branch)
    post = seat(cast, found(cast), member)
    later = seat(cast, found(cast, "audit"), member, from_on=date(2025, 9, 1))
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    act = service(member=member, on=LAST, **staff, **given)

    post.refresh_from_db()
    later.refresh_from_db()
    assert (post.until_on, later.until_on) == (date(2025, 7, 1), later.from_on)
    assert not Post.objects.on(date(2025, 10, 1)).exists()

    life.correct(act=act, basis="登记有误", **staff)

    assert set(Post.objects.values_list("until_on", flat=True)) == {None}


def test_a_seat_that_was_filled_since_stays_so(cast):
    member = make_member()
    make_membership(member=member, branch=cast.branch)
    body = found(cast)
    post = seat(cast, body, member, "chair")
    staff = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now()}
    act = life.retire(member=member, on=LAST, **staff)
    seat(cast, body, cast.member_of(Role.TELLER), "chair", from_on=date(2025, 7, 1))

    life.correct(act=act, basis="登记有误", **staff)

    post.refresh_from_db()
    assert post.until_on == date(2025, 7, 1)


def test_chart_tells_the_day(cast):
    root = make_branch(name="校工会", short_name="校工会", kind="union")
    cast.branch.parent = root
    cast.branch.save()
    body = found(cast, "branch_committee", branch=cast.branch)
    post = seat(cast, body)

    before, then = (selectors_posts.chart_on(day) for day in (date(2021, 2, 28), START))

    units = {unit.branch.short_name: unit for unit in then.units}
    assert [unit.bodies for unit in before.units if unit.bodies] == []
    assert [seated.posts for seated in units["甲院"].bodies] == [[post]]
    assert (units["甲院"].depth, units["校工会"].total) == (1, units["甲院"].total)
    assert then.people == units["校工会"].total + units["乙院"].total


def test_the_chart_asks_as_often_for_one_post_as_for_many(cast, django_assert_num_queries):
    body = found(cast)
    for actor in (MEMBER, Role.TELLER, Role.HANDLER):
        seat(cast, body, cast.member_of(actor))

    with django_assert_num_queries(4):
        selectors_posts.chart_on(START)


def test_posts_beside_roles_names_both_sides(cast):
    seat(cast, found(cast), cast.member_of(Role.CHAIR), "chair")
    seat(cast, found(cast, "branch_committee", branch=cast.branch), position="chair")

    told = selectors_posts.posts_beside_roles(clock.today())

    assert [row.staff_no for row in told.without_role] == [cast.users[MEMBER].username]
    assert {row.staff_no for row in told.without_post} >= {cast.users[Role.BRANCH_OFFICER].username}
    assert cast.users[Role.CHAIR].username not in {row.staff_no for row in told.without_post}


def test_the_database_refuses_two_chairs(cast):
    body = found(cast)
    given = {"body": body, "position": "chair", "how": "elected", "from_on": START}
    Post.objects.create(member=cast.member_of(MEMBER), **given)

    with pytest.raises(IntegrityError, match="post_one_chair_per_body"):
        Post.objects.create(member=cast.member_of(Role.TELLER), **given)


def _two_chairs() -> list:
    cast = make_cast()
    body = found(cast)
    pair = [cast.member_of(MEMBER), cast.member_of(Role.TELLER)]

    def call(number):
        with transaction.atomic():
            made = seat(cast, body, pair[number], "chair")
            time.sleep(0.2)
        return made

    return together(call, 2)


@pytest.mark.django_db(transaction=True)
def test_two_clerks_seat_one_chair():
    outcome = _two_chairs()

    (refusal,) = [one for one in outcome if isinstance(one, CannotAppoint)]
    assert refusal.code is PostRefusal.TAKEN
    assert Post.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_there_are_two_chairs():
    owner_does("ALTER TABLE members_post DROP CONSTRAINT post_one_chair_per_body")

    _two_chairs()

    assert Post.objects.count() == 2
