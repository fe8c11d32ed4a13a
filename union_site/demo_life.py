"""Of a member's life in the demo union: two applications on their way, a transfer, card numbers."""

from datetime import date, datetime

from core import clock
from core.models import User
from members.models import Branch, Member
from members.services import admission, cards, life

STAFF, DRAFTING, APPLYING = "1900083", "2600001", "2600002"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def load(*, at: datetime) -> None:
    """Needs the roster, the branches and the accounts of the cast."""
    branch = Branch.objects.get(short_name="纺织学院")
    drafting, applying = (User.objects.get(username=username) for username in (DRAFTING, APPLYING))
    admission.start_application(
        actor=drafting, branch=branch, values={"name": drafting.name, "department_name": "纺织学院"}, at=at
    )
    born = date(1998, 5, 6)
    values = {
        **{"name": applying.name, "sex": "female", "birth_on": born, "ethnicity": "汉族", "title": "助教"},
        **{"education": "硕士研究生", "political_status": "共青团员", "department_name": "纺织学院"},
        **{"phone": "13900002600", "hired_on": date(2026, 7, 1), "resume": "2026年7月硕士毕业后到校任教。"},
        **{"statement": "愿意加入工会，遵守工会章程，积极参加工会活动。"},
    }
    row = admission.start_application(
        actor=applying, branch=branch, values=values, id_number=_id_number(born), family="父亲，务农", at=at
    )
    admission.submit(application=row, actor=applying, at=at)
    _transfer(at)
    cards.number_the_roll(actor=None, at=at)


def _transfer(at: datetime) -> None:
    """Somebody without an account goes over to the next branch from the first of the month."""
    today = clock.local_date(at)
    member = Member.objects.on_roll(today.replace(day=1)).filter(user=None).order_by("staff_no")[0]
    here = member.memberships.get(until_on__isnull=True).branch_id
    branch = Branch.objects.filter(kind="branch").exclude(pk=here).order_by("position", "pk")[0]
    life.transfer_branch(
        member=member,
        branch=branch,
        on=today.replace(day=1),
        actor=User.objects.get(username=STAFF),
        at=at,
        document="人事〔2026〕12号",
        basis="校内岗位调动",
    )


def _id_number(born: date) -> str:
    """Of an area that does not exist, a woman's."""
    stem = f"990101{born:%Y%m%d}002"
    return stem + "10X98765432"[sum(int(c) * w for c, w in zip(stem, _WEIGHTS, strict=True)) % 11]
