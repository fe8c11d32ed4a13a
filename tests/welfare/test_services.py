"""From draft to settled: who may, what is refused, what the ledger is told, what is changed after the freeze."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from core import books
from core.enums import Effect, Role, Scope
from core.models import AuditEntry
from finance.codes import CannotBook
from finance.models import Commitment
from members.models import Branch, Member
from tests.acts import acts
from tests.cast import MEMBER
from tests.finance.factories import totals
from tests.welfare.factories import DAY, Office, hand_to, make_rule, on_roll
from welfare.codes import CannotRun, Refusal
from welfare.enums import BenefitState, ExceptionKind
from welfare.models import Benefit, Entitlement
from welfare.services import approving, drafting, exceptions, freezing

PEOPLE = 14  # of the cast on the roll


def refused(code: Refusal, act, **given) -> CannotRun:
    """The act is refused with this code, and neither run nor audit shows a trace of it."""
    before = list(Benefit.objects.order_by("pk").values()), acts().count(), Entitlement.objects.count()
    with pytest.raises(CannotRun) as said:
        act(**given)
    assert said.value.code is code
    assert (list(Benefit.objects.order_by("pk").values()), acts().count(), Entitlement.objects.count()) == before
    return said.value


def sums(office: Office) -> tuple[Decimal, Decimal]:
    _budget, reserved, spent = totals(office.line)
    return reserved, spent


def test_a_run_from_draft_to_settled_moves_the_ledger_with_it(office):
    run = office.frozen()
    assert (run.state, run.people, run.total) == (BenefitState.FROZEN, PEOPLE, 400 * PEOPLE)
    assert sums(office) == (0, 0)

    run = approving.approve(benefit=run, key=uuid4(), **office.by(Role.CHAIR))
    assert sums(office) == (run.total, 0)
    assert run.commitment.amount == run.reserved == run.total

    run = approving.start(benefit=run, **office.by())
    hand_to(run, *Member.objects.filter(memberships__branch=office.cast.branch)[:5])
    refused(Refusal.NO_REASON, approving.settle, benefit=run, all_received=False, key=uuid4(), **office.by())
    run = approving.settle(benefit=run, all_received=False, reason="逾期未领", key=uuid4(), **office.by())

    assert (run.state, run.spent, sums(office)) == (BenefitState.SETTLED, 2000, (0, 2000))
    assert run.rest_said == "逾期未领"
    states = run.entitlements.values_list("state", flat=True)
    assert sorted(states) == ["received"] * 5 + ["written_off"] * (PEOPLE - 5)
    assert list(books.differences()) == []
    said = acts().filter(target_type="welfare.benefit").order_by("position").values_list("action", flat=True)
    assert [one.rpartition(".")[2] for one in said] == ["drafted", "frozen", "approved", "started", "settled"]


def test_settled_on_paper_everybody_has_had_it(office):
    run = office.settled()

    assert (run.spent, sums(office)) == (run.total, (0, run.total))
    assert set(run.entitlements.values_list("state", "received_on")) == {("received", DAY)}


def test_nothing_handed_out_is_released_and_not_spent(office):
    run = office.settled(all_received=False)

    assert (run.spent, sums(office)) == (0, (0, 0))
    assert Commitment.objects.get().ending == "released"
    assert list(books.differences()) == []


def test_an_approval_beyond_the_budget_is_refused(office):
    run = office.frozen(per_head=Decimal(10_000))

    with pytest.raises(CannotBook):
        approving.approve(benefit=run, key=uuid4(), **office.by(Role.CHAIR))

    run.refresh_from_db()
    assert (run.state, sums(office)) == (BenefitState.FROZEN, (0, 0))


def test_an_approval_needs_a_line_and_another_person(office):
    run = office.frozen(line=None)
    refused(Refusal.NO_LINE, approving.approve, benefit=run, key=uuid4(), **office.by(Role.CHAIR))
    drafting.choose_line(benefit=run, line=office.line, **office.by())
    Benefit.objects.filter(pk=run.pk).update(frozen_by=office.chair)

    refused(Refusal.SAME_PERSON, approving.approve, benefit=run, key=uuid4(), **office.by(Role.CHAIR))
    with pytest.raises(IntegrityError, match="benefit_approved_by_another"), transaction.atomic():
        Benefit.objects.filter(pk=run.pk).update(approved_by=office.chair)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (s, e)
        for s in ("draft", "frozen", "approved", "handing_out", "settled")
        for e in ("freeze", "approve", "start")
    ],
)
def test_no_step_but_the_next_one(office, state, step):
    run = office.draft() if state == "draft" else getattr(office, state)()
    nexts = {"draft": "freeze", "frozen": "approve", "approved": "start"}
    if nexts.get(state) == step:
        return
    act = {"freeze": freezing.freeze, "approve": approving.approve, "start": approving.start}[step]
    key = {"key": uuid4()} if step == "approve" else {}
    refused(
        Refusal.WRONG_STATE, act, benefit=run, **key, **office.by(Role.CHAIR if step == "approve" else "union_staff")
    )


@pytest.mark.parametrize("role", [MEMBER, Role.BRANCH_OFFICER, Role.ACCOUNTANT, Role.CASHIER, Role.AUDITOR])
def test_who_reads_only_writes_nothing(office, role):
    run, key, by = office.frozen(), {"key": uuid4()}, office.by(role)
    given = {"reason": "停发", "benefit": run}
    count = AuditEntry.objects.count()

    for act in (
        lambda: drafting.draft(occasion="spring", per_head=Decimal(1), eligible_on=DAY, **by),
        lambda: freezing.freeze(benefit=run, **by),
        lambda: approving.approve(benefit=run, **key, **by),
        lambda: approving.start(benefit=run, **by),
        lambda: approving.settle(benefit=run, all_received=True, **key, **by),
        lambda: drafting.cancel(**given, **key, **by),
        lambda: drafting.choose_line(benefit=run, line=office.line, **by),
    ):
        with pytest.raises(PermissionDenied):
            act()

    assert AuditEntry.objects.count() == count
    assert Benefit.objects.get().state == BenefitState.FROZEN


def test_staff_do_not_approve_and_the_chair_does_not_freeze(office):
    with pytest.raises(PermissionDenied):
        approving.approve(benefit=office.frozen(), key=uuid4(), **office.by())
    with pytest.raises(PermissionDenied):
        freezing.freeze(benefit=office.draft(name="再一次"), **office.by(Role.CHAIR))


def test_cancelling_releases_the_budget_and_frees_the_year(office):
    make_rule(value=500)
    run = office.approved()

    drafting.cancel(benefit=run, reason="供货商违约", key=uuid4(), **office.by(Role.CHAIR))

    assert sums(office) == (0, 0)
    assert list(books.differences()) == []
    again = office.frozen()  # the same name and cut-off, and nobody has had anything this year
    assert again.people == PEOPLE


def test_what_somebody_has_fetched_is_not_cancelled(office):
    run = office.handing_out()
    hand_to(run, office.cast.member_of(MEMBER))
    given = {"benefit": run, "key": uuid4(), **office.by()}

    refused(Refusal.HANDED_OUT, drafting.cancel, reason="停发", **given)
    refused(Refusal.NO_REASON, drafting.cancel, reason=" ", **given)


def test_history_touches_no_budget_and_may_be_taken_back(office):
    run = freezing.record_afterwards(benefit=office.draft(line=None), **office.by())
    assert (run.state, run.recorded_afterwards, run.approved_by, sums(office)) == ("settled", True, None, (0, 0))
    assert list(books.differences()) == []

    run = drafting.cancel(benefit=run, reason="标准登错", key=uuid4(), **office.by())

    assert run.state == BenefitState.CANCELLED


def test_a_settled_run_of_money_is_not_cancelled(office):
    run = office.settled()

    refused(Refusal.WRONG_STATE, drafting.cancel, benefit=run, reason="停发", key=uuid4(), **office.by())


def test_the_year_is_counted_to_the_fen(office):
    make_rule(value=1000)
    office.settled(occasion="spring", eligible_on=date(2022, 1, 15), per_head=Decimal(600))

    said = refused(
        Refusal.OVER_CEILING, freezing.freeze, benefit=office.draft(per_head=Decimal("400.01")), **office.by()
    )
    exact = office.frozen(name="端午慰问品", per_head=Decimal("400.00"))

    assert "苏工发〔2018〕13号" in said.message
    assert f"{PEOPLE} 人" in said.message
    assert (exact.verdict, exact.people) == ("clear", PEOPLE)
    assert list(books.differences()) == []


def test_a_rule_that_warns_is_kept_and_shown(office):
    rule = make_rule(value=300, effect=Effect.WARN)

    run = office.frozen()

    assert (run.verdict, run.rule, run.notes[0]["people"]) == ("warned", rule, PEOPLE)


def test_the_rule_of_the_cut_off_judges_not_that_of_today(office):
    old = make_rule(value=500, until_on=date(2022, 5, 1))
    make_rule(value=100, from_on=date(2022, 5, 1))
    given = {"eligible_on": date(2022, 4, 30), "occasion": "labour"}

    assert office.frozen(**given).rule == old
    refused(Refusal.OVER_CEILING, freezing.freeze, benefit=office.draft(), **office.by())


def test_a_branch_with_a_stricter_rule_is_judged_by_it(office):
    make_rule(value=1000)
    own = make_rule(value=300, scope=Scope.BRANCH, place=office.cast.other_branch.short_name)

    run = office.frozen(leaves_out=True)

    out = run.entitlements.filter(reason="ceiling")
    assert [one.branch for one in out] == [office.cast.other_branch]
    assert run.rule == own


def test_a_festival_that_is_not_on_the_list_is_blocked(office):
    make_rule("benefit.festival.list", ["春节", "中秋节"], unit="节日")

    refused(Refusal.OVER_CEILING, freezing.freeze, benefit=office.draft(), **office.by())


def test_one_park_card_a_year(office):
    make_rule("benefit.park_card.per_year", 1, unit="张/人·年")
    office.settled(occasion="park_card", per_head=Decimal(100))

    again = office.draft(occasion="park_card", per_head=Decimal(100), name="再发年票")

    refused(Refusal.OVER_CEILING, freezing.freeze, benefit=again, **office.by())


def test_a_record_merged_away_counts_for_the_living_one(office):
    make_rule(value=500)
    office.settled(occasion="spring", eligible_on=date(2022, 1, 15))
    member, twin = on_roll(office), office.cast.member_of(MEMBER)
    twin.memberships.all().delete()
    Member.objects.filter(pk=twin.pk).update(merged_into=member)

    run = office.draft(per_head=Decimal(101))

    refused(Refusal.OVER_CEILING, freezing.freeze, benefit=run, **office.by())
    Benefit.objects.filter(pk=run.pk).update(leaves_out=True)
    Member.objects.filter(pk=twin.pk).update(merged_into=None)
    freed = freezing.freeze(benefit=run, **office.by())
    assert freed.entitlements.get(member=member).state == "listed"


def ask(office: Office, run: Benefit, kind: str, member: Member, branch: Branch | None = None):
    given = {"benefit": run, "kind": kind, "member": member, "branch": branch, "reason": "漏登"}
    return exceptions.ask_exception(**given, **office.by())


def approve(office: Office, exception):
    return exceptions.approve_exception(exception=exception, key=uuid4(), **office.by(Role.CHAIR))


def test_who_joined_after_the_freeze_is_added_with_his_amount_reserved(office):
    run = office.approved()
    late = on_roll(office, from_on=DAY)

    approve(office, ask(office, run, ExceptionKind.ADD, late, office.cast.branch))

    run.refresh_from_db()
    assert (run.people, run.total, run.reserved) == (PEOPLE + 1, 400 * (PEOPLE + 1), 400 * (PEOPLE + 1))
    assert sums(office) == (run.total, 0)
    assert list(books.differences()) == []
    run = approving.settle(
        benefit=approving.start(benefit=run, **office.by()), all_received=True, key=uuid4(), **office.by()
    )
    assert sums(office) == (0, run.total)
    assert list(books.differences()) == []


def test_who_died_is_withdrawn_and_his_amount_released_at_the_end(office):
    run = office.handing_out()

    approve(office, ask(office, run, ExceptionKind.WITHDRAW, office.cast.member_of(MEMBER)))
    run.refresh_from_db()
    assert (run.people, run.reserved, list(books.differences())) == (PEOPLE - 1, 400 * PEOPLE, [])

    run = approving.settle(benefit=run, all_received=True, key=uuid4(), **office.by())
    assert (run.spent, sums(office)) == (400 * (PEOPLE - 1), (0, 400 * (PEOPLE - 1)))


def test_who_changed_his_branch_is_moved(office):
    run, member = office.frozen(), office.cast.member_of(MEMBER)

    approve(office, ask(office, run, ExceptionKind.MOVE, member, office.cast.other_branch))

    assert run.entitlements.get(member=member).branch == office.cast.other_branch


def test_an_exception_is_never_approved_by_who_asked_or_for_oneself(office):
    run = office.frozen()
    own = office.cast.member_of(Role.CHAIR)
    for_chair = ask(office, run, ExceptionKind.WITHDRAW, own)

    with pytest.raises(PermissionDenied):
        approve(office, for_chair)
    with pytest.raises(PermissionDenied):
        exceptions.approve_exception(exception=for_chair, key=uuid4(), **office.by())
    with pytest.raises(PermissionDenied):
        ask(office, run, ExceptionKind.WITHDRAW, office.cast.member_of(Role.UNION_STAFF))
    for_chair.refresh_from_db()
    assert for_chair.state == "asked"


def test_an_exception_that_changes_nothing_is_refused(office):
    run, member, branch = office.frozen(), office.cast.member_of(MEMBER), office.cast.branch
    stranger = on_roll(office, from_on=DAY)
    given = {"benefit": run, "reason": "漏登", **office.by()}

    for code, kind, who, where in (
        (Refusal.LISTED_ALREADY, "add", member, branch),
        (Refusal.NO_BRANCH, "add", stranger, None),
        (Refusal.NOT_LISTED, "withdraw", stranger, None),
        (Refusal.SAME_BRANCH, "move", member, branch),
    ):
        refused(code, exceptions.ask_exception, kind=kind, member=who, branch=where, **given)
    refused(
        Refusal.NO_REASON,
        exceptions.ask_exception,
        kind="withdraw",
        member=member,
        branch=None,
        **given | {"reason": ""},
    )


def test_one_open_exception_a_person_and_none_when_the_run_is_settled(office):
    run, member = office.handing_out(), office.cast.member_of(MEMBER)
    first = ask(office, run, ExceptionKind.WITHDRAW, member)
    by = office.by()

    refused(Refusal.EXCEPTION_OPEN, ask, office=office, run=run, kind="withdraw", member=member)
    refused(Refusal.EXCEPTIONS_OPEN, approving.settle, benefit=run, all_received=True, key=uuid4(), **by)
    exceptions.reject_exception(exception=first, reason="仍在册", **office.by(Role.CHAIR))
    approving.settle(benefit=run, all_received=True, key=uuid4(), **by)
    refused(Refusal.WRONG_STATE, ask, office=office, run=run, kind="withdraw", member=member)


def test_an_addition_stays_within_the_years_ceiling(office):
    make_rule(value=500)
    office.settled(occasion="spring", eligible_on=date(2022, 1, 15), per_head=Decimal(200))
    run = office.frozen(per_head=Decimal(300))
    member = office.cast.member_of(MEMBER)
    approve(office, ask(office, run, ExceptionKind.WITHDRAW, member))
    office.settled(occasion="labour", eligible_on=date(2022, 5, 1), per_head=Decimal(1), leaves_out=True)

    back = ask(office, run, ExceptionKind.ADD, member, office.cast.branch)

    refused(Refusal.OVER_CEILING, approve, office=office, exception=back)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"amount": Decimal(1)}, "stays as it was frozen"),
        ({"member": 0}, "stays as it was frozen"),
        ({"state": "out", "reason": "left"}, "entitlement_out_has_reason"),
        ({"state": "received"}, "entitlement_received_on_a_day"),
    ],
)
def test_the_database_keeps_a_frozen_list(office, change, constraint):
    run = office.frozen()
    if "member" in change:
        change = {"member": on_roll(office)}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        run.entitlements.filter(member=office.cast.member_of(MEMBER)).update(**change)
    with pytest.raises(IntegrityError, match="stays as it was frozen"), transaction.atomic():
        run.entitlements.all().delete()


def test_a_draft_may_be_changed_and_a_frozen_list_not(office):
    run = drafting.change(benefit=office.draft(), values={"per_head": Decimal(300), "name": ""}, **office.by())
    assert (run.per_head, run.name) == (300, "端午节慰问")

    run = freezing.freeze(benefit=run, **office.by())

    refused(Refusal.WRONG_STATE, drafting.change, benefit=run, values={"per_head": Decimal(1)}, **office.by())
