"""Who looked at or changed one person's data: the audit's entries about him, exports and prints that held him."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import exports
from core.enums import Role
from core.models import AuditEntry, ExportedPeople, ExportJob
from core.models.audit import REFUSED
from members import history
from members.models import ImportedPerson, Member
from members.selectors import records_of

ORDER = ("-position",)
_EXPORTED = "core.exportjob.exported"
_ROLLS = ("members.branch.roll_printed", "members.branch.cards_printed")
# Acts on a list have one entry for everybody on it; who was on it is kept with the list.
_OF_MANY = {
    "core.exportjob": (_EXPORTED,),
    "members.dueslist": ("members.dueslist.printed",),
    "members.importrun": ("members.roster.imported", "members.importrun.undone"),
}

# The kinds that can be asked for, by how an action ends.
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "view": (gettext_lazy("查看全号"), ("revealed", "viewed")),
    "export": (gettext_lazy("导出"), ("exported",)),
    "print": (gettext_lazy("打印"), ("printed",)),
    "import": (gettext_lazy("导入"), ("imported", "undone")),
    "change": (gettext_lazy("登记与修改"), ()),  # everything else
}


@dataclass(frozen=True)
class Look:
    """One act on a person's data, in words that he understands."""

    at: datetime
    who: str
    offices: str
    what: str
    reason: str


def entries_about(member: Member, kind: str = "") -> QuerySet[AuditEntry]:
    """Every entry of acts on the person's data; ``kind`` one of ``KINDS``, or all. Refused attempts saw nothing."""
    records = records_of(member)  # with those merged into his: the audit keeps their numbers
    about = Q(subject__in=records) | _rolls_with(member)
    for what, numbers in _lists_with(member, records).items():
        about |= Q(action__in=_OF_MANY[what], target_type=what, target_id__in=numbers)
    entries = AuditEntry.objects.filter(about).exclude(action__endswith=REFUSED).select_related("actor")
    if kind not in KINDS:
        return entries
    ends = KINDS[kind][1]
    if ends:
        return entries.filter(_ending(ends))
    return entries.exclude(_ending(tuple(end for _label, some in KINDS.values() for end in some)))


def looks_of(entries: list[AuditEntry], member: Member) -> list[Look]:
    """The rows of one page in words."""
    wanted = [entry.target_id for entry in entries if entry.action == _EXPORTED]
    jobs = {str(job.pk): job for job in ExportJob.objects.filter(pk__in=wanted)} if wanted else {}
    return [
        Look(
            at=entry.at,
            who=_actor_of(entry, member),
            offices="、".join(str(Role(role).label) for role in entry.actor_roles if role in Role.values),
            what=_exported(jobs[entry.target_id]) if entry.target_id in jobs else history.words_for(entry.action),
            reason=entry.basis,
        )
        for entry in entries
    ]


def _rolls_with(member: Member) -> Q:
    """A branch's lists on paper (or its group's) of the days while he was in it."""
    held = Q(pk__in=[])
    for period in member.periods:
        branches = [str(pk) for pk in (period.branch_id, period.branch.parent_id) if pk]
        days = Q(at__date__gte=period.from_on)
        if period.until_on is not None:
            days &= Q(at__date__lte=period.until_on - timedelta(days=1))
        held |= Q(action__in=_ROLLS, target_type="members.branch", target_id__in=branches) & days
    return held


def _lists_with(member: Member, records: QuerySet) -> dict[str, list[str]]:
    """The lists that he was on, by what they are: exported ones, dues lists, imported files. One statement."""
    held = [
        ("core.exportjob", "job", ExportedPeople.objects.filter(members__overlap=records)),
        ("members.dueslist", "dues_list", member.dues_lines.all()),
        ("members.importrun", "run", ImportedPerson.objects.filter(member__in=records)),
    ]
    first, *others = [
        rows.order_by().values_list(Value(what), Cast(column, TextField())) for what, column, rows in held
    ]
    found: dict[str, list[str]] = {what: [] for what in _OF_MANY}
    for what, number in first.union(*others, all=True):
        found[what].append(number)
    return found


def _ending(ends: tuple[str, ...]) -> Q:
    return Q(action__regex=rf"[._]({'|'.join(ends)})$")


def _exported(job: ExportJob) -> str:
    known = exports.kinds.get(job.kind)
    facts = {
        "title": str(known.title) if known else job.kind,
        "columns": "、".join(known.titles(job.columns) if known else job.columns) or _("打印件"),
    }
    return _("导出了%(title)s（%(columns)s）") % facts


def _actor_of(entry: AuditEntry, member: Member) -> str:
    if entry.actor is None:
        return entry.actor_username or _("系统")
    if entry.actor_id == member.user_id:
        return _("本人")
    return entry.actor.name
