"""Kept selections: whose they are, what they may hold, and that nobody reaches further through one."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members import segments, selection
from members.models import Segment
from members.selection import CannotSelect
from members.services.segments import (
    CannotKeepSegment,
    Refusal,
    change_segment,
    delete_segment,
    save_segment,
)
from tests.acts import acts
from tests.cast import MEMBER, make_cast
from tests.members.factories import make_member, make_membership

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 15)


@pytest.fixture
def cast():
    cast = make_cast()
    for name, branch in (("甲女", cast.branch), ("乙女", cast.other_branch)):
        make_membership(member=make_member(name=name, sex="female"), branch=branch)
    return cast


def saved(cast, by=Role.UNION_STAFF, **changed) -> Segment:
    given = {"name": "女会员", "description": "", "query": "sex=female&state=on", "is_shared": False} | changed
    return save_segment(actor=cast.users[by], at=clock.now(), **given)


def names(segment: Segment, user) -> set[str]:
    return set(segments.people_of(segment, user=user, on=ON).values_list("name", flat=True))


def test_a_segment_is_the_filter_by_a_name_and_on_record_without_what_was_searched(cast):
    segment = saved(cast, query="state=on&q=张三&sex=female&after=x")

    entry = AuditEntry.objects.get(action="members.segment.created")
    assert segment.query == "q=%E5%BC%A0%E4%B8%89&state=on&sex=female"
    assert entry.data == {"filters": ["q", "sex", "state"], "shared": False}


def test_people_are_found_anew_each_time(cast):
    segment = saved(cast)
    before = names(segment, segment.owner)

    make_membership(member=make_member(name="新女", sex="female"), branch=cast.branch)

    assert names(segment, segment.owner) == before | {"新女"} == {"甲女", "乙女", "新女"}


@pytest.mark.parametrize(
    ("by", "found"),
    [
        (Role.UNION_STAFF, {"甲女", "乙女"}),
        (Role.CHAIR, {"甲女", "乙女"}),
        (Role.BRANCH_OFFICER, set()),
        (Role.ACCOUNTANT, set()),
        (MEMBER, set()),
    ],
)
def test_a_shared_segment_opens_to_whoever_sees_the_whole_roll(cast, by, found):
    segment = saved(cast, is_shared=True)

    assert names(segment, cast.users[by]) == found


def test_a_segment_of_a_branch_officer_never_reaches_another_branch(cast):
    officer = cast.users[Role.BRANCH_OFFICER]
    segment = Segment.objects.create(name="女", query="sex=female", owner=officer, changed_at=clock.now())

    assert names(segment, officer) == {"甲女"}
    segment.query = f"branch={cast.other_branch.pk}"
    segment.save()
    assert names(segment, officer) == set()


def test_who_loses_his_office_reaches_nobody_by_what_he_kept(cast):
    segment = saved(cast)
    cast.users[Role.UNION_STAFF].role_grants.update(until_on=date(2021, 1, 1))
    owner = type(segment.owner).objects.get(pk=segment.owner_id)

    assert names(segment, owner) == set()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", selection.Refusal.EMPTY),
        ("sex=", selection.Refusal.EMPTY),
        ("after=x", selection.Refusal.EMPTY),
        ("phone__startswith=138", selection.Refusal.UNKNOWN_FILTER),
        ("pk__in=1&sex=female", selection.Refusal.UNKNOWN_FILTER),
        ("secret__id_number_last4=123X", selection.Refusal.UNKNOWN_FILTER),
        ("user__password__startswith=p", selection.Refusal.UNKNOWN_FILTER),
        ("sex=x", selection.Refusal.UNKNOWN_VALUE),
        ("sex=male%00", selection.Refusal.UNKNOWN_VALUE),
        ("branch=999999", selection.Refusal.UNKNOWN_VALUE),
        ("branch=1%20OR%201=1", selection.Refusal.UNKNOWN_VALUE),
        ("q=" + "x" * 2000, selection.Refusal.UNKNOWN_FILTER),
    ],
)
def test_a_hostile_query_is_refused_and_nothing_is_kept(cast, query, code):
    with pytest.raises(CannotSelect) as refused:
        saved(cast, query=query)

    assert refused.value.code is code
    assert not Segment.objects.exists()
    assert not acts().exists()


@pytest.mark.parametrize("query", ["pk__in=1", "sex=x", "", "user__username=C001&sex=female"])
def test_a_query_that_was_put_into_the_table_by_other_ways_finds_nobody(cast, query):
    staff = cast.users[Role.UNION_STAFF]
    segment = Segment(name="坏", query=query or "x", owner=staff, changed_at=clock.now())
    segment.save()

    assert names(segment, staff) == set()


def test_a_name_is_taken_once_by_one_owner(cast):
    saved(cast)
    saved(cast, by=Role.CHAIR)

    with pytest.raises(CannotKeepSegment) as refused:
        saved(cast, query="sex=male")

    assert refused.value.code is Refusal.NAME_TAKEN
    assert Segment.objects.count() == 2


@pytest.mark.parametrize("by", [Role.CHAIR, Role.BRANCH_OFFICER, Role.ACCOUNTANT, MEMBER])
def test_only_the_owner_changes_or_deletes_even_what_is_shared(cast, by):
    segment = saved(cast, is_shared=True)
    given = {"segment": segment, "actor": cast.users[by], "at": clock.now()}

    with pytest.raises(PermissionDenied):
        change_segment(name="改", description="", is_shared=False, **given)
    with pytest.raises(PermissionDenied):
        delete_segment(**given)

    assert list(Segment.objects.values_list("name", "is_shared")) == [("女会员", True)]


@pytest.mark.parametrize("by", [Role.BRANCH_OFFICER, Role.ACCOUNTANT, MEMBER])
def test_who_sees_no_whole_roll_keeps_none(cast, by):
    with pytest.raises(PermissionDenied):
        saved(cast, by=by)

    assert not Segment.objects.exists()


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


def test_save_rename_apply_and_delete_in_the_admin(cast):
    staff = signed_in(cast.users[Role.UNION_STAFF])
    page = staff.get("/admin/members/member/?sex=female&state=on").content.decode()
    assert "query=state%3Don%26sex%3Dfemale" in page or "query=sex%3Dfemale%26state%3Don" in page
    form = staff.get("/admin/members/segment/add/?query=sex%3Dfemale%26state%3Don")
    assert 'value="sex=female&amp;state=on"' in form.content.decode()

    given = {"name": "女会员", "query": "sex=female&state=on", "intent_key": str(uuid4())}
    staff.post("/admin/members/segment/add/", given)
    segment = Segment.objects.get()
    shown = staff.get("/admin/members/segment/").content.decode()
    staff.post(f"/admin/members/segment/{segment.pk}/change/", {"name": "女教工", "intent_key": str(uuid4())})

    assert "会籍：在会，性别：女" in shown
    assert "?state=on&amp;sex=female" in shown
    segment.refresh_from_db()
    assert segment.name == "女教工"
    staff.post(f"/admin/members/segment/{segment.pk}/remove/", {"intent_key": str(uuid4())})
    assert not Segment.objects.exists()


def test_a_page_with_a_query_that_is_none_says_so_and_keeps_nothing(cast):
    staff = signed_in(cast.users[Role.UNION_STAFF])

    answer = staff.post(
        "/admin/members/segment/add/", {"name": "坏", "query": "pk__in=1", "intent_key": str(uuid4())}
    )

    assert "系统不认识的项目" in answer.content.decode()
    assert not Segment.objects.exists()
