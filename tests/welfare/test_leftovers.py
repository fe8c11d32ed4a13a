"""What was not fetched is passed on to somebody of another branch in one act, by two people; the books stay true."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from core import books
from core.enums import Role
from core.models import AuditEntry
from members.models import Member
from tests.acts import acts
from tests.cast import MEMBER
from tests.welfare.factories import DAY, Office, hand_to, make_office, make_rule, on_roll
from welfare.codes import CannotRun, Refusal
from welfare.enums import BenefitState, ExceptionKind
from welfare.models import BenefitException, Package, PackageChoice
from welfare.services import approving, exceptions


@pytest.fixture
def office(db) -> Office:
    return make_office()


@pytest.fixture
def run(office):
    return office.handing_out()


def ask(office: Office, run, member: Member, heir: Member | None, **more) -> BenefitException:
    given = {"benefit": run, "kind": ExceptionKind.PASS_ON, "member": member, "heir": heir, "reason": "逾期未领"}
    return exceptions.ask_exception(**given | {"branch": office.cast.other_branch} | more, **office.by())


def approve(office: Office, exception, role: str = Role.CHAIR) -> BenefitException:
    return exceptions.approve_exception(exception=exception, key=uuid4(), **office.by(role))


def newcomer(office: Office) -> Member:
    """On the roll since the cut-off: not on the list."""
    return on_roll(office, from_on=DAY)


def test_one_leaves_the_list_and_the_other_comes_on_it_with_his_package(office, run):
    member, heir = office.cast.member_of(MEMBER), newcomer(office)
    oil = Package.objects.create(benefit=run, name="油", price=Decimal(90), stock=1, taken=1)
    PackageChoice.objects.create(
        entitlement=run.entitlements.get(member=member), package=oil, point="东门", at=run.made_at
    )
    before = (run.people, run.total, run.reserved)

    approve(office, ask(office, run, member, heir))

    run.refresh_from_db()
    oil.refresh_from_db()
    his = run.entitlements.get(member=heir)
    assert (his.state, his.branch, his.amount) == ("listed", office.cast.other_branch, run.per_head)
    assert (his.choice.package, his.choice.point, oil.taken) == (oil, "东门", 1)
    assert run.entitlements.get(member=member).state == "withdrawn"
    assert (run.people, run.total, run.reserved) == before
    assert list(books.differences()) == []
    entry = acts().get(action="welfare.benefitexception.approved")
    assert (entry.subject, entry.data["heir"], entry.data["package"], entry.basis) == (
        member.pk,
        heir.pk,
        oil.pk,
        "逾期未领",
    )


def test_what_was_passed_on_is_spent_once(office, run):
    heir = newcomer(office)
    approve(office, ask(office, run, office.cast.member_of(MEMBER), heir))
    hand_to(run, heir)

    run = approving.settle(benefit=run, all_received=False, reason="退回供货商", key=uuid4(), **office.by())

    assert (run.spent, run.rest_said) == (run.per_head, "退回供货商")
    assert list(books.differences()) == []


def test_who_is_on_the_list_himself_or_nobody_gets_no_second_share(office, run):
    member, listed = office.cast.member_of(MEMBER), office.cast.member_of(Role.TELLER)
    stranger = newcomer(office)
    gone = on_roll(office, from_on=DAY)
    Member.objects.filter(pk=gone.pk).update(merged_into=stranger)
    gone.refresh_from_db()
    before = AuditEntry.objects.count()

    for refusal, given in (
        (Refusal.HEIR_LISTED, (member, listed, {})),
        (Refusal.NO_HEIR, (member, None, {})),
        (Refusal.NO_HEIR, (member, member, {})),
        (Refusal.NOT_LISTED, (stranger, listed, {})),
        (Refusal.NO_BRANCH, (member, stranger, {"branch": None})),
        (Refusal.MERGED, (member, gone, {})),
    ):
        with pytest.raises(CannotRun) as refused:
            ask(office, run, *given[:2], **given[2])
        assert refused.value.code is refusal
    assert (BenefitException.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_what_was_fetched_meanwhile_is_not_passed_on(office, run):
    member, heir = office.cast.member_of(MEMBER), newcomer(office)
    asked = ask(office, run, member, heir)
    hand_to(run, member)

    with pytest.raises(CannotRun) as refused:
        approve(office, asked)

    assert refused.value.code is Refusal.NOT_LISTED
    assert not run.entitlements.filter(member=heir).exists()


def test_the_heir_stays_within_his_own_year(office):
    """Who had 200 already may be given 300 where 500 a year are the ceiling, and not where it is 499."""
    rule = make_rule(value=500)
    early, run = office.approved(name="早些的", per_head=Decimal(200)), office.handing_out(per_head=Decimal(300))
    heir = newcomer(office)
    added = {"benefit": early, "kind": ExceptionKind.ADD, "member": heir, "branch": office.cast.branch}
    approve(office, exceptions.ask_exception(**added, reason="漏登", **office.by()))
    asked = ask(office, run, office.cast.member_of(MEMBER), heir)
    type(rule).objects.filter(pk=rule.pk).update(value=499)

    with pytest.raises(CannotRun) as refused:
        approve(office, asked)

    assert refused.value.code is Refusal.OVER_CEILING
    assert not run.entitlements.filter(member=heir, state="listed").exists()
    type(rule).objects.filter(pk=rule.pk).update(value=500)
    assert approve(office, asked).state == "approved"


@pytest.mark.parametrize("state", [BenefitState.FROZEN, BenefitState.APPROVED])
def test_nothing_is_left_over_before_it_is_handed_out(office, state):
    run = getattr(office, state)()

    with pytest.raises(CannotRun) as refused:
        ask(office, run, office.cast.member_of(MEMBER), newcomer(office))

    assert refused.value.code is Refusal.WRONG_STATE


def test_it_is_never_asked_or_approved_for_oneself_or_by_who_asked(office, run):
    member = office.cast.member_of(MEMBER)
    chair, staff = office.cast.member_of(Role.CHAIR), office.cast.member_of(Role.UNION_STAFF)
    asked = ask(office, run, member, newcomer(office))

    with pytest.raises(PermissionDenied):
        approve(office, asked, Role.UNION_STAFF)
    with pytest.raises(PermissionDenied):
        ask(office, run, member, staff)
    with pytest.raises(PermissionDenied):
        ask(office, run, staff, newcomer(office))
    run.entitlements.filter(member=chair).update(state="withdrawn")
    to_chair = ask(office, run, office.cast.member_of(Role.TELLER), chair)
    with pytest.raises(PermissionDenied):
        approve(office, to_chair)


def test_the_database_knows_no_heir_without_a_passing_on_and_none_who_is_himself(office, run):
    member = office.cast.member_of(MEMBER)
    asked = ask(office, run, member, newcomer(office))

    for change in ({"heir": None}, {"heir": member}, {"kind": "move"}):
        with pytest.raises(IntegrityError, match="benefit_exception_passed_on"), transaction.atomic():
            BenefitException.objects.filter(pk=asked.pk).update(**change)
