"""Changes of membership (会籍变动): each writes the periods and one ``MembershipAct`` in one transaction.

``on`` is the last day of the old state for what ends a membership, the first day of the new one for what begins or
moves it. Every service raises ``PermissionDenied`` or ``CannotChangeLife`` and changes nothing then.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import ProtectedError

from core import audit, clock, policies
from core.models import User
from members.enums import ActKind, EndReason, JoinReason, KeptReason, StaffCategory
from members.life_codes import LifeRefusal
from members.models import Branch, KeptMembership, Member, Membership, MembershipAct
from members.rules import life as rules
from members.selectors.life import deaths_of
from members.services import posts
from members.services.register_lock import CannotChangeLife, hold
from members.standing import standing_on

AHEAD = "members.act_days_ahead"
ENDING = frozenset(
    {ActKind.RETIRED, ActKind.KEPT, ActKind.TRANSFERRED_OUT, ActKind.LEFT, ActKind.EXPELLED, ActKind.DIED}
)


class Paper(TypedDict, total=False):
    """What the change stands on: a document, its date, the meeting that approved it, the reason."""

    document: str
    document_on: date | None
    approved_by: str
    basis: str


@transaction.atomic
def transfer_branch(
    *, member: Member, branch: Branch, on: date, actor: User, at: datetime, **paper: Unpack[Paper]
) -> MembershipAct:
    """From ``on`` the member belongs to ``branch``."""
    case = _open_case(member, ActKind.BRANCH_CHANGE, on, actor, at, paper)
    last = case.roll[-1] if case.roll else None
    _refuse(rules.refuse_move(on=on, roll=case.roll_days, same_branch=bool(last and last.branch_id == branch.pk)))
    _refuse_closed(branch)
    case.end(EndReason.BRANCH_CHANGE, on)
    case.begin(branch, JoinReason.BRANCH_CHANGE)
    return case.recorded()


@transaction.atomic
def transfer_out(
    *, member: Member, other_union: str, on: date, actor: User, at: datetime, **paper: Unpack[Paper]
) -> MembershipAct:
    """``on`` was the last day here; the membership goes on in ``other_union``."""
    return _ended(member, ActKind.TRANSFERRED_OUT, EndReason.TRANSFERRED_OUT, on, actor, at, paper, other_union)


@transaction.atomic
def transfer_in(
    *, member: Member, branch: Branch, other_union: str, on: date, actor: User, at: datetime, **paper: Unpack[Paper]
) -> MembershipAct:
    """From ``on`` a member of ``other_union``, known here already, belongs to ``branch``."""
    case = _open_case(member, ActKind.TRANSFERRED_IN, on, actor, at, paper, other_union)
    return _begun(case, branch, JoinReason.TRANSFERRED_IN)


@transaction.atomic
def retire(
    *, member: Member, on: date, actor: User, at: datetime, veteran: bool = False, **paper: Unpack[Paper]
) -> MembershipAct:
    """``on`` was the last day on the roll; the membership is kept from the next day (charter Art 8)."""
    case = _open_case(member, ActKind.RETIRED, on, actor, at, paper)
    has_retired = bool(case.kept) and case.kept[-1].reason in (KeptReason.RETIRED, KeptReason.VETERAN)
    _refuse(rules.refuse_end(on=on, roll=case.roll_days, kept=() if has_retired else case.kept_days))
    case.kept_reason = KeptReason.VETERAN if veteran else KeptReason.RETIRED
    case.end(EndReason.RETIRED, on + timedelta(days=1))
    case.keep()
    return case.recorded()


@transaction.atomic
def keep_membership(
    *, member: Member, reason: str, on: date, actor: User, at: datetime, **paper: Unpack[Paper]
) -> MembershipAct:
    """``on`` was the last day on the roll; the membership is kept from the next day for ``reason``."""
    case = _open_case(member, ActKind.KEPT, on, actor, at, paper)
    _refuse(rules.refuse_keeping(on=on, roll=case.roll_days, kept=case.kept_days))
    case.kept_reason = KeptReason(reason)
    case.end(EndReason.KEPT, on + timedelta(days=1))
    case.keep()
    return case.recorded()


@transaction.atomic
def resume(
    *, member: Member, on: date, actor: User, at: datetime, branch: Branch | None = None, **paper: Unpack[Paper]
) -> MembershipAct:
    """From ``on`` a kept member is on the roll again, in the last branch unless ``branch`` says another."""
    case = _open_case(member, ActKind.RESUMED, on, actor, at, paper)
    is_kept = bool(case.kept) and case.kept[-1].until_on is None
    ended_so = case.roll[-1].reason_out in (EndReason.RETIRED, EndReason.KEPT) if case.roll else False
    _refuse(rules.refuse_begin(on=on, roll=case.roll_days, kept=case.kept_days))
    if not case.roll or not (is_kept or ended_so):
        raise CannotChangeLife(LifeRefusal.NOT_KEPT)
    return _begun(case, branch or case.roll[-1].branch, JoinReason.RESUMED)


@transaction.atomic
def leave(*, member: Member, on: date, actor: User, at: datetime, **paper: Unpack[Paper]) -> MembershipAct:
    """退会: his own request, discussed in the group, announced by the committee (charter Art 6)."""
    return _ended(member, ActKind.LEFT, EndReason.LEFT, on, actor, at, paper)


@transaction.atomic
def expel(*, member: Member, on: date, actor: User, at: datetime, **paper: Unpack[Paper]) -> MembershipAct:
    """开除会籍 for a grave crime: decided by the committee and reported upward, on paper (charter Art 7)."""
    return _ended(member, ActKind.EXPELLED, EndReason.EXPELLED, on, actor, at, paper)


@transaction.atomic
def record_death(*, member: Member, on: date, actor: User, at: datetime, **paper: Unpack[Paper]) -> MembershipAct:
    """``on`` is the day of death, the last one of the membership or of its keeping."""
    return _ended(member, ActKind.DIED, EndReason.DIED, on, actor, at, paper)


@transaction.atomic
def correct(*, act: MembershipAct, actor: User, at: datetime, **paper: Unpack[Paper]) -> MembershipAct:
    """撤销: take the newest act of a member back, with the reason as ``basis``; the right one is recorded anew.

    Periods come back as they were before it; the act itself stays, and this one ``reverses`` it.
    """
    case = _open_case(act.member, ActKind.CORRECTED, clock.local_date(at), actor, at, paper)
    act = MembershipAct.objects.get(pk=act.pk)
    if act.kind == ActKind.CORRECTED:
        raise CannotChangeLife(LifeRefusal.NOT_CORRECTABLE)
    if MembershipAct.objects.filter(reverses=act).exists():
        raise CannotChangeLife(LifeRefusal.ALREADY_CORRECTED)
    if MembershipAct.objects.standing().filter(member=case.member, pk__gt=act.pk).exists():
        raise CannotChangeLife(LifeRefusal.LATER_ACT)
    _put_back(act)
    posts.restore(told=act.effect.get("posts_ended", []), actor=actor, at=at)
    case.branch_before, case.branch_after, case.reverses = act.branch_after, act.branch_before, act
    return case.recorded()


@transaction.atomic
def categorise(*, member: Member, category: str, actor: User, at: datetime) -> Member:
    """干部, 工人 or 女高级职称: what a woman's retirement age goes by. Raises ``PermissionDenied``."""
    member = Member.objects.select_for_update().get(pk=member.pk)
    if not actor.has_perm("members.categorise_member") or member.user_id in actor.counts_as:
        raise PermissionDenied
    member.staff_category = StaffCategory(category)
    member.save(update_fields=["staff_category"])
    data = {"fields": ["staff_category"], "category": str(member.staff_category)}
    audit.record(actor=actor, action="members.member.changed", target=member, subject=member.pk, data=data, at=at)
    return member


