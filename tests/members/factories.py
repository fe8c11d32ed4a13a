"""The smallest valid objects of the register; name only what the test is about."""

from datetime import date
from itertools import count

from members.models import Branch, ConsentText, Member, Membership

_numbers = count(1)


def make_branch(**fields) -> Branch:
    """A branch union with names of its own."""
    number = next(_numbers)
    given = {"name": f"第{number}分工会", "short_name": f"第{number}"} | fields
    return Branch.objects.create(**given)


def make_member(**fields) -> Member:
    """A person without any membership: not on the roll of any day."""
    number = next(_numbers)
    given = {"staff_no": f"T{number:06}", "name": "张三"} | fields
    return Member.objects.create(**given)


def make_membership(**fields) -> Membership:
    """An open period from 2020-01-01; the member and the branch are made where not given."""
    given = {"from_on": date(2020, 1, 1)} | fields
    if "member" not in given:
        given["member"] = make_member()
    if "branch" not in given:
        given["branch"] = make_branch()
    return Membership.objects.create(**given)


def make_notice(**fields) -> ConsentText:
    """The privacy notice in force: it stands before every page of who has a file (members/middleware.py)."""
    given = {"version": f"T-{ConsentText.objects.count()}", "text": "校工会这样处理您的个人信息。"} | fields
    return ConsentText.objects.create(**{"kind": "privacy", "from_on": date(2026, 1, 1)} | given)
