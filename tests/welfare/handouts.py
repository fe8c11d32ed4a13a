"""A run that is being handed out, as small as it can be: the cast's people and some more of its branch."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from core import clock
from core.enums import Role
from core.models import User
from finance.enums import Side
from finance.models import BudgetLine, Commitment
from members.models import Branch, Member
from tests.cast import Cast, make_cast
from tests.finance.factories import Fund, make_fund
from tests.members.factories import make_member, make_membership
from welfare.enums import BenefitState, EntitlementState, HandoutWay
from welfare.models import Benefit, Entitlement
from welfare.services import handing_out
from welfare.services.handing_out import Given

AT = datetime(2022, 5, 25, 2, 0, tzinfo=UTC)
EACH = Decimal("400.00")


@dataclass
class Scene:
    """A run in its ``state``, with ``people`` of the cast's branch listed."""

    cast: Cast
    benefit: Benefit
    people: list[Member] = field(default_factory=list)

    def user(self, actor: str) -> User:
        found = self.cast.users[actor]
        assert found
        return found

    @property
    def officer(self) -> User:
        return self.user(Role.BRANCH_OFFICER)

    @property
    def staff(self) -> User:
        return self.user(Role.UNION_STAFF)

    def list(self, member: Member, branch: Branch | None = None, **fields) -> Entitlement:
        given = {"branch": branch or self.cast.branch, "amount": EACH, "state": EntitlementState.LISTED} | fields
        return Entitlement.objects.create(benefit=self.benefit, member=member, **given)

    def row(self, member: Member) -> Entitlement:
        return Entitlement.objects.get(benefit=self.benefit, member=member)

    def give(self, member: Member, *, actor: User | None = None, key=None, **more) -> Given:
        given = {"way": HandoutWay.LISTED, "at": AT} | more
        return handing_out.hand_out(
            benefit=self.benefit, member=member, key=key or uuid4(), actor=actor or self.officer, **given
        )


def make_run(
    people: int = 3, *, state: str = BenefitState.HANDING_OUT, cast: Cast | None = None, fund: Fund | None = None
) -> Scene:
    cast = cast or make_cast()
    fund = fund or make_fund(cast=cast)
    line = fund.line(EACH * (people + 20), "福利支出", Side.SPENDING)
    held = fund.reserve(line, EACH * (people + 10))
    scene = Scene(cast, _benefit(cast, line, held, state))
    for number in range(people):
        member = make_member(staff_no=f"H{number:05}", name=f"张{number:03}", pinyin=f"zhang{number:03}")
        make_membership(member=member, branch=cast.branch)
        scene.people.append(member)
    rows = [
        Entitlement(benefit=scene.benefit, member=one, branch=cast.branch, amount=EACH, state=EntitlementState.LISTED)
        for one in scene.people
    ]
    Entitlement.objects.bulk_create(rows)
    return scene


def _benefit(cast: Cast, line: BudgetLine, held: Commitment, state: str) -> Benefit:
    return Benefit.objects.create(
        occasion="dragon_boat",
        name="端午节慰问",
        year=2022,
        eligible_on=date(2022, 5, 20),
        per_head=EACH,
        line=line,
        commitment=held,
        state=state,
        made_at=clock.now(),
        frozen_by=cast.users[Role.UNION_STAFF],
        frozen_at=clock.now(),
        approved_by=cast.users[Role.CHAIR],
        approved_at=clock.now(),
    )