@dataclass
class Case:
    """One change being made: the person held, his periods in order, and what the change did to them."""

    member: Member
    kind: ActKind
    on: date
    actor: User
    at: datetime
    paper: Paper
    other_union: str = ""
    kept_reason: str = ""
    branch_before: Branch | None = None
    branch_after: Branch | None = None
    reverses: MembershipAct | None = None
    roll: list[Membership] = field(default_factory=list)
    kept: list[KeptMembership] = field(default_factory=list)
    effect: dict[str, Any] = field(default_factory=dict)

    @property
    def roll_days(self) -> list[rules.Days]:
        return [rules.Days(period.from_on, period.until_on) for period in self.roll]

    @property
    def kept_days(self) -> list[rules.Days]:
        return [rules.Days(period.from_on, period.until_on) for period in self.kept]

    def end(self, reason: EndReason, until_on: date) -> None:
        """End the open period on the roll, or else the kept one, before ``until_on``."""
        last = self.roll[-1] if self.roll else None
        if last is None or last.until_on is not None:
            return self.end_kept(until_on)
        last.until_on, last.reason_out = until_on, reason
        last.save(update_fields=["until_on", "reason_out"])
        self.branch_before = last.branch
        self.effect["ended"] = {"id": last.pk, "until_on": until_on, "reason_out": reason}

    def end_kept(self, until_on: date) -> None:
        last = self.kept[-1]
        last.until_on = until_on
        last.save(update_fields=["until_on"])
        self.branch_before = self.roll[-1].branch if self.roll else None
        self.effect["kept_ended"] = {"id": last.pk, "until_on": until_on}

    def begin(self, branch: Branch, reason: JoinReason) -> None:
        """On the roll of ``branch`` from the case's day."""
        period = Membership.objects.create(member=self.member, branch=branch, from_on=self.on, reason_in=reason)
        self.branch_after = branch
        self.effect["opened"] = {"id": period.pk, "branch": branch.pk, "from_on": self.on}

    def keep(self) -> None:
        """Keep the membership from the day after the case's day."""
        from_on = self.on + timedelta(days=1)
        period = KeptMembership.objects.create(member=self.member, reason=self.kept_reason, from_on=from_on)
        self.effect["kept_opened"] = {"id": period.pk, "from_on": from_on}

    def written(self) -> MembershipAct:
        """The act, without an audit entry of its own."""
        return MembershipAct.objects.create(
            kind=self.kind,
            member=self.member,
            on=self.on,
            branch_before=self.branch_before,
            branch_after=self.branch_after,
            kept_reason=self.kept_reason,
            other_union=self.other_union,
            operator=self.actor,
            recorded_at=self.at,
            reverses=self.reverses,
            effect=self.effect,
            **self.paper,
        )

    def recorded(self) -> MembershipAct:
        """The act with its audit entry; posts end with the membership."""
        if self.kind in ENDING and (
            told := posts.end_for(
                member=self.member, on=self.on, actor=self.actor, at=self.at, document=str(self.kind.label)
            )
        ):
            self.effect["posts_ended"] = told
        act = self.written()
        code = "members.membershipact.corrected" if self.reverses else "members.membershipact.recorded"
        audit.record(
            actor=self.actor,
            action=code,
            target=act,
            subject=self.member.pk,
            basis=_basis_of(act),
            data=facts_of(act),
            at=self.at,
        )
        return act


