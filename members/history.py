"""What happened to a person, and to his data, in words for that person."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import local_date
from members import change_story, timeline
from members.enums import ChangeState
from members.models import Member, MembershipAct, MergeRecord, Pairing
from members.selectors import records_of

# By the last word of an audit code ("members.member.id_number_revealed"), so that a new act is never shown as a code.
_VERBS = {
    "revealed": gettext_lazy("查看了完整信息"),
    "viewed": gettext_lazy("查看了信息"),
    "exported": gettext_lazy("导出了信息"),
    "printed": gettext_lazy("打印了信息"),
    "imported": gettext_lazy("导入了信息"),
    "created": gettext_lazy("登记了信息"),
    "admitted": gettext_lazy("办理了入会"),
    "changed": gettext_lazy("修改了信息"),
    "ended": gettext_lazy("登记了结束"),
    "booked": gettext_lazy("登记了会费缴纳"),
    "reversed": gettext_lazy("冲销了会费缴纳"),
    "signed": gettext_lazy("签署了授权"),
    "withdrawn": gettext_lazy("撤回了授权"),
    "transferred": gettext_lazy("办理了转会"),
    "deleted": gettext_lazy("删除了信息"),
    "undone": gettext_lazy("撤销了导入或合并"),
    "chosen": gettext_lazy("选择了生日历法"),
    "recorded": gettext_lazy("登记了会籍变动"),
    "corrected": gettext_lazy("撤销了会籍变动"),
    "submitted": gettext_lazy("提交了申请"),
    "completed": gettext_lazy("登记了出师（结业）"),
    "reviewed": gettext_lazy("登记了年度考核"),
    "confirmed": gettext_lazy("核实了信息"),
    "approved": gettext_lazy("审核了入会申请"),
    "prepared": gettext_lazy("将入会申请提交会议"),
    "returned": gettext_lazy("退回了申请"),
    "rejected": gettext_lazy("未批准入会申请"),
    "recalled": gettext_lazy("撤回了入会申请"),
    "invited": gettext_lazy("生成了登录凭条"),
    "appointed": gettext_lazy("登记了任职"),
    "resumed": gettext_lazy("恢复了任职"),
    "used": gettext_lazy("使用了登录凭条"),
    "applied": gettext_lazy("按人事日报更新了登记"),
    "dismissed": gettext_lazy("核对了人事日报的变化"),
    "superseded": gettext_lazy("核对了人事日报的变化"),
    "merged": gettext_lazy("合并了重复档案"),
}
# Said in words of its own, where the verb alone would be said of an application to join.
_ACTS = {
    "members.profilechange.submitted": gettext_lazy("申请变更信息"),
    "members.profilechange.commented": gettext_lazy("填写了变更申请的分工会意见"),
    "members.profilechange.accepted": gettext_lazy("按申请更正了信息"),
    "members.profilechange.returned": gettext_lazy("退回了变更申请"),
    "members.profilechange.rejected": gettext_lazy("未同意变更申请"),
    "members.profilechange.recalled": gettext_lazy("撤回了变更申请"),
    "members.member.contact_changed": gettext_lazy("修改了联系方式"),
    "members.member.data_exported": gettext_lazy("下载了本人全部数据"),
    "members.membercode.made": gettext_lazy("更换了会员码"),
    "members.membercode.printed": gettext_lazy("打印了会员证"),
    "members.branch.roll_printed": gettext_lazy("打印了分工会名册"),
    "members.branch.cards_printed": gettext_lazy("打印了分工会的会员证"),
    "members.dueslist.printed": gettext_lazy("打印了会费收缴表"),
    "members.subjectrequest.submitted": gettext_lazy("提交了个人信息请求"),
    "members.subjectrequest.answered": gettext_lazy("答复了个人信息请求"),
    "members.subjectrequest.recalled": gettext_lazy("撤回了个人信息请求"),
    "members.consent.given": gettext_lazy("确认了告知或同意书"),
    "members.consent.taken_back": gettext_lazy("撤回了同意"),
    "members.erasure.made": gettext_lazy("清除了到期的联系信息"),
}
_FIELDS = {
    "id_number": gettext_lazy("身份证号"),
    "bank_card": gettext_lazy("银行卡号"),
    "phone": gettext_lazy("手机号码"),
}


def words_for(action: str) -> str:
    """The Chinese for an audit code; an unknown one is said in general words."""
    if action in _ACTS:
        return str(_ACTS[action])
    act = action.rpartition(".")[2]
    field, _gap, verb = act.rpartition("_")
    said = str(_VERBS.get(verb, _("办理了业务")))
    return f"{said}（{_FIELDS[field]}）" if field in _FIELDS else said


@timeline.source("membership")
def membership(member: Member) -> Iterable[timeline.Event]:
    """Every change of the membership once: by its act, or where there is none (rosters) by the period's ends."""
    told = MembershipAct.objects.filter(member__in=records_of(member))
    acts = list(told.select_related("branch_before", "branch_after", "reversed_by"))
    effects = [act.effect for act in acts if not hasattr(act, "reversed_by")]
    begun = {effect["opened"]["id"] for effect in effects if "opened" in effect}
    ended = {effect["ended"]["id"] for effect in effects if "ended" in effect}
    kind = _("会籍")
    for act in acts:
        if not hasattr(act, "reversed_by"):
            yield timeline.Event(act.on, kind, str(act.get_kind_display()), _act_words(act))
    for period in member.periods:
        if period.pk not in begun:
            yield timeline.Event(period.from_on, kind, str(period.get_reason_in_display()), period.branch.name)
        if period.until_on is not None and period.pk not in ended:
            last_day = period.until_on - timedelta(days=1)
            yield timeline.Event(last_day, kind, str(period.get_reason_out_display()), period.branch.name)


