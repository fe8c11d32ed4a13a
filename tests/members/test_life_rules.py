"""The rules of a membership's life, both sides of every threshold."""

from datetime import date

import pytest

from members.enums import ActKind
from members.life_codes import JoinRefusal, LifeRefusal
from members.rules import joining, life, retirement
from members.rules.life import Days
from members.rules.retirement import Ages

MALE, CADRE, WORKER = Ages(60, 63, 4), Ages(55, 58, 4), Ages(50, 55, 2)
DAY = date(2026, 3, 1)
OPEN = [Days(date(2020, 1, 1), None)]
ENDED = [Days(date(2020, 1, 1), date(2026, 3, 1))]


@pytest.mark.parametrize(
    ("ages", "born", "retires"),
    [
        # Worked out by hand: birth + old age = old date; one month, plus one for each whole ``step`` since 2025-01.
        (MALE, date(1964, 12, 31), date(2024, 12, 31)),  # the last month of the old law
        (MALE, date(1965, 1, 1), date(2025, 2, 1)),  # 60 and 1 month
        (MALE, date(1965, 1, 31), date(2025, 2, 28)),  # February has no 31st
        (MALE, date(1965, 4, 30), date(2025, 5, 30)),  # the fourth month: still 1
        (MALE, date(1965, 5, 1), date(2025, 7, 1)),  # the fifth: 2 months
        (MALE, date(1966, 1, 15), date(2026, 5, 15)),  # 12 months on: 4
        (MALE, date(1976, 8, 31), date(2039, 7, 31)),  # 139 months on: 35
        (MALE, date(1976, 9, 1), date(2039, 9, 1)),  # 140 months on: 36, that is 63
        (MALE, date(1990, 6, 7), date(2053, 6, 7)),  # 63 for good
        (CADRE, date(1969, 12, 31), date(2024, 12, 31)),
        (CADRE, date(1970, 1, 10), date(2025, 2, 10)),
        (CADRE, date(1970, 5, 10), date(2025, 7, 10)),
        (CADRE, date(1981, 8, 31), date(2039, 7, 31)),
        (CADRE, date(1981, 9, 1), date(2039, 9, 1)),
        (CADRE, date(1983, 3, 3), date(2041, 3, 3)),
        (WORKER, date(1974, 12, 31), date(2024, 12, 31)),
        (WORKER, date(1975, 1, 1), date(2025, 2, 1)),
        (WORKER, date(1975, 2, 1), date(2025, 3, 1)),  # one for two: the second month still 1
        (WORKER, date(1975, 3, 1), date(2025, 5, 1)),
        (WORKER, date(1984, 10, 31), date(2039, 9, 30)),  # 117 months on: 59; September has no 31st
        (WORKER, date(1984, 11, 1), date(2039, 11, 1)),  # 118 months on: 60, that is 55
        (WORKER, date(1988, 2, 29), date(2043, 2, 28)),
    ],
)
def test_retirement_day_of_the_hand_calculated_table(ages, born, retires):
    assert retirement.retires_on(birth_on=born, ages=ages) == retires


@pytest.mark.parametrize(
    ("sex", "category", "kind"),
    [
        ("male", "", "male"),
        ("male", "worker", "male"),
        ("female", "", "cadre"),
        ("female", "cadre", "cadre"),
        ("female", "worker", "worker"),
        ("female", "senior", "male"),
        ("", "cadre", None),
    ],
)
def test_retirement_goes_by_sex_and_category(sex, category, kind):
    assert retirement.kind_of(sex=sex, category=category) == kind


@pytest.mark.parametrize(
    ("kind", "papers", "refusal"),
    [
        (ActKind.RETIRED, {}, None),
        (ActKind.DIED, {}, None),
        (ActKind.TRANSFERRED_OUT, {}, LifeRefusal.UNION_MISSING),
        (ActKind.TRANSFERRED_OUT, {"other_union": "甲校工会"}, None),
        (ActKind.TRANSFERRED_IN, {}, LifeRefusal.UNION_MISSING),
        (ActKind.LEFT, {"basis": "本人申请"}, LifeRefusal.APPROVAL_MISSING),
        (ActKind.LEFT, {"approved_by": "委员会会议"}, LifeRefusal.BASIS_MISSING),
        (ActKind.LEFT, {"approved_by": "委员会会议", "basis": "本人申请"}, None),
        (ActKind.EXPELLED, {"approved_by": "委员会会议", "basis": "判决"}, LifeRefusal.DOCUMENT_MISSING),
        (ActKind.EXPELLED, {"approved_by": "委员会会议", "document": "1号"}, LifeRefusal.BASIS_MISSING),
        (ActKind.EXPELLED, {"approved_by": "委员会会议", "document": "1号", "basis": "判决"}, None),
        (ActKind.CORRECTED, {}, LifeRefusal.BASIS_MISSING),
    ],
)
def test_papers_that_a_change_needs(kind, papers, refusal):
    given = dict.fromkeys(("document", "approved_by", "basis", "other_union"), "") | papers

    assert life.refuse_papers(kind, **given) is refusal


