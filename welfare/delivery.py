"""配送单: which branch gets how many of what, where, and who takes it in. Nobody of the list is named in it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext as _

from core.enums import Role
from core.models import RoleGrant
from welfare.models import Benefit, Purchase


@dataclass(frozen=True)
class Line:
    """``quantity`` of one thing for one branch at one point; ``contacts``: the branch's officers of that day."""

    branch: str
    point: str
    contacts: str
    thing: str
    suppliers: str
    quantity: int


@dataclass(frozen=True)
class Total:
    """One thing in all: how many the list needs, how many were bought; also what is bought and nobody has chosen."""

    thing: str
    suppliers: str
    quantity: int
    bought: int

    @property
    def missing(self) -> int:
        return max(self.quantity - self.bought, 0)


@dataclass(frozen=True)
class Delivery:
    """``undecided``: on the list, without a choice where there is one; they are the last things among ``lines``."""

    lines: list[Line]
    sums: list[Total]
    people: int
    undecided: int


def delivery_of(benefit: Benefit, *, on: date) -> Delivery:
    """Everybody who is in the run, once: the quantities add up to the list's people. Four queries."""
    offers = benefit.packages.exists()
    rows = benefit.entitlements.listed().order_by("branch__position", "branch", "choice__point", "choice__package")
    counted = rows.values_list(
        *("branch", "branch__short_name", "choice__point", "choice__package"),
        *("choice__package__name", "choice__package__spec"),
    ).annotate(people=Count("pk"))
    contacts, bought = _contacts(on), _bought(benefit)
    unnamed = _("（尚未选择）") if offers else "、".join(bought[0].things) or benefit.name
    lines, names = [], {}
    totals: dict[int, int] = defaultdict(int)
    for branch, name, point, package, title, spec, people in counted:
        key = package or 0
        names[key] = _called(title, spec) if package else unnamed
        sellers = bought[key].sellers
        lines.append(Line(name, point or _("本分工会"), contacts[branch], names[key], sellers, people))
        totals[key] += people
    names = {key: one.name or unnamed for key, one in bought.items()} | names  # bought, and nobody's choice yet
    in_order = sorted(names, key=lambda key: (not key, key))
    sums = [Total(names[key], bought[key].sellers, totals[key], bought[key].quantity) for key in in_order]
    undecided = totals.get(0, 0) if offers else 0
    return Delivery(lines, sums, sum(totals.values()), undecided)


def _called(name: str, spec: str) -> str:
    return " ".join(filter(None, (name, spec)))


@dataclass
class _Bought:
    """From whom, and how many of each thing: a share without packages is one of each."""

    name: str = ""
    suppliers: list[str] = field(default_factory=list)
    things: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def sellers(self) -> str:
        return "、".join(self.suppliers)

    @property
    def quantity(self) -> int:
        """Packages in all; of a share without packages how many are whole."""
        if self.name:
            return sum(self.things.values())
        return min(self.things.values(), default=0)


def _bought(benefit: Benefit) -> dict[int, _Bought]:
    """By package, 0 for the run itself."""
    found: dict[int, _Bought] = defaultdict(_Bought)
    rows = Purchase.objects.standing().filter(benefit=benefit).order_by("pk")
    columns = ("package", "package__name", "package__spec", "supplier__name", "what", "quantity")
    for package, name, spec, supplier, what, quantity in rows.values_list(*columns):
        one = found[package or 0]
        one.name = _called(name, spec) if package else ""
        one.suppliers += [] if supplier in one.suppliers else [supplier]
        one.things[what] += quantity
    return found


def _contacts(on: date) -> dict[int, str]:
    """The names of each branch's officers in office on that day."""
    found: dict[int, str] = defaultdict(str)
    grants = RoleGrant.objects.filter(role=Role.BRANCH_OFFICER, user__is_active=True).in_force(on)
    for branch, name in grants.order_by("branch", "user__username").values_list("branch", "user__name"):
        found[branch] = "、".join(filter(None, (found[branch], name)))
    return found
