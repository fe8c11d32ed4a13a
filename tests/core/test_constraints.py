"""``refused_by``: a constraint that was named becomes a refusal, any other one stays an error, and all are there."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, connection

from core.constraints import refused_by
from core.errors import DomainError
from core.models import Department

HOUSE = Path(settings.BASE_DIR)


def twice() -> None:
    for _ in range(2):
        Department.objects.create(name="教务处")


@pytest.mark.django_db
def test_a_named_constraint_is_its_refusal_and_nothing_is_written():
    Department.objects.create(name="科研处")

    with (
        pytest.raises(DomainError) as refusal,
        refused_by(core_department_name_key=lambda: DomainError("taken", "x")),
    ):
        twice()

    assert refusal.value.code == "taken"
    assert isinstance(refusal.value.__cause__, IntegrityError)
    assert [one.name for one in Department.objects.all()] == ["科研处"]  # and the transaction goes on


@pytest.mark.django_db
def test_another_constraint_stays_an_error_and_nothing_is_written():
    with pytest.raises(IntegrityError), refused_by(another=lambda: DomainError("taken", "x")):
        twice()

    assert not Department.objects.exists()


@pytest.mark.django_db
def test_what_violates_nothing_is_kept():
    with refused_by(core_department_name_key=lambda: DomainError("taken", "x")):
        Department.objects.create(name="教务处")

    assert [one.name for one in Department.objects.all()] == ["教务处"]


@pytest.mark.django_db
def test_a_violation_without_a_name_stays_an_error():
    """A column without a value: the database names the column, not a constraint."""
    with pytest.raises(IntegrityError), refused_by(core_department_name_key=lambda: DomainError("taken", "x")):
        Department.objects.create(name=None)

    assert not Department.objects.exists()


# Every name that the house gives --------------------------------------------------------------------------------
def named_in(path: Path) -> Iterator[str]:
    """What the calls of ``refused_by`` in a file name: keywords, or the keys of a table that a ``**`` goes over."""
    tree = ast.parse(path.read_text())
    tables = {
        target.id: [key.value for key in node.value.keys if isinstance(key, ast.Constant)]
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "refused_by"):
            continue
        for keyword in call.keywords:
            if keyword.arg is not None:
                yield keyword.arg
                continue
            (table,) = {name.id for name in ast.walk(keyword.value) if isinstance(name, ast.Name)} & set(tables)
            yield from tables[table]


def all_named() -> dict[str, str]:
    """Constraint -> where it is named."""
    rooms = [Path(app.path) for app in apps.get_app_configs() if HOUSE in Path(app.path).parents]
    files = [file for room in rooms for file in sorted(room.rglob("*.py")) if "migrations" not in file.parts]
    return {name: f"{file.relative_to(HOUSE)}" for file in files for name in named_in(file)}


def test_the_walk_reads_keywords_and_tables(tmp_path):
    file = tmp_path / "services.py"
    file.write_text(
        "T = {'one': 1, 'two': 2}\n"
        "with refused_by(three=f): pass\n"
        "with refused_by(**{n: g(x) for n, x in T.items()}), other(): pass\n"
    )

    assert sorted(named_in(file)) == ["one", "three", "two"]


@pytest.mark.django_db
def test_every_constraint_that_is_named_exists():
    """As a constraint, as a unique index, or as what a trigger of ours says it is."""
    named = all_named()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class WHERE relkind = 'i'
            UNION SELECT (regexp_matches(prosrc, '(?:_refuse\\(|CONSTRAINT\\s*=\\s*)''(\\w+)''', 'g'))[1] FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace
            """
        )
        there = {name for (name,) in cursor.fetchall()}

    assert {"entry_year_is_open", "home_once_a_year", "core_user_username_key"} <= set(named)
    assert {name: place for name, place in named.items() if name not in there} == {}
