"""What the roll can be narrowed by: every filter on both sides of its edge, and the index that answers it."""

from datetime import date

import pytest
from django.db import connections

from core.calendar.years import years_before
from core.clock import now, today
from core.enums import Role
from core.models import PolicyRule
from members import selection
from members.filters import FILTERS
from members.models import Body, KeptMembership, Member, Post
from members.rules import retirement, wording
from members.selectors import life as selectors_life
from members.services import life
from tests.cast import OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_branch, make_member, make_membership

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 15)


@pytest.fixture
def cast():
    cast = make_cast()
    return cast


def found(cast, *, by=Role.UNION_STAFF, on=ON, **given) -> set[str]:
    people = selection.read(given).people(user=cast.users[by], on=on)
    return {name for name in people.values_list("name", flat=True) if not name.startswith("人物")}


def listed(**people: dict) -> None:
    for name, fields in people.items():
        make_member(name=name, **fields)


@pytest.mark.parametrize(
    ("age", "names"),
    [
        ("u30", {"二九"}),
        ("30", {"三十"}),
        ("50", {"五九"}),
        ("60", {"六十"}),
        ("40", set()),
        ("none", {"不详"}),
        ("99", set()),
    ],
)
def test_age_changes_on_the_birthday(cast, age, names):
    born = {"二九": (1996, 3, 16), "三十": (1996, 3, 15), "五九": (1966, 3, 16), "六十": (1966, 3, 15)}
    listed(**{name: {"birth_on": date(*day)} for name, day in born.items()}, 不详={})

    shown = found(cast, age=age)

    assert shown == names


@pytest.mark.parametrize(
    ("day", "years", "latest"),
    [
        (date(2026, 2, 28), 22, date(2004, 2, 28)),
        (date(2026, 3, 1), 22, date(2004, 3, 1)),
        (date(2024, 2, 29), 25, date(1999, 2, 28)),
    ],
)
def test_who_was_born_on_a_leap_day_is_older_on_the_first_of_march(day, years, latest):
    assert years_before(day, years) == latest


def test_birthday_month(cast):
    listed(三月={"birth_on": date(1980, 3, 31)}, 四月={"birth_on": date(1980, 4, 1)}, 不详={})

    assert found(cast, born="3") == {"三月"}
    assert found(cast, born="13") == set()


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ("on", {"在会", "又回"}),
        ("kept", {"保留"}),
        ("ended", {"保留", "退休", "退会"}),
        ("retired", {"保留", "退休"}),
        ("left", {"退会"}),
        ("branch_change", set()),
    ],
)
def test_state_is_of_the_last_period(cast, state, names):
    listed(在会={}, 又回={}, 保留={}, 退休={}, 退会={})
    person = {member.name: member for member in Member.objects.all()}
    make_membership(member=person["在会"])
    ended = {"from_on": date(2000, 1, 1), "until_on": date(2010, 1, 1)}
    make_membership(member=person["又回"], **ended, reason_out="retired")
    make_membership(member=person["又回"], from_on=date(2012, 1, 1), reason_in="resumed")
    make_membership(member=person["退休"], **ended, reason_out="retired")
    make_membership(member=person["保留"], **ended, reason_out="retired")
    KeptMembership.objects.create(member=person["保留"], reason="retired", from_on=date(2010, 1, 1))
    make_membership(member=person["退会"], **ended, reason_out="retired")
    make_membership(member=person["退会"], from_on=date(2011, 1, 1), until_on=date(2012, 1, 1), reason_out="left")

    shown = found(cast, state=state)

    assert shown == names


def test_branch_means_its_groups_too_and_only_what_is_visible(cast):
    group = make_branch(short_name="甲院一组", parent=cast.branch, kind="group")
    make_membership(member=make_member(name="组员"), branch=group)
    make_membership(member=make_member(name="院员"), branch=cast.branch)

    assert found(cast, branch=str(cast.branch.pk)) == {"组员", "院员"}
    assert found(cast, branch=str(group.pk)) == {"组员"}
    assert found(cast, by=OTHER_BRANCH_OFFICER, branch=str(cast.branch.pk)) == set()


