"""The demo union's benefit runs: the five of 2022 as history, and this year's in every state. All of it invented."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from core.calendar.festivals import GIFT_FESTIVALS, festival_on
from core.clock import local_date
from core.models import User
from finance.models import BudgetLine
from members.models import Branch
from members.selectors import roll_on
from welfare.enums import HandoutWay, Occasion
from welfare.models import Benefit, Supplier
from welfare.rules import occasion_called
from welfare.services import approving, drafting, exceptions, freezing, handing_out, packages, purchasing

STAFF, CHAIR = "1900083", "1900043"
# Occasion, cut-off (None: on the birthdays of the year), yuan a head, name: those of demo/year-2022/expected.json.
OF_2022 = (
    (Occasion.SPRING, date(2022, 1, 15), 1000, ""),
    (Occasion.DRAGON_BOAT, date(2022, 5, 20), 400, ""),
    (Occasion.MID_AUTUMN, date(2022, 9, 1), 400, ""),
    (Occasion.BIRTHDAY, None, 300, "生日蛋糕券"),
    (Occasion.CINEMA, date(2022, 12, 1), 100, "电影券"),
)
# Name, what is in it, the supplier's price, how many there are (None: as many as are wanted).
PACKAGES = (
    ("粮油套餐", "大米 5 公斤、菜籽油 2 升", 198, None),
    ("干货套餐", "香菇、木耳、红枣各 500 克", 186, 240),
    ("牛奶套餐", "纯牛奶 24 盒两箱", 192, 180),
)
# Name, credit code (its check fits, nobody has it), assistance area, contact, the firm's telephone.
LOCAL, MOUNTAIN, BAKERY = "江南粮油食品公司", "云岭山货合作社", "晨曦烘焙坊"
SUPPLIERS = (
    (LOCAL, "91320100MA0W00T105", "", "周经理", "025-5550101"),
    (MOUNTAIN, "", "贵州省雷山县", "吴社长", "0855-5550102"),
    (BAKERY, "", "", "冯店长", "025-5550103"),
)
# Of 2022, by the run's place above: from whom, what, yuan apiece, how many days after the cut-off, by 832 平台.
BOUGHT_IN_2022 = (
    (0, LOCAL, "大米 10 公斤、食用油 5 升", 560, 1, False),
    (0, MOUNTAIN, "山货礼盒", 440, 1, True),
    (1, LOCAL, "粽子礼盒", 400, 3, False),
    (2, MOUNTAIN, "核桃、天麻、茶叶", 400, 2, True),
    (3, BAKERY, "生日蛋糕券", 300, 0, False),
)


def load(*, at: datetime) -> None:
    """Needs the roster, the accounts of the cast and this year's budget (``demo_fund``)."""
    by: dict[str, Any] = {"actor": _user(STAFF), "at": at}
    sellers = _suppliers(by)
    past = []
    for occasion, eligible_on, per_head, name in OF_2022:
        given: dict[str, Any] = {
            "eligible_on": eligible_on,
            "per_head": Decimal(per_head),
            "name": name,
            "year": 2022,
        }
        run = drafting.draft(occasion=occasion, **given, note="据2022年发放台账补登", **by)
        past.append(freezing.record_afterwards(benefit=run, **by))
    for number, name, what, price, days, by_platform in BOUGHT_IN_2022:
        run = past[number]
        day = (run.eligible_on or date(2022, 1, 4)) + timedelta(days=days)
        _buy(run, sellers[name], what, price, by, quantity=run.people, bought_on=day, by_platform=by_platform)
    _handing_out(by, at, sellers)
    _waiting(by, at, sellers)


def _suppliers(by: dict[str, Any]) -> dict[str, Supplier]:
    facts = ("name", "credit_code", "area", "contact", "phone")
    return {
        row[0]: purchasing.keep_supplier(supplier=None, values=dict(zip(facts, row, strict=True)), **by)
        for row in SUPPLIERS
    }


