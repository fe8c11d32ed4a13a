"""The office's spellings of a date: read exactly, or refused with the reason."""

import math
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import DateError, Ending, InvalidDate, ending_remark, parse_date

THE_NINTH = date(2022, 3, 9)


@pytest.mark.parametrize(
    "spelling",
    [
        "2022-03-09",
        "2022-3-9",
        "2022/3/9",
        "2022/03/09",
        "2022.3.9",
        "2022.03.09",
        "20220309",
        "2022年3月9日",
        "2022年03月09日",
        "2022年3月9号",
        "2022 年 3 月 9 日",
        "２０２２－０３－０９",
        "２０２２年３月９日",
        "　2022-03-09 ",
        "'2022-03-09",
        "2022-03-09 00:00:00",
        "2022-03-09T00:00:00",
        "2022/3/9 0:00",
        "44629",
        "44629.0",
        "20220309.0",
        44629,
        44629.0,
        44629.75,
        20220309,
        20220309.0,
        date(2022, 3, 9),
        datetime(2022, 3, 9, 23, 59),  # noqa: DTZ001 - a spreadsheet's cell knows no zone
    ],
)
def test_every_spelling_of_the_ninth_of_march(spelling):
    assert parse_date(spelling) == THE_NINTH


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u3000"])
def test_empty_cell_is_no_date(nothing):
    assert parse_date(nothing) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1985.2.30", DateError.IMPOSSIBLE),
        ("2022-02-29", DateError.IMPOSSIBLE),
        ("20221301", DateError.IMPOSSIBLE),
        ("2022年0月9日", DateError.IMPOSSIBLE),
        (20220230.0, DateError.IMPOSSIBLE),
        ("2022-03", DateError.DAY_MISSING),
        ("2022年3月", DateError.DAY_MISSING),
        ("1985.2", DateError.DAY_MISSING),
        ("202203", DateError.DAY_MISSING),
        ("2022", DateError.DAY_MISSING),
        ("2022年", DateError.DAY_MISSING),
        (2022, DateError.DAY_MISSING),
        (1985.2, DateError.DAY_MISSING),
        (202203.0, DateError.DAY_MISSING),
        (60, DateError.OUT_OF_RANGE),  # Excel's 29 February 1900
        (3654, DateError.OUT_OF_RANGE),
        (73052, DateError.OUT_OF_RANGE),
        (0, DateError.OUT_OF_RANGE),
        (-44629, DateError.OUT_OF_RANGE),
        (9.99344196803012e17, DateError.OUT_OF_RANGE),
        ("0202-03-09", DateError.OUT_OF_RANGE),
        (date(9999, 1, 1), DateError.OUT_OF_RANGE),
        (math.nan, DateError.UNREADABLE),
        (math.inf, DateError.UNREADABLE),
        (True, DateError.UNREADABLE),
        ("22-3-9", DateError.UNREADABLE),
        ("9/3/2022", DateError.UNREADABLE),
        ("2022-3/9", DateError.UNREADABLE),
        ("2022 11 12", DateError.UNREADABLE),
        ("2022-03-09 08:30", DateError.UNREADABLE),
        ("٢٠٢٢-٠٣-٠٩", DateError.UNREADABLE),
        ("去年", DateError.UNREADABLE),
        ("=TODAY()", DateError.UNREADABLE),
        ("2022-3-9" + " " * 100_000 + "x", DateError.UNREADABLE),
    ],
)
def test_anything_else_is_refused_with_its_reason(value, code):
    with pytest.raises(InvalidDate) as refused:
        parse_date(value)

    assert refused.value.code is code
    assert refused.value.message


def test_midnight_behind_a_two_digit_day_takes_nothing_from_the_day():
    assert parse_date("2022-3-10 0:00") == date(2022, 3, 10)


@pytest.mark.parametrize(
    ("serial", "day"), [(10000, date(1927, 5, 18)), (73051, date(2100, 1, 1)), (36526, date(2000, 1, 1))]
)
def test_serials_are_those_of_the_1900_system(serial, day):
    assert parse_date(serial) == parse_date(str(serial)) == day


def test_first_serial_is_the_second_of_january_1910():
    assert parse_date(3655) == date(1910, 1, 2)


@given(st.dates(date(1910, 1, 2), date(2100, 1, 1)))
def test_every_day_reads_back_from_every_spelling(day):
    serial = (day - date(1899, 12, 30)) // timedelta(days=1)
    plain = f"{day.year}-{day.month}-{day.day}"
    spellings = [day.isoformat(), plain, plain.replace("-", "/"), plain.replace("-", "."), f"{day:%Y%m%d}", serial]

    assert {parse_date(s) for s in [*spellings, f"{day.year}年{day.month}月{day.day}日", float(serial)]} == {day}


@given(st.text(max_size=12) | st.floats() | st.integers())
def test_whatever_comes_is_a_date_nothing_or_a_refusal(value):
    try:
        read = parse_date(value)
    except InvalidDate:
        return

    assert read is None or 1900 <= read.year <= 2100


@pytest.mark.parametrize(
    ("remark", "ending"),
    [
        ("2022年3月9日退休", Ending(THE_NINTH, "退休")),
        ("2022.3.9调出", Ending(THE_NINTH, "调出")),
        ("20220309 去世", Ending(THE_NINTH, "去世")),
        (" 2022-03-09　退会。", Ending(THE_NINTH, "退会")),
        ("已于2022年3月9日离职", Ending(THE_NINTH, "离职")),
        ("2022年3月9日退休后返聘", None),
        ("拟2022年3月9日退休", None),
        ("退休", None),
        ("借调", None),
        ("2022-3-9" + " " * 100_000 + "退休", None),
        ("", None),
    ],
)
def test_remark_that_ends_a_membership(remark, ending):
    assert ending_remark(remark) == ending


@pytest.mark.parametrize(
    ("remark", "code"),
    [("2022年2月30日退休", DateError.IMPOSSIBLE), ("2022年3月退休", DateError.DAY_MISSING)],
)
def test_ending_without_a_true_day_is_refused(remark, code):
    with pytest.raises(InvalidDate) as refused:
        ending_remark(remark)

    assert refused.value.code is code
