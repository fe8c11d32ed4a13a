"""Where the hand-out of a run stands: for union staff everywhere, for a branch's officer in his branches."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from core.enums import Role
from core.models import User
from members.dossier import file_of
from members.models import Member
from members.selectors import records_of
from members.services.codes import CannotUseCode, holder_of
from welfare.enums import BenefitState, EntitlementState
from welfare.models import Benefit, Entitlement, Handout
from welfare.models.packages import CHOSEN_IN

CODE_LENGTH = 22  # characters of a member code; a staff number is shorter
_OPEN = (EntitlementState.LISTED, EntitlementState.RECEIVED)


@dataclass(frozen=True)
class Progress:
    """``done`` of ``people`` have fetched it."""

    branch: int
    name: str
    people: int
    done: int

    @property
    def left(self) -> int:
        return self.people - self.done


def runs_for(user: User) -> QuerySet[Benefit]:
    """Runs that this user hands out now."""
    if not user.has_perm("welfare.hand_out"):
        return Benefit.objects.none()
    return Benefit.objects.visible_to(user).filter(state=BenefitState.HANDING_OUT)


def served_by(user: User, benefit: Benefit) -> QuerySet[Entitlement]:
    """The shares that he hands out: everybody's for union staff, those of his branches for an officer."""
    rows = Entitlement.objects.filter(benefit=benefit, state__in=_OPEN)
    return rows if user.holds(Role.UNION_STAFF) else rows.filter(branch__in=user.branch_ids)


def progress_of(rows: QuerySet[Entitlement]) -> list[Progress]:
    """By branch, in their order; one query."""
    counted = rows.order_by().values("branch", "branch__short_name", "branch__position")
    counted = counted.annotate(people=Count("pk"), done=Count("pk", filter=Q(state=EntitlementState.RECEIVED)))
    return [
        Progress(row["branch"], row["branch__short_name"], row["people"], row["done"])
        for row in counted.order_by("branch__position", "branch")
    ]


def found_in(rows: QuerySet[Entitlement], text: str) -> QuerySet[Entitlement]:
    """Those whose name, pinyin or staff number the text is."""
    return rows.filter(member__in=Member.objects.search(text)) if text.strip() else rows


def with_last(rows: QuerySet[Entitlement]) -> QuerySet[Entitlement]:
    """With ``noted_at``, ``noted_by`` and ``noted_proxy`` of the hand-out that stands."""
    last = Handout.objects.standing().filter(entitlement=OuterRef("pk"))
    columns = {"noted_at": "at", "noted_by": "by__name", "noted_proxy": "proxy"}
    return rows.annotate(**{name: Subquery(last.values(column)[:1]) for name, column in columns.items()})


def choices_of(user: User) -> QuerySet[Entitlement]:
    """His shares of runs that offer packages, the newest first; a merged record's too."""
    member = file_of(user)
    if member is None:
        return Entitlement.objects.none()
    offered = Entitlement.objects.filter(
        member__in=records_of(member), state__in=_OPEN, benefit__offer__isnull=False, benefit__state__in=CHOSEN_IN
    )
    return offered.select_related("benefit__offer", "choice__package").order_by("-benefit")


def open_choices_of(user: User, *, at: datetime | Now) -> QuerySet[Entitlement]:
    """What he may still choose and has not."""
    waiting = choices_of(user).filter(state=EntitlementState.LISTED, choice__isnull=True)
    return waiting.filter(benefit__offer__closes_at__gt=at)


def member_called(text: str) -> Member | None:
    """Whose member code was scanned, or whose staff number was typed; a merged record leads to the living one."""
    text = text.strip()
    if len(text) >= CODE_LENGTH:
        try:
            return holder_of(text)
        except CannotUseCode:
            return None
    found = Member.objects.filter(staff_no=text).select_related("merged_into").first()
    return (found.merged_into or found) if found else None
