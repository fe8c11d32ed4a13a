"""What happened to a person, and to his data, in words for that person."""

from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import timeline
from members.models import Member

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
    "ended": gettext_lazy("结束了会籍"),
    "transferred": gettext_lazy("办理了转会"),
    "deleted": gettext_lazy("删除了信息"),
    "undone": gettext_lazy("撤销了导入"),
    "invited": gettext_lazy("生成了登录凭条"),
    "used": gettext_lazy("使用了登录凭条"),
}
_FIELDS = {
    "id_number": gettext_lazy("身份证号"),
    "bank_card": gettext_lazy("银行卡号"),
    "phone": gettext_lazy("手机号码"),
}


def words_for(action: str) -> str:
    """The Chinese for an audit code; an unknown one is said in general words."""
    act = action.rpartition(".")[2]
    field, _gap, verb = act.rpartition("_")
    said = str(_VERBS.get(verb, _("办理了业务")))
    return f"{said}（{_FIELDS[field]}）" if field in _FIELDS else said


@timeline.source("membership")
def membership(member: Member) -> Iterable[timeline.Event]:
    """The beginning and the end of every period on the roll."""
    for period in member.memberships.select_related("branch"):
        kind, branch = _("会籍"), period.branch.name
        yield timeline.Event(period.from_on, kind, str(period.get_reason_in_display()), branch)
        if period.until_on is not None:
            last_day = period.until_on - timedelta(days=1)
            yield timeline.Event(last_day, kind, str(period.get_reason_out_display()), branch)
