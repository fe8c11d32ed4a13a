"""Dated rules: the preset rows against REGULATIONS.md 5.3, 5.4, 6.2, 8.2 (typed out here), and the look-up."""

import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from core.calendar.festivals import GIFT_FESTIVALS
from core.checks import province_is_known
from core.enums import Effect, Mark, Scope
from core.models import PolicyRule
from core.policies import rule_at
from core.presets import preset_rules

# place | key | from | until | value | mark | effect
PROVINCES = """
江苏|benefit.festival.year_ceiling|2015-01-01|2018-01-01|1000|V*|warn
江苏|benefit.festival.year_ceiling|2018-01-01|2025-11-05|1800|V*|block
江苏|benefit.festival.year_ceiling|2025-11-05||2200|V*|block
江苏|benefit.birthday.ceiling|2015-01-01|2018-01-01|300|V*|warn
江苏|benefit.birthday.ceiling|2018-01-01|2025-11-05|400|V*|block
江苏|benefit.birthday.ceiling|2025-11-05||400|U|warn
江苏|benefit.marriage.ceiling|2018-01-01|2025-11-05|1000|V*|warn
江苏|benefit.birth.ceiling|2018-01-01|2025-11-05|1000|V*|warn
江苏|benefit.illness.ceiling|2018-01-01|2025-11-05|1000|V*|warn
江苏|benefit.surgery.ceiling|2018-01-01|2025-11-05|2000|V*|warn
江苏|benefit.death.member_ceiling|2018-01-01|2025-11-05|3000|V*|warn
江苏|benefit.death.relative_ceiling|2018-01-01|2025-11-05|2000|V*|warn
江苏|benefit.retirement.ceiling|2018-01-01|2025-11-05|1000|V*|warn
江苏|benefit.marriage.ceiling|2025-11-05||1000|U|warn
江苏|benefit.birth.ceiling|2025-11-05||1000|U|warn
江苏|benefit.illness.ceiling|2025-11-05||1000|U|warn
江苏|benefit.surgery.ceiling|2025-11-05||2000|U|warn
江苏|benefit.death.member_ceiling|2025-11-05||3000|U|warn
江苏|benefit.death.relative_ceiling|2025-11-05||2000|U|warn
江苏|benefit.retirement.ceiling|2025-11-05||1000|U|warn
江苏|benefit.cinema.year_ceiling|2018-01-01|2025-11-05|300|V*|warn
江苏|benefit.park_card.year_ceiling|2018-01-01|2025-11-05|300|V*|warn
江苏|benefit.women_goods.year_ceiling|2018-01-01|2025-11-05|300|V*|warn
江苏|activity.outing.longest_days|2025-11-05||2|V*|block
江苏|activity.outing.per_year|2025-11-05||2|V*|block
江苏|activity.outing.batches|2025-11-05||4|V*|block
江苏|benefit.park_card.per_year|2025-11-05||1|V*|block
重庆|benefit.festival.each_ceiling|2015-01-01|2018-01-01|[100, 500, 100, 100, 100, 100, 300]|V*|warn
重庆|benefit.festival.each_ceiling|2018-01-01||[200, 1000, 200, 300, 200, 200, 300]|V*|warn
重庆|activity.gala.prize_share|2018-01-01||[2, 3]|V*|warn
重庆|activity.gala.prize_average|2018-01-01||200|V*|warn
上海|benefit.festival.year_ceiling|2015-01-01|2018-01-01|400|V*|warn
上海|benefit.festival.year_ceiling|2018-01-01|2025-01-01|400|U|warn
上海|benefit.festival.year_ceiling|2025-01-01||1000|V*|warn
上海|benefit.festival.budget_share|2015-01-01|2018-01-01|20|V*|warn
上海|benefit.festival.budget_share|2018-01-01|2025-01-01|20|U|warn
上海|benefit.birthday.ceiling|2015-01-01|2018-01-01|250|V*|warn
上海|benefit.birthday.ceiling|2018-01-01|2025-01-01|250|U|warn
上海|benefit.show.year_ceiling|2025-01-01||300|V*|block
上海|benefit.cinema.year_ceiling|2025-01-01||300|V*|block
上海|benefit.park_card.year_ceiling|2025-01-01||300|V*|block
上海|activity.outing.per_year|2025-01-01||4|V*|block
上海|activity.outing.longest_days|2025-01-01||2|V*|block
上海|activity.outing.day_ceiling|2025-01-01||300|V*|block
上海|activity.outing.trip_ceiling|2025-01-01||900|V*|block
上海|activity.outing.meal_share|2025-01-01||50|V*|block
安徽|benefit.festival.year_ceiling|2018-03-01|2024-01-01|1500|V*|warn
安徽|benefit.festival.year_ceiling|2024-01-01|2025-08-21|2000|V*|warn
安徽|benefit.festival.year_ceiling|2025-08-21||2200|V*|block
安徽|benefit.birthday.ceiling|2018-03-01|2024-01-01|300|V*|warn
安徽|benefit.birthday.ceiling|2024-01-01|2025-08-21|300|V*|warn
安徽|benefit.birthday.ceiling|2025-08-21||500|V*|block
安徽|benefit.marriage.ceiling|2018-03-01|2024-01-01|600|V*|warn
安徽|benefit.marriage.ceiling|2024-01-01|2025-08-21|2000|V*|warn
安徽|benefit.marriage.ceiling|2025-08-21||2000|V*|block
安徽|benefit.birth.ceiling|2018-03-01|2024-01-01|600|V*|warn
安徽|benefit.birth.ceiling|2024-01-01|2025-08-21|1000|V*|warn
安徽|benefit.birth.ceiling|2025-08-21||2000|V*|block
安徽|benefit.illness.ceiling|2018-03-01|2024-01-01|1000|V*|warn
安徽|benefit.illness.ceiling|2024-01-01|2025-08-21|1000|V*|warn
安徽|benefit.illness.ceiling|2025-08-21||2000|V*|block
安徽|benefit.illness.same_disease_per_year|2025-08-21||1|V*|block
安徽|benefit.surgery.ceiling|2024-01-01|2025-08-21|2000|V*|warn
安徽|benefit.death.member_ceiling|2018-03-01|2024-01-01|2000|V*|warn
安徽|benefit.death.member_ceiling|2024-01-01|2025-08-21|2000|V*|warn
安徽|benefit.death.member_ceiling|2025-08-21||2000|V*|block
安徽|benefit.death.relative_ceiling|2018-03-01|2024-01-01|1000|V*|warn
安徽|benefit.death.relative_ceiling|2024-01-01|2025-08-21|1000|V*|warn
安徽|benefit.death.relative_ceiling|2025-08-21||2000|V*|block
安徽|benefit.retirement.ceiling|2018-03-01|2024-01-01|1000|V*|warn
安徽|benefit.retirement.ceiling|2024-01-01|2025-08-21|1000|V*|warn
安徽|benefit.retirement.ceiling|2025-08-21||2000|V*|block
安徽|benefit.aid.difficulty_ceiling|2025-08-21||2000|V*|block
安徽|benefit.cinema.year_ceiling|2024-01-01|2025-08-21|150|V*|warn
安徽|activity.outing.day_ceiling|2024-01-01|2025-08-21|200|V*|warn
安徽|activity.outing.longest_days|2024-01-01|2025-08-21|1|V*|warn
"""

