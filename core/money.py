"""Amounts in figures and in words, as on every voucher (正确填写票据和结算凭证的基本规定; 会计基础工作规范). Leaf."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_LIMIT = Decimal(10) ** 12


def grouped(amount: Decimal) -> str:
    """``Decimal("1234.5")`` yuan -> 1,234.50."""
    return f"{amount:,.2f}"


def rmb_words(amount: Decimal) -> str:
    """``Decimal("1409.50")`` yuan -> 壹仟肆佰零玖元伍角整. The form prints 人民币 before it, without a gap.

    Several zeros inside are one 零; before a thousand whose ten thousands are 0, and before 角 where the yuan are 0,
    the rule leaves 零 open and it is not written. Raises ``ValueError`` for a negative amount (a form says 退回 or
    红字 instead), for parts of a fen, and from 10**12 yuan on.
    """
    if not isinstance(amount, Decimal) or not amount.is_finite():
        raise ValueError("an amount is a finite Decimal of yuan")
    if not 0 <= amount < _LIMIT or amount != round(amount, 2):
        raise ValueError("an amount in words is 0 or more, below 10**12 yuan, in whole fen")
    fen_in_all = int(amount * 100)
    yuan, jiao, fen = fen_in_all // 100, fen_in_all // 10 % 10, fen_in_all % 10
    words = f"{_whole(yuan)}元" if yuan or not fen_in_all else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif fen and yuan:
        words += "零"
    return words + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """The words of a whole number below 10**12, in groups of four digits."""
    if not number:
        return "零"
    words, gap = "", False
    for place in reversed(range(3)):
        group = number // 10000**place % 10000
        if not group:
            gap = True
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _below_ten_thousand(group) + _GROUPS[place]
        gap = False
    return words


def _below_ten_thousand(group: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if not digit:
            gap = True
            continue
        words += ("零" if words and gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return words
