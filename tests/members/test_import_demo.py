"""The demo year's roster, against expected.json to the row."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from core.models import AuditEntry
from members.models import Branch, Member, MemberSecret, Membership
from members.selectors import head_counts, joined_in, retired_in, roll_on

YEAR = Path(__file__).resolve().parents[2] / "demo" / "year-2022"
EXPECTED = json.loads((YEAR / "expected.json").read_text(encoding="utf-8"))
ROSTER = str(YEAR / "会员花名册.xlsx")
AUDIT = ("core_auditentry", "core_auditchain")


def command(*words: str) -> dict:
    out = io.StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def every_row_but_the_audit() -> dict[str, list]:
    """Every table of ours as text, and where every sequence stands."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [name for (name,) in cursor.fetchall() if name not in AUDIT]
        dump = {}
        for name in tables:
            cursor.execute(f'SELECT row::text FROM "{name}" AS row ORDER BY 1')
            dump[name] = cursor.fetchall()
        cursor.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1")
        dump["sequences"] = cursor.fetchall()
    return dump


@pytest.fixture
def branches(db):
    return command("import_branches", str(YEAR / "分工会.csv"))


@pytest.fixture
def first(branches):
    return command("import_members", ROSTER)


def test_branches_are_eleven_below_one_root(branches):
    short_names = Branch.objects.exclude(parent=None).values_list("short_name", flat=True)

    assert branches == {
        "accepted": 11,
        "created": 11,
        "changed": 0,
        "unchanged": 0,
        "rejected": [],
        "warned": [],
    }
    assert list(short_names) == EXPECTED["branches"]
    assert Branch.objects.get(parent=None).kind == "union"


def test_branches_again_change_nothing(branches):
    before = every_row_but_the_audit()

    again = command("import_branches", str(YEAR / "分工会.csv"))

    assert (again["accepted"], again["unchanged"]) == (11, 11)
    assert every_row_but_the_audit() == before


def test_roster_gives_the_expected_verdicts_and_no_other_key(first):
    assert first == {
        "accepted": 778,
        "created": 778,
        "changed": 0,
        "unchanged": 0,
        "rejected": EXPECTED["roster"]["rejected"],
        "warned": EXPECTED["roster"]["warned"],
    }


def test_roster_again_is_unchanged_and_the_database_byte_for_byte_the_same(first):
    before = every_row_but_the_audit()

    again = command("import_members", ROSTER)

    assert again == first | {"created": 0, "unchanged": 778}
    assert every_row_but_the_audit() == before


def test_dry_run_gives_the_same_verdicts_and_writes_nothing(branches):
    before, entries = every_row_but_the_audit(), AuditEntry.objects.count()

    tried = command("import_members", ROSTER, "--dry-run")

    assert every_row_but_the_audit() == before
    assert AuditEntry.objects.count() == entries
    assert tried == command("import_members", ROSTER)


def test_roll_on_the_last_day_of_the_year(first):
    last_day = date(2022, 12, 31)

    assert roll_on(last_day).count() == EXPECTED["active_on_year_end"]
    assert Member.objects.on_roll(last_day).count() == EXPECTED["active_on_year_end"]
    assert head_counts(last_day) == EXPECTED["active_by_branch_on_year_end"]


@pytest.mark.parametrize("programme", [p for p in EXPECTED["programmes"] if p["eligible_on"] != "birthday"])
def test_roll_on_the_days_of_the_benefits(first, programme):
    day = date.fromisoformat(programme["eligible_on"])

    assert roll_on(day).count() == programme["people"]


def test_who_joined_and_who_retired_in_the_year(first):
    assert joined_in(2022).count() == EXPECTED["joined_in_year"]
    assert retired_in(2022).count() == EXPECTED["retired_in_year"]


def test_a_row_is_stored_as_it_stands_in_the_file(first):
    member = Member.objects.get(staff_no="1900382")  # row 4
    period = member.memberships.get()
    id_number = MemberSecret._meta.get_field("id_number")
    bank_card = MemberSecret._meta.get_field("bank_card")

    assert (member.name, member.pinyin, member.sex) == ("龚红燕", "gonghongyan", "male")
    assert (member.birth_on, member.hired_on) == (date(1986, 12, 8), date(2017, 10, 2))
    assert (member.ethnicity, member.political_status) == ("苗族", "九三学社社员")
    assert (member.education, member.title, member.department_name) == ("硕士研究生", "教授", "信息学院")
    assert (member.phone, member.email) == ("15970667013", "1900382@example.edu.cn")
    assert id_number.take(member.secret) == "999336198612083879"
    assert (member.secret.id_number_last4, member.secret.bank_card_last4) == ("3879", "0707")
    assert bank_card.take(member.secret) == "6229991166496140707"
    assert (period.branch.short_name, period.from_on, period.until_on) == ("信息学院", date(2018, 3, 28), None)


def test_an_import_leaves_one_entry_without_a_number_of_anybody(first):
    entry = AuditEntry.objects.get(action="members.roster.imported")

    assert entry.actor is None
    assert entry.data["created"] == 778
    assert entry.data["rejected"]["id_checksum"] == 3
    assert entry.data["member_ids"] == [Member.objects.order_by("pk")[0].pk, Member.objects.order_by("-pk")[0].pk]
    assert len(entry.data["sha256"]) == 64
    assert "99933619861208" not in json.dumps(entry.data)


def test_nothing_sealed_lies_in_clear(first):
    rows = every_row_but_the_audit()

    assert Membership.objects.count() == 778
    assert "999336198612083879" not in str(rows)
    assert "6229991166496140707" not in str(rows)
