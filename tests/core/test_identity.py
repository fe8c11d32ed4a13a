"""Resident ID, mobile and bank card numbers (REGULATIONS.md 12). All are invented: no area is 999xxx."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity import (
    CardWarning,
    IdError,
    InvalidIdNumber,
    check_character,
    check_id_number,
    doubts_about_card,
    mobile_of,
)

DEMO = "999336198612083879"


@pytest.mark.parametrize(
    ("first_17", "check"),
    [("37010119010203997", "3"), ("51310119820113001", "4"), ("11010519491231002", "X")],
)
def test_check_character_of_the_published_vectors(first_17, check):
    assert check_character(first_17) == check
    assert check_id_number(first_17 + check).number == first_17 + check


def test_number_tells_birth_and_sex():
    read = check_id_number(DEMO)

    assert (read.number, read.birth_on, read.sex) == (DEMO, date(1986, 12, 8), "male")
    assert check_id_number("11010519491231002X").sex == "female"


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        " 11010519491231002X ",
        "110105 19491231 002X",
        "１１０１０５１９４９１２３１００２Ｘ",
        "'11010519491231002X",
    ],
)
def test_spelling_is_mended_and_stored_in_upper_case(typed):
    assert check_id_number(typed).number == "11010519491231002X"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("999336198612083878", IdError.CHECKSUM),
        ("110105194912310020", IdError.CHECKSUM),
        ("999336861208387", IdError.LENGTH),  # 15 digits, the form before 1999
        ("99933619861208387", IdError.LENGTH),
        ("9993361986120838791", IdError.LENGTH),
        ("", IdError.LENGTH),
        (123456.0, IdError.LENGTH),
        ("99933619861208387A", IdError.CHARACTERS),
        ("X99336198612083879", IdError.CHARACTERS),
        ("９９９３３６-198612083", IdError.LENGTH),
        ("999336-19861208387", IdError.CHARACTERS),
        (9.99344196803012e17, IdError.PRECISION_LOST),
        (999344196803012000, IdError.PRECISION_LOST),
        ("9.99344196803012e+17", IdError.PRECISION_LOST),
        ("1.1E+17", IdError.PRECISION_LOST),
        ("1E17", IdError.PRECISION_LOST),
        ("999344196803012000.0", IdError.PRECISION_LOST),
    ],
)
def test_other_numbers_are_refused_with_their_reason(value, code):
    with pytest.raises(InvalidIdNumber) as refused:
        check_id_number(value)

    assert refused.value.code is code
    assert refused.value.message
    assert str(value) not in str(refused.value) or value == ""


@pytest.mark.parametrize("birth", ["19850230", "19861301", "19860100", "18790101", "21000101"])
def test_impossible_birth_date_is_refused_although_the_check_holds(birth):
    first_17 = f"999336{birth}387"

    with pytest.raises(InvalidIdNumber) as refused:
        check_id_number(first_17 + check_character(first_17))

    assert refused.value.code is IdError.BIRTH_IMPOSSIBLE


def test_digits_of_other_scripts_are_no_digits():
    with pytest.raises(InvalidIdNumber) as refused:
        check_id_number("٩٩٩٣٣٦١٩٨٦١٢٠٨٣٨٧٩")

    assert refused.value.code is IdError.CHARACTERS


def test_number_stays_out_of_the_representation():
    assert DEMO not in repr(check_id_number(DEMO))


@given(area=st.integers(0, 999999), birth=st.dates(date(1900, 1, 1), date(2099, 12, 31)), order=st.integers(0, 999))
def test_every_well_formed_number_reads_back(area, birth, order):
    first_17 = f"{area:06}{birth:%Y%m%d}{order:03}"

    read = check_id_number(first_17 + check_character(first_17))

    assert (read.birth_on, read.sex) == (birth, "male" if order % 2 else "female")


@given(birth=st.dates(date(1930, 1, 1), date(2005, 12, 31)), place=st.integers(0, 17), other=st.integers(1, 9))
def test_every_single_wrong_digit_is_seen(birth, place, other):
    first_17 = f"999336{birth:%Y%m%d}387"
    number = first_17 + check_character(first_17)
    wrong = str((int(number[place]) + other) % 10) if number[place] != "X" else str(other)

    with pytest.raises(InvalidIdNumber):
        check_id_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("15970667013", "15970667013"),
        ("159-7066-7013", "15970667013"),
        ("159 7066 7013", "15970667013"),
        ("+8615970667013", "15970667013"),
        (15970667013.0, "15970667013"),
        ("12970667013", None),
        ("1597066701", None),
        ("0513-85012345", None),
        ("", None),
    ],
)
def test_mobile_number_is_eleven_digits(value, expected):
    assert mobile_of(value) == expected


@pytest.mark.parametrize(
    ("card", "doubts"),
    [
        ("6222021234567890128", []),
        ("6222 0212 3456 7890 128", []),
        ("6222021234567890123", [CardWarning.LUHN]),
        ("622202", [CardWarning.LENGTH, CardWarning.LUHN]),
        ("62220212345678901A8", [CardWarning.CHARACTERS]),
        (6.22202123456789e18, [CardWarning.PRECISION_LOST]),
        ("6.22202E+18", [CardWarning.PRECISION_LOST]),
    ],
)
def test_bank_card_raises_doubts_only(card, doubts):
    assert doubts_about_card(card) == doubts