def facts_of(act: MembershipAct) -> dict[str, Any]:
    """What an audit entry keeps of an act."""
    return {
        "kind": str(act.kind),
        "on": act.on.isoformat(),
        "branch_before": act.branch_before_id,
        "branch_after": act.branch_after_id,
        "reverses": act.reverses_id,
    }


def case_for(*, member: Member, kind: ActKind, on: date, actor: User, at: datetime, paper: Paper) -> Case:
    """A case of somebody who is held already, his periods read; for services that admit."""
    case = Case(member=member, kind=kind, on=on, actor=actor, at=at, paper=paper)
    case.roll = list(member.memberships.select_related("branch").order_by("from_on"))
    case.kept = list(member.kept_periods.order_by("from_on"))
    return case


def _open_case(
    member: Member, kind: ActKind, on: date, actor: User, at: datetime, paper: Paper, other_union: str = ""
) -> Case:
    member = hold(member)  # two clerks end one membership at once: the second finds it ended
    code = "members.correct_membershipact" if kind == ActKind.CORRECTED else "members.add_membershipact"
    if not actor.has_perm(code):
        raise PermissionDenied
    if member.user_id in actor.counts_as:
        raise CannotChangeLife(LifeRefusal.OWN_RECORD)
    _refuse(
        rules.refuse_papers(
            kind,
            document=paper.get("document", ""),
            approved_by=paper.get("approved_by", ""),
            basis=paper.get("basis", ""),
            other_union=other_union,
        )
    )
    _refuse(rules.refuse_day(on=on, today=clock.local_date(at), ahead=days_ahead(clock.local_date(at))))
    case = case_for(member=member, kind=kind, on=on, actor=actor, at=at, paper=paper)
    case.other_union = other_union
    return case