# key | from | value | mark | effect: the neutral default, for the nation, without an end
DEFAULT = """
benefit.festival.list|2018-01-01|["元旦", "春节", "清明", "劳动节", "端午节", "中秋节", "国庆节"]|V*|block
benefit.assistance_share.target|2019-01-01|30|S|warn
benefit.form.cash_allowed|2018-01-01|false|V*|block
activity.outing.longest_days|2018-01-01|1|V*|warn
activity.outing.per_year|2026-01-01|4|V*|warn
activity.top_up_multiple|2018-01-01|3|M|warn
activity.prize_share|2018-01-01|[2, 3]|M|warn
finance.dues.rate|2018-01-01|"0.5"|V*|warn
finance.dues.remainder_ignored|2018-01-01|10|V*|warn
finance.dues.kept|2018-01-01|100|M|warn
finance.levy.rate|2022-01-01|2|V|warn
finance.levy.retained|2022-01-01|60|M|warn
finance.expense.route|2012-01-01|{"其他": "分工会负责人、会计、主席"}|S|warn
finance.expense.minute_above|2012-01-01|20000|V*|block
finance.payment.file_columns|2012-01-01|["序号", "收款人", "开户银行", "收款账号", "金额", "附言"]|S|warn
members.act_days_ahead|2012-01-01|90|S|warn
members.contact_retention.years|2021-11-01|3|U|warn
members.duplicates.threshold|2012-01-01|100|S|warn
members.duplicates.weights|2012-01-01|{"name_birth": 100, "pinyin_birth": 70, "phone": 60, \
"bank_card": 60, "email": 60, "name": 40}|S|warn
members.feed.most_leaving|2012-01-01|5|S|warn
members.feed.most_smaller|2012-01-01|20|S|warn
members.home.passed|2012-01-01|60|S|warn
members.home.advanced|2012-01-01|85|S|warn
members.home.model|2012-01-01|95|S|warn
members.home.block_least|2012-01-01|70|S|warn
members.posts.audit_apart|2012-01-01|true|M|warn
members.posts.women_only|2012-01-01|true|S|warn
members.posts.seats|2016-10-01|{"24": "3-5", "200": "3-7", "1000": "7-15", "5000": "15-21", \
"10000": "21-29", "50000": "29-37", "1000000": "37-45"}|M|warn
members.subject_request.days|2021-11-01|15|M|warn
members.retirement.male|2012-01-01|[60, 63, 4]|M|warn
members.retirement.cadre|2012-01-01|[55, 58, 4]|M|warn
members.retirement.worker|2012-01-01|[50, 55, 2]|M|warn
proposals.seconders_needed|2012-01-01|2|S|warn
proposals.seconding_mode|2012-01-01|"invite"|S|warn
proposals.collective_mover|2012-01-01|true|S|warn
proposals.non_delegates|2012-01-01|false|S|warn
proposals.delegation_head_review|2012-01-01|false|S|warn
proposals.window_days_before_opening|2012-01-01|15|S|warn
proposals.late_outcome|2012-01-01|"converted"|S|warn
proposals.year_round|2012-01-01|false|S|warn
proposals.committee_may_change_category|2012-01-01|true|S|warn
proposals.outcomes|2012-01-01|["立案", "并案", "转意见建议", "不予立案"]|S|warn
proposals.dispute_to_presidium|2012-01-01|true|S|warn
proposals.unfiled_forwarded|2012-01-01|true|S|warn
proposals.leader_before_assignment|2012-01-01|false|S|warn
proposals.leader_after_reply|2012-01-01|true|S|warn
proposals.one_joint_reply|2012-01-01|true|S|warn
proposals.reply_kinds|2012-01-01|["A", "B", "C"]|S|warn
proposals.ratings|2012-01-01|["满意", "基本满意", "不满意"]|S|warn
proposals.second_handling_rounds|2012-01-01|1|S|warn
proposals.handover_meeting|2012-01-01|true|S|warn
proposals.committee_sponsors|2012-01-01|false|S|warn
proposals.key_cases_escalated|2012-01-01|true|S|warn
notices.robot.per_minute|2020-01-01|20|M|warn
proposals.awards|2012-01-01|true|S|warn
proposals.number_pattern|2012-01-01|"{year}{seq:03}"|S|warn
proposals.branch_congress_own_flow|2012-01-01|true|S|warn
proposals.old_cases_with_new|2012-01-01|true|S|warn
proposals.deadline.send_back|2012-01-01|5|S|warn
proposals.deadline.co_handler_opinion|2012-01-01|20|S|warn
proposals.deadline.reply|2012-01-01|60|S|warn
proposals.deadline.extension|2012-01-01|30|S|warn
proposals.deadline.second_handling|2012-01-01|30|S|warn
"""


