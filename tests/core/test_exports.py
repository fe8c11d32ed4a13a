"""Lists taken out: with a right and a reason, once, on record for everybody in them (TRUST.md T11, Q1, U7)."""

import io
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from core import attachments, audit, clock, exports, outbox, tasks
from core.enums import ExportState, Role
from core.exports import CannotExport, Column, Refusal
from core.models import Attachment, AuditEntry, ExportedPeople, ExportJob, OutboxMessage, RoleGrant, User
from core.services import exporting
from core.services.tidying import tidy
from core.spreadsheets.sheets import Formula, open_sheets
from core.spreadsheets.writing import TooManyRows

pytestmark = pytest.mark.django_db
KIND = "core.audit"


def person(username: str, role: str | None = None) -> User:
    user = User.objects.create_user(username, None, name=f"名{username}")
    if role:
        RoleGrant.objects.create(user=user, role=role, from_on=clock.today() - timedelta(days=9))
    return user


@pytest.fixture
def auditor(settings, tmp_path) -> User:
    settings.MEDIA_ROOT = tmp_path / "media"
    return person("E001", Role.AUDIT_ADMIN)


@pytest.fixture
def listed(monkeypatch):
    """A list of three lines about members 7 and 8, one of them dangerous."""
    lines = [(7, ["=1+1", 5]), (8, ["乙", 6]), (7, ["丙", None])]
    monkeypatch.setattr(exports, "kinds", dict(exports.kinds))
    exports.kind(
        "core.tried",
        title="试验名单",
        permission="core.export_auditentry",
        columns=(Column("name", "姓名"), Column("amount", "金额"), Column("never", "不选")),
        count=lambda actor, parameters: len(lines),
        rows=lambda actor, parameters, columns: iter(lines),
    )
    return lines


def ask(actor: User, **changed) -> ExportJob:
    given = {"kind": KIND, "parameters": {}, "columns": ["position", "action"], "reason": "年度检查"} | changed
    return exports.request_export(actor=actor, at=clock.now(), **given)


def made(actor: User, **changed) -> ExportJob:
    job = ask(actor, **{"kind": "core.tried", "columns": ["name", "amount"]} | changed)
    exporting.run_export(job.pk)
    job.refresh_from_db()
    return job


def table_of(job: ExportJob) -> list[list]:
    assert job.result
    content = io.BytesIO(attachments.content_of(job.result))
    with open_sheets(content, filename=f"名单.{job.format}") as sheets:
        return [list(cells) for _, cells in sheets[0].rows]


def test_asking_writes_job_work_and_entry(auditor):
    job = ask(auditor, columns=["action", "position"], reason="  年度检查 ")

    assert (job.state, job.columns, job.reason) == (ExportState.WAITING, ["position", "action"], "年度检查")
    assert OutboxMessage.objects.get().args == {"job": str(job.pk)}
    entry = AuditEntry.objects.get(action="core.exportjob.requested")
    assert (entry.actor, entry.basis, entry.target_id) == (auditor, "年度检查", str(job.pk))
    assert entry.data["kind"] == KIND
    assert entry.data["columns"] == ["position", "action"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"reason": " "}, Refusal.NO_REASON),
        ({"columns": []}, Refusal.NO_COLUMNS),
        ({"columns": ["position", "password"]}, Refusal.UNKNOWN_COLUMN),
        ({"format": "exe"}, Refusal.UNKNOWN_FORMAT),
    ],
)
def test_asking_wrongly_is_refused_and_nothing_is_written(auditor, changed, code):
    with pytest.raises(CannotExport) as refused:
        ask(auditor, **changed)

    assert refused.value.code is code
    assert refused.value.message
    assert not ExportJob.objects.exists()
    assert not OutboxMessage.objects.exists()
    assert not AuditEntry.objects.exists()


def test_asking_without_the_right_is_refused(auditor):
    for user in (person("E002"), person("E003", Role.UNION_STAFF), person("E004", Role.SYSTEM_ADMIN)):
        with pytest.raises(PermissionDenied):
            ask(user)

    assert not ExportJob.objects.exists()


