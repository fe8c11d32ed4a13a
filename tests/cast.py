"""The cast of TRUST.md 3: one person per actor, in a union of two branches and two departments."""

from dataclasses import dataclass
from datetime import date

from core.enums import Role
from core.models import Department, RoleGrant, User
from members.models import Branch, Member
from tests.members.factories import make_branch, make_member, make_membership

START = date(2020, 1, 1)
PASSWORD = "Cedar-River-2020"

ANONYMOUS = "anonymous"
MEMBER = "member"
DELEGATE = "delegate"  # a member until congress/ derives delegates from its records
OTHER_BRANCH_OFFICER = "other_branch_officer"
OTHER_HANDLER = "other_handler"
DISABLED = "disabled"
ACTORS = (
    ANONYMOUS,
    MEMBER,
    DELEGATE,
    Role.BRANCH_OFFICER,
    OTHER_BRANCH_OFFICER,
    Role.UNION_STAFF,
    Role.CHAIR,
    Role.ACCOUNTANT,
    Role.CASHIER,
    Role.AUDITOR,
    Role.HANDLER,
    OTHER_HANDLER,
    Role.SCHOOL_LEADER,
    Role.TELLER,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
    DISABLED,
)


@dataclass(frozen=True)
class Cast:
    """Users by actor, and the places they belong to. Everybody but the guardians is a member of ``branch``,
    the other branch officer of ``other_branch``."""

    users: dict[str, User | None]
    branch: Branch
    other_branch: Branch

    def member_of(self, actor: str) -> Member:
        return Member.objects.get(user=self.users[actor])


def make_cast() -> Cast:
    branch, other_branch = make_branch(short_name="甲院"), make_branch(short_name="乙院")
    department, other_department = (Department.objects.create(name=name) for name in ("后勤处", "人事处"))
    places = {
        Role.BRANCH_OFFICER: {"branch": branch},
        OTHER_BRANCH_OFFICER: {"branch": other_branch},
        Role.HANDLER: {"department": department},
        OTHER_HANDLER: {"department": other_department},
        Role.SCHOOL_LEADER: {"department": department},
    }
    users: dict[str, User | None] = {ANONYMOUS: None}
    for number, actor in enumerate(ACTORS[1:], start=1):
        user = users[actor] = User.objects.create_user(
            f"C{number:03}", PASSWORD, name=f"人物{number}", is_active=actor != DISABLED
        )
        role = {
            OTHER_BRANCH_OFFICER: Role.BRANCH_OFFICER,
            OTHER_HANDLER: Role.HANDLER,
            DISABLED: Role.UNION_STAFF,
        }.get(actor, actor)
        if role in Role.values:
            RoleGrant.objects.create(user=user, role=role, from_on=START, **places.get(actor, {}))
        if role not in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
            member = make_member(staff_no=user.username, name=user.name, user=user)
            make_membership(member=member, branch=other_branch if actor == OTHER_BRANCH_OFFICER else branch)
    return Cast(users=users, branch=branch, other_branch=other_branch)
