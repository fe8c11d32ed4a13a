"""When something is due, how late is too late, what may stand in a text."""

from datetime import date, timedelta

import pytest

from notices import rules
from notices.enums import RuleRefusal
from notices.rules import Window

D = date
LATE_3 = 3


@pytest.mark.parametrize(
    ("on", "started", "covered", "first", "cut_from"),
    [
        (D(2022, 5, 20), None, None, D(2022, 5, 20), None),  # the first run is about its own day
        (D(2022, 5, 20), D(2022, 5, 20), D(2022, 5, 20), D(2022, 5, 20), None),  # the same day again
        (D(2022, 5, 21), D(2022, 5, 20), D(2022, 5, 20), D(2022, 5, 20), None),  # not before the rule's first day
        (
            D(2022, 5, 30),
            D(2022, 5, 1),
            D(2022, 5, 29),
            D(2022, 5, 27),
            None,
        ),  # what may still go out, for late-comers
        (D(2022, 5, 30), D(2022, 5, 1), D(2022, 5, 20), D(2022, 5, 21), None),  # an outage of days
        (D(2022, 6, 21), D(2022, 5, 1), D(2022, 5, 20), D(2022, 5, 21), None),  # the longest that is caught up
        (D(2022, 6, 22), D(2022, 5, 1), D(2022, 5, 20), D(2022, 5, 22), D(2022, 5, 21)),  # a day more: cut
        (D(2022, 5, 18), D(2022, 5, 20), D(2022, 5, 20), D(2022, 5, 18), None),  # before the rule's first day
        (D(2022, 5, 18), D(2022, 5, 1), D(2022, 5, 30), D(2022, 5, 15), None),  # again for a day long covered
    ],
)
def test_window_begins_where_the_last_run_ended(on, started, covered, first, cut_from):
    found = rules.window(on=on, started_on=started, covered_until_on=covered, skip_after_days=LATE_3)

    assert found == Window(first=first, last=on, late_before=on - timedelta(days=LATE_3), cut_from=cut_from)


@pytest.mark.parametrize(
    ("first", "last", "offset", "years"),
    [
        (D(2022, 5, 20), D(2022, 5, 20), 7, [2022]),
        (D(2022, 12, 24), D(2022, 12, 24), 7, [2022]),
        (D(2022, 12, 25), D(2022, 12, 25), 7, [2022, 2023]),  # 1 January is next year's
        (D(2022, 12, 30), D(2023, 1, 2), 0, [2022, 2023]),
    ],
)
def test_occasion_years_are_those_of_the_occasion(first, last, offset, years):
    assert list(rules.occasion_years(Window(first, last, first), offset)) == years


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 10), (2, 30), (3, 120), (4, 360), (5, None), (6, None)])
def test_back_off_grows_and_ends(attempts, minutes):
    wait = rules.back_off(attempts)

    assert wait == (minutes and timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("subject", "body", "refusal"),
    [
        ("{name}老师", "{date}是{occasion}，还有{days}天，{branch}", None),
        ("", "正文", RuleRefusal.EMPTY_TEXT),
        ("标题", " \n ", RuleRefusal.EMPTY_TEXT),
        ("标题\n第二行", "正文", RuleRefusal.LINE_BREAK_IN_SUBJECT),
        ("标题\x85", "正文", RuleRefusal.LINE_BREAK_IN_SUBJECT),
        ("{phone}", "正文", RuleRefusal.UNKNOWN_PLACEHOLDER),
        ("标题", "{name.__class__}", RuleRefusal.STRAY_BRACE),
        ("标题", "{name!r}", RuleRefusal.STRAY_BRACE),
        ("标题", "{name", RuleRefusal.STRAY_BRACE),
        ("标题", "}", RuleRefusal.STRAY_BRACE),
        ("标题", "{{name}}", RuleRefusal.STRAY_BRACE),
        ("标题", "{% load x %}", RuleRefusal.STRAY_BRACE),
    ],
)
def test_refuse_text_knows_the_named_placeholders_only(subject, body, refusal):
    assert rules.refuse_text(subject, body) == refusal


GOOD = {
    "kind": "birthday",
    "occasion": "",
    "audience": "members",
    "channels": ["inbox"],
    "offset_days": 7,
    "skip_after_days": 7,
    "subject": "标题",
    "body": "正文",
}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({}, None),
        ({"offset_days": 0}, None),
        ({"offset_days": 60, "skip_after_days": 60}, None),
        ({"offset_days": 61}, RuleRefusal.OFFSET_OUT_OF_RANGE),
        ({"offset_days": -1}, RuleRefusal.OFFSET_OUT_OF_RANGE),
        ({"skip_after_days": 61}, RuleRefusal.OFFSET_OUT_OF_RANGE),
        ({"channels": []}, RuleRefusal.NO_CHANNEL),
        ({"channels": ["fax"]}, RuleRefusal.NO_CHANNEL),
        ({"audience": "staff"}, RuleRefusal.BIRTHDAY_IS_FOR_MEMBERS),
        ({"occasion": "春节"}, RuleRefusal.BIRTHDAY_IS_FOR_MEMBERS),
        ({"kind": "festival", "occasion": "春节", "audience": "staff"}, None),
        ({"kind": "festival"}, RuleRefusal.FESTIVAL_UNKNOWN),
        ({"kind": "festival", "occasion": "圣诞节"}, RuleRefusal.FESTIVAL_UNKNOWN),
        ({"body": "{x}"}, RuleRefusal.UNKNOWN_PLACEHOLDER),
    ],
)
def test_refuse_rule_both_sides_of_each_threshold(change, refusal):
    assert rules.refuse_rule(rules.RuleFacts(**GOOD | change)) == refusal


def test_render_fills_in_once():
    text = rules.render("{name} {date}", {"name": "{date}", "date": "5月27日"})

    assert text == "{date} 5月27日"


@pytest.mark.parametrize("name", ["张\n三", "张\r\n三", "张\x00三", "张\u2028三", "张\x85三", "张 \t 三"])
def test_one_line_leaves_nothing_that_could_open_a_header(name):
    assert rules.one_line(name) == "张 三"
