"""What a clerk reads about HR's daily file."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from members.feed_codes import ChangeState, FeedKind, FeedVerdict
from members.models import FeedChange, FeedRun, Member
from members.services.feed_deciding import Outcome

_NAMED = 5  # refused lines told by name


def warning(told: dict[str, Any]) -> str:
    """Why a file is held or was refused."""
    match told["code"]:
        case "many_leave":
            words = _("将有 %(count)s 人离会，在册 %(of)s 人，超过 %(limit)s%%")
        case "smaller":
            words = _("只有 %(count)s 人，上一份 %(of)s 人，减少超过 %(limit)s%%")
        case _other:
            return str(told.get("why", told["code"]))
    return words % {"count": told["count"], "of": told["of"], "limit": f"{told['limit']:g}"}


def left_out(row: int, staff_no: str, verdict: str, about: str = "") -> str:
    """``about``: whom it names; files of before have none."""
    facts = {"row": row, "number": staff_no or "—", "why": FeedVerdict(verdict).label}
    return _("第 %(row)s 行（%(number)s）%(why)s") % facts + (f"：{about}" if about else "")


def waiting_by_kind(run: FeedRun) -> list[dict[str, Any]]:
    """Kinds with lines that wait, how many, in the order of the kinds."""
    waiting = run.changes.filter(state=ChangeState.PROPOSED).order_by()
    counts = dict(waiting.values_list("kind").annotate(lines=Count("pk")))
    return [{"kind": kind.value, "label": kind.label, "lines": counts[kind]} for kind in FeedKind if kind in counts]


def consequence(kind: str) -> str:
    """What confirming a line of this kind does."""
    words = {
        FeedKind.JOINED: _("确认后建档，有账号的会收到入会邀请；入会自愿，须本人申请。"),
        FeedKind.LEFT: _("确认后登记会籍转出，任职同时结束。"),
        FeedKind.DIED: _("确认后登记去世，会籍和任职结束。"),
        FeedKind.RETIRED: _("确认后登记退休并保留会籍，任职同时结束。"),
        FeedKind.TRANSFERRED: _("确认后调整分工会和所在部门。"),
        FeedKind.RENAMED: _("确认后改用新姓名。"),
        FeedKind.CHANGED: _("确认后写入所列信息。"),
    }
    return words.get(FeedKind(kind), "") if kind in FeedKind.values else ""


def content(change: FeedChange) -> str:
    """``职称 讲师 → 教授；甲院 → 乙院``, with what is masked masked."""
    said = [
        f"{Member._meta.get_field(name).verbose_name if name != 'id_number' else _('身份证号')} "  # type: ignore[union-attr]
        f"{' → '.join(filter(None, pair))}"
        for name, pair in change.shown.items()
    ]
    places = [str(branch) for branch in (change.branch_before, change.branch_after) if branch]
    return "；".join([*([" → ".join(places)] if places else []), *said])


def with_words(changes: Iterable[FeedChange]) -> list[tuple[FeedChange, str]]:
    return [(change, content(change)) for change in changes]


def outcome(told: Outcome) -> str:
    """What became of the lines, the refused ones with the reason."""
    words = _("已处理 %(done)s 行") % {"done": len(told.done)}
    if told.superseded:
        words += _("，%(gone)s 行已不适用") % {"gone": len(told.superseded)}
    if told.refused:
        named = "；".join(f"{change.name}（{change.staff_no}）{why}" for change, why in told.refused[:_NAMED])
        words += _("，%(refused)s 行未办理：") % {"refused": len(told.refused)} + named
    return words + "。"
