"""Kept selections as the people of a rule: in the union's name, judged at each run, never silently gone."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from core import clock
from core.enums import Role
from core.models import User
from members.models import Segment
from members.services.segments import CannotKeepSegment, Refusal, change_segment, delete_segment
from notices import segments
from notices.enums import RuleRefusal
from notices.models import Reminder, ReminderRule
from notices.selectors import preview
from notices.services.due import Made, make_due
from notices.services.keeping import CannotKeepRule, keep_rule
from tests.acts import acts
from tests.members.factories import make_branch
from tests.notices.factories import AT, ON, make_officer, make_person, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk() -> User:
    return make_officer(username="S1")


def make_segment(owner: User, **fields) -> Segment:
    given = {"name": "女会员", "query": "sex=female&state=on", "is_shared": True, "changed_at": AT}
    return Segment.objects.create(owner=owner, **given | fields)


def rule_for(segment: Segment | None, **fields) -> ReminderRule:
    """On ``ON``, once, to whom the selection finds."""
    given = {"kind": "date", "fixed_on": ON, "repeat": "once", "offset_days": 0, "channels": ["inbox"]}
    return make_rule(audience="segment", segment=segment, **given | fields)


def values(**fields) -> dict:
    given = {"code": "women", "name": "妇女节活动", "kind": "date", "occasion": "", "fixed_on": ON, "source": ""}
    given |= {"repeat": "once", "every_days": None, "roles": [], "channels": ["inbox"], "timing": "before"}
    given |= {"offset_days": 0, "skip_after_days": 2, "subject": "活动", "body": "请参加", "until_on": None}
    given |= {"audience": "segment", "is_active": True, "service_critical": False, "branches": [], "robots": []}
    return given | fields


def told() -> set:
    return {reminder.member for reminder in Reminder.objects.all()}


def again(user: User) -> User:
    """The same account in another request: its offices are read anew."""
    return User.objects.get(pk=user.pk)


def test_who_the_selection_finds_is_reminded_and_nobody_else(clerk):
    rule_for(make_segment(clerk))
    woman = make_person(sex="female")
    make_person(sex="male")
    make_person(sex="female", until_on=date(2022, 1, 1))

    make_due(on=ON, at=AT)

    assert told() == {woman}


def test_birthdays_of_a_selection_only(clerk):
    make_rule(audience="segment", segment=make_segment(clerk))
    woman = make_person(sex="female")
    make_person(sex="male")

    make_due(on=ON, at=AT)

    assert told() == {woman}


def test_people_who_came_or_went_between_preview_and_run_are_judged_by_the_run(clerk):
    rule = rule_for(make_segment(clerk))
    stays, leaves = make_person(sex="female"), make_person(sex="female")
    shown = preview(rule, on=ON)

    type(leaves).objects.filter(pk=leaves.pk).update(sex="male")
    comes = make_person(sex="female")
    make_due(on=ON, at=AT)

    assert shown.counts == {"": 2}
    assert told() == {stays, comes}


def test_another_selection_between_preview_and_run_counts(clerk):
    rule = rule_for(make_segment(clerk))
    make_person(sex="female")
    man = make_person(sex="male")
    assert preview(rule, on=ON).counts == {"": 1}

    other = make_segment(clerk, name="男会员", query="sex=male&state=on")
    keep_rule(actor=clerk, rule=rule, values={"segment": other}, at=AT)
    make_due(on=ON, at=AT)

    assert told() == {man}


def _ends(clerk):
    clerk.role_grants.update(until_on=date(2021, 1, 1))


def _is_disabled(clerk):
    User.objects.filter(pk=clerk.pk).update(is_active=False)


def _is_unshared(clerk):
    Segment.objects.update(is_shared=False)


def _knows_no_such_filter(clerk):
    Segment.objects.update(query="pk__in=1")


@pytest.mark.parametrize(
    ("what", "said", "is_idle"),
    [
        (_ends, "已不能查看全体会员", True),
        (_is_disabled, "已不能查看全体会员", True),
        (_is_unshared, "不再供全体干事使用", True),
        (_knows_no_such_filter, "不认识的项目", False),
    ],
)
def test_a_selection_that_lost_its_right_means_nobody_and_says_why(clerk, what, said, is_idle):
    rule = rule_for(make_segment(clerk))
    make_person(sex="female")
    assert segments.why_nobody(rule, on=ON) == ""

    what(clerk)
    rule = ReminderRule.objects.get(pk=rule.pk)

    assert make_due(on=ON, at=AT) == Made()
    assert preview(rule, on=ON).counts == {}
    assert said in segments.why_nobody(rule, on=ON)
    assert list(ReminderRule.objects.idle()) == ([rule] if is_idle else [])


def test_who_was_missed_while_the_right_was_gone_is_told_when_it_is_back_in_time(clerk):
    rule_for(make_segment(clerk), skip_after_days=3)
    woman = make_person(sex="female")
    _is_unshared(clerk)
    make_due(on=ON, at=AT)

    Segment.objects.update(is_shared=True)
    make_due(on=ON + timedelta(days=1), at=AT)

    assert told() == {woman}


@pytest.mark.parametrize("fields", [{"is_shared": False}, {"owner": Role.CASHIER}, {"owner": Role.BRANCH_OFFICER}])
def test_a_selection_that_is_not_the_unions_is_refused_and_nothing_kept(clerk, fields):
    role = fields.pop("owner", None)
    owner = make_officer(role, username="S2") if role else clerk
    segment = make_segment(owner, **fields)
    before = ReminderRule.objects.count()

    with pytest.raises(CannotKeepRule) as refused:
        keep_rule(actor=clerk, rule=None, values=values(segment=segment), at=AT)

    assert refused.value.code is RuleRefusal.SEGMENT_UNFIT
    assert ReminderRule.objects.count() == before
    assert not acts().exists()


@pytest.mark.parametrize(("audience", "has_segment"), [("segment", False), ("members", True), ("staff", True)])
def test_an_audience_and_its_selection_go_together(clerk, audience, has_segment):
    segment = make_segment(clerk) if has_segment else None

    with pytest.raises(CannotKeepRule) as refused:
        keep_rule(actor=clerk, rule=None, values=values(audience=audience, segment=segment), at=AT)

    assert refused.value.code is RuleRefusal.AUDIENCE_INCOMPLETE
    assert not acts().exists()


def test_a_rule_is_switched_on_again_only_while_its_selection_is_the_unions(clerk):
    rule = rule_for(make_segment(clerk), is_active=False)
    _is_unshared(clerk)

    with pytest.raises(CannotKeepRule) as refused:
        keep_rule(actor=clerk, rule=rule, values={"is_active": True}, at=AT)

    assert refused.value.code is RuleRefusal.SEGMENT_UNFIT
    rule.refresh_from_db()
    assert not rule.is_active


def test_a_rule_whose_selection_lost_its_right_can_be_switched_off(clerk):
    rule = rule_for(make_segment(clerk))
    _is_unshared(clerk)

    keep_rule(actor=clerk, rule=rule, values={"is_active": False}, at=AT)

    rule.refresh_from_db()
    assert not rule.is_active


@pytest.mark.parametrize("role", [Role.CHAIR, Role.BRANCH_OFFICER])
def test_who_keeps_no_rules_gives_none_a_selection(clerk, role):
    other = make_officer(role, username="S2")
    rule = rule_for(make_segment(clerk))

    with pytest.raises(PermissionDenied):
        keep_rule(actor=other, rule=rule, values={"segment": make_segment(other, name="另一个")}, at=AT)

    rule.refresh_from_db()
    assert rule.segment.name == "女会员"


def test_a_selection_of_an_active_rule_is_neither_deleted_nor_kept_to_oneself(clerk):
    segment = make_segment(clerk)
    rule_for(segment, name="妇女节活动")

    with pytest.raises(CannotKeepSegment) as deleted:
        delete_segment(segment=segment, actor=clerk, at=AT)
    with pytest.raises(CannotKeepSegment) as unshared:
        change_segment(segment=segment, name="女", description="", is_shared=False, actor=clerk, at=AT)

    assert deleted.value.code is unshared.value.code is Refusal.IN_USE
    assert "提醒规则“妇女节活动”" in deleted.value.message
    segment.refresh_from_db()
    assert (segment.name, segment.is_shared) == ("女会员", True)
    assert not acts().exists()


def test_another_name_for_a_selection_in_use_is_fine(clerk):
    segment = make_segment(clerk)
    rule_for(segment)

    change_segment(segment=segment, name="女教职工", description="", is_shared=True, actor=clerk, at=AT)

    segment.refresh_from_db()
    assert segment.name == "女教职工"


def test_a_rule_that_is_off_outlives_its_selection_and_comes_back_with_another_one(clerk):
    segment = make_segment(clerk)
    rule = rule_for(segment, is_active=False)

    delete_segment(segment=segment, actor=clerk, at=AT)

    rule.refresh_from_db()
    assert (rule.audience, rule.segment) == ("segment", None)
    with pytest.raises(CannotKeepRule):
        keep_rule(actor=clerk, rule=rule, values={"is_active": True}, at=AT)
    fresh = make_segment(clerk, name="新")
    keep_rule(actor=clerk, rule=rule, values={"is_active": True, "segment": fresh}, at=AT)
    rule.refresh_from_db()
    assert (rule.is_active, rule.segment) == (True, fresh)


@pytest.mark.parametrize("broken", [{"segment": None}, {"audience": "members"}])
def test_the_database_holds_an_active_rule_to_its_selection(clerk, broken):
    rule = rule_for(make_segment(clerk))

    with pytest.raises(IntegrityError, match="reminder_rule_segment_fits_audience"), transaction.atomic():
        ReminderRule.objects.filter(pk=rule.pk).update(**broken)


@pytest.mark.parametrize("count", [1, 30])
def test_a_run_takes_the_same_number_of_statements_for_any_number_of_people(clerk, count, django_assert_num_queries):
    rule_for(make_segment(clerk))
    branch = make_branch()
    for _ in range(count):
        make_person(sex="female", branch=branch)

    with django_assert_num_queries(13):
        make_due(on=ON, at=AT)

    assert Reminder.objects.count() == count


def form(**fields) -> dict:
    given = values(intent_key=str(uuid4()), is_active="on", **fields)
    return {name: value for name, value in given.items() if value is not None and value is not False}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="core.backends.StaffNumberBackend")
    return client


def test_chosen_previewed_and_warned_of_in_the_admin(clerk):
    mine = make_segment(clerk)
    make_segment(clerk, name="只给自己", is_shared=False)
    make_person(sex="female", name="王女士")
    page = signed_in(clerk)
    offered = page.get("/admin/notices/reminderrule/add/").content.decode()

    page.post("/admin/notices/reminderrule/add/", form(segment=mine.pk, fixed_on=clock.today().isoformat()))
    rule = ReminderRule.objects.get(code="women")
    shown = page.get(f"/admin/notices/reminderrule/{rule.pk}/preview/").content.decode()

    assert "女会员" in offered
    assert "只给自己" not in offered
    assert rule.segment == mine
    assert "名单：女会员" in shown
    assert "王女士" in shown
    assert "不发给任何人" not in shown

    Segment.objects.update(is_shared=False)
    pages = [f"{rule.pk}/preview/", f"{rule.pk}/change/"]
    warned = [page.get(f"/admin/notices/reminderrule/{where}").content.decode() for where in pages]

    assert all("目前不发给任何人：名单“女会员”已不再供全体干事使用。" in text for text in warned)
    assert "无人可发" in page.get("/admin/notices/reminderrule/").content.decode()
    assert "1 条提醒规则的名单已失效" in page.get("/admin/").content.decode()


def test_deleting_in_the_admin_says_which_rule_stands_on_it(clerk):
    segment = make_segment(clerk)
    rule_for(segment, name="妇女节活动")

    answer = signed_in(clerk).post(f"/admin/members/segment/{segment.pk}/remove/", {"intent_key": str(uuid4())})

    assert "提醒规则“妇女节活动”" in answer.content.decode()
    assert Segment.objects.filter(pk=segment.pk).exists()