def days_ahead(today: date) -> int | None:
    """How many days before its day a change may be recorded; None: the school sets no bound."""
    rule = policies.rule_at(AHEAD, on=today)
    return int(rule.value) if rule else None


def _ended(
    member: Member,
    kind: ActKind,
    reason: EndReason,
    on: date,
    actor: User,
    at: datetime,
    paper: Paper,
    other_union: str = "",
) -> MembershipAct:
    case = _open_case(member, kind, on, actor, at, paper, other_union)
    _refuse(rules.refuse_end(on=on, roll=case.roll_days, kept=case.kept_days))
    case.end(reason, on + timedelta(days=1))
    return case.recorded()


def _begun(case: Case, branch: Branch, reason: JoinReason) -> MembershipAct:
    enter(case, branch, reason)
    return case.recorded()


def enter(case: Case, branch: Branch, reason: JoinReason) -> None:
    """On the roll from the case's day, out of a kept period if there is one. Raises ``CannotChangeLife``."""
    if standing_on(date.max, case.roll, died_on=deaths_of([case.member.pk]).get(case.member.pk)).died_on:
        raise CannotChangeLife(LifeRefusal.DIED)
    _refuse(rules.refuse_begin(on=case.on, roll=case.roll_days, kept=case.kept_days))
    _refuse_closed(branch)
    if case.kept and case.kept[-1].until_on is None:
        case.end_kept(case.on)
    case.begin(branch, reason)


def _refuse(refusal: LifeRefusal | None) -> None:
    if refusal:
        raise CannotChangeLife(refusal)


def _refuse_closed(branch: Branch) -> None:
    if not branch.is_active:
        raise CannotChangeLife(LifeRefusal.BRANCH_CLOSED)


def _put_back(act: MembershipAct) -> None:
    """Periods as they were before the act; refused where they are no longer as it left them."""
    try:
        for key, model in (("opened", Membership), ("kept_opened", KeptMembership)):
            if told := act.effect.get(key):
                _still(model, {**told, "until_on": None}).delete()
    except ProtectedError as used:
        raise CannotChangeLife(LifeRefusal.STILL_USED) from used
    if told := act.effect.get("ended"):
        period = _still(Membership, told)
        period.until_on, period.reason_out = None, ""
        period.save(update_fields=["until_on", "reason_out"])
    if told := act.effect.get("kept_ended"):
        kept = _still(KeptMembership, told)
        kept.until_on = None
        kept.save(update_fields=["until_on"])


def _still(model: type[Membership] | type[KeptMembership], told: dict[str, Any]) -> Any:
    """The period that is still as the act left it."""
    found = model._default_manager.filter(**{"pk" if name == "id" else name: value for name, value in told.items()})
    period = found.first()
    if period is None:
        raise CannotChangeLife(LifeRefusal.PERIODS_CHANGED)
    return period


def _basis_of(act: MembershipAct) -> str:
    return "；".join(filter(None, (act.document, act.approved_by, act.basis)))[:200]
