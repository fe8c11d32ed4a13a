"""Loading presets: each row once, nothing undone that a person did, a newer one follows an untouched older one."""

import json
from datetime import date

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction

from core import presets
from core.enums import Mark, Scope
from core.models import AuditEntry, LoadedPreset, PolicyRule
from core.presets import load_rules

pytestmark = pytest.mark.django_db
OLD, NEW = date(2018, 1, 1), date(2025, 11, 5)
KEY = "benefit.birthday.ceiling"


def release(folder, *rules):
    """The presets as a release ships them: rows of (from, until or "", value)."""
    shared = {"key": KEY, "unit": "元/人·年", "decided_by": "苏工发〔2018〕13号", "mark": "V*", "effect": "block"}
    rows = [
        shared | {"from_on": begins, "value": value} | ({"until_on": until} if until else {})
        for begins, until, value in rules
    ]
    preset = {"scope": "province", "place": "江苏", "rules": rows}
    (folder / "jiangsu.json").write_text(json.dumps(preset, ensure_ascii=False), encoding="utf-8")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The first release is loaded: one open-ended row."""
    monkeypatch.setattr(presets, "_FOLDER", tmp_path)
    release(tmp_path, ("2018-01-01", "", 400))
    load_rules()
    return tmp_path


def periods() -> list[tuple]:
    return list(PolicyRule.objects.order_by("from_on").values_list("from_on", "until_on", "value"))


def newer(folder) -> None:
    release(folder, ("2018-01-01", "2025-11-05", 400), ("2025-11-05", "", 600))


def test_deleted_row_does_not_come_back(folder):
    PolicyRule.objects.all().delete()

    loaded = load_rules()

    assert loaded.added == 0
    assert not PolicyRule.objects.exists()


def test_row_that_a_person_ended_stays_ended(folder):
    PolicyRule.objects.update(until_on=date(2024, 1, 1))

    load_rules()

    assert periods() == [(OLD, date(2024, 1, 1), 400)]


def test_newer_preset_ends_its_untouched_forerunner_once(folder):
    newer(folder)

    loaded = load_rules()
    again = load_rules()

    assert (loaded.added, loaded.ended, loaded.aside) == (1, 1, [])
    assert (again.added, again.ended, again.aside) == (0, 0, [])
    assert periods() == [(OLD, NEW, 400), (NEW, None, 600)]
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.data) == ("core.policyrule.loaded", {"added": 1, "ended": 1})
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("change", [{"value": 500}, {"effect": "warn"}, {"decided_by": "本校工会委员会"}])
def test_newer_preset_steps_aside_for_a_row_that_a_person_changed(folder, change, capsys):
    PolicyRule.objects.update(**change)
    before = list(PolicyRule.objects.values_list())
    newer(folder)

    loaded = load_rules()
    call_command("load_reference")

    assert (loaded.added, loaded.ended, len(loaded.aside)) == (0, 0, 1)
    assert list(PolicyRule.objects.values_list()) == before
    assert f"未载入（本校已另有规定）：{KEY} 江苏 2025-11-05" in capsys.readouterr().out


def test_row_stepped_aside_for_comes_when_the_period_is_free(folder):
    PolicyRule.objects.update(value=500)
    newer(folder)
    load_rules()
    PolicyRule.objects.update(until_on=NEW)

    load_rules()

    assert periods() == [(OLD, NEW, 500), (NEW, None, 600)]


def test_three_releases_at_once_follow_each_other(folder):
    release(
        folder,
        *(("2018-01-01", "2022-01-01", 400), ("2022-01-01", "2025-11-05", 500), ("2025-11-05", "", 600)),
    )

    loaded = load_rules()

    assert (loaded.added, loaded.ended) == (2, 1)
    assert periods() == [(OLD, date(2022, 1, 1), 400), (date(2022, 1, 1), NEW, 500), (NEW, None, 600)]


def test_rows_of_a_release_that_did_not_remember_are_taken_as_offered(folder):
    PolicyRule.objects.all().delete()
    PolicyRule.objects.create(
        **{"key": "benefit.festival.year_ceiling", "scope": Scope.PROVINCE, "place": "江苏", "value": 1900},
        **{"from_on": OLD, "decided_by": "本校", "mark": Mark.SUGGESTED},
    )
    release(folder, ("2018-01-01", "", 400))
    text = (folder / "jiangsu.json").read_text(encoding="utf-8").replace(KEY, "benefit.festival.year_ceiling")
    (folder / "jiangsu.json").write_text(text, encoding="utf-8")

    load_rules()
    PolicyRule.objects.all().delete()
    loaded = load_rules()

    assert loaded.added == 0
    assert not PolicyRule.objects.exists()


def test_application_cannot_make_the_system_forget(folder):
    with pytest.raises(DatabaseError), transaction.atomic():
        LoadedPreset.objects.all().delete()

    assert LoadedPreset.objects.exists()