def _buy(run: Benefit, seller: Supplier, what: str, price: int, by: dict[str, Any], **more: Any) -> None:
    values = {"benefit": run, "supplier": seller, "what": what, "price": Decimal(price)}
    purchasing.record_purchase(values=values | more, **by)


def _handing_out(by: dict[str, Any], at: datetime, sellers: dict[str, Supplier]) -> None:
    """This month's birthdays: approved, bought, and fetched in part; the last day is near, so reminders fall due."""
    today = local_date(at)
    line = _line(today.year, "生日、婚育、退休慰问")
    given: dict[str, Any] = {
        "occasion": Occasion.BIRTHDAY,
        "month": today.month,
        "year": today.year,
        "per_head": Decimal(300),
    }
    run = freezing.freeze(benefit=drafting.draft(**given, line=line, **by), **by)
    run = approving.approve(benefit=run, key=uuid4(), actor=_user(CHAIR), at=at)
    run = approving.start(benefit=run, fetch_until_on=today + timedelta(days=3), **by)
    _buy(run, sellers[BAKERY], "生日蛋糕券", 300, by, quantity=run.people, bought_on=today)
    fetched = run.entitlements.filter(reason="", reason_on__lte=today).exclude(member__user=by["actor"])
    for share in fetched.select_related("member"):
        handing_out.hand_out(benefit=run, member=share.member, way=HandoutWay.LISTED, key=uuid4(), **by)


def _waiting(by: dict[str, Any], at: datetime, sellers: dict[str, Supplier]) -> None:
    """The nearest festival's list waits for the chair, with an exception and packages to choose from, one of them
    ordered already; a draft of the films stands beside it."""
    today = local_date(at)
    run = freezing.freeze(benefit=_festival(by, today), **by)
    offer = {"benefit": run, "closes_at": at + timedelta(days=10), "points": "行政楼一楼\n图书馆东门"}
    packages.keep_offer(offer=None, values=offer, **by)
    for name, spec, price, stock in PACKAGES:
        told = {"name": name, "spec": spec, "price": Decimal(price), "stock": stock, "is_default": stock is None}
        package = packages.keep_package(package=None, values={"benefit": run, **told}, **by)
        if name == "干货套餐":
            given = {"package": package, "quantity": stock, "bought_on": today, "by_platform": True}
            _buy(run, sellers[MOUNTAIN], "", price, by, **given)
    period = roll_on(today).exclude(member__user__isnull=False).order_by("member__staff_no").first()
    if period is not None:
        branch = Branch.objects.exclude(pk=period.branch_id).filter(parent__isnull=False).order_by("position")[0]
        wanted: dict[str, Any] = {
            "kind": "move",
            "member": period.member,
            "branch": branch,
            "reason": "截止日前已调入，名册登记较晚",
        }
        exceptions.ask_exception(benefit=run, **wanted, **by)
    line = _line(today.year, "节日慰问")
    facts: dict[str, Any] = {
        "occasion": Occasion.CINEMA,
        "eligible_on": today,
        "per_head": Decimal(100),
        "name": "教职工电影券",
    }
    drafting.draft(**facts, line=line, leaves_out=True, **by)


def _festival(by: dict[str, Any], today: date) -> Benefit:
    """The next one, with the cut-off of today."""
    year = today.year
    ahead: dict[date, str] = {}
    for number in (year, year + 1):
        ahead |= {festival_on(name, number): name for name in GIFT_FESTIVALS}
    day = min(day for day in ahead if day > today + timedelta(days=7))
    given: dict[str, Any] = {"occasion": occasion_called(ahead[day]), "eligible_on": today, "year": day.year}
    return drafting.draft(**given, per_head=Decimal(200), line=_line(year, "节日慰问"), **by)


def _line(year: int, project: str) -> BudgetLine:
    return BudgetLine.objects.named().get(year__year=year, project=project, branch=None)


def _user(username: str) -> User:
    return User.objects.get(username=username)
