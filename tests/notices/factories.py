"""The smallest valid objects of notices; name only what the test is about."""

from datetime import UTC, date, datetime

from core.enums import Role
from core.models import RoleGrant, User
from members.models import Member
from notices.enums import Audience, Channel, RuleKind
from notices.models import InboxMessage, ReminderRule
from tests.members.factories import make_branch, make_member, make_membership

AT = datetime(2022, 5, 20, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
ON = date(2022, 5, 20)


def make_rule(**fields) -> ReminderRule:
    """Birthday, seven days before, to the member, by inbox and mail; the only active rule."""
    ReminderRule.objects.update(is_active=False)
    given = {
        "code": f"rule-{ReminderRule.objects.count()}",
        "name": "测试规则",
        "kind": RuleKind.BIRTHDAY,
        "offset_days": 7,
        "audience": Audience.MEMBERS,
        "channels": [Channel.INBOX, Channel.EMAIL],
        "subject": "{name}，{occasion}",
        "body": "{name} {branch} {occasion} {date} {days}",
        "skip_after_days": 3,
    } | fields
    return ReminderRule.objects.create(**given)


def make_person(*, born: date = date(1980, 5, 27), until_on=None, **fields) -> Member:
    """A member on the roll since 2020, born on 27 May: due on 2022-05-20 under ``make_rule``."""
    branch = fields.pop("branch", None) or make_branch()
    member = make_member(birth_on=born, **fields)
    if not member.email and "email" not in fields:
        member.email = f"{member.staff_no}@example.org"
        member.save(update_fields=["email"])
    make_membership(member=member, branch=branch, until_on=until_on, reason_out="retired" if until_on else "")
    return member


def make_officer(role: str = Role.UNION_STAFF, *, username: str = "S1", **fields) -> User:
    given = {"name": "干事", "email": f"{username}@example.org"} | fields
    user = User.objects.create_user(username, **given)
    branch = make_branch() if role == Role.BRANCH_OFFICER else None
    RoleGrant.objects.create(user=user, role=role, branch=branch, from_on=date(2020, 1, 1))
    return user


def make_message(**fields) -> InboxMessage:
    given = {"subject": "生日快乐", "body": "祝您生日快乐", "created_at": AT} | fields
    return InboxMessage.objects.create(**given)
