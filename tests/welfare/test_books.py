"""``check_books`` sees every fault that is planted in the runs, and has nothing to say of sound ones."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from core import books
from tests.finance.factories import AT
from tests.owner import as_owner
from tests.welfare.factories import hand_to, make_office, make_rule
from welfare.models import Package, PackageChoice
from welfare.services import approving

pytestmark = pytest.mark.django_db(transaction=True)
WITHOUT = (
    "ALTER TABLE welfare_entitlement DISABLE TRIGGER USER",
    "ALTER TABLE welfare_benefit DROP CONSTRAINT benefit_spends_what_it_reserved",
)
FAULTS = [
    ("I5", "UPDATE welfare_entitlement SET amount = amount + 0.01 WHERE state = 'received'"),
    ("I5", "UPDATE welfare_benefit SET people = people + 1 WHERE state = 'settled'"),
    ("I5", "UPDATE welfare_benefit SET total = total - 1 WHERE state = 'approved'"),
    ("I5", "UPDATE welfare_benefit SET notes = replace(notes::text, '\"1000\"', '\"999.99\"')::jsonb"),
    ("I2", "UPDATE welfare_benefit SET spent = spent + 1 WHERE state = 'settled'"),
    ("I2", "UPDATE finance_entry SET source_id = '0' WHERE kind = 'spend' AND source_kind = 'welfare.benefit'"),
    ("I2", "UPDATE welfare_entitlement SET state = 'listed', received_on = NULL WHERE state = 'received'"),
    ("I12", "UPDATE welfare_benefit SET reserved = reserved + 1 WHERE state = 'approved'"),
    ("I12", "UPDATE welfare_benefit SET state = 'cancelled', said = 'x' WHERE state = 'approved'"),
    ("I1", "UPDATE welfare_package SET taken = taken + 1"),
    (
        "I1",
        "UPDATE welfare_entitlement SET state = 'withdrawn' WHERE id IN"
        " (SELECT entitlement_id FROM welfare_packagechoice)",
    ),
    (
        "I4",
        "INSERT INTO welfare_handout (entitlement_id, by_id, at, way, proxy, relation, key, said)"
        " SELECT e.id, (SELECT min(id) FROM core_user), now(), 'typed', '', '', gen_random_uuid(), ''"
        " FROM welfare_entitlement AS e JOIN welfare_benefit AS b ON b.id = e.benefit_id"
        " WHERE b.state = 'approved' AND e.state = 'listed'",
    ),
]


def busy_office() -> None:
    """A run settled in part, one approved with a package, one frozen; a ceiling that is reached to the yuan."""
    make_rule(value=1000)
    office = make_office()
    run = office.handing_out(occasion="spring", eligible_on=date(2022, 1, 15), per_head=Decimal(600))
    hand_to(run, office.cast.member_of("member"))
    approving.settle(benefit=run, all_received=True, key=uuid4(), **office.by())
    chosen = office.approved()
    package = Package.objects.create(benefit=chosen, name="粮油套餐", price=1, taken=1)
    share = chosen.entitlements.filter(state="listed").first()
    PackageChoice.objects.create(entitlement=share, package=package, at=AT)
    office.frozen(occasion="cinema", per_head=Decimal(50))


def test_every_planted_fault_is_seen():
    busy_office()
    asked = [check for check in books._checks if "welfare_" in check.sql]
    assert list(books.differences()) == []

    blind = [fault for code, fault in FAULTS if code not in _seen(asked, fault)]

    assert blind == []
    assert {check.code for check in asked} == {code for code, _fault in FAULTS}


def _seen(asked: list, fault: str) -> set[str]:
    with as_owner() as owner, owner.transaction(force_rollback=True):
        for statement in (*WITHOUT, "ALTER TABLE finance_entry DISABLE TRIGGER USER"):
            owner.execute(statement)
        owner.execute(fault)
        return {check.code for check in asked if owner.execute(check.sql).fetchall()}
