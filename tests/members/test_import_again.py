"""A roster that comes again: what changes, what stays, who may, and two at once."""

import time
from datetime import date
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from core import clock, locks
from core.enums import Role
from core.models import AuditEntry
from members.models import Member, MemberSecret, Membership
from members.services import register_lock, roster_comparing
from members.services.roster import CannotImport, ImportReport, Refusal, import_roster
from tests.cast import ACTORS, ANONYMOUS, make_cast
from tests.members.factories import make_branch, make_member
from tests.members.rosters import HEADER, LI, ZHANG, write_roster
from tests.owner import as_owner, owner_does
from tests.together import together

FULL_HEADER = (*HEADER, "手机号码", "银行卡号", "备注")


@pytest.fixture
def here(db):
    return make_branch(name="纺织学院分工会", short_name="纺织学院")


@pytest.fixture
def there(db):
    return make_branch(name="机关一分工会", short_name="机关一")


@pytest.fixture
def bring(here, there, tmp_path):
    def run(*people: dict, header=FULL_HEADER, **how) -> ImportReport:
        path = write_roster(tmp_path / f"{uuid4()}.xlsx", *people, header=header)
        return import_roster(**({"path": path, "actor": None, "at": clock.now()} | how))

    return run


def counts(report: ImportReport) -> tuple[int, int, int]:
    return report.created, report.changed, report.unchanged


def periods() -> list[tuple]:
    rows = Membership.objects.order_by("member__staff_no", "from_on")
    return list(rows.values_list("branch__short_name", "from_on", "until_on", "reason_in", "reason_out"))


def test_a_changed_cell_changes_that_person_only(bring):
    bring(ZHANG | {"手机号码": "13800000001"}, LI)

    report = bring(ZHANG | {"手机号码": "13800000002"}, LI)

    assert counts(report) == (0, 1, 1)
    assert Member.objects.get(staff_no="1000001").phone == "13800000002"


def test_a_changed_name_is_found_by_its_new_sound(bring):
    bring(ZHANG)

    report = bring(ZHANG | {"姓名": "单雄"})

    assert counts(report) == (0, 1, 0)
    member = Member.objects.get()
    assert (member.name, member.pinyin) == ("单雄", "shanxiong")
    assert list(Member.objects.search("单雄")) == [member]
    assert not Member.objects.search("张三").exists()


def test_an_empty_cell_or_a_missing_column_erases_nothing(bring):
    bring(ZHANG | {"手机号码": "13800000001", "银行卡号": "6229991166496140707"})
    secret = MemberSecret.objects.values().get()

    report = bring(ZHANG | {"身份证号": "", "性别": "", "出生日期": ""})
    shorter = bring(ZHANG, header=("工号", "姓名", "分工会", "入会时间"))

    assert counts(report) == counts(shorter) == (0, 0, 1)
    assert Member.objects.get().phone == "13800000001"
    assert MemberSecret.objects.values().get() == secret


def test_a_new_card_is_sealed_again_and_the_same_id_number_is_not(bring):
    bring(ZHANG | {"银行卡号": "6229991166496140707"})
    before = MemberSecret.objects.get()

    report = bring(ZHANG | {"银行卡号": "6229 9937 5094 9895 153"})

    after = MemberSecret.objects.get()
    assert counts(report) == (0, 1, 0)
    assert after.id_number == before.id_number
    assert MemberSecret._meta.get_field("bank_card").take(after) == "6229993750949895153"
    assert after.bank_card_last4 == "5153"


def test_people_missing_from_the_file_are_left_alone(bring):
    bring(ZHANG, LI)

    report = bring(LI)

    assert counts(report) == (0, 0, 1)
    assert len(periods()) == 2


def test_somebody_entered_by_hand_is_taken_over_with_secret_and_period(bring):
    make_member(staff_no="1000001", name="张三")

    report = bring(ZHANG)

    assert counts(report) == (0, 1, 0)
    assert Member.objects.get().secret.id_number_last4 == "0014"
    assert periods() == [("纺织学院", date(2010, 9, 1), None, "joined", "")]


def test_another_branch_counts_from_the_day_of_the_import(bring):
    bring(ZHANG)

    report = bring(ZHANG | {"分工会": "机关一"}, as_of=date(2023, 3, 1))
    again = bring(ZHANG | {"分工会": "机关一"}, as_of=date(2023, 4, 1))

    assert counts(report) == (0, 1, 0)
    assert counts(again) == (0, 0, 1)
    assert periods() == [
        ("纺织学院", date(2010, 9, 1), date(2023, 3, 1), "joined", "branch_change"),
        ("机关一", date(2023, 3, 1), None, "branch_change", ""),
    ]


