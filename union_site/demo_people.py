"""Bodies, posts, honours, a family, pairings, training and a staff home of the demo union."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.models import User
from members.models import Branch, Member
from members.services import families, homes, honours, pairings, posts, training

STAFF, CHAIR, AUDITOR, OFFICER, MEMBER = "1900083", "1900043", "1900077", "1900078", "1900106"
BEGUN = date(2022, 3, 1)


def load(*, at: datetime) -> None:
    """Needs the roster, the branches and the accounts of the cast."""
    staff = User.objects.get(username=STAFF)
    branch = Branch.objects.get(short_name="纺织学院")
    by: dict[str, Any] = {"actor": staff, "at": at}
    _bodies(branch, by)
    _honours(branch, by)
    lead, partner = _person(OFFICER), _person(MEMBER)
    agreement = "每月一次教学研讨，每学期互相听课不少于四次。"
    pairings.pair(
        kind="blue", lead=lead, partner=partner, from_on=BEGUN, to_on=date(2027, 2, 28), agreement=agreement, **by
    )
    training.record_training(
        members=[lead, partner],
        course="高校工会干部培训班",
        organiser="省教育工会",
        from_on=date(2025, 6, 9),
        to_on=date(2025, 6, 11),
        hours=Decimal(24),
        **by,
    )
    own: dict[str, Any] = {"actor": User.objects.get(username=MEMBER), "at": at}
    families.sign_consent(**own)
    families.add_person(relation="child", name="小满", birth_on=date(2019, 5, 21), guardian=True, **own)
    homes.start(branch=branch, year=at.year, actor=User.objects.get(username=OFFICER), at=at)


def _person(staff_no: str) -> Member:
    return Member.objects.get(staff_no=staff_no)


def _bodies(branch: Branch, by: dict) -> None:
    """A committee, its audit, the women's and one branch's, with the cast and the first of the roll in them."""
    made = {
        kind: posts.found_body(kind=kind, name=name, from_on=BEGUN, term_years=years, branch=where, **by)
        for kind, name, years, where in (
            ("committee", "第六届工会委员会", 5, None),
            ("audit", "第六届经费审查委员会", 5, None),
            ("women", "第六届女职工委员会", 5, None),
            ("branch_committee", "纺织学院分工会委员会", 3, branch),
            ("reporters", "工会信息员队伍", None, None),
        )
    }
    cast = [STAFF, CHAIR, AUDITOR, OFFICER, MEMBER]
    still = {"memberships__from_on__lte": BEGUN, "memberships__until_on": None}  # who left since holds no post
    everybody = Member.objects.filter(**still).exclude(staff_no__in=cast).order_by("staff_no")
    women = everybody.filter(sex="female")
    here = Member.objects.filter(**still, memberships__branch=branch).exclude(staff_no__in=cast).order_by("staff_no")
    seats = [
        ("committee", "chair", _person(CHAIR)),
        ("audit", "chair", _person(AUDITOR)),
        ("branch_committee", "chair", _person(OFFICER)),
        *(("committee", "committee", member) for member in everybody[:6]),
        *(("audit", "committee", member) for member in everybody[6:8]),
        *(("women", position, member) for position, member in zip(("chair", "committee"), women[:2], strict=True)),
        *(("branch_committee", "committee", member) for member in here[:2]),
        *(("reporters", "reporter", member) for member in everybody[8:11]),
    ]
    for kind, position, member in seats:
        how: dict[str, Any] = {"how": "elected", "from_on": BEGUN, "kin_checked": True}
        posts.appoint(body=made[kind], member=member, position=position, **how, **by)


def _honours(branch: Branch, by: dict) -> None:
    """A team's and a branch's entered by the staff, one declared that waits for the branch."""
    usual = {"awarded_on": None, "document": "", "team": ""}
    values = {"title": "工人先锋号", "level": "province", "kind": "team", "year": 2024, "issuer": "省总工会"}
    team = [_person(OFFICER), _person(MEMBER)]
    honours.record(values=usual | values | {"team": "纺织工程教研室"}, holders=team, branch=branch, **by)
    values = {"title": "先进分工会", "level": "school", "kind": "branch", "year": 2025, "issuer": "校工会"}
    honours.record(values=usual | values, holders=[], branch=branch, **by)
    values = {"title": "优秀工会积极分子", "level": "school", "kind": "person", "year": 2025, "issuer": "校工会"}
    honours.declare(values=usual | values, actor=User.objects.get(username=MEMBER), at=by["at"])
