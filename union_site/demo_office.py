"""The notice board and two months of dues of the demo union."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.clock import local_date
from core.models import User
from members.models import Branch, Member
from members.services import dues
from notices.models import NewsColumn
from notices.services import announcing

STAFF, ACCOUNTANT, OFFICER, MEMBER = "1900083", "1900055", "1900078", "1900106"
PEOPLE = 20  # on the dues list: the first of the branch, and those of the cast who are in it
NEWS = (
    (
        "通知公告",
        "关于做好年度教工之家考核工作的通知",
        "各分工会：\n\n请于本月底前在“教工小家”中完成自评并提交，校工会将组织考核定等。\n\n联系人：校工会办公室。",
        {"needs_receipt": True},
    ),
    (
        "工会新闻",
        "校工会举办教职工健步走活动",
        "本周六，近三百名教职工沿校园环湖步道健步走五公里。活动以分工会为单位组织，倡导健康生活、快乐工作。",
        {"is_public": True},
    ),
)


def load(*, at: datetime) -> None:
    """Needs the roster and the accounts of the cast."""
    _news(at)
    _dues(at)


def _news(at: datetime) -> None:
    staff = User.objects.get(username=STAFF)
    for column, title, body, more in NEWS:
        values: dict[str, Any] = dict.fromkeys(announcing.FIELDS)
        values |= {"column": NewsColumn.objects.get(name=column), "title": title, "body": body, "readers": "members"}
        values |= {"is_public": False, "needs_receipt": False} | more
        draft = announcing.keep_announcement(actor=staff, announcement=None, values=values, branches=[], at=at)
        announcing.publish(announcement=draft, actor=staff, at=at)


def _dues(at: datetime) -> None:
    """Bases since January; the last two months are lists, the earlier one was deducted from the pay of who agreed."""
    staff = User.objects.get(username=STAFF)
    today = local_date(at)
    last = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    for number in (OFFICER, MEMBER):
        dues.sign_payroll(actor=User.objects.get(username=number), at=at)
    for n, member in enumerate(_people(today)):
        monthly = Decimal(5200 + 137 * n)
        source = "人事处工资表"
        dues.keep_pay_basis(
            member=member, monthly=monthly, from_on=date(before.year, 1, 1), source=source, actor=staff, at=at
        )
    earlier = dues.freeze_month(month=before, actor=staff, at=at)
    dues.freeze_month(month=last, actor=staff, at=at)
    accountant = User.objects.get(username=ACCOUNTANT)
    dues.book_payroll(dues_list=earlier.dues_list, not_deducted=[], paid_on=last, actor=accountant, at=at)


def _people(today: date) -> list[Member]:
    branch = Branch.objects.get(short_name="纺织学院")
    here = Member.objects.on_roll(today).filter(memberships__branch=branch, memberships__until_on=None)
    cast = Member.objects.filter(staff_no__in=[OFFICER, MEMBER])
    return [*cast, *here.exclude(staff_no__in=[OFFICER, MEMBER]).order_by("staff_no")[:PEOPLE]]