def test_a_day_has_a_quota(auditor, monkeypatch):
    monkeypatch.setattr(exports, "A_DAY", 2)
    first, _ = ask(auditor), ask(auditor)

    with pytest.raises(CannotExport) as refused:
        ask(auditor)

    assert refused.value.code is Refusal.TOO_MANY_TODAY
    assert ExportJob.objects.count() == 2
    ExportJob.objects.filter(pk=first.pk).update(requested_at=clock.now() - timedelta(days=1, seconds=1))
    ask(auditor)


def test_the_worker_makes_the_file_and_records_whom_it_holds(auditor, listed):
    job = made(auditor)

    assert (job.state, job.rows_done, job.rows_total) == (ExportState.DONE, 3, 3)
    title, note, head, *rows = table_of(job)
    assert title[0] == "试验名单"
    assert all(said in note[0] for said in ("名E001（E001）", "年度检查", "全部"))
    assert head == ["姓名", "金额"]
    assert rows == [["=1+1", 5], ["乙", 6], ["丙", ""]]
    assert not isinstance(rows[0][0], Formula)
    assert [held.members for held in ExportedPeople.objects.all()] == [[7, 8]]
    entry = AuditEntry.objects.get(action="core.exportjob.exported")
    assert (entry.data["rows"], entry.data["people"]) == (3, 2)
    assert entry.basis == "年度检查"


def test_csv_is_made_too(auditor, listed):
    rows = table_of(made(auditor, format="csv"))

    assert rows[3:] == [["'=1+1", "5"], ["乙", "6"], ["丙", ""]]


def test_a_person_sees_who_took_out_his_data(auditor, listed):
    job = made(auditor)

    (taken,) = exports.taken_out(7)

    assert (taken.who, taken.title, taken.columns, taken.reason, taken.at) == (
        *(auditor, "试验名单", ["姓名", "金额"], "年度检查"),
        job.finished_at,
    )
    assert exports.taken_out(9) == []


def test_many_people_are_kept_in_few_rows(auditor, listed):
    listed[:] = [(number, ["甲", 1]) for number in range(1, 2502)]

    made(auditor)

    assert [len(held.members) for held in ExportedPeople.objects.order_by("pk")] == [1000, 1000, 501]
    assert len(exports.taken_out(2501)) == 1


def test_a_message_that_comes_twice_makes_one_file(auditor, listed):
    job = made(auditor)

    exporting.run_export(job.pk)
    outbox.handlers[exports.RUN](job=str(job.pk))

    assert outbox.handlers[exports.RUN] is tasks.export
    assert Attachment.objects.count() == 1
    assert ExportedPeople.objects.count() == 1
    assert AuditEntry.objects.filter(action="core.exportjob.exported").count() == 1


def test_a_crash_half_way_is_begun_anew(auditor, listed, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 1)
    job, sound = ask(auditor, kind="core.tried", columns=["name"]), list(listed)

    def broken(actor, parameters, columns):
        yield sound[0]
        raise ConnectionError("gone")

    whole = exports.kinds["core.tried"]
    exports.kinds["core.tried"] = exports.Kind(**{**vars(whole), "rows": broken})
    with pytest.raises(ConnectionError):
        exporting.run_export(job.pk)
    job.refresh_from_db()
    assert (job.state, job.rows_done) == (ExportState.RUNNING, 1)
    assert not Attachment.objects.exists()

    exports.kinds["core.tried"] = whole
    exporting.run_export(job.pk)

    job.refresh_from_db()
    assert (job.state, job.rows_done) == (ExportState.DONE, 3)


def test_a_right_that_was_lost_meanwhile_makes_no_file(auditor, listed):
    job = ask(auditor, kind="core.tried", columns=["name"])
    RoleGrant.objects.all().delete()

    exporting.run_export(job.pk)

    job.refresh_from_db()
    assert (job.state, job.refusal) == (ExportState.FAILED, Refusal.RIGHT_LOST)
    assert not Attachment.objects.exists()
    assert AuditEntry.objects.get(action="core.exportjob.failed").data["refusal"] == Refusal.RIGHT_LOST


def test_too_many_rows_end_in_words(auditor, listed, monkeypatch):
    monkeypatch.setattr("core.spreadsheets.writing.MOST_ROWS", 2)

    job = made(auditor)

    assert (job.state, job.refusal) == (ExportState.FAILED, Refusal.TOO_MANY_ROWS)
    assert exports.words_of(job.refusal)
    assert TooManyRows.__doc__


