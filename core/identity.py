"""Numbers that say who somebody is: resident ID, mobile, bank card (REGULATIONS.md 12). Leaf: no table, no clock."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul
from typing import Literal

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

# GB 11643-1999: weights of the first 17 digits, check character by the sum modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = sum(_WEIGHTS) * ord("0")  # the digits are weighed as their ASCII codes, in one step
_CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
# GB 32100-2015: the characters of a unified social credit code; the weights of the first 17 are 3^n modulo 31.
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SPACES = re.compile(r"\s+")
# What Excel leaves of a long number: 9.99344196803012e+17 or 1.1E+17.
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]{1,3}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_EXACT_DIGITS = 15  # a number in Excel keeps no more


class IdError(StrEnum):
    """Why a resident ID number was refused."""

    CHECKSUM = "id_checksum"
    LENGTH = "id_length"
    CHARACTERS = "id_characters"
    BIRTH_IMPOSSIBLE = "id_birth_impossible"
    PRECISION_LOST = "id_precision_lost"

    @property
    def label(self) -> str:
        return str(_ID_MESSAGES[self])


_ID_MESSAGES = {
    IdError.CHECKSUM: _("身份证号校验位不符，请核对是否有错字。"),
    IdError.LENGTH: _("身份证号应为 18 位。"),
    IdError.CHARACTERS: _("身份证号只能是数字，末位可为 X。"),
    IdError.BIRTH_IMPOSSIBLE: _("身份证号中的出生日期不存在。"),
    IdError.PRECISION_LOST: _("身份证号被 Excel 存成了数字，后几位已丢失，请按文本重新填写。"),
}


class InvalidIdNumber(DomainError, ValueError):
    """This is no resident ID number. ``code`` is an ``IdError``; the number itself is never in the message."""


class CardWarning(StrEnum):
    """What looks odd about a bank card number. Only ever a warning."""

    LENGTH = "card_length"
    CHARACTERS = "card_characters"
    LUHN = "card_luhn"
    PRECISION_LOST = "card_precision_lost"

    @property
    def label(self) -> str:
        return str(_CARD_MESSAGES[self])


_CARD_MESSAGES = {
    CardWarning.LENGTH: _("银行卡号一般为 13 至 19 位，请核对。"),
    CardWarning.CHARACTERS: _("银行卡号应全部为数字，请核对。"),
    CardWarning.LUHN: _("银行卡号校验位不符，请核对。"),
    CardWarning.PRECISION_LOST: _("银行卡号被 Excel 存成了数字，后几位已丢失，请按文本重新填写。"),
}


@dataclass(frozen=True, slots=True)
class IdNumber:
    """What a valid number says. ``number`` is the form to store: 18 characters, X in upper case."""

    number: str
    birth_on: date
    sex: Literal["male", "female"]

    def __repr__(self) -> str:
        return "IdNumber(…)"  # class C3 stays out of logs and tracebacks


def check_id_number(value: object) -> IdNumber:
    """Read a resident ID number as typed or as a spreadsheet cell holds it (GB 11643-1999).

    Spaces, full-width characters and a lower-case x are mended. The area is not looked up: areas are merged and
    renamed, and demonstration numbers use areas that do not exist. Raises ``InvalidIdNumber``; 15 digits are refused.
    """
    if isinstance(value, (int, float)):
        raise InvalidIdNumber(IdError.PRECISION_LOST if abs(value) >= 10**_EXACT_DIGITS else IdError.LENGTH)
    number = tidy_number(str(value)).upper()
    if _SCIENTIFIC.fullmatch(number) or re.fullmatch(r"[0-9]{16,}\.0*", number):
        raise InvalidIdNumber(IdError.PRECISION_LOST)
    if len(number) != 18:
        raise InvalidIdNumber(IdError.LENGTH)
    if not _SHAPE.fullmatch(number):
        raise InvalidIdNumber(IdError.CHARACTERS)
    if check_character(number) != number[17]:
        raise InvalidIdNumber(IdError.CHECKSUM)
    return IdNumber(number, _birth_on(number), "male" if int(number[16]) % 2 else "female")


def check_character(number: str) -> str:
    """The 18th character that belongs to the first 17 digits of ``number``."""
    total = sum(map(mul, _WEIGHTS, number[:17].encode())) - _ZEROS
    return _CHECK_CHARACTERS[total % 11]


def _birth_on(number: str) -> date:
    try:
        birth_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidIdNumber(IdError.BIRTH_IMPOSSIBLE) from None
    if not 1880 <= birth_on.year < 2100:
        raise InvalidIdNumber(IdError.BIRTH_IMPOSSIBLE)
    return birth_on


def tidy_number(value: object) -> str:
    """The cell without spaces and Excel's leading apostrophe, full-width characters made narrow.

    A whole number that Excel stored as a float (15970667013.0) loses its ``.0``.
    """
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    return _SPACES.sub("", unicodedata.normalize("NFKC", str(value))).lstrip("'")


def mobile_of(value: object) -> str | None:
    """The eleven digits of a mainland mobile number, hyphens and +86 taken off; None if it is something else."""
    digits = tidy_number(value).replace("-", "").removeprefix("+86")
    return digits if _MOBILE.fullmatch(digits) else None


def credit_code_of(value: object) -> str | None:
    """The eighteen characters of a unified social credit code (统一社会信用代码); None if its check does not fit."""
    code = tidy_number(value).upper()
    if len(code) != 18 or not set(code) <= set(_CREDIT):
        return None
    weighed = sum(_CREDIT.index(character) * pow(3, n, 31) for n, character in enumerate(code[:17]))
    return code if code[17] == _CREDIT[-weighed % 31] else None


def doubts_about_card(value: object) -> list[CardWarning]:
    """What looks wrong with a bank card number (13-19 digits, Luhn). A warning, never a block."""
    if isinstance(value, (int, float)) and abs(value) >= 10**_EXACT_DIGITS:
        return [CardWarning.PRECISION_LOST]
    digits = tidy_number(value).replace("-", "")
    if _SCIENTIFIC.fullmatch(digits.upper()):
        return [CardWarning.PRECISION_LOST]
    if not (digits.isascii() and digits.isdigit()):
        return [CardWarning.CHARACTERS]
    doubts = []
    if not 13 <= len(digits) <= 19:
        doubts.append(CardWarning.LENGTH)
    if not _luhn_holds(digits):
        doubts.append(CardWarning.LUHN)
    return doubts


def _luhn_holds(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
