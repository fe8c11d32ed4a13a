"""An import judges and writes piece by piece: it comes out as if it had judged everything first."""

from random import Random

import pytest
from django.db import IntegrityError, transaction

from core import clock
from core.spreadsheets import limits
from core.spreadsheets.codes import Unreadable
from core.spreadsheets.refusals import CannotRead
from members.models import ImportedPerson, ImportRun, Member, MemberSecret, Membership
from members.services import roster_reading
from members.services.roster import import_roster
from tests.members.factories import make_branch
from tests.members.rosters import LI, ZHANG, write_roster
from tests.owner import owner_does
from tests.trust.sizes import dice, size

HEADER = ("工号", "姓名", "分工会", "入会时间", "身份证号")
ROSTERS = size(6, 60, 600)
# GB 11643: a birth day each, the check digit by hand from the weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2.
NUMBERS = [ZHANG["身份证号"], LI["身份证号"], "110105196001010009", "110105196001020004"]


@pytest.fixture(autouse=True)
def branches(db):
    return [make_branch(name=f"{name}分工会", short_name=name) for name in ("纺织学院", "机关一")]


def bring(path):
    return import_roster(path=path, actor=None, at=clock.now())


def random_people(chance: Random) -> list[dict]:
    """Some numbers twice, some staff numbers twice, some rows wrong, in any order."""
    people = []
    for _ in range(chance.randint(3, 12)):
        staff_no = f"20{chance.randint(10, 24)}"
        number = chance.choice([*NUMBERS, *[""] * 6, "110105196001010008"])
        branch, day = chance.choice(["纺织学院", "机关一", "无此"]), f"20{chance.randint(10, 19)}-09-01"
        values = (staff_no, chance.choice(["张三", "李四", "单雄", ""]), branch, day, number)
        people.append(dict(zip(HEADER, values, strict=True)))
    return people


def register() -> list[tuple]:
    """Everybody, by staff number and without keys of rows."""
    return [
        *Member.objects.order_by("staff_no").values_list("staff_no", "name", "pinyin", "search_terms", "birth_on"),
        *MemberSecret.objects.order_by("member__staff_no").values_list("member__staff_no", "id_number_hash"),
        *Membership.objects.order_by("member__staff_no", "from_on").values_list(
            "member__staff_no", "branch", "from_on"
        ),
        ImportedPerson.objects.filter(created=True).exclude(after="").count(),
    ]


def in_pieces(monkeypatch, rows: int, path) -> tuple:
    """What the import says and leaves; taken back."""
    monkeypatch.setattr(roster_reading, "PIECE", rows)
    with transaction.atomic():
        said = bring(path)
        left = register()
        transaction.set_rollback(True)
    return said, left


@pytest.mark.parametrize("number", range(ROSTERS))
def test_pieces_of_any_size_come_out_alike(number, tmp_path, monkeypatch):
    chance = dice(f"pieces {number}")
    bring(write_roster(tmp_path / "先.xlsx", *random_people(chance), header=HEADER))
    path = write_roster(tmp_path / "后.xlsx", *random_people(chance), header=HEADER)

    outcomes = [in_pieces(monkeypatch, rows, path) for rows in (1000, 1, 2, 5)]

    assert all(outcome == outcomes[0] for outcome in outcomes[1:])


def test_number_of_a_written_row_is_taken_for_the_next_piece(tmp_path, monkeypatch):
    monkeypatch.setattr(roster_reading, "PIECE", 1)
    others = [ZHANG | {"工号": f"10000{n}", "身份证号": ""} for n in range(10, 20)]
    path = write_roster(tmp_path / "册.xlsx", ZHANG, *others, ZHANG | {"工号": "1000099"})

    report = bring(path)

    assert [(finding.place.row, finding.code) for finding in report.rejected] == [(14, "id_number_taken")]
    assert Member.objects.count() == 11


@pytest.mark.django_db(transaction=True)
def test_a_last_row_that_the_database_refuses_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(roster_reading, "PIECE", 1)
    owner_does("ALTER TABLE members_member ADD CONSTRAINT nobody CHECK (staff_no <> '1000099')")
    others = [ZHANG | {"工号": f"10000{n}", "身份证号": ""} for n in range(10, 30)]

    with pytest.raises(IntegrityError):
        bring(write_roster(tmp_path / "册.xlsx", *others, ZHANG | {"工号": "1000099"}))

    assert not Member.objects.exists()
    assert not ImportRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_read_to_its_end_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(roster_reading, "PIECE", 1)
    rows = [f"10000{n},张三,纺织学院,2010-09-01" for n in range(10, 99)]
    path = tmp_path / "册.csv"
    path.write_text("\n".join(["工号,姓名,分工会,入会时间", *rows * 3, "1000099," + "长" * (limits.CELL + 1) + ",,"]))

    with pytest.raises(CannotRead) as refused:
        bring(path)

    assert refused.value.code == Unreadable.CELL_TOO_LONG
    assert not Member.objects.exists()
    assert not Membership.objects.exists()
