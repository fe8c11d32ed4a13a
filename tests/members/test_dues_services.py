"""Pay bases, consent, the month's frozen list, what was booked: contract, refusals, races."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction

from core import clock
from core.enums import Role
from core.models import AuditEntry, PolicyRule
from members import arrears
from members.enums import DuesWay, EndReason
from members.models import DuesLine, DuesList, DuesPayment, Member, PayBasis, PayrollAuthorisation
from members.services import dues
from members.services.dues import CannotKeepDues, Refusal
from tests.cast import ACTORS, ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.members.factories import make_member, make_membership
from tests.owner import owner_does
from tests.together import together

MAY = date(2022, 5, 1)
PAY_DAY = date(2022, 5, 20)


def make_dues_policies() -> None:
    """The national rows of REGULATIONS.md 2: 0.5 %, the remainder under ten yuan ignored."""
    for key, value in ((dues.RATE, "0.5"), (dues.REMAINDER, 10)):
        PolicyRule.objects.create(
            key=key, value=value, from_on=date(2018, 1, 1), scope="nation", decided_by="全总规定", mark="V*"
        )


@pytest.fixture
def cast(db):
    make_dues_policies()
    return make_cast()


def _basis(cast, member: Member, monthly: str = "4567.80", from_on: date = date(2022, 1, 1)) -> PayBasis:
    return dues.keep_pay_basis(
        member=member,
        monthly=Decimal(monthly),
        from_on=from_on,
        source="2022年1月工资表",
        actor=cast.users[Role.UNION_STAFF],
        at=clock.now(),
    )


def _frozen(cast, month: date = MAY) -> DuesList:
    return dues.freeze_month(month=month, actor=cast.users[Role.UNION_STAFF], at=clock.now()).dues_list


def _refused(call, **given) -> Refusal:
    entries = AuditEntry.objects.count()
    with pytest.raises(CannotKeepDues) as refused:
        call(**given)
    assert AuditEntry.objects.count() == entries
    return refused.value.code


def test_a_new_basis_ends_the_one_before(cast):
    member = cast.member_of(MEMBER)
    _basis(cast, member)

    _basis(cast, member, "5000.00", date(2022, 7, 1))

    assert list(PayBasis.objects.order_by("from_on").values_list("monthly", "from_on", "until_on")) == [
        (Decimal("4567.80"), date(2022, 1, 1), date(2022, 7, 1)),
        (Decimal("5000.00"), date(2022, 7, 1), None),
    ]
    entry = AuditEntry.objects.order_by("-position")[0]
    assert (entry.action, entry.subject) == ("members.paybasis.changed", member.pk)
    assert "5000" not in str(entry.data)


@pytest.mark.parametrize(
    ("monthly", "from_on", "code"),
    [
        ("5000.00", date(2022, 7, 2), Refusal.NOT_A_MONTH),
        ("-0.01", date(2022, 7, 1), Refusal.NEGATIVE),
        ("5000.00", date(2021, 12, 1), Refusal.EARLIER_BASIS),
    ],
)
def test_a_basis_against_the_rules_is_refused(cast, monthly, from_on, code):
    member = cast.member_of(MEMBER)
    _basis(cast, member)

    given = {"member": member, "monthly": Decimal(monthly), "from_on": from_on, "source": "x"}
    refused = _refused(dues.keep_pay_basis, **given, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert refused is code
    assert PayBasis.objects.get().until_on is None


def test_only_the_staff_keep_bases_and_only_the_accountant_books(cast):
    member = cast.member_of(MEMBER)
    _basis(cast, member)
    line = _frozen(cast).lines.get()
    may: dict[str, set[str]] = {"basis": set(), "book": set()}
    for actor in ACTORS:
        user = cast.users[actor]
        if actor == ANONYMOUS:
            continue
        for act, call in {
            "basis": lambda user=user: dues.keep_pay_basis(
                member=member, monthly=Decimal(1), from_on=date(2022, 9, 1), source="x", actor=user, at=clock.now()
            ),
            "book": lambda user=user: dues.book_payment(
                line=line, way=DuesWay.CASH, paid_on=PAY_DAY, actor=user, at=clock.now()
            ),
        }.items():
            try:
                with transaction.atomic():
                    call()
                    may[act].add(actor)
                    transaction.set_rollback(True)
            except PermissionDenied:
                pass

    assert may == {"basis": {Role.UNION_STAFF}, "book": {Role.ACCOUNTANT}}


def test_a_month_takes_who_is_on_the_roll_on_its_first_day(cast):
    joined_later = make_membership(from_on=date(2022, 5, 2), branch=cast.branch).member
    joined_that_day = make_membership(from_on=MAY, branch=cast.branch).member
    last_day_before = make_membership(branch=cast.branch, until_on=MAY, reason_out=EndReason.RETIRED).member
    last_day_on = make_membership(branch=cast.branch, until_on=date(2022, 5, 2), reason_out=EndReason.RETIRED).member
    for member in (joined_later, joined_that_day, last_day_before, last_day_on):
        _basis(cast, member)

    frozen = dues.freeze_month(month=MAY, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert set(frozen.dues_list.lines.values_list("member", flat=True)) == {joined_that_day.pk, last_day_on.pk}
    assert (frozen.lines, frozen.total) == (2, Decimal("45.60"))  # 4,560 counted x 0.5 % = 22.80, twice
    assert frozen.without_basis == 14  # the cast's members on the roll, of whom nobody's pay is known
    assert frozen.dues_list.rule.key == dues.RATE


def test_a_frozen_month_stays_as_it_was(cast):
    member = cast.member_of(MEMBER)
    _basis(cast, member)
    dues_list = _frozen(cast)

    _basis(cast, member, "9000.00", date(2022, 5, 1))
    supplemented = dues.supplement_month(dues_list=dues_list, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert dues_list.lines.get().amount == Decimal("22.80")
    assert supplemented.lines == 0


def test_a_supplement_adds_who_was_missing(cast):
    dues_list = _frozen(cast)
    _basis(cast, cast.member_of(MEMBER))

    supplemented = dues.supplement_month(dues_list=dues_list, actor=cast.users[Role.UNION_STAFF], at=clock.now())

    assert (supplemented.lines, supplemented.without_basis) == (1, 13)
    assert AuditEntry.objects.order_by("-position")[0].action == "members.dueslist.supplemented"


@pytest.mark.parametrize(
    ("month", "code"),
    [(date(2022, 5, 2), Refusal.NOT_A_MONTH), (date(2099, 1, 1), Refusal.TOO_EARLY), (MAY, Refusal.FROZEN)],
)
def test_a_month_against_the_rules_is_refused(cast, month, code):
    _frozen(cast)

    assert _refused(dues.freeze_month, month=month, actor=cast.users[Role.UNION_STAFF], at=clock.now()) is code
    assert DuesList.objects.get().month == MAY


def test_a_month_without_a_rate_is_refused(db):
    cast = make_cast()

    given = {"month": date(2010, 1, 1), "actor": cast.users[Role.UNION_STAFF], "at": clock.now()}

    assert _refused(dues.freeze_month, **given) is Refusal.NO_RATE
    assert not DuesList.objects.exists()


def test_the_member_himself_signs_and_takes_it_back(cast):
    user = cast.users[MEMBER]

    dues.sign_payroll(actor=user, at=clock.now())

    assert _refused(dues.sign_payroll, actor=user, at=clock.now()) is Refusal.ALREADY_SIGNED
    _basis(cast, cast.member_of(MEMBER))
    assert _frozen(cast).lines.get().by_payroll
    dues.withdraw_payroll(actor=user, at=clock.now())
    assert _refused(dues.withdraw_payroll, actor=user, at=clock.now()) is Refusal.NOT_SIGNED
    assert not _frozen(cast, date(2022, 6, 1)).lines.get().by_payroll
    assert list(AuditEntry.objects.filter(subject=cast.member_of(MEMBER).pk).values_list("action", flat=True)) == [
        "members.payrollauthorisation.withdrawn",
        "members.paybasis.changed",
        "members.payrollauthorisation.signed",
    ]


def test_who_has_no_file_signs_nothing(cast):
    assert _refused(dues.sign_payroll, actor=cast.users[Role.SYSTEM_ADMIN], at=clock.now()) is Refusal.NO_FILE
    assert not PayrollAuthorisation.objects.exists()


def _payroll_month(cast, people: int = 3) -> DuesList:
    for number in range(people):
        member = make_member(staff_no=f"D{number}")
        make_membership(member=member, branch=cast.branch)
        PayrollAuthorisation.objects.create(member=member, text_version="1", signed_at=clock.now())
        _basis(cast, member)
    return _frozen(cast)


def _book(cast, dues_list: DuesList, *not_deducted: str) -> int:
    return dues.book_payroll(
        dues_list=dues_list,
        not_deducted=not_deducted,
        paid_on=PAY_DAY,
        actor=cast.users[Role.ACCOUNTANT],
        at=clock.now(),
    )


def test_payroll_books_everybody_but_who_came_back(cast):
    dues_list = _payroll_month(cast)

    assert _book(cast, dues_list, "D1") == 2
    assert _book(cast, dues_list, "D1") == 0

    figures = arrears.collected(dues_list)
    assert (figures.people, figures.due) == (3, Decimal("68.40"))
    assert (figures.paid_people, figures.paid, figures.open) == (2, Decimal("45.60"), Decimal("22.80"))
    (behind,) = arrears.arrears(members=Member.objects.all(), on=date(2022, 6, 1))
    assert (behind.member.staff_no, behind.months, behind.amount) == ("D1", 1, Decimal("22.80"))
    assert arrears.arrears(members=Member.objects.all(), on=date(2022, 5, 31)) == []


def test_an_unknown_number_books_nothing(cast):
    dues_list = _payroll_month(cast)
    entries = AuditEntry.objects.count()

    with pytest.raises(CannotKeepDues, match="D9"):
        _book(cast, dues_list, "D1", "D9")

    assert not DuesPayment.objects.exists()
    assert AuditEntry.objects.count() == entries


def test_six_months_behind_are_to_be_talked_to(cast):
    member = cast.member_of(MEMBER)
    _basis(cast, member)
    for month in range(1, 7):
        _frozen(cast, date(2022, month, 1))

    (in_june,) = arrears.arrears(members=Member.objects.all(), on=date(2022, 6, 30))
    (in_july,) = arrears.arrears(members=Member.objects.all(), on=date(2022, 7, 1))

    assert (in_june.months, in_june.to_talk) == (5, False)
    assert (in_july.months, in_july.to_talk, in_july.amount) == (6, True, Decimal("136.80"))  # 6 x 22.80


def _paid_line(cast) -> DuesLine:
    _basis(cast, cast.member_of(MEMBER))
    line = _frozen(cast).lines.get()
    _pay(cast, line)
    return line


def _pay(cast, line: DuesLine, paid_on: date = PAY_DAY) -> DuesPayment:
    actor = cast.users[Role.ACCOUNTANT]
    return dues.book_payment(line=line, way=DuesWay.CASH, paid_on=paid_on, actor=actor, at=clock.now())


def _reverse(cast, line: DuesLine, reason: str = "登记错人") -> DuesPayment:
    return dues.reverse_payment(line=line, reason=reason, actor=cast.users[Role.ACCOUNTANT], at=clock.now())


def test_a_wrong_payment_is_reversed_and_paid_again(cast):
    line = _paid_line(cast)

    _reverse(cast, line)
    _pay(cast, line)

    assert list(line.payments.order_by("turn").values_list("turn", "amount", "way", "note")) == [
        (1, Decimal("22.80"), "cash", ""),
        (2, Decimal("-22.80"), "cash", "登记错人"),
        (3, Decimal("22.80"), "cash", ""),
    ]
    assert DuesLine.objects.paid().get() == line


def test_refusals_of_booking(cast):
    line = _paid_line(cast)
    given = {"line": line, "actor": cast.users[Role.ACCOUNTANT], "at": clock.now()}

    assert _refused(dues.book_payment, **given, way=DuesWay.CASH, paid_on=PAY_DAY) is Refusal.ALREADY_PAID
    late = {"way": DuesWay.CASH, "paid_on": date(2099, 1, 1)}
    assert _refused(dues.book_payment, **given, **late) is Refusal.PAID_IN_FUTURE
    assert _refused(dues.reverse_payment, **given, reason=" ") is Refusal.NO_REASON
    _reverse(cast, line)
    assert _refused(dues.reverse_payment, **given, reason="再冲") is Refusal.NOT_PAID
    assert line.payments.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE members_duespayment SET amount = 1",
        "DELETE FROM members_duespayment",
        "UPDATE members_duesline SET amount = 1",
    ],
)
def test_the_application_cannot_edit_what_was_booked(cast, statement):
    _paid_line(cast)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(("turn", "amount"), [(1, "22.80"), (2, "22.80"), (3, "-22.80")])
def test_the_database_refuses_a_second_payment(cast, turn, amount):
    line = _paid_line(cast)

    with pytest.raises(IntegrityError), transaction.atomic():
        DuesPayment.objects.create(
            line=line,
            turn=turn,
            amount=Decimal(amount),
            way="cash",
            paid_on=PAY_DAY,
            note="x",
            booked_by=cast.users[Role.ACCOUNTANT],
            booked_at=clock.now(),
        )


def test_what_each_may_see(cast):
    line = _paid_line(cast)

    seen = {
        actor
        for actor in ACTORS
        if actor != ANONYMOUS and DuesLine.objects.visible_to(cast.users[actor]).filter(pk=line.pk).exists()
    }

    assert seen == {MEMBER, Role.UNION_STAFF, Role.CHAIR, Role.ACCOUNTANT, Role.AUDITOR}
    assert OTHER_BRANCH_OFFICER not in seen


@pytest.mark.django_db(transaction=True)
def test_eight_who_book_one_line_book_it_once():
    make_dues_policies()
    cast = make_cast()
    _basis(cast, cast.member_of(MEMBER))
    line = _frozen(cast).lines.get()

    answers = together(lambda _: _pay(cast, line), 8)

    assert sum(isinstance(answer, DuesPayment) for answer in answers) == 1
    assert sum(isinstance(answer, CannotKeepDues) for answer in answers) == 7
    assert line.payments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_lock_and_turn_a_line_is_paid_twice(monkeypatch):
    make_dues_policies()
    cast = make_cast()
    _basis(cast, cast.member_of(MEMBER))
    line = _frozen(cast).lines.get()
    owner_does("ALTER TABLE members_duespayment DROP CONSTRAINT dues_payment_turn_once")
    monkeypatch.setattr("django.db.models.query.QuerySet.select_for_update", lambda rows, **_: rows)
    plain = dues.audit.record

    def slow(**given):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        return plain(**given)

    monkeypatch.setattr(dues.audit, "record", slow)

    together(lambda _: _pay(cast, line), 4)

    assert line.payments.count() > 1


@pytest.mark.django_db(transaction=True)
def test_four_who_freeze_one_month_freeze_it_once():
    make_dues_policies()
    cast = make_cast()
    _basis(cast, cast.member_of(MEMBER))

    answers = together(lambda _: _frozen(cast), 4)

    assert sum(isinstance(answer, DuesList) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, CannotKeepDues)} == {Refusal.FROZEN}
    assert DuesLine.objects.count() == 1
