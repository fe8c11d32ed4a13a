"""Two records become one person's and two again: nothing is lost, nobody gains a right, the database as before."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import models

from core import clock
from core.enums import Role
from core.models import AuditEntry, User
from core.sealed import keyed_hash
from members import dossier, merging, timeline
from members.enums import ActKind
from members.feed_codes import MergeRefusal, PairState
from members.life_codes import LifeRefusal
from members.models import Member, MemberSecret, Membership, MembershipAct, MergeRecord
from members.selectors import member_ids_of
from members.services import life
from members.services import merging as service
from members.services.merging import CannotMerge
from members.services.register_lock import CannotChangeLife
from members.services.unmerging import unmerge
from notices.models import NoticePreference, Reminder
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.members.factories import make_member, make_membership
from tests.members.twins import CARD, ID_NUMBER, digests, fill, make_pair, merge, on_roll, twins

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 31)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def two(cast):
    keep, drop = twins(cast)
    fill(cast, keep, drop)
    return keep, drop


def undo(cast, record: MergeRecord, **given) -> MergeRecord:
    values = {"actor": cast.users[Role.UNION_STAFF], "at": clock.now(), "reason": "不是同一人"} | given
    return unmerge(record=record, **values)


def refused(code: MergeRefusal, act, *args, **given) -> CannotMerge:
    before, entries, records = digests(), AuditEntry.objects.count(), list(MergeRecord.objects.values())

    with pytest.raises(CannotMerge) as refusal:
        act(*args, **given)

    assert refusal.value.code is code
    assert refusal.value.message
    assert digests() == before
    assert (AuditEntry.objects.count(), list(MergeRecord.objects.values())) == (entries, records)
    return refusal.value


# Every relation -----------------------------------------------------------------------------------------------
def test_every_relation_to_a_member_says_what_a_merge_does_with_it():
    """A new table with a foreign key to ``Member`` that can clash fails here: see ``members/merging.py``."""
    assert [one.label for one in merging.relations() if one.way is None] == []


def test_relations_without_a_name_on_the_members_side_are_found_too():
    hidden = models.ForeignKey(Member, models.PROTECT, related_name="+")

    class Probe(models.Model):
        member = hidden
        other = models.OneToOneField(Member, models.PROTECT, related_name="+")
        people = models.ManyToManyField(Member, related_name="+")

        class Meta:
            app_label = "members"
            managed = False

    try:
        Member._meta._expire_cache()
        found = {one.label: one.way for one in merging.relations()}
    finally:
        from django.apps import apps

        for name in ("probe", "probe_people"):
            apps.all_models["members"].pop(name)
        apps.clear_cache()

    assert found["members.Probe.member"] is merging.Way.MOVES
    assert found["members.Probe.other"] is None
    assert found["members.Probe_people.member"] is None
    assert not any("Probe" in one.label for one in merging.relations())


def test_merge_is_refused_while_a_relation_says_nothing(cast, two, monkeypatch):
    monkeypatch.delitem(merging._ways, "notices.Reminder.member")

    refused(MergeRefusal.UNHANDLED, merge, cast, *two)


# Merging ------------------------------------------------------------------------------------------------------
def test_rows_move_and_what_clashes_stays_with_the_dropped_record(cast, two):
    keep, drop = two

    record = merge(cast, keep, drop)

    drop.refresh_from_db()
    assert drop.merged_into == keep
    years = Reminder.objects.order_by("member", "occasion_year").values_list("member", "occasion_year")
    assert sorted(years) == sorted([(keep.pk, 2024), (keep.pk, 2025), (drop.pk, 2025)])
    assert set(keep.notice_preferences.values_list("channel", flat=True)) == {"email", "inbox"}
    assert [row.channel for row in NoticePreference.objects.filter(member=drop)] == ["email"]
    assert keep.inbox_messages.count() == 1
    assert keep.pay_bases.count() == 1
    assert [row.from_on for row in keep.memberships.order_by("from_on")] == [date(2010, 1, 1), date(2021, 1, 1)]
    assert not drop.memberships.exists()
    told = record.rows["notices.Reminder.member"]
    assert (len(told["moved"]), len(told["stayed"])) == (1, 1)


def test_kept_record_takes_over_what_it_lacks(cast, two):
    keep, drop = two
    account = drop.user

    merge(cast, keep, drop)

    keep, drop = Member.objects.get(pk=keep.pk), Member.objects.get(pk=drop.pk)
    assert (keep.phone, keep.title, keep.card_no, keep.user) == ("13800001234", "讲师", "000777", account)
    assert (keep.staff_no, drop.card_no, drop.user) == ("K0001", "", None)
    secret = keep.secret
    assert MemberSecret._meta.get_field("id_number").take(secret) == ID_NUMBER
    assert MemberSecret._meta.get_field("bank_card").take(secret) == CARD
    assert MemberSecret.objects.get(id_number_hash=keyed_hash(ID_NUMBER)).member == keep


def test_history_that_nobody_rewrites_is_read_together(cast, two):
    keep, drop = two
    AuditEntry.objects.all()
    before = list(MembershipAct.objects.order_by("pk").values_list())

    merge(cast, keep, drop)

    keep.refresh_from_db()
    assert list(MembershipAct.objects.order_by("pk").values_list()) == before
    assert member_ids_of(keep) == [keep.pk, drop.pk]
    titles = [event.title for event in timeline.events_of(keep)]
    assert "重复档案合并" in titles
    assert MembershipAct.objects.visible_to(keep.user).filter(member=drop).exists()
    assert any(look.what == "合并了重复档案" for look in dossier.looks_at(keep))


def test_dropped_record_is_seen_nowhere_and_nothing_is_recorded_on_it(cast, two):
    keep, drop = two

    merge(cast, keep, drop)

    assert drop not in Member.objects.visible_to(cast.users[Role.UNION_STAFF])
    with pytest.raises(CannotChangeLife) as refusal:
        life.retire(member=drop, on=DAY, actor=cast.users[Role.UNION_STAFF], at=clock.now())
    assert refusal.value.code is LifeRefusal.MERGED


def test_three_records_of_one_person_are_one_and_the_last_merge_is_undone_first(cast, two):
    keep, drop = two
    third = make_member(staff_no="D0002", name="欧阳小满")
    first = merge(cast, drop, third)

    second = merge(cast, keep, drop)

    assert set(member_ids_of(keep)) == {keep.pk, drop.pk, third.pk}
    value = refused(MergeRefusal.CANNOT_UNDO, undo, cast, first)
    assert "别的合并" in value.message
    undo(cast, second)
    undo(cast, first)
    assert not Member.objects.filter(merged_into__isnull=False).exists()


# Days that both have ------------------------------------------------------------------------------------------
@pytest.fixture
def overlapping(cast):
    """``keep`` in 甲院 since 2021, ``drop`` in 乙院 since 2019: both are on the roll today."""
    keep, drop = make_member(staff_no="K0001", name="欧阳"), make_member(staff_no="D0001", name="欧阳")
    make_membership(member=keep, branch=cast.branch, from_on=date(2021, 1, 1))
    make_membership(member=drop, branch=cast.other_branch, from_on=date(2019, 1, 1))
    return keep, drop


def test_two_on_the_roll_are_refused_until_the_clerk_says_whose_days_stand(cast, overlapping):
    refused(MergeRefusal.BOTH_ON_ROLL, merge, cast, *overlapping)


@pytest.mark.parametrize(("stands", "branch"), [("keep", "甲院"), ("drop", "乙院")])
def test_the_days_that_stand_are_the_clerks_choice_and_come_back(cast, overlapping, stands, branch):
    keep, drop = overlapping
    before = digests()

    record = merge(cast, keep, drop, stands=stands)

    assert [str(period.branch) for period in keep.memberships.all()] == [branch]
    assert record.counts["members.Membership.member"] == {"before": 2, "aside": 1}
    undo(cast, record)
    assert digests() == before


def test_choice_that_takes_somebody_off_todays_roll_is_refused(cast, overlapping):
    keep, drop = overlapping
    Membership.objects.filter(member=keep).update(until_on=date(2022, 1, 1), reason_out="left")

    refused(MergeRefusal.OFF_THE_ROLL, merge, cast, keep, drop, stands="keep")
    merge(cast, keep, drop, stands="drop")

    assert on_roll(keep, clock.today())


# Refusals -----------------------------------------------------------------------------------------------------
def test_two_id_numbers_are_two_people(cast, two):
    keep, drop = two
    MemberSecret.objects.create(member=keep, id_number_hash=keyed_hash("513101198201130014"))

    refused(MergeRefusal.ID_DIFFERS, merge, cast, keep, drop)


def test_two_accounts_are_settled_first_and_the_one_that_signs_in_goes_with_the_kept_record(cast, two):
    keep, drop = two
    keep.user = account = cast.users["member"]
    Member.objects.filter(user=account).update(user=None)
    keep.save()
    refused(MergeRefusal.BOTH_ACCOUNTS, merge, cast, keep, drop)
    account.is_active = False
    account.save()
    before = digests()

    record = merge(cast, keep, drop)

    keep.refresh_from_db()
    assert keep.user.username == "D0001"
    undo(cast, record)
    assert digests() == before


def test_without_a_reason_with_itself_or_twice_it_is_refused(cast, two):
    keep, drop = two

    refused(MergeRefusal.NO_REASON, merge, cast, keep, drop, reason=" ")
    refused(MergeRefusal.SAME, merge, cast, keep, keep)
    merge(cast, keep, drop)
    refused(MergeRefusal.ALREADY_MERGED, merge, cast, keep, drop)
    refused(MergeRefusal.ALREADY_MERGED, merge, cast, drop, keep)


def test_two_on_one_frozen_list_are_two_people(cast, two, monkeypatch):
    """Upper rooms register what they froze: both on one ballot's roll cannot be one person."""
    monkeypatch.setattr(merging, "_obstacles", {})
    merging.obstacle("ballot")(lambda keep, drop: "两份档案都参加了同一次投票")

    value = refused(MergeRefusal.OBSTACLE, merge, cast, *two)

    assert value.message == "两份档案都参加了同一次投票"


