"""The demo union: an invented school's year as its office keeps it, and one account per role."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from core import clock, outbox
from core.enums import Role
from core.models import Department, RoleGrant, User
from core.signin import passwords
from members.models import Branch, Member
from notices.services.due import make_due
from union_site import (
    demo_claims,
    demo_feed,
    demo_fund,
    demo_life,
    demo_office,
    demo_own,
    demo_people,
    demo_reminders,
    demo_welfare,
)

YEAR = settings.BASE_DIR / "demo" / "year-2022"
START = date(2022, 1, 1)
_WORDS = ("Maple", "River", "Cedar", "Plum", "Lotus", "Bamboo", "Crane", "Willow")


@dataclass(frozen=True)
class Part:
    """One demo account: a person of the roster by staff number, or (with a name) somebody outside the union."""

    username: str
    label: str
    role: Role | None = None
    name: str = ""
    branch: str = ""
    department: str = ""


CAST = (
    Part("1900083", "工会干事", Role.UNION_STAFF),
    Part("1900043", "主席", Role.CHAIR),
    Part("1900055", "会计", Role.ACCOUNTANT),
    Part("1900039", "出纳", Role.CASHIER),
    Part("1900077", "经审委员", Role.AUDITOR),
    Part("1900078", "纺织学院分工会负责人", Role.BRANCH_OFFICER, branch="纺织学院"),
    Part("1900118", "信息学院分工会负责人", Role.BRANCH_OFFICER, branch="信息学院"),
    Part("1900106", "会员（纺织学院）"),
    Part("1900029", "承办部门（后勤处）", Role.HANDLER, department="后勤处"),
    Part("1900080", "分管校领导", Role.SCHOOL_LEADER, department="后勤处"),
    Part("1900082", "监票/计票人", Role.TELLER),
    Part("2600001", "新教工（入会申请草稿）", name="范思远"),
    Part("2600002", "新教工（入会申请待分会审核）", name="唐语晨"),
    Part("sysadmin", "系统管理员", Role.SYSTEM_ADMIN, name="系统管理员"),
    Part("security", "安全管理员", Role.SECURITY_ADMIN, name="安全管理员"),
    Part("auditlog", "审计管理员", Role.AUDIT_ADMIN, name="审计管理员"),
)


def load(*, at: datetime) -> str:
    """Import the demo year, open the accounts, ask for today's reminders; returns the sign-ins as text.

    One password per installation, made here: nothing is known beforehand, nothing is in the repository.
    """
    call_command("import_branches", str(YEAR / "分工会.csv"), verbosity=0)
    call_command("import_members", str(YEAR / "会员花名册.xlsx"), verbosity=0)
    password = f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}"
    today = clock.local_date(at)
    with transaction.atomic():
        # As if the union had been running for a week: the coming week's birthdays are due, the worker delivers them.
        make_due(on=today - timedelta(days=6), at=at)
        make_due(on=today, at=at)
        cast = [*CAST, *_with_a_message()]
        for part in cast:
            _open_account(part, password, at)
        demo_life.load(at=at)
        demo_own.load(at=at)
        demo_people.load(at=at)
        demo_feed.load(at=at)
        demo_office.load(at=at)
        demo_fund.load(at=at)
        demo_claims.load(at=at)
        demo_welfare.load(at=at)
        demo_reminders.load(at=at)
        outbox.add("notices.send_due")
    lines = [f"  {part.username:<10}{part.label}" for part in cast]
    return "\n".join(["演示账号（工号  角色），密码均为 " + password, *lines]) + "\n"


def _with_a_message() -> list[Part]:
    """Somebody whose birthday is near, so that one inbox is not empty; nobody in a week without birthdays."""
    near = Member.objects.filter(reminders__isnull=False).exclude(staff_no__in=[part.username for part in CAST])
    return [Part(member.staff_no, "会员（生日将近，有消息）") for member in near.order_by("staff_no")[:1]]


def _open_account(part: Part, password: str, at: datetime) -> None:
    member = None if part.name else Member.objects.get(staff_no=part.username)
    name, email = (member.name, member.email) if member else (part.name, "")
    user = User.objects.create_user(part.username, name=name, email=email)
    passwords.change_password(user=user, password=password, actor=None, at=at)
    if member:
        member.user = user
        member.save(update_fields=["user"])
    if part.role:
        department = Department.objects.get_or_create(name=part.department)[0] if part.department else None
        branch = Branch.objects.get(short_name=part.branch) if part.branch else None
        RoleGrant.objects.create(user=user, role=part.role, from_on=START, branch=branch, department=department)
