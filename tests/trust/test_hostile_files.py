"""U1-U5, U7: beside each kind once (tests/core/test_*hostile.py, test_writing.py) as many by dice as the tier asks.

Of each file: the answer that it must have, nothing stored on refusal, nothing left in temp, no other error; what is
taken is what it says.
"""

import csv
import io
import os
import random
import resource
import tempfile
from datetime import timedelta
from pathlib import Path, PurePosixPath

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core import attachments, clock
from core.enums import FileKind
from core.files.judging import ENDINGS
from core.files.refusals import CannotTake
from core.models import Attachment, User
from core.spreadsheets import writing
from core.spreadsheets.sheets import Formula, open_sheets
from core.spreadsheets.writing import Column, open_writer
from tests.core.mutated import TAIL, TAKEN, Case, mutated
from tests.core.papers import stored
from tests.core.test_documents import counting_server, rolls, streams
from tests.core.test_documents_hostile import TYPED
from tests.core.test_writing import DANGEROUS, ODD
from tests.trust.sizes import dice, size

FILES = size(120, 420, 1_000)
MEGABYTES = 20  # that this process may grow by


@pytest.fixture
def temp(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def store(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.mark.django_db
def test_each_mutated_file_has_its_answer(temp, store):
    person, chance, begun = User.objects.create_user("A001", name="甲"), dice("uploads"), clock.now()
    before, wrong, answers = _peak(), [], set()

    for number in range(FILES):
        case = mutated(chance)
        files, rows = len(stored(store)), Attachment.objects.count()
        try:
            at = begun + timedelta(days=2 * number)  # nobody hands in so much in a day
            row = attachments.take(upload=SimpleUploadedFile(case.name, case.sent), actor=person, at=at)
            answer, fault = TAKEN, _fault_of(row, case)
            files, rows = files + 1, rows + 1
        except CannotTake as refused:
            answer, fault = str(refused.code), ""
        except Exception as error:
            answer, fault = repr(error), "an error"
        answers.add(answer)
        if answer not in case.answers or fault or os.listdir(temp):
            wrong.append((number, case.what, answer, fault, os.listdir(temp)))
        assert (len(stored(store)), Attachment.objects.count()) == (files, rows), case.what

    assert wrong == []
    assert {TAKEN, "damaged", "not_allowed", "active_content", "too_many_pixels"} <= answers
    assert _peak() - before < MEGABYTES


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _fault_of(row: Attachment, case: Case) -> str:
    """What is wrong with what was kept; "" if nothing."""
    kept = attachments.content_of(row)
    if row.kind != case.kind:
        return f"kept as {row.kind}"
    if row.kind in (FileKind.JPEG, FileKind.PNG):
        Image.open(io.BytesIO(kept), formats=[row.kind.upper()]).load()
        if TAIL in kept:
            return "the tail is there"
    elif kept != case.sent:
        return "kept otherwise than it came"
    name = PurePosixPath(row.name)
    odd = set(row.name) & set('<>:"/\\|?*\0\u202e') or not row.name.isprintable() or len(row.name.encode()) > 255
    return f"called {row.name!r}" if odd or name.suffix not in ENDINGS[FileKind(row.kind)] else ""


def test_mutated_texts_reach_the_renderer_as_text(temp):
    """U5: parts of what is hostile in pages, put together by dice; one person a text, in one roll."""
    chance = dice("renderer")
    with counting_server() as (address, asked):
        parts = [text.format(f"{address}{number}") for number, text in enumerate(TYPED.values())]
        texts = ["".join(chance.choices(parts, k=chance.choice((2, 3)))) for _ in range(size(13, 40, 95))]

        pdf = rolls([{"remark": text, "name": f"张{text[:40]}"} for text in texts])

        assert asked == []
    assert not any(b"root:" in stream for stream in streams(pdf))
    assert b"/EmbeddedFile" not in pdf
    assert os.listdir(temp) == []


def dangerous(chance: random.Random) -> str:
    """A leader that spreadsheets run, behind what they overlook, before what they might call."""
    before = "".join(chance.choices(("", "", " ", "\t", "\n", "\r", "\u200b", "'"), k=2))
    body = chance.choice([*DANGEROUS, *ODD, "cmd|'/c calc'!A0", 'DDE("cmd";"/C calc";"x")', "1", "A1:B2", ""])
    return before + chance.choice(("=", "+", "-", "@", "＝", "＋", "－", "＠", "=+", "=-@")) + body


@pytest.mark.parametrize("format", ["xlsx", "csv"])
def test_mutated_formulas_stay_text_and_numbers_stay_numbers(format, temp):
    """U7."""
    chance = dice("formulas")
    texts, file = [dangerous(chance) for _ in range(size(40, 140, 330))], io.BytesIO()

    with open_writer(file, [Column("text", "文字"), Column("amount", "金额")], format=format) as write:
        for number, text in enumerate(texts):
            write([text, -number])

    if format == "csv":
        rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))[1:]
        run = [cell for cell, _ in rows if cell.lstrip(" ").startswith(writing._RUN_BY_SPREADSHEETS)]
        assert [int(number) for _, number in rows] == [-number for number in range(len(texts))]
    else:
        with open_sheets(io.BytesIO(file.getvalue()), filename="名单.xlsx") as sheets:
            rows = [list(cells) for _, cells in sheets[0].rows][1:]
        run = [cell for cell, _ in rows if isinstance(cell, Formula) or not isinstance(cell, str)]
        assert [number for _, number in rows] == [-number for number in range(len(texts))]
    assert run == []
    assert os.listdir(temp) == []
