"""Whose data may be kept, and how old somebody is."""

from datetime import date
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from members.enums import Relation

UNDER = 14  # 个人信息保护法 Arts 28, 31: an article's number, no policy
MOST = 12  # family members of one member: nobody fills the store


class FamilyRefusal(StrEnum):
    NO_FILE = "family_no_file"
    ALREADY_SIGNED = "family_already_signed"
    NOT_SIGNED = "family_not_signed"
    BIRTH_MISSING = "family_birth_missing"
    BORN_AHEAD = "family_born_ahead"
    NO_GUARDIAN = "family_no_guardian"
    TOO_MANY = "family_too_many"
    NO_REASON = "family_no_reason"
    NOBODY = "family_nobody"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    FamilyRefusal.NO_FILE: _("这个账号没有关联会员档案。"),
    FamilyRefusal.ALREADY_SIGNED: _("您已签署同意书。"),
    FamilyRefusal.NOT_SIGNED: _("请先签署家庭信息同意书。"),
    FamilyRefusal.BIRTH_MISSING: _("请填写子女的出生日期。"),
    FamilyRefusal.BORN_AHEAD: _("出生日期有误。"),
    FamilyRefusal.NO_GUARDIAN: _("登记不满十四周岁的子女，须由您以监护人身份同意。"),
    FamilyRefusal.TOO_MANY: _("登记的家庭成员太多，请联系校工会办公室。"),
    FamilyRefusal.NO_REASON: _("请填写查看事由。"),
    FamilyRefusal.NOBODY: _("没有符合条件的子女。"),
}


def age_on(born: date, day: date) -> int:
    """Whole years; who is born on 29 February grows older on 1 March of common years (民法 practice)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def refuse_person(*, relation: str, born: date | None, today: date, guardian: bool) -> FamilyRefusal | None:
    """PIPL Art 31: for somebody under 14 the consent is that of a parent or guardian, said for this child."""
    if relation == Relation.CHILD and born is None:
        return FamilyRefusal.BIRTH_MISSING
    if born is not None and not 0 <= age_on(born, today) <= 130:
        return FamilyRefusal.BORN_AHEAD
    if born is not None and age_on(born, today) < UNDER and not guardian:
        return FamilyRefusal.NO_GUARDIAN
    return None