def test_retirement_year_is_the_services_own(cast):
    listed(
        早={"sex": "male", "birth_on": date(1965, 9, 30)},
        晚={"sex": "male", "birth_on": date(1965, 10, 1)},
        女={"sex": "female", "birth_on": date(1970, 9, 30)},
        工={"sex": "female", "staff_category": "worker", "birth_on": date(1975, 8, 31)},
        不详={"sex": "male"},
    )
    for kind, value in {"male": [60, 63, 4], "cadre": [55, 58, 4], "worker": [50, 55, 2]}.items():
        PolicyRule.objects.get_or_create(
            key=f"members.retirement.{kind}",
            scope="nation",
            from_on=date(2000, 1, 1),
            defaults={"value": value, "decided_by": "国务院", "mark": "M"},
        )

    assert found(cast, retires="2025") == {"早", "女", "工"}
    assert found(cast, retires="2026") == {"晚"}


@pytest.mark.parametrize("year", [2020, 2024, 2025, 2031, 2042])
@pytest.mark.parametrize("ages", [(60, 63, 4), (55, 58, 4), (50, 55, 2)])
def test_births_of_a_retirement_year_are_found_on_both_sides(year, ages):
    ages = retirement.Ages(*ages)
    first, behind = retirement.born_to_retire_in(year, ages)

    days = [date.fromordinal(day) for day in range(first.toordinal() - 1, behind.toordinal() + 1)]
    years = [retirement.retires_on(birth_on=day, ages=ages).year for day in days]

    assert years[0] < year < years[-1]
    assert set(years[1:-1]) <= {year}


@pytest.mark.parametrize(
    ("text", "rank"),
    [
        *(("教授", "full"), ("研究馆员", "full"), ("正高级工程师", "full"), ("主任医师", "full")),
        *(("副教授", "vice"), ("高级实验师", "vice"), ("副主任医师", "vice"), ("副研究员", "vice")),
        *(("讲师", "middle"), ("助理研究员", "middle"), ("馆员", "middle"), ("主治医师", "middle")),
        *(("助教", "entry"), ("助理馆员", "entry"), ("研究实习员", "entry"), ("技术员", "entry")),
        *(("", "none"), ("  ", "none"), ("处长", "other")),
    ],
)
def test_rank_of_a_title(text, rank):
    assert wording.rank_of(text) == rank


@pytest.mark.parametrize(
    ("judge", "text", "kind"),
    [
        (wording.education_of, "博士研究生", "doctor"),
        (wording.education_of, "硕士研究生", "master"),
        (wording.education_of, "大学本科", "bachelor"),
        (wording.education_of, "大专", "college"),
        (wording.education_of, "中专", "other"),
        (wording.education_of, "", "none"),
        (wording.politics_of, "中共预备党员", "party"),
        (wording.politics_of, "九三学社社员", "democratic"),
        (wording.politics_of, "共青团员", "league"),
        (wording.politics_of, "群众", "none_party"),
        (wording.politics_of, "非党员", "none_party"),
    ],
)
def test_class_of_a_wording(judge, text, kind):
    assert judge(text) == kind


def test_free_text_is_found_by_its_class(cast):
    listed(
        甲={"title": "副教授", "education": "博士研究生", "political_status": "中共党员"},
        乙={"title": "高级实验师", "education": "本科", "political_status": "民盟盟员"},
        丙={},
    )

    assert found(cast, rank="vice") == {"甲", "乙"}
    assert found(cast, rank="vice", education="doctor") == {"甲"}
    assert found(cast, politics="democratic") == {"乙"}
    assert found(cast, rank="none", has_email="no") == {"丙"}


def test_every_filter_takes_what_it_offers_and_nothing_else(cast):
    """No choice breaks, and a wrong value finds nobody, in every filter there is."""
    from members.filters import Asked

    asked = Asked(cast.users[Role.UNION_STAFF], today(), {})
    for spec in FILTERS:
        for value, _label in spec.choices(asked):
            list(spec.applied(Member.objects.all(), str(value), asked))
        for wrong in ("", "x", "0", "-1", "9" * 30, "'", "%", "none_such", "²"):
            if not spec.knows(wrong, asked):
                assert not spec.applied(Member.objects.all(), wrong, asked).exists(), (spec.name, wrong)


