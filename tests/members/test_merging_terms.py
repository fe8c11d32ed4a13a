"""Posts that both records hold at once end up once, and nobody is reminded for a record that was merged away."""

from datetime import date

import pytest

from core import clock
from core.enums import Role
from members.feed_codes import MergeRefusal
from members.models import Member, MergeRecord, Post
from members.services import posts
from members.services.merging import CannotMerge
from members.services.unmerging import unmerge
from members.side_by_side import posts_of
from notices.enums import DeliveryState, Reason
from notices.models import Delivery, Reminder
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_member
from tests.members.twins import digests, fill, merge, twins

START, LATER, LAST = date(2021, 3, 1), date(2023, 1, 1), date(2024, 1, 1)


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def two(cast):
    return twins(cast)


@pytest.fixture
def body(cast):
    given = {"kind": "committee", "name": "三届委员会", "from_on": START, "term_years": 5, "branch": None}
    return posts.found_body(**given, actor=cast.users[Role.UNION_STAFF], at=clock.now())


def seat(body, member, from_on=START, until_on=None, position="committee") -> Post:
    given = {"how": "elected", "from_on": from_on, "until_on": until_on}
    return Post.objects.create(body=body, member=member, position=position, **given)


def undo(cast, record: MergeRecord) -> MergeRecord:
    return unmerge(record=record, actor=cast.users[Role.UNION_STAFF], at=clock.now(), reason="不是同一人")


def terms(*people: Member) -> list[tuple]:
    rows = Post.objects.filter(member__in=people).order_by("from_on", "pk")
    return list(rows.values_list("member", "position", "from_on", "until_on"))


@pytest.mark.parametrize(
    ("mine", "theirs", "after"),
    [
        ((START, None), (START, None), [(START, None)]),
        ((LATER, None), (START, LAST), [(START, None)]),
        ((START, LAST), (LATER, None), [(START, None)]),
        ((START, LATER), (START, LAST), [(START, LAST)]),
        ((START, LATER), (LATER, None), [(START, LATER), (LATER, None)]),  # one after the other: two terms
        ((LATER, LATER), (START, None), [(START, None), (LATER, LATER)]),  # a post without days is no clash
    ],
)
def test_terms_in_one_body_become_one_and_come_back(cast, two, body, mine, theirs, after):
    keep, drop = two
    seat(body, keep, *mine)
    seat(body, drop, *theirs)
    before = digests()

    record = merge(cast, keep, drop)

    assert terms(keep) == [(keep.pk, "committee", *days) for days in after]
    assert not terms(drop)
    undo(cast, record)
    assert digests() == before


def test_of_two_positions_in_one_body_the_kept_records_stands(cast, two, body):
    keep, drop = two
    seat(body, keep, LATER, position="chair")
    seat(body, drop, START)
    before = digests()

    record = merge(cast, keep, drop)

    assert terms(keep, drop) == [(keep.pk, "chair", LATER, None)]
    entry = acts().filter(action="members.mergerecord.merged").first()
    assert entry.data["aside"] == {"members.Post.member": 1}
    undo(cast, record)
    assert digests() == before


def test_term_beside_two_others_is_taken_out_and_widens_neither(cast, two, body):
    keep, drop = two
    seat(body, keep, START, LATER)
    seat(body, keep, LAST, None)
    seat(body, drop, START, None)
    before = digests()

    record = merge(cast, keep, drop)

    assert terms(keep, drop) == [(keep.pk, "committee", START, LATER), (keep.pk, "committee", LAST, None)]
    undo(cast, record)
    assert digests() == before


def test_two_terms_that_touch_one_become_one(cast, two, body):
    keep, drop = two
    seat(body, keep, LATER, LAST)
    seat(body, drop, START, date(2023, 6, 1))
    seat(body, drop, date(2023, 6, 1), None)
    before = digests()

    record = merge(cast, keep, drop)

    assert terms(keep, drop) == [(keep.pk, "committee", START, None)]
    undo(cast, record)
    assert digests() == before


