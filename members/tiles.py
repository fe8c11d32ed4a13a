"""The register's entries on the portal's first page."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from core.enums import GUARDIAN_ROLES
from core.tiles import Section, Tile, add
from members.dossier import file_of
from members.enums import ChangeState
from members.models import HomeAssessment, Honour, KeptMembership, Member, ProfileChange
from members.selectors.life import applications_waiting_for
from members.selectors.pairings import pairings_of


def _may_join(user: Any) -> bool:
    """Neither on the roll today nor kept; the guardians of the system hold no membership."""
    if user.holds(*GUARDIAN_ROLES) or getattr(user, "has_died", False):
        return False
    today = clock.today()
    if Member.objects.on_roll(today).filter(user=user).exists():
        return False
    return not KeptMembership.objects.on(today).filter(member__user=user).exists()


def _has_file(user: Any) -> bool:
    """Who is in the register: not the guardians of the system, nor a newcomer before he is admitted."""
    return file_of(user) is not None


def _is_paired(user: Any) -> QuerySet | bool:
    member = file_of(user)
    return member is not None and pairings_of(member)


def _answers_for_a_branch(user: Any) -> bool:
    return bool(user.branch_ids)


add(
    Tile(
        _("我的档案"),
        "members:my_file",
        Section.MINE,
        order=20,
        icon="person",
        hint=_("个人信息、会籍、谁看过我的信息"),
    )
)
add(
    Tile(
        _("我的会员"),
        "members:my_members",
        Section.BRANCH,
        order=10,
        icon="people",
        hint=_("本分会在册会员"),
        shown=_answers_for_a_branch,
    )
)
add(
    Tile(
        _("我的会费"),
        "members:my_dues",
        Section.MINE,
        order=30,
        icon="wallet",
        hint=_("缴费记录、工资代扣授权"),
        shown=_has_file,
    )
)
add(
    Tile(
        _("会费提醒"),
        "members:dues_behind",
        Section.BRANCH,
        order=40,
        icon="wallet",
        hint=_("本分会有未缴月份的会员"),
        shown=_answers_for_a_branch,
    )
)
add(
    Tile(
        _("加入工会"),
        "members:join",
        Section.MINE,
        order=10,
        icon="people",
        hint=_("网上申请，查看办理进度"),
        shown=_may_join,
        waiting=lambda user: applications_waiting_for(user).filter(applicant=user),
    )
)
add(
    Tile(
        _("入会审核"),
        "members:join_applications",
        Section.BRANCH,
        order=20,
        icon="paper",
        hint=_("本分会的入会申请"),
        shown=_answers_for_a_branch,
        waiting=applications_waiting_for,
    )
)
add(Tile(_("组织机构"), "members:chart", Section.UNION, order=40, icon="people", hint=_("校工会、分工会和各委员会")))
add(
    Tile(
        _("我的家庭"),
        "members:my_family",
        Section.MINE,
        order=60,
        icon="people",
        hint=_("子女、家属，六一和入园"),
        shown=_has_file,
    )
)
add(
    Tile(
        _("我的荣誉"),
        "members:my_honours",
        Section.MINE,
        order=65,
        icon="star",
        hint=_("申报、查看获得的荣誉"),
        shown=_has_file,
    )
)
add(
    Tile(
        _("我的结对"),
        "members:my_pairings",
        Section.MINE,
        order=66,
        icon="people",
        hint=_("师徒、青蓝工程、丁香妈妈"),
        shown=_is_paired,
    )
)
add(
    Tile(
        _("荣誉核实"),
        "members:honours_to_check",
        Section.BRANCH,
        order=50,
        icon="star",
        hint=_("本分会会员申报的荣誉"),
        shown=_answers_for_a_branch,
        waiting=lambda user: Honour.objects.waiting_for(user).filter(branch__in=user.branch_ids),
    )
)
add(
    Tile(
        _("教工小家"),
        "members:homes",
        Section.BRANCH,
        order=60,
        icon="home",
        hint=_("年度自评与考核"),
        shown=_answers_for_a_branch,
        waiting=lambda user: HomeAssessment.objects.filter(state="draft", branch__in=user.branch_ids),
    )
)
add(
    Tile(
        _("会员证"),
        "members:my_card",
        Section.MINE,
        order=25,
        icon="card",
        hint=_("会员码：领慰问品、签到时出示"),
        shown=_has_file,
    )
)
add(
    Tile(
        _("申请变更信息"),
        "members:my_change",
        Section.MINE,
        order=26,
        icon="paper",
        hint=_("姓名、职称等登记有误时"),
        shown=_has_file,
        waiting=lambda user: ProfileChange.objects.filter(state=ChangeState.RETURNED, member__user=user),
    )
)
add(
    Tile(
        _("我的同意"),
        "members:my_consents",
        Section.MINE,
        order=27,
        icon="shield",
        hint=_("个人信息告知书和单独同意书"),
        shown=_has_file,
    )
)
add(
    Tile(
        _("信息变更"),
        "members:changes",
        Section.BRANCH,
        order=25,
        icon="person",
        hint=_("本分会会员申请更正登记，可补充意见"),
        shown=_answers_for_a_branch,
    )
)