def test_post_is_one_held_on_the_day(cast):
    listed(甲={}, 乙={}, 丙={})
    bodies = {
        kind: Body.objects.create(kind=kind, name=kind, from_on=date(2020, 1, 1)) for kind in ("reporters", "labour")
    }
    held = {"甲": ("reporters", None), "乙": ("labour", date(2026, 3, 15)), "丙": ("labour", date(2026, 3, 16))}
    for name, (kind, until_on) in held.items():
        days = {"from_on": date(2021, 1, 1), "until_on": until_on}
        position = "reporter" if kind == "reporters" else "inspector"
        Post.objects.create(
            body=bodies[kind], member=Member.objects.get(name=name), position=position, how="appointed", **days
        )

    assert found(cast, post="any") == {"甲", "丙"}
    assert found(cast, post="labour") == {"丙"}
    assert found(cast, post="committee") == set()


def test_who_died_while_his_membership_was_kept_is_found_as_dead(cast):
    member = make_member(name="甲")
    make_membership(member=member, branch=cast.branch)
    given = {"member": member, "actor": cast.users[Role.UNION_STAFF], "at": now()}
    life.retire(on=date(2025, 1, 31), **given)
    assert found(cast, state="died") == set()

    act = life.record_death(on=date(2026, 3, 14), **given)

    assert found(cast, state="died") == found(cast, state="retired") == {"甲"}
    assert found(cast, state="died", on=date(2026, 3, 14)) == set()
    assert selectors_life.end_of_keeping(member) == act
    life.correct(act=act, basis="登记有误", actor=given["actor"], at=now())
    assert found(cast, state="died") == set()
    assert selectors_life.end_of_keeping(member) is None


def test_who_came_back_from_keeping_is_told_by_his_last_end_only(cast):
    member = make_member(name="甲")
    make_membership(member=member, branch=cast.branch)
    given = {"member": member, "actor": cast.users[Role.UNION_STAFF], "at": now()}
    life.retire(on=date(2023, 1, 31), **given)
    life.resume(on=date(2024, 1, 1), **given)

    life.transfer_out(other_union="乙校工会", on=date(2025, 1, 31), **given)

    assert selectors_life.end_of_keeping(member) is None
    assert found(cast, state="transferred_out") == {"甲"}
    assert found(cast, state="retired") == set()


INDEXED = {
    "born=2": "member_by_birth_month",
    "age=60": "member_by_birth",
    "rank=full": "member_by_title",
    "education=doctor": "member_by_education",
    "politics=league": "member_by_politics",
    "left=2021": "membership_by_end",
}


def fill(count: int) -> None:
    """Few of everything that is asked for, so that the way by the index is the short one."""
    Member.objects.bulk_create(
        Member(
            staff_no=f"F{number:06}",
            name="赵某",
            pinyin=f"zhao{number:06}",
            birth_on=date(1950 if number % 500 == 0 else 1990, 2 if number % 300 == 0 else 6, 15),
            title="教授" if number % 400 == 0 else "讲师",
            education="博士" if number % 400 == 1 else "本科",
            political_status="共青团员" if number % 400 == 2 else "群众",
        )
        for number in range(count)
    )
    branch = make_branch()
    for place, member in enumerate(Member.objects.filter(staff_no__startswith="F").order_by("pk")):
        if place % 40 == 0:
            ended = {"until_on": date(2021 if place % 400 == 0 else 2015, 5, 1), "reason_out": "left"}
            make_membership(member=member, branch=branch, from_on=date(2010, 1, 1), **ended)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_counts_of_the_new_filters_go_through_their_index_and_without_it_the_plan_shows():
    cast = make_cast()
    fill(20_000)
    with connections["owner"].cursor() as owner:
        owner.execute("VACUUM ANALYZE members_member")
        owner.execute("VACUUM ANALYZE members_membership")

    def plan(query: str) -> str:
        given = dict([query.split("=")])
        return selection.read(given).people(user=cast.users[Role.UNION_STAFF], on=ON).order_by("pk").explain()

    with_index = {query: plan(query) for query in INDEXED}
    with connections["owner"].cursor() as owner:  # the control
        for index in set(INDEXED.values()):
            owner.execute(f"DROP INDEX {index}")
    without_index = {query: plan(query) for query in INDEXED}

    for query, index in INDEXED.items():
        assert index in with_index[query], with_index[query]
        assert index not in without_index[query]