def test_posts_in_two_bodies_are_two(cast, two, body):
    keep, drop = two
    seat(body, keep)
    given = {"kind": "women", "name": "女工委员会", "from_on": START, "term_years": 5, "branch": None}
    seat(posts.found_body(**given, actor=cast.users[Role.UNION_STAFF], at=clock.now()), drop)

    merge(cast, keep, drop)

    assert len(terms(keep)) == 2
    assert posts_of(keep, drop) == []


def test_clerk_is_shown_what_clashes_and_what_it_becomes(cast, two, body):
    keep, drop = two
    seat(body, keep, LATER)
    seat(body, drop, START, LAST)

    shown = posts_of(keep, drop)

    assert shown == [
        {
            "body": "三届委员会",
            "one": "委员 2023-01-01 起",
            "other": "委员 2021-03-01 至 2023-12-31",
            "becomes": "合为一段：2021-03-01 起",
        }
    ]


def test_undoing_is_refused_when_the_joined_post_was_ended_since(cast, two, body):
    keep, drop = two
    mine = seat(body, keep, LATER)
    seat(body, drop, START, LAST)
    record = merge(cast, keep, drop)
    posts.end(post=mine, on=date(2025, 1, 1), actor=cast.users[Role.UNION_STAFF], at=clock.now())
    before = digests()

    with pytest.raises(CannotMerge) as refused:
        undo(cast, record)

    assert refused.value.code is MergeRefusal.CANNOT_UNDO
    assert "合为一段的任职有 1 条之后有改动" in refused.value.message
    assert digests() == before


# Reminders ----------------------------------------------------------------------------------------------------
def waiting(cast, two) -> dict[tuple[int, int], Delivery]:
    """(member, year) -> the pending message of each reminder of ``fill``; of 2025 both have one."""
    fill(cast, *two)
    return {
        (one.member_id, one.occasion_year): Delivery.objects.create(reminder=one, channel="inbox")
        for one in Reminder.objects.order_by("pk")
    }


def states(found) -> dict[tuple[int, int], tuple[str, str]]:
    rows = {one.pk: (one.state, one.reason) for one in Delivery.objects.all()}
    return {key: rows[one.pk] for key, one in found.items()}


def test_pending_reminder_that_both_have_is_cancelled_and_the_others_go_over(cast, two):
    keep, drop = two
    found = waiting(cast, two)
    before = states(found)

    record = merge(cast, keep, drop)

    assert states(found) == {
        (keep.pk, 2025): (DeliveryState.PENDING, ""),
        (drop.pk, 2025): (DeliveryState.SKIPPED, Reason.MERGED),
        (drop.pk, 2024): (DeliveryState.PENDING, ""),
    }
    assert Delivery.objects.get(pk=found[drop.pk, 2024].pk).reminder.member == keep
    undo(cast, record)
    assert states(found) == before
    assert Delivery.objects.get(pk=found[drop.pk, 2024].pk).reminder.member == drop


def test_what_was_sent_or_failed_comes_back_as_it_was(cast, two):
    keep, drop = two
    found = waiting(cast, two)
    failed = {"state": DeliveryState.FAILED, "reason": "smtp_550", "attempts": 2}
    Delivery.objects.filter(pk=found[drop.pk, 2025].pk).update(**failed)
    sent = {"state": DeliveryState.SENT, "sent_at": clock.now()}
    Delivery.objects.filter(pk=found[drop.pk, 2024].pk).update(**sent)
    before = list(Delivery.objects.order_by("pk").values())

    record = merge(cast, keep, drop)

    assert states(found)[drop.pk, 2025] == (DeliveryState.SKIPPED, Reason.MERGED)
    assert states(found)[drop.pk, 2024] == (DeliveryState.SENT, "")
    undo(cast, record)
    assert list(Delivery.objects.order_by("pk").values()) == before


def test_reminders_of_others_are_left_alone(cast, two):
    found = waiting(cast, two)
    other = make_member()
    rule = found[two[0].pk, 2025].reminder.rule
    day = {"occasion_on": LAST, "due_on": LAST, "created_at": clock.now()}
    row = Reminder.objects.create(rule=rule, member=other, occasion_year=2024, **day)
    theirs = Delivery.objects.create(reminder=row, channel="inbox")

    merge(cast, *two)

    theirs.refresh_from_db()
    assert theirs.state == DeliveryState.PENDING
