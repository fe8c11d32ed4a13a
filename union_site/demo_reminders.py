"""A reminder rule of the union's own, and a member who keeps his birthday by the lunar calendar."""

from datetime import date, datetime

from core.models import User
from members.enums import BirthdayCalendar
from members.models import Member
from members.services.birthdays import choose_birthday
from notices.enums import Audience, Channel, Repeat, RuleKind
from notices.services.keeping import keep_rule

CLERK, LUNAR_MEMBER = "1900083", "1900106"
RULE = {
    "code": "dues-check",
    "name": "会费核对",
    "kind": RuleKind.DATE,
    "fixed_on": date(2022, 1, 10),
    "repeat": Repeat.MONTHLY,
    "offset_days": 2,
    "audience": Audience.ROLE,
    "roles": ["accountant", "union_staff"],
    "channels": [Channel.INBOX],
    "subject": "{date}前核对本月会费",
    "body": "{name}：\n\n请在{date}前核对本月会费收缴表。",
}


def load(*, at: datetime) -> None:
    """Through the services, like everybody."""
    keep_rule(actor=User.objects.get(username=CLERK), rule=None, values=RULE, at=at)
    member = Member.objects.get(staff_no=LUNAR_MEMBER)
    assert member.user is not None
    choose_birthday(
        actor=member.user, member=member, calendar=BirthdayCalendar.LUNAR, month=8, day=11, leap=False, at=at
    )
