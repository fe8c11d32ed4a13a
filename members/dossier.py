"""Reads for the pages about one person: his file, his periods, who answers for him and who looked at his data."""

from dataclasses import dataclass
from datetime import date

from core import masks
from core.enums import Role
from core.models import RoleGrant, User
from members import looks
from members.models import Branch, Member, MemberSecret
from members.selectors.life import deaths_of
from members.standing import Standing, standing_on

FEW = 5  # on the file itself; the page of its own has all


@dataclass(frozen=True)
class SecretEnds:
    """What may be shown of class C3: ``****1234``, or empty where nothing is stored."""

    id_number: str
    bank_card: str


def file_of(user: User) -> Member | None:
    """The member record of this account, looked up once; None for an account without one, or whose was merged."""
    member = getattr(user, "member", None)
    return member if member is not None and member.merged_into_id is None else None


def standing_of(member: Member, on: date) -> Standing:
    """Where he stands on that day, his death included."""
    standing = standing_on(on, member.periods)
    if standing.on_roll or standing.branch is None:
        return standing
    return standing_on(on, member.periods, died_on=deaths_of([member.pk]).get(member.pk))


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


def looks_at(member: Member, most: int = FEW) -> list[looks.Look]:
    """The newest acts on this person's data (DESIGN.md, decision 9)."""
    return looks.looks_of(list(looks.entries_about(member).order_by(*looks.ORDER)[:most]), member)
