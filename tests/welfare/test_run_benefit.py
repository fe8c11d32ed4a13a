"""The command ``run_benefit`` against the demo year's expected.json, and the ceilings of 江苏."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from core.models import AuditEntry, PolicyRule
from finance.models import Entry
from members.models import Member
from welfare.enums import BenefitState, EntitlementState
from welfare.management.commands.run_benefit import Command
from welfare.models import Benefit, Entitlement

YEAR = Path(__file__).resolve().parents[2] / "demo" / "year-2022"
EXPECTED = json.loads((YEAR / "expected.json").read_text(encoding="utf-8"))
RUNS = {run["name"]: run for run in EXPECTED["programmes"]}


def run_benefit(*words: str) -> dict:
    out = io.StringIO()
    call_command("run_benefit", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def words_of(run: dict) -> list[str]:
    given = ["--occasion", run["name"], "--eligible-on", run["eligible_on"], "--per-head", str(run["per_head"])]
    return given + (["--year", str(EXPECTED["year"])] if run["eligible_on"] == "birthday" else [])


def settled(name: str) -> dict:
    return run_benefit(*words_of(RUNS[name]), "--settled")


@pytest.fixture
def roster(db):
    call_command("import_branches", str(YEAR / "分工会.csv"), verbosity=0)
    call_command("import_members", str(YEAR / "会员花名册.xlsx"), verbosity=0, stdout=io.StringIO())


@pytest.fixture
def jiangsu(db, settings):
    settings.SCHOOL_PROVINCE = "江苏"
    call_command("load_reference", verbosity=0)


@pytest.fixture
def three_festivals(roster, jiangsu):
    """春节 1000, 端午 400, 中秋 400: 1,800 for whoever was there all the year."""
    for name in ("春节", "端午节", "中秋节"):
        settled(name)


def rows() -> tuple[int, int, int]:
    return Benefit.objects.count(), Entitlement.objects.count(), AuditEntry.objects.count()


def test_the_five_runs_of_the_demo_year_to_the_yuan(roster):
    done = {name: settled(name) for name in RUNS}

    assert {name: (one["people"], one["total"]) for name, one in done.items()} == {
        name: (run["people"], run["total"]) for name, run in RUNS.items()
    }
    assert all(sum(one["by_branch"].values()) == one["people"] for one in done.values())
    received = Entitlement.objects.filter(state=EntitlementState.RECEIVED)
    assert received.aggregate(sum=Sum("amount"))["sum"] == EXPECTED["programmes_total"]
    assert set(Benefit.objects.values_list("state", "recorded_afterwards")) == {(BenefitState.SETTLED, True)}
    assert not Entry.objects.exists()


def test_the_head_counts_by_branch_are_the_rolls_of_the_day(roster):
    words = ["--occasion", "其他", "--name", "年末", "--eligible-on", "2022-12-31", "--per-head", "1"]

    assert run_benefit(*words)["by_branch"] == EXPECTED["active_by_branch_on_year_end"]


def test_a_dry_run_says_the_same_and_writes_nothing(roster):
    before = rows()

    tried = run_benefit(*words_of(RUNS["春节"]), "--dry-run")

    assert rows() == before
    assert tried == settled("春节")


def test_the_same_run_again_is_refused_and_changes_nothing(roster):
    settled("端午节")
    before = rows()

    for more in (["--settled"], [], ["--dry-run"]):
        with pytest.raises(CommandError) as refused:
            run_benefit(*words_of(RUNS["端午节"]), *more)

        assert refused.value.returncode == 1
        assert "不能重复" in str(refused.value)
    assert rows() == before


def test_without_settled_the_list_waits_for_the_chair(roster):
    run_benefit(*words_of(RUNS["中秋节"]))

    run = Benefit.objects.get()
    assert (run.state, run.people, run.recorded_afterwards) == (BenefitState.FROZEN, 761, False)
    assert set(run.entitlements.values_list("state", flat=True)) == {"listed", "out"}


def test_2018_a_sixth_hundred_is_blocked_for_who_has_had_1800(three_festivals):
    before = rows()
    words = ["--occasion", "国庆节", "--eligible-on", "2022-09-25", "--per-head", "100"]
    there = Member.objects.filter(pk__in=Member.objects.on_roll(date(2022, 9, 25)).values("pk"))
    full = there.annotate(had=Sum("entitlements__amount")).filter(had=1800).count()

    with pytest.raises(CommandError) as refused:
        run_benefit(*words)

    assert refused.value.returncode == 1
    assert "苏工发〔2018〕13号" in str(refused.value)
    assert f"{full} 人" in str(refused.value)
    assert rows() == before


def test_2018_who_has_had_1800_may_be_left_out(three_festivals):
    words = ["--occasion", "国庆节", "--eligible-on", "2022-09-25", "--per-head", "100", "--leave-out"]

    done = run_benefit(*words)

    run = Benefit.objects.get(occasion="national")
    over = run.entitlements.filter(reason="ceiling")
    assert over.count() == 687
    assert done["people"] == Member.objects.on_roll(date(2022, 9, 25)).count() - 687
    assert run.rule == PolicyRule.objects.get(key="benefit.festival.year_ceiling", from_on="2018-01-01", place="江苏")
    assert run.verdict == "warned"
    assert not over.exclude(member__in=Member.objects.annotate(h=Sum("entitlements__amount")).filter(h=1800)).exists()


def test_2025_november_the_same_hundred_passes(roster, jiangsu):
    """The same sums, dated when 2,200 was in force for the sixth."""
    for name, day, amount in (("春节", "02-01", 1000), ("端午节", "05-20", 400), ("中秋节", "09-20", 400)):
        run_benefit("--occasion", name, "--eligible-on", f"2025-{day}", "--per-head", str(amount), "--settled")
    blocked = ["--occasion", "国庆节", "--eligible-on", "2025-11-04", "--per-head", "100"]
    passes = ["--occasion", "国庆节", "--eligible-on", "2025-11-05", "--per-head", "100"]

    with pytest.raises(CommandError, match="苏工发〔2018〕13号"):
        run_benefit(*blocked)
    done = run_benefit(*passes)

    assert done["people"] == 753
    assert "2025-11-05" in Benefit.objects.get(occasion="national").rule.decided_by


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--occasion", "春捷", "--eligible-on", "2022-01-15", "--per-head", "1"], 2),
        (["--occasion", "春节", "--eligible-on", "birthday", "--year", "2022", "--per-head", "1"], 2),
        (["--eligible-on", "birthday", "--per-head", "1"], 2),  # of which year
        (["--occasion", "生日", "--eligible-on", "2022-01-15", "--per-head", "1"], 2),
        (["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "1", "--month", "3"], 2),
        (["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "1", "--actor", "nobody"], 2),
        (["--occasion", "教师节", "--eligible-on", "2022-09-10", "--per-head", "1"], 1),
        (["--occasion", "其他", "--name", "三八妇女节", "--eligible-on", "2022-03-08", "--per-head", "1"], 1),
        (["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "-1"], 1),
        (["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "0.001"], 1),
        (["--occasion", "春节", "--eligible-on", "2099-01-15", "--per-head", "1"], 1),  # to come
        (["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "1"], 1),  # nobody on the roll
    ],
)
def test_wrong_usage_is_2_and_a_refusal_1_and_nothing_is_written(db, words, code):
    with pytest.raises(CommandError) as refused:
        run_benefit(*words)

    assert refused.value.returncode == code
    assert not Benefit.objects.exists()


@pytest.mark.parametrize(
    "words",
    [
        ["--occasion", "春节"],  # no cut-off, no amount
        ["--occasion", "春节", "--eligible-on", "2022-13-15", "--per-head", "1"],
        ["--occasion", "春节", "--eligible-on", "2022-01-15", "--per-head", "many"],
        ["--eligible-on", "birthday", "--year", "2022", "--month", "13", "--per-head", "1"],
    ],
)
def test_words_that_cannot_be_read_are_wrong_usage(words):
    with pytest.raises(SystemExit) as refused:
        Command().run_from_argv(["manage.py", "run_benefit", *words])

    assert refused.value.code == 2
