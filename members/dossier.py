"""Reads for the pages about one person: his file, his periods, who answers for him and who looked at his data."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from core import exports, masks
from core.enums import Role
from core.models import AuditEntry, RoleGrant, User
from members import history
from members.models import Branch, ImportedPerson, Member, MemberSecret, Membership
from members.selectors import records_of

MOST_LOOKS = 50  # the newest; older ones are told on request


@dataclass(frozen=True)
class Look:
    """One act on a person's data, in words that he understands."""

    at: datetime
    who: str
    offices: str
    what: str
    reason: str


@dataclass(frozen=True)
class SecretEnds:
    """What may be shown of class C3: ``****1234``, or empty where nothing is stored."""

    id_number: str
    bank_card: str


def file_of(user: User) -> Member | None:
    """The member record of this account; None for an account without one."""
    return Member.objects.visible_to(user).filter(user=user).first()


def periods_of(member: Member) -> list[Membership]:
    """Every membership period, newest first."""
    return list(member.memberships.select_related("branch").order_by("-from_on"))


def secret_ends_of(member: Member) -> SecretEnds:
    """The last four characters only; the sealed numbers are not even read."""
    ends = MemberSecret.objects.filter(member=member).values_list("id_number_last4", "bank_card_last4").first()
    id_number, bank_card = ends or ("", "")
    return SecretEnds(masks.mask_kept4(id_number), masks.mask_kept4(bank_card))


def officers_to_tell(member: Member, branch: Branch, on: date) -> list[User]:
    """Who answers for the branch on that day, the member himself left out."""
    grants = RoleGrant.objects.in_force(on).filter(role=Role.BRANCH_OFFICER, branch=branch, user__is_active=True)
    others = grants.exclude(user=member.user_id).select_related("user").order_by("from_on", "pk")
    return [grant.user for grant in others]


def looks_at(member: Member) -> list[Look]:
    """Who looked at or changed this person's data, newest first, at most ``MOST_LOOKS`` (DESIGN.md, decision 9).

    An import has one entry for the whole file; who was in it is in ``ImportedPerson``.
    """
    ids = records_of(member)
    runs = ImportedPerson.objects.filter(member__in=ids).values_list("run", flat=True)
    imports = Q(target_type="members.importrun", target_id__in=[str(run) for run in runs])
    changes = Q(action__in=("members.roster.imported", "members.importrun.undone"))
    entries = AuditEntry.objects.filter(Q(subject__in=ids) | imports & changes)
    entries = entries.select_related("actor").order_by("-position")
    looks = [
        Look(
            at=entry.at,
            who=_actor_of(entry, member),
            offices="、".join(str(Role(role).label) for role in entry.actor_roles if role in Role.values),
            what=history.words_for(entry.action),
            reason=entry.basis,
        )
        for entry in entries[:MOST_LOOKS]
    ]
    looks += [_look_of_export(taken, member) for taken in exports.taken_out(ids)]
    return sorted(looks, key=lambda look: look.at, reverse=True)[:MOST_LOOKS]


def _look_of_export(taken: exports.Taken, member: Member) -> Look:
    """A list with this person in it left the house: which one, with which columns."""
    who = _("本人") if taken.who.pk == member.user_id else taken.who.name
    what = _("导出了%(list)s（%(columns)s）") % {"list": taken.title, "columns": "、".join(taken.columns)}
    return Look(at=taken.at, who=who, offices="", what=what, reason=taken.reason)


def _actor_of(entry: AuditEntry, member: Member) -> str:
    if entry.actor is None:
        return entry.actor_username or _("系统")
    if entry.actor_id == member.user_id:
        return _("本人")
    return entry.actor.name
