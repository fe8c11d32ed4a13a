"""Which cell of a row a verdict is about."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.dates import InvalidDate, ending_remark, parse_date
from members.enums import Verdict
from members.services.roster_rows import LONGEST, clean, holds_a_number

TITLES: dict[str, str | Promise] = {
    "staff_no": _("工号"),
    "name": _("姓名"),
    "sex": _("性别"),
    "ethnicity": _("民族"),
    "birth_on": _("出生日期"),
    "id_number": _("身份证号"),
    "political_status": _("政治面貌"),
    "education": _("学历"),
    "title": _("职称"),
    "department_name": _("所在部门"),
    "branch": _("分工会"),
    "hired_on": _("入校日期"),
    "joined_on": _("入会日期"),
    "phone": _("手机号码"),
    "email": _("电子邮箱"),
    "bank_card": _("银行卡号"),
    "remark": _("备注"),
    "period": _("会籍"),
}
COLUMNS = [name for name in TITLES if name != "period"]  # what a column of a roster may be
DOUBTED: dict[Verdict, tuple[str, ...]] = {
    Verdict.SEX_DIFFERS_FROM_ID: ("sex",),
    Verdict.BIRTH_DIFFERS_FROM_ID: ("birth_on",),
    Verdict.SEX_UNKNOWN: ("sex",),
    Verdict.DATE_DAY_MISSING: ("birth_on", "hired_on"),
    Verdict.JOINED_DAY_MISSING: ("period",),
    Verdict.CARD_PRECISION_LOST: ("bank_card",),
    Verdict.CONTACT_TOO_LONG: ("phone", "email"),
    Verdict.HISTORY_DIFFERS: ("period",),
}
_AT_FAULT: dict[Verdict, tuple[str, ...]] = {
    Verdict.STAFF_NO_MISSING: ("staff_no",),
    Verdict.STAFF_NO_DUPLICATE: ("staff_no",),
    Verdict.NAME_MISSING: ("name",),
    Verdict.FORMULA_IN_NAME: ("name",),
    Verdict.BRANCH_UNKNOWN: ("branch",),
    Verdict.ID_PRECISION_LOST: ("id_number",),
    Verdict.ID_CHECKSUM: ("id_number",),
    Verdict.ID_NUMBER_TAKEN: ("id_number",),
    Verdict.DATE_MISSING: ("joined_on", "hired_on"),
}
_DAYS = ("birth_on", "hired_on", "joined_on")


def at_fault(code: Verdict, raw: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that kept a row out; ``raw`` is what it says by field."""
    texts = {name: clean(cell) for name, cell in raw.items()}
    if code == Verdict.DATE_IMPOSSIBLE:
        wrong = tuple(name for name in _DAYS if name in raw and not _is_day(raw[name]))
        wrong += () if _is_remark(texts.get("remark", "")) else ("remark",)
        return wrong or tuple(name for name in (*_DAYS, "remark") if texts.get(name))  # each a day, in a wrong order
    if code == Verdict.NUMBER_MISPLACED:
        sealed = ("id_number", "bank_card")
        return tuple(name for name, text in texts.items() if name not in sealed and holds_a_number(text))
    if code == Verdict.VALUE_TOO_LONG:
        return tuple(name for name, text in texts.items() if len(text) > LONGEST.get(name, len(text)))
    return _AT_FAULT.get(code, ())


def _is_day(cell: Any) -> bool:
    try:
        parse_date(clean(cell) if isinstance(cell, str) else cell)
    except InvalidDate:
        return False
    return True


def _is_remark(text: str) -> bool:
    try:
        ending_remark(text)
    except InvalidDate:
        return False
    return True