def typed(text: str) -> list[list[str]]:
    return sorted(line.split("|") for line in text.strip().splitlines())


def shown(value) -> str:
    if isinstance(value, dict) and set(value) == set(GIFT_FESTIVALS):
        value = [value[name] for name in GIFT_FESTIVALS]  # in the order of the year
    return json.dumps(value, ensure_ascii=False)


def test_presets_of_the_provinces_are_those_of_the_regulations():
    rows = [
        [r.place, r.key, str(r.from_on), str(r.until_on or ""), shown(r.value), r.mark, r.effect]
        for r in preset_rules()
        if r.scope == Scope.PROVINCE
    ]

    assert sorted(rows) == typed(PROVINCES)


def test_neutral_default_is_that_of_the_regulations():
    rows = [r for r in preset_rules() if r.scope == Scope.NATION]

    assert sorted([r.key, str(r.from_on), shown(r.value), r.mark, r.effect] for r in rows) == typed(DEFAULT)
    assert all(r.until_on is None and r.place == "" for r in rows)


@pytest.mark.parametrize(
    ("place", "key", "on", "document"),
    [
        ("江苏", "benefit.festival.year_ceiling", date(2022, 1, 1), "苏工发〔2018〕13号"),
        (
            "江苏",
            "benefit.festival.year_ceiling",
            date(2025, 11, 5),
            "2025-11-05《关于进一步完善基层工会经费使用 促进职工消费的若干措施》",
        ),
        ("安徽", "benefit.birthday.ceiling", date(2025, 8, 21), "皖工发〔2025〕18号"),
        ("上海", "benefit.show.year_ceiling", date(2025, 1, 1), "沪工总财〔2025〕36号"),
        ("", "benefit.festival.list", date(2022, 1, 1), "总工办发〔2017〕32号"),
        ("", "finance.levy.rate", date(2022, 1, 1), "中华人民共和国工会法（2021-12-24 修正）第四十三条"),
    ],
)
@pytest.mark.django_db
def test_rule_names_its_document(settings, place, key, on, document):
    settings.SCHOOL_PROVINCE = place
    call_command("load_reference", verbosity=0)

    assert rule_at(key, on=on).decided_by == document