def test_without_a_day_given_another_branch_counts_from_today(bring):
    bring(ZHANG)
    at = clock.now()

    bring(ZHANG | {"分工会": "机关一"}, at=at)

    assert periods()[1][1] == clock.local_date(at)


def test_a_retirement_in_a_later_roster_ends_the_period(bring):
    bring(ZHANG)

    report = bring(ZHANG | {"备注": "2022年3月9日退休"})

    assert counts(report) == (0, 1, 0)
    assert periods() == [("纺织学院", date(2010, 9, 1), date(2022, 3, 10), "joined", "retired")]


def test_recorded_history_is_kept_and_the_row_is_named(bring):
    bring(ZHANG | {"备注": "2022年3月9日退休"})
    before = periods()

    report = bring(ZHANG | {"备注": "2022年3月8日退休", "手机号码": "13800000001"})

    assert counts(report) == (0, 1, 0)
    assert [(finding.place.row, finding.code.value) for finding in report.warned] == [(3, "history_differs")]
    assert periods() == before


def test_a_dry_run_counts_what_the_import_then_does(bring):
    bring(ZHANG, LI)
    people = (
        ZHANG | {"分工会": "机关一"},
        LI | {"手机号码": "13800000001"},
        LI | {"工号": "1000003", "身份证号": ""},
    )
    before, entries = periods(), AuditEntry.objects.count()

    tried = bring(*people, dry_run=True)

    assert (periods(), AuditEntry.objects.count(), Member.objects.count()) == (before, entries, 2)
    assert tried == bring(*people)
    assert counts(tried) == (1, 2, 0)


@pytest.mark.parametrize("role", [role for role in ACTORS if role not in (ANONYMOUS, Role.UNION_STAFF)])
def test_nobody_but_union_staff_may_import(bring, role):
    users = make_cast().users
    before = Member.objects.count()

    with pytest.raises(PermissionDenied):
        bring(ZHANG, actor=users[role])

    assert Member.objects.count() == before
    assert not AuditEntry.objects.filter(action="members.roster.imported").exists()


def test_union_staff_imports_under_its_own_name(bring):
    clerk = make_cast().users[Role.UNION_STAFF]

    report = bring(ZHANG, actor=clerk)

    assert report.created == 1
    assert AuditEntry.objects.get(action="members.roster.imported").actor == clerk


def test_command_refuses_with_one_and_wrong_usage_with_two(bring, tmp_path):
    with pytest.raises(CommandError) as missing:
        call_command("import_members", str(tmp_path / "nichts.xlsx"))
    with pytest.raises(CommandError) as stranger:
        call_command("import_members", __file__, "--actor", "nobody")
    with pytest.raises(CommandError) as refused:
        call_command("import_members", __file__)

    assert (missing.value.returncode, stranger.value.returncode, refused.value.returncode) == (2, 2, 1)
    assert not Member.objects.exists()


def test_an_import_is_refused_while_somebody_else_holds_the_register(bring, monkeypatch):
    monkeypatch.setattr(locks, "WAIT", 0.2)

    with as_owner() as other, other.transaction():
        other.execute("LOCK TABLE members_member IN SHARE MODE")
        with pytest.raises(CannotImport) as refused:
            bring(ZHANG)

    assert refused.value.code is Refusal.BUSY
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_last_step_leaves_nothing(bring):
    owner_does("ALTER TABLE members_membership ADD CONSTRAINT nobody CHECK (from_on < '1990-01-01')")

    with pytest.raises(IntegrityError):
        bring(ZHANG, LI)

    assert not Member.objects.exists()
    assert not MemberSecret.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.fixture
def slow_look(monkeypatch):
    """A pause between looking a person up and writing him, so that two imports meet there."""
    look = roster_comparing._known

    def slow(people):
        found = look(people)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(roster_comparing, "_known", slow)


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_store_everybody_once(bring, slow_look):
    outcomes = together(lambda _: counts(bring(ZHANG, LI)), 2)

    assert sorted(outcomes) == [(0, 0, 2), (2, 0, 0)]
    assert len(periods()) == 2


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_two_imports_at_once_collide(bring, slow_look, monkeypatch):
    monkeypatch.setattr(register_lock, "_ALONE", "SELECT 1")

    outcomes = together(lambda _: bring(ZHANG, LI), 2)

    assert [type(outcome) for outcome in outcomes].count(IntegrityError) == 1
