"""How long what is kept about a person, by model and field, and where that term comes from (REGULATIONS.md 11).

What is not listed is part of the membership's own record (会员登记表 and what follows from it) and is never erased.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

CONTACT_YEARS = "members.contact_retention.years"  # policy rule: years after the last day of belonging


@dataclass(frozen=True)
class Term:
    """``fields`` of a model; ``years`` 0: for ever, None: the policy ``rule``; ``erasable`` by our service."""

    model: str
    fields: tuple[str, ...]
    label: Any
    years: int | None
    source: Any
    rule: str = ""
    erasable: bool = False


TERMS = (
    Term(
        "members.Member",
        ("phone", "email", "emergency_contact", "emergency_phone", "remark"),
        _("联系方式、紧急联系人、备注"),
        None,
        _("个人信息保护法第十九条：必要的最短时间；年限见制度参数"),
        rule=CONTACT_YEARS,
        erasable=True,
    ),
    Term("members.Membership", (), _("会籍经历、会籍变动"), 0, _("工会会员会籍管理办法：会籍随人、不得删除")),
    Term(
        "members.DuesPayment",
        (),
        _("会费缴纳记录"),
        30,
        _("会计档案管理办法（财政部令第79号）：凭证、账簿 30 年"),
    ),
    Term("core.AuditEntry", (), _("操作审计"), 30, _("随会计凭证保存 30 年；日志不少于 6 个月（网络安全法）")),
    Term(
        "members.MemberSecret",
        ("id_number", "bank_card"),
        _("身份证号、银行卡号"),
        30,
        _("付款凭证的附属信息，随凭证 30 年（会计档案管理办法）"),
    ),
)


def erasable_fields() -> tuple[str, ...]:
    """Fields of ``Member`` that may be emptied when their term is over."""
    return tuple(field for term in TERMS if term.erasable for field in term.fields)