def fetch(user: User, path: str):
    client = Client(raise_request_exception=False)
    client.force_login(user, "core.backends.StaffNumberBackend")
    return client.get(path)


def test_the_file_is_for_whoever_asked_and_each_fetching_is_on_record(auditor, listed):
    job = made(auditor)
    path, other = f"/files/{job.result_id}/", person("E005", Role.AUDIT_ADMIN)

    answer = fetch(auditor, path)

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert AuditEntry.objects.filter(action="core.attachment.viewed", actor=auditor).count() == 1
    assert fetch(other, path).status_code == 404
    assert fetch(other, f"/exports/{job.pk}/").status_code == 404
    RoleGrant.objects.filter(user=auditor).delete()
    assert fetch(auditor, path).status_code == 404


def test_the_page_waits_and_then_offers_the_file(auditor, listed):
    job = ask(auditor, kind="core.tried", columns=["name"])

    waiting = fetch(auditor, f"/exports/{job.pk}/").content.decode()
    exporting.run_export(job.pk)
    done = fetch(auditor, f"/exports/{job.pk}/").content.decode()

    assert "data-waiting" in waiting
    assert "<progress" in waiting
    assert f'href="/exports/{job.pk}/"' in waiting  # by hand, without script
    assert "data-waiting" not in done
    job.refresh_from_db()
    assert f"/files/{job.result_id}/" in done
    assert "试验名单" in fetch(auditor, "/exports/").content.decode()


def test_a_file_goes_when_its_days_are_over(auditor, listed, django_capture_on_commit_callbacks, settings):
    job = made(auditor)
    assert job.expires_at

    with django_capture_on_commit_callbacks(execute=True):
        assert tidy(at=job.expires_at - timedelta(seconds=1))["exports"] == 0
        assert tidy(at=job.expires_at)["exports"] == 1

    job.refresh_from_db()
    assert (job.state, job.result) == (ExportState.EXPIRED, None)
    assert not Attachment.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]
    assert len(exports.taken_out(7)) == 1  # that it was taken out stays known


def test_a_job_that_nobody_finishes_is_given_up(auditor, listed):
    job = ask(auditor, kind="core.tried", columns=["name"])

    tidy(at=job.requested_at + timedelta(days=1, seconds=1))

    job.refresh_from_db()
    assert (job.state, job.refusal) == (ExportState.FAILED, Refusal.GIVEN_UP)
    exporting.run_export(job.pk)
    assert not Attachment.objects.exists()


def test_the_audit_comes_out_as_its_chain_runs(auditor):
    for number in range(3):
        audit.record(actor=auditor, action="core.user.changed", subject=number, at=clock.now())

    job = made(auditor, kind=KIND, columns=["position", "action", "subject", "hash"], parameters={"q": "core.user."})

    rows = table_of(job)[3:]
    assert [row[1:3] for row in rows] == [["core.user.changed", number] for number in range(3)]
    assert rows[-1][3] == AuditEntry.objects.get(position=rows[-1][0]).hash
    assert [held.members for held in ExportedPeople.objects.all()] == [[0, 1, 2]]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"days": "7", "q": " core.user "}, {"days": 7, "q": "core.user"}),
        ({"days": "8"}, {}),
        ({"days": "7;drop", "q": "\x00" + "x" * 99, "actor__password": "x"}, {"q": "x" * 40}),
    ],
)
def test_the_range_is_what_the_list_knows(given, kept):
    assert exports.kinds[KIND].clean(given) == kept


def test_two_lists_of_one_name_are_our_mistake(listed):
    with pytest.raises(ValueError, match="two lists"):
        exports.kind("core.tried", title="", permission="", columns=(), count=len, rows=iter)


@pytest.mark.parametrize(
    "wrong",
    [{"state": "lost"}, {"reason": ""}, {"state": ExportState.DONE}, {"finished_at": "2022-01-01T00:00Z"}],
)
def test_the_database_keeps_jobs_whole(auditor, wrong):
    job = ask(auditor)

    with pytest.raises(IntegrityError), transaction.atomic():
        ExportJob.objects.filter(pk=job.pk).update(**wrong)


def test_whom_an_export_held_cannot_be_rewritten(auditor, listed):
    made(auditor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('core_exportedpeople', 'UPDATE, DELETE, TRUNCATE')")
        assert cursor.fetchone()[0] is False