@pytest.mark.parametrize(
    ("on", "ahead", "refusal"),
    [
        (date(2026, 3, 31), 30, None),
        (date(2026, 4, 1), 30, LifeRefusal.TOO_FAR_AHEAD),
        (date(1990, 1, 1), 30, None),
        (date(2126, 12, 31), None, None),
        (date(2127, 1, 1), None, LifeRefusal.TOO_FAR_AHEAD),
        (date.max, None, LifeRefusal.TOO_FAR_AHEAD),
    ],
)
def test_day_too_far_ahead(on, ahead, refusal):
    assert life.refuse_day(on=on, today=DAY, ahead=ahead) is refusal


@pytest.mark.parametrize(
    ("on", "roll", "kept", "refusal"),
    [
        (DAY, OPEN, [], None),
        (date(2020, 1, 1), OPEN, [], None),  # one day on the roll
        (date(2019, 12, 31), OPEN, [], LifeRefusal.BEFORE_PERIOD),
        (DAY, ENDED, [], LifeRefusal.ALREADY_ENDED),
        (DAY, [], [], LifeRefusal.NOT_ON_ROLL),
        (DAY, ENDED, [Days(DAY, None)], None),
        (date(2026, 2, 28), ENDED, [Days(DAY, None)], LifeRefusal.BEFORE_PERIOD),
        (DAY, ENDED, [Days(DAY, date(2026, 4, 1))], LifeRefusal.ALREADY_ENDED),
    ],
)
def test_end_of_what_is_open(on, roll, kept, refusal):
    assert life.refuse_end(on=on, roll=roll, kept=kept) is refusal


@pytest.mark.parametrize(
    ("on", "roll", "same", "refusal"),
    [
        (date(2020, 1, 2), OPEN, False, None),
        (date(2020, 1, 1), OPEN, False, LifeRefusal.BEFORE_PERIOD),
        (DAY, OPEN, True, LifeRefusal.SAME_BRANCH),
        (DAY, ENDED, False, LifeRefusal.ALREADY_ENDED),
        (DAY, [], False, LifeRefusal.NOT_ON_ROLL),
    ],
)
def test_move_needs_a_day_in_the_old_branch(on, roll, same, refusal):
    assert life.refuse_move(on=on, roll=roll, same_branch=same) is refusal


@pytest.mark.parametrize(
    ("on", "roll", "kept", "refusal"),
    [
        (DAY, [], [], None),
        (DAY, ENDED, [], None),  # the day after the last one
        (date(2026, 2, 28), ENDED, [], LifeRefusal.OVERLAPS),
        (DAY, OPEN, [], LifeRefusal.ALREADY_ON_ROLL),
        (date(2026, 3, 2), ENDED, [Days(DAY, None)], None),
        (DAY, ENDED, [Days(DAY, None)], LifeRefusal.OVERLAPS),
        (DAY, ENDED, [Days(DAY, date(2026, 3, 2))], LifeRefusal.OVERLAPS),
    ],
)
def test_beginning_comes_after_all_that_is_recorded(on, roll, kept, refusal):
    assert life.refuse_begin(on=on, roll=roll, kept=kept) is refusal


BORN = date(1990, 1, 2)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({}, None),
        ({"is_complete": False}, JoinRefusal.INCOMPLETE),
        ({"id_birth_on": None}, JoinRefusal.ID_NUMBER_WRONG),
        ({"id_sex": "male"}, JoinRefusal.ID_DIFFERS),
        ({"birth_on": date(1990, 1, 3)}, JoinRefusal.ID_DIFFERS),
    ],
)
def test_submission_agrees_with_the_id_number(facts, refusal):
    given = {"is_complete": True, "sex": "female", "birth_on": BORN, "id_sex": "female", "id_birth_on": BORN}

    assert joining.refuse_submission(**(given | facts)) is refusal


@pytest.mark.parametrize(
    ("met_on", "joins_on", "refusal"),
    [
        (DAY, DAY, None),
        (None, None, JoinRefusal.NO_MINUTE),
        (date(2026, 3, 2), date(2026, 3, 2), JoinRefusal.MEETING_AHEAD),
        (DAY, date(2026, 2, 28), JoinRefusal.BACK_TOO_FAR),
        (DAY, date(2026, 4, 1), None),
    ],
)
def test_admission_on_a_meeting_that_was(met_on, joins_on, refusal):
    assert joining.refuse_admission(met_on=met_on, joins_on=joins_on, today=DAY) is refusal