@timeline.source("merging")
def merging(member: Member) -> Iterable[timeline.Event]:
    """When another record of his was merged into this one; his own affair, not the branch's."""
    for record in MergeRecord.objects.filter(keep=member, undone_at=None).select_related("drop"):
        detail = _("原工号 %(number)s") % {"number": record.drop.staff_no}
        yield timeline.Event(local_date(record.merged_at), _("档案"), _("重复档案合并"), detail, officer=False)


def _act_words(act: MembershipAct) -> str:
    """From where to where, and the paper it stands on."""
    places = [branch.name for branch in (act.branch_before, act.branch_after) if branch]
    return "，".join(filter(None, (" → ".join(places), act.other_union, act.document)))


@timeline.source("posts")
def posts(member: Member) -> Iterable[timeline.Event]:
    """Coming to a post and leaving it."""
    kind = _("任职")
    for post in member.posts.held().select_related("body"):
        what = f"{post.body.name} {post.get_position_display()}"
        yield timeline.Event(post.from_on, kind, what, str(post.get_how_display()))
        if post.until_on is not None:
            yield timeline.Event(post.until_on - timedelta(days=1), kind, _("卸任：%(what)s") % {"what": what})


@timeline.source("honours")
def honours(member: Member) -> Iterable[timeline.Event]:
    """Confirmed ones; the day of the award, or the end of its year."""
    for honour in member.honours.filter(state="confirmed"):
        on = honour.awarded_on or date(honour.year, 12, 31)
        yield timeline.Event(on, _("荣誉"), honour.title, f"{honour.get_level_display()}，{honour.issuer}")


@timeline.source("pairings")
def pairings(member: Member) -> Iterable[timeline.Event]:
    """Beginning and completion of each, from either side."""
    mine = Pairing.objects.filter(Q(lead=member) | Q(partner=member)).select_related("lead", "partner")
    for pairing in mine:
        other = pairing.partner if pairing.lead_id == member.pk else pairing.lead
        yield timeline.Event(pairing.from_on, _("结对"), str(pairing.get_kind_display()), other.name)
        if pairing.completed_on:
            yield timeline.Event(pairing.completed_on, _("结对"), _("出师（结业）"), pairing.certificate_no)


@timeline.source("training")
def training(member: Member) -> Iterable[timeline.Event]:
    """Courses, on their last day."""
    for row in member.trainings.all():
        detail = _("%(who)s，%(hours)s 学时") % {"who": row.organiser, "hours": row.hours}
        yield timeline.Event(row.to_on, _("培训"), row.course, detail)


@timeline.source("profile changes")
def profile_changes(member: Member) -> Iterable[timeline.Event]:
    """What was corrected in the file on his request: which entries, not what they say."""
    for change in member.profile_changes.filter(state=ChangeState.ACCEPTED, decided_at__isnull=False):
        fields = "、".join(change_story.label_of(name) for name in change.after)
        on = local_date(change.decided_at)  # type: ignore[arg-type]  # asked for above
        yield timeline.Event(on, _("信息变更"), _("更正登记"), fields)
