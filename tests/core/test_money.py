"""Amounts in words: the vectors of REGULATIONS.md 12, and a second opinion over many amounts."""

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import rmb_words


@pytest.mark.parametrize(
    ("yuan", "words"),
    [
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10.00", "壹拾元整"),
        ("20300.00", "贰万零叁佰元整"),
        ("80010.00", "捌万零壹拾元整"),
        ("1000005.00", "壹佰万零伍元整"),
        ("10010001.00", "壹仟零壹万零壹元整"),
        ("100000000.00", "壹亿元整"),
        ("0.00", "零元整"),
        # beyond the vectors: the longest amount, and each kind of zero
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ("100005000", "壹亿零伍仟元整"),
        ("100050000", "壹亿零伍万元整"),
        ("100000000.01", "壹亿元零壹分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("3E+2", "叁佰元整"),
    ],
)
def test_amount_in_words(yuan, words):
    assert rmb_words(Decimal(yuan)) == words


@pytest.mark.parametrize(
    "wrong", [Decimal("-1"), Decimal("0.001"), Decimal("1E12"), Decimal("NaN"), Decimal("Inf"), 1.5, 1]
)
def test_no_words_for_what_is_no_amount(wrong):
    with pytest.raises(ValueError, match="amount"):
        rmb_words(wrong)


def as_our_rule_has_it(theirs: str, yuan: Decimal) -> str:
    """cn2an writes no 整 after 角, and no 零 for four zeros that fill the place of 万 before a thousand."""
    if yuan * 10 % 10 and not yuan * 100 % 10:
        theirs += "整"
    if int(yuan) >= 10**8 and int(yuan) // 10**4 % 10**4 == 0 and int(yuan) % 10**4 >= 1000:
        theirs = theirs.replace("亿", "亿零")
    return theirs


@given(st.sampled_from(range(3, 15)).flatmap(lambda places: st.integers(0, 10**places - 1)))
def test_words_agree_with_a_second_program(fen):
    yuan = Decimal(fen) / 100

    assert rmb_words(yuan) == as_our_rule_has_it(cn2an.an2cn(str(yuan), "rmb"), yuan)


def test_words_agree_for_every_pattern_of_zeros():
    patterns = [int("".join(bits)) for n in range(1, 13) for bits in _zeros_and_sevens(n)]

    for whole in patterns:
        assert rmb_words(Decimal(whole)) == as_our_rule_has_it(cn2an.an2cn(str(whole), "rmb"), Decimal(whole)), whole


def _zeros_and_sevens(places: int):
    for number in range(2 ** (places - 1), 2**places):
        yield ["07"[number >> place & 1] for place in reversed(range(places))]
