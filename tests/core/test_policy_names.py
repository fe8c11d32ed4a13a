"""What union staff read where the programs say ``benefit.festival.year_ceiling``."""

import pytest

from core.policy_names import NAMES, keys_named, name_of, value_in_words
from core.presets import preset_rules


def test_every_preset_rule_has_a_name_and_no_name_lacks_a_rule():
    assert set(NAMES) == {rule.key for rule in preset_rules()}


def test_names_are_told_apart():
    assert len({str(name) for name in NAMES.values()}) == len(NAMES)


def test_a_schools_own_rule_goes_by_its_key():
    assert name_of("our.own") == "our.own"


def test_rules_are_found_by_a_part_of_their_name():
    assert keys_named("生日") == ["benefit.birthday.ceiling"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1500, "元/人·年", "1500 元/人·年"),
        ("0.5", "%", "0.5 %"),
        (True, "开关", "是"),
        (False, "开关", "否"),
        ("invite", "方式", "邀请并由本人确认"),
        ("{year}{seq:03}", "格式", "{year}{seq:03}"),
        ({"元旦": 100, "春节": 500}, "元/人·节", "元旦 100，春节 500（元/人·节）"),
        ({"甲": 1}, "", "甲 1"),
        (["元旦", "春节"], "节日", "元旦、春节"),
        ([2, 3], "获奖比例", "2/3"),
        ([2, 3], "", "2、3"),
        (None, "", "null"),
    ],
)
def test_values_are_told_in_words(value, unit, words):
    assert value_in_words(value, unit) == words