def test_nobody_merges_his_own_record_on_either_side(cast, two):
    staff = cast.users[Role.UNION_STAFF]
    own = cast.member_of(Role.UNION_STAFF)

    refused(MergeRefusal.OWN_RECORD, merge, cast, own, two[1], actor=staff)
    refused(MergeRefusal.OWN_RECORD, merge, cast, two[0], own, actor=staff)


@pytest.mark.parametrize("actor", [actor for actor in ACTORS if actor not in (ANONYMOUS, Role.UNION_STAFF)])
def test_only_who_may_write_both_merges_or_undoes(cast, two, actor):
    """A twin of somebody with an account of one's own must not give his file (hitobito#1309)."""
    keep, drop = two
    before = digests()
    given = {"actor": cast.users[actor]}

    with pytest.raises(PermissionDenied):
        merge(cast, keep, drop, **given)
    assert digests() == before
    record = merge(cast, keep, drop)
    after = digests()
    with pytest.raises(PermissionDenied):
        undo(cast, record, **given)

    assert digests() == after


def test_control_with_rights_on_one_side_only_the_twins_account_gets_the_file(cast, two, monkeypatch):
    keep, drop = two
    monkeypatch.setattr(service, "permit", lambda actor, *people: None)

    merge(cast, keep, drop, actor=drop.user)

    assert dossier.file_of(User.objects.get(pk=drop.user_id)) == keep


