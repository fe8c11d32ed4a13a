"""Branches kept by hand: a wording means one branch, as rosters compare it, whoever writes at the same time."""

import pytest

from core import clock
from core.enums import Role
from core.models import AuditEntry
from members.models import Branch, BranchAlias
from members.services.branches import CannotKeepBranch, Refusal, keep_branch
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.together import together


def keep(cast, name: str, *aliases: str) -> Branch:
    actor = cast.users[Role.UNION_STAFF]
    return keep_branch(actor=actor, branch=None, name=name, short_name=name, aliases=aliases, at=clock.now())


@pytest.mark.parametrize(
    ("name", "aliases", "code"),
    [
        ("纺织 学院", (), Refusal.NAME_TAKEN),
        ("新院", ("纺织学院　",), Refusal.NAME_TAKEN),
        ("新院", ("ＦＺ",), Refusal.ALIAS_TAKEN),
        ("fz", (), Refusal.ALIAS_TAKEN),
    ],
)
@pytest.mark.django_db
def test_wording_of_another_branch_is_refused_however_it_is_written(name, aliases, code):
    cast = make_cast()
    BranchAlias.objects.create(branch=make_branch(short_name="纺织学院"), name="FZ")
    before = set(Branch.objects.values_list("name", flat=True))

    with pytest.raises(CannotKeepBranch) as refused:
        keep(cast, name, *aliases)

    assert refused.value.code is code
    assert set(Branch.objects.values_list("name", flat=True)) == before
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_own_names_may_be_spelt_anew():
    cast = make_cast()
    branch = keep(cast, "纺织学院", "FZ")
    actor, names = cast.users[Role.UNION_STAFF], {"name": "纺织 学院", "short_name": "纺织学院"}

    kept = keep_branch(actor=actor, branch=branch, aliases=["ＦＺ"], at=clock.now(), **names)

    assert (kept.name, [alias.name for alias in kept.aliases.all()]) == ("纺织 学院", ["ＦＺ"])


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_once_give_one_wording_one_meaning():
    cast = make_cast()
    names = ["纺织学院", "纺织 学院"]

    outcomes = together(lambda number: keep(cast, names[number]), 2)

    assert sum(isinstance(outcome, CannotKeepBranch) for outcome in outcomes) == 1
    assert Branch.objects.filter(name__in=names).count() == 1