def test_every_preset_row_says_who_decided_it_and_in_what_unit():
    assert all(row.decided_by and row.unit and not row.key.startswith("proposal.") for row in preset_rules())


def test_only_named_documents_that_were_seen_restated_may_block():
    blocking = [row for row in preset_rules() if row.effect == Effect.BLOCK]

    assert {row.mark for row in blocking} == {Mark.SECOND_HAND}
    assert all("文号未详" not in row.decided_by and "未确认" not in row.decided_by for row in blocking)


@pytest.mark.django_db
def test_loading_twice_adds_nothing_and_keeps_what_was_edited():
    call_command("load_reference", verbosity=0)
    edited = PolicyRule.objects.get(key="proposals.seconders_needed")
    edited.value = 3
    edited.save(update_fields=["value"])
    before = list(PolicyRule.objects.values_list())

    call_command("load_reference", verbosity=0)

    assert list(PolicyRule.objects.values_list()) == before
    assert len(before) == len(list(preset_rules()))


@pytest.mark.django_db
def test_loading_steps_aside_for_a_row_that_covers_part_of_the_period():
    own = rule(key="proposals.deadline.reply", value=45, from_on=date(2020, 1, 1), until_on=date(2021, 1, 1))

    call_command("load_reference", verbosity=0)

    assert list(PolicyRule.objects.filter(key="proposals.deadline.reply")) == [own]


def rule(**fields) -> PolicyRule:
    defaults = {"key": "a.b", "scope": Scope.NATION, "value": 1, "from_on": date(2020, 1, 1), "mark": Mark.SUGGESTED}
    return PolicyRule.objects.create(**{**defaults, "decided_by": "工会委员会", **fields})


@pytest.mark.django_db
def test_narrowest_place_is_used(settings):
    on = date(2022, 3, 9)
    nation = rule()
    province = rule(scope=Scope.PROVINCE, place="江苏")

    assert rule_at("a.b", on=on) == nation
    settings.SCHOOL_PROVINCE = "安徽"
    assert rule_at("a.b", on=on) == nation
    settings.SCHOOL_PROVINCE = "江苏"
    assert rule_at("a.b", on=on) == province
    school = rule(scope=Scope.SCHOOL)
    branch = rule(scope=Scope.BRANCH, place="纺织学院")
    assert rule_at("a.b", on=on) == school
    assert rule_at("a.b", on=on, branch="服装学院") == school
    assert rule_at("a.b", on=on, branch="纺织学院") == branch
    assert rule_at("a.c", on=on, branch="纺织学院") is None


@pytest.mark.parametrize(
    ("scope", "place"),
    [
        (Scope.NATION, "江苏"),
        (Scope.SCHOOL, "本校"),
        (Scope.PROVINCE, "江苏省"),
        (Scope.PROVINCE, ""),
        (Scope.BRANCH, ""),
    ],
)
@pytest.mark.django_db
def test_row_that_no_look_up_would_find_is_refused(scope, place):
    with pytest.raises(IntegrityError, match="policy_place_fits_scope"), transaction.atomic():
        rule(scope=scope, place=place)

    assert not PolicyRule.objects.exists()


@pytest.mark.parametrize(("province", "found"), [("", []), ("江苏", []), ("江苏省", ["core.E002"])])
def test_misspelt_province_is_found(settings, province, found):
    settings.SCHOOL_PROVINCE = province

    assert [wrong.id for wrong in province_is_known(None)] == found


@pytest.mark.django_db
def test_row_is_in_force_from_its_first_day_until_the_day_before_its_end():
    old = rule(from_on=date(2020, 1, 1), until_on=date(2022, 3, 9))
    new = rule(from_on=date(2022, 3, 9))

    assert rule_at("a.b", on=date(2019, 12, 31)) is None
    assert rule_at("a.b", on=date(2020, 1, 1)) == old
    assert rule_at("a.b", on=date(2022, 3, 8)) == old
    assert rule_at("a.b", on=date(2022, 3, 9)) == new


@pytest.mark.django_db
def test_look_up_costs_one_query(django_assert_num_queries, settings):
    settings.SCHOOL_PROVINCE = "江苏"
    with django_assert_num_queries(1):
        rule_at("a.b", on=date(2022, 3, 9), branch="纺织学院")
