"""A small union with a fund, and runs made by the services, so that audit and ledger know them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import uuid4

from core.enums import Effect, Role, Scope
from core.models import PolicyRule, User
from finance.models import BudgetLine
from members.models import Member
from tests.cast import Cast
from tests.finance.factories import AT, Fund, make_fund
from tests.members.factories import make_member, make_membership
from welfare.enums import EntitlementState
from welfare.models import Benefit, Entitlement
from welfare.services import approving, drafting, freezing

DAY = date(2022, 5, 20)  # of AT


@dataclass(frozen=True)
class Office:
    """The staff make, the chair approves. Everybody of the cast but the guardians is on the roll since 2020."""

    fund: Fund
    line: BudgetLine

    @property
    def cast(self) -> Cast:
        return self.fund.cast

    @property
    def staff(self) -> User:
        user = self.cast.users[Role.UNION_STAFF]
        assert user
        return user

    @property
    def chair(self) -> User:
        return self.fund.chair

    def by(self, role: str = Role.UNION_STAFF) -> dict:
        return {"actor": self.cast.users[role], "at": AT}

    def draft(self, **given) -> Benefit:
        facts = {"occasion": "dragon_boat", "per_head": Decimal(400), "eligible_on": DAY, "line": self.line} | given
        return drafting.draft(**facts, **self.by())

    def frozen(self, **given) -> Benefit:
        return freezing.freeze(benefit=self.draft(**given), **self.by())

    def approved(self, **given) -> Benefit:
        return approving.approve(benefit=self.frozen(**given), key=uuid4(), **self.by(Role.CHAIR))

    def handing_out(self, **given) -> Benefit:
        return approving.start(benefit=self.approved(**given), **self.by())

    def settled(self, *, all_received: bool = True, **given) -> Benefit:
        run = self.handing_out(**given)
        return approving.settle(benefit=run, all_received=all_received, reason="逾期未领", key=uuid4(), **self.by())


def make_office(*, budget: str | int = 100_000) -> Office:
    fund = make_fund()
    return Office(fund, fund.line(budget, name="职工福利支出"))


def make_rule(key: str = "benefit.festival.year_ceiling", value: object = 1000, **given) -> PolicyRule:
    facts = {
        **{"scope": Scope.NATION, "from_on": date(2018, 1, 1), "decided_by": "苏工发〔2018〕13号", "mark": "V*"},
        **{"effect": Effect.BLOCK, "unit": "元/人·年"},
    }
    return PolicyRule.objects.create(key=key, value=value, **(facts | given))


def on_roll(office: Office, **period) -> Member:
    """Somebody in the first branch, from 2020 unless said otherwise."""
    member = make_member(birth_on=period.pop("birth_on", date(1980, 3, 1)))
    make_membership(member=member, branch=office.cast.branch, **period)
    return member


def hand_to(run: Benefit, *members: Member, on: date = DAY) -> None:
    """They fetched it; the hand-out itself is another service's."""
    rows = Entitlement.objects.filter(benefit=run, member__in=members)
    rows.update(state=EntitlementState.RECEIVED, received_on=on)


def moment(day: date) -> datetime:
    return AT.replace(year=day.year, month=day.month, day=day.day)
