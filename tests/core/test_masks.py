"""What a masked value may still show (REGULATIONS.md 11)."""

import pytest

from core.masks import mask_kept4, mask_last4, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张*"),
        ("欧小华", "欧*华"),
        ("欧阳兰梓", "欧*梓"),
        ("任　磊 ", "任*"),
        ("阿依古丽·买买提", "阿*提"),
        ("王", "*"),
        ("", ""),
    ],
)
def test_name_keeps_first_and_last_at_most(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("138-1234-1234", "138****1234"),
        ("0513-85012345", "****2345"),
        ("8501", "****"),
        ("", ""),
    ],
)
def test_phone_keeps_three_and_four(phone, masked):
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("999336198612083879", "****3879"),
        ("6229 9911 6649 6140 707", "****0707"),
        ("11010519491231002X", "****002X"),
        ("1234567", "****"),
        ("", ""),
    ],
)
def test_id_and_card_keep_their_last_four(number, masked):
    assert mask_last4(number) == masked


def test_four_kept_characters_are_shown_behind_stars():
    assert mask_kept4("002X") == "****002X"
    assert mask_kept4("") == ""
