"""Members as lists that leave the house: as the list on the screen is filtered, masked, on record for each of them.

What stands in which column is a table, ``FACTS`` and the layouts below it; numbers of class C3 and telephones are
masked in every one of them (REGULATIONS.md 11).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from core import clock, exports
from core.exports import Column, Line, Parameters
from core.masks import mask_kept4, mask_phone
from core.models import User
from members import selection
from members.filters import IN_BRANCH
from members.models import Member, Membership
from members.querysets.roll import MemberQuerySet
from members.selectors.life import deaths
from members.standing import Standing, standing_on

ROLL, REAL_NAME, OWN_BRANCH = "members.roll", "members.real_name", "members.own_branch"
Fact = Callable[[Member, Standing], Any]


def _state(member: Member, standing: Standing) -> str:
    return str(_("在会")) if standing.on_roll else standing.reason or str(_("未入会"))


def _id_number(member: Member, standing: Standing) -> str:
    secret = getattr(member, "secret", None)
    return mask_kept4(secret.id_number_last4) if secret else ""


def _birthday(member: Member, standing: Standing) -> str:
    """Without the year: what a branch congratulates by."""
    return f"{member.birth_on:%m-%d}" if member.birth_on else ""


# What can be told of a member: name -> heading, width, value.
FACTS: dict[str, tuple[Any, int, Fact]] = {
    "staff_no": (_("工号"), 12, lambda member, standing: member.staff_no),
    "name": (_("姓名"), 12, lambda member, standing: member.name),
    "sex": (_("性别"), 6, lambda member, standing: member.get_sex_display()),
    "birth_on": (_("出生日期"), 12, lambda member, standing: member.birth_on),
    "birthday": (_("生日"), 8, _birthday),
    "ethnicity": (_("民族"), 8, lambda member, standing: member.ethnicity),
    "political_status": (_("政治面貌"), 12, lambda member, standing: member.political_status),
    "education": (_("学历"), 12, lambda member, standing: member.education),
    "title": (_("职称"), 12, lambda member, standing: member.title),
    "department": (_("所在部门"), 20, lambda member, standing: member.department_name),
    "branch": (_("分工会"), 16, lambda member, standing: str(standing.branch or "")),
    "hired_on": (_("入校日期"), 12, lambda member, standing: member.hired_on),
    "joined_on": (_("入会日期"), 12, lambda member, standing: standing.since),
    "state": (_("会籍"), 10, _state),
    "left_on": (_("在会最后一天"), 12, lambda member, standing: standing.last_day),
    "changed_on": (_("会籍变化日期"), 12, lambda member, standing: standing.died_on or standing.last_day),
    "card_no": (_("会员证号"), 14, lambda member, standing: member.card_no),
    "id_number": (_("身份证号"), 12, _id_number),
    "phone": (_("手机号码"), 14, lambda member, standing: mask_phone(member.phone)),
    "email": (_("电子邮箱"), 24, lambda member, standing: member.email),
    "remark": (_("备注"), 24, lambda member, standing: member.remark),
}
# 全总实名制采集表 (总工办发〔2017〕14号, fields M/U): one of FACTS or none, heading, what always stands there.
REAL_NAME_FORM: tuple[tuple[str, str, str], ...] = (
    ("name", "姓名", ""),
    ("sex", "性别", ""),
    ("birth_on", "出生日期", ""),
    ("ethnicity", "民族", ""),
    ("", "证件类型", "居民身份证"),
    ("id_number", "证件号码", ""),
    ("", "国籍", "中国"),
    ("education", "学历", ""),
    ("political_status", "政治面貌", ""),
    ("phone", "移动电话", ""),
    ("title", "技术等级", ""),
    ("", "单位", "{school}"),
    ("branch", "工会组织", ""),
    ("joined_on", "入会日期", ""),
    ("state", "会籍状态", ""),
    ("changed_on", "会籍变化日期", ""),
)
BRANCH_FACTS = ("name", "staff_no", "sex", "birthday", "department", "title", "branch", "phone", "joined_on")


def _always(text: str) -> Fact:
    return lambda member, standing: text.format(school=settings.SCHOOL_NAME)


def _facts(names) -> dict[str, tuple[Any, int, Fact]]:
    return {name: FACTS[name] for name in names}


def _form(form: tuple[tuple[str, str, str], ...]) -> dict[str, tuple[Any, int, Fact]]:
    return {
        fact or f"always_{place}": (title, 14, FACTS[fact][2] if fact else _always(text))
        for place, (fact, title, text) in enumerate(form)
    }


def clean(given: Mapping[str, str]) -> Parameters:
    """The roll's own filters, as the list's address has them; anything else is left out."""
    return dict(selection.read(given).given)


def clean_in_branch(given: Mapping[str, str]) -> Parameters:
    """Of the workbench's few filters."""
    known = {selection.SEARCH, *(spec.name for spec in IN_BRANCH)}
    return {name: value for name, value in clean(given).items() if name in known}


def words(parameters: Parameters) -> str:
    return selection.Selection(parameters).words(user=None, on=clock.today())


def _whole_roll(actor: User, parameters: Parameters, on: date) -> MemberQuerySet:
    return selection.Selection(parameters).people(user=actor, on=on)


def _own_branch(actor: User, parameters: Parameters, on: date) -> MemberQuerySet:
    own = Member.objects.visible_to(actor).in_branches(actor.branch_ids, on=on)
    return selection.Selection(parameters).within(own, user=actor, on=on)


def _listed(code: str, title: Any, permission: str, people, facts: dict, *, chosen=(), clean=clean) -> None:
    def count(actor: User, parameters: Parameters) -> int:
        return people(actor, parameters, clock.today()).count()

    def rows(actor: User, parameters: Parameters, columns: list[str]) -> Iterator[Line]:
        """In the list's own order, where everybody stands today."""
        today, cells = clock.today(), [facts[name][2] for name in columns]
        periods = Membership.objects.select_related("branch")
        found = people(actor, parameters, today).select_related("secret").order_by("pinyin", "pk")
        found = found.defer("search_terms", "secret__id_number", "secret__bank_card")
        found = found.prefetch_related(Prefetch("memberships", periods, to_attr="periods"))
        found = found.prefetch_related(Prefetch("membership_acts", deaths().only("member", "on"), to_attr="deaths"))
        for member in found.iterator(chunk_size=2_000):
            died_on = member.deaths[0].on if member.deaths else None
            standing = standing_on(today, member.periods, died_on=died_on)
            yield member.pk, [cell(member, standing) for cell in cells]

    columns = tuple(Column(name, heading, width) for name, (heading, width, _fact) in facts.items())
    exports.kind(
        code,
        title=title,
        permission=permission,
        columns=columns,
        count=count,
        rows=rows,
        words=words,
        clean=clean,
        chosen=chosen,
    )


_USUAL = ("staff_no", "name", "sex", "branch", "department", "title", "joined_on", "state")
_listed(
    ROLL,
    _("会员名册"),
    "members.export_member",
    _whole_roll,
    _facts(name for name in FACTS if name not in ("birthday", "changed_on")),
    chosen=_USUAL,
)
_listed(REAL_NAME, _("会员实名制信息表"), "members.export_member", _whole_roll, _form(REAL_NAME_FORM))
_listed(
    OWN_BRANCH,
    _("本分会会员名册"),
    "members.export_own_branch",
    _own_branch,
    _facts(BRANCH_FACTS),
    clean=clean_in_branch,
)