def test_control_a_row_lost_on_the_way_is_noticed(cast, two, monkeypatch):
    keep, drop = two
    move = service._move_where_free

    def lossy(relation, keep, drop):
        if relation.label == "notices.InboxMessage.member":
            drop.inbox_messages.all().delete()
        return move(relation, keep, drop)

    monkeypatch.setattr(service, "_move_where_free", lossy)

    refused(MergeRefusal.LOST, merge, cast, keep, drop)


# Undoing ------------------------------------------------------------------------------------------------------
def test_undone_merge_leaves_every_row_as_it_was(cast, two):
    keep, drop = two
    pair = make_pair(keep, drop)
    before = digests()
    record = merge(cast, keep, drop)
    pair.refresh_from_db()
    assert pair.state == PairState.MERGED
    assert digests() != before

    undo(cast, record)

    assert digests() == before
    pair.refresh_from_db()
    assert pair.state == PairState.OPEN
    entries = AuditEntry.objects.filter(action="members.mergerecord.undone")
    assert {entry.subject for entry in entries} == {keep.pk, drop.pk}


def test_undoing_leaves_what_somebody_changed_since(cast, two):
    keep, drop = two
    record = merge(cast, keep, drop)
    Member.objects.filter(pk=keep.pk).update(title="教授")

    undo(cast, record)

    keep.refresh_from_db()
    assert (keep.title, keep.phone) == ("教授", "")


def test_undoing_is_refused_after_an_act_a_changed_period_or_a_deleted_row(cast, two):
    keep, drop = two
    record = merge(cast, keep, drop)
    NoticePreference.objects.filter(member=keep, channel="inbox").delete()
    assert "通知设置有 1 条" in refused(MergeRefusal.CANNOT_UNDO, undo, cast, record).message
    life.retire(member=keep, on=DAY, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    message = refused(MergeRefusal.CANNOT_UNDO, undo, cast, record).message

    assert "之后登记了 1 次会籍变动" in message
    assert "之后会籍期间有改动" in message


def test_undoing_twice_or_without_a_reason_is_refused(cast, two):
    record = merge(cast, *two)

    refused(MergeRefusal.NO_REASON, undo, cast, record, reason="")
    undo(cast, record)
    refused(MergeRefusal.UNDONE_ALREADY, undo, cast, record)


def test_what_was_before_is_sealed(cast, two):
    record = merge(cast, *two)

    assert record.before.startswith("v1:")
    stored = str(MergeRecord.objects.filter(pk=record.pk).values().get())
    assert "13800001234" not in stored
    assert ID_NUMBER not in stored


def test_act_recorded_on_the_dropped_record_keeps_its_words_in_the_timeline(cast, two):
    keep, drop = two
    period = drop.memberships.get()
    MembershipAct.objects.create(
        kind=ActKind.TRANSFERRED_OUT,
        member=drop,
        on=period.until_on - timedelta(days=1),
        other_union="乙校工会",
        operator=cast.users[Role.UNION_STAFF],
        recorded_at=clock.now(),
        effect={"ended": {"id": period.pk}},
    )

    merge(cast, keep, drop)

    told = [event.title for event in timeline.events_of(keep) if event.on == date(2019, 12, 31)]
    assert told == ["会籍转出"]
