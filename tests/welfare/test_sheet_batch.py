"""全部签领表: every branch's sheet of a run in one file, made by a worker, whole or not at all."""

from io import BytesIO

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from pypdf import PdfReader

from core import attachments, exports, tasks, telling
from core.documents import CannotRender, DocumentError
from core.enums import ExportState, Role
from core.models import Attachment, ExportedPeople, ExportJob, OutboxMessage
from core.services import exporting
from tests.acts import acts
from tests.members.factories import make_member, make_membership
from tests.welfare.handouts import AT, Scene, make_run
from welfare.enums import BenefitState
from welfare.exports import SHEETS
from welfare.models import Benefit
from welfare.services import sheets


@pytest.fixture
def scene(db, settings, tmp_path, monkeypatch) -> Scene:
    """Five people of one branch, laid out in parts of two, and one of another."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(sheets, "PART", 2)
    made = make_run(5)
    other = make_member(name="欧阳其他")
    make_membership(member=other, branch=made.cast.other_branch)
    made.list(other, branch=made.cast.other_branch)
    return made


def ask(scene: Scene, *, actor=None) -> ExportJob:
    given = {"parameters": {"run": scene.benefit.pk}, "reason": "线下领取签字", "at": AT}
    return exports.request_export(actor=actor or scene.staff, kind=SHEETS, **given)


def made(job: ExportJob) -> ExportJob:
    exporting.run_export(job.pk)
    job.refresh_from_db()
    return job


def test_all_branches_are_in_one_file_each_with_its_own_page_numbers(scene):
    job = made(ask(scene))

    assert (job.state, job.format, job.rows_done, job.rows_total) == (ExportState.DONE, "pdf", 6, 6)
    reader = PdfReader(BytesIO(attachments.content_of(job.result)))
    chapters = {mark.title: reader.get_destination_page_number(mark) for mark in reader.outline}
    assert chapters == {scene.cast.branch.short_name: 0, scene.cast.other_branch.short_name: 3}
    pages = [page.extract_text() for page in reader.pages]
    assert [f"第 {number} 页 共 3 页" in page for number, page in enumerate(pages, start=1)] == [True] * 3 + [False]
    assert "第 1 页 共 1 页" in pages[3]
    assert all(f"第 {part} 部分，共 3 部分" in pages[part - 1] for part in (1, 2, 3))
    assert "欧阳其他" in pages[3]
    assert len(ExportedPeople.objects.get().members) == 6
    assert acts().get(action="core.exportjob.exported").data["people"] == 6


def test_whoever_asked_is_told_when_it_is_there(scene):
    made(ask(scene))

    told = OutboxMessage.objects.get(name=telling.WORK)
    assert (told.args["what"], told.args["user"]) == (exporting.READY, scene.staff.pk)
    assert tasks.export_ready(job=told.args["job"])[0] == "全部签领表已生成"


def test_a_worker_that_dies_half_way_begins_anew_and_leaves_no_half_file(scene, monkeypatch):
    job, whole, drawn = ask(scene), sheets.render_pdf, []

    def dies(template, facts):
        drawn.append(facts["part"])
        if len(drawn) == 3:
            raise ConnectionError("gone")
        return whole(template, facts)

    monkeypatch.setattr(sheets, "render_pdf", dies)
    with pytest.raises(ConnectionError):
        exporting.run_export(job.pk)
    job.refresh_from_db()
    assert (job.state, Attachment.objects.count()) == (ExportState.RUNNING, 0)

    monkeypatch.setattr(sheets, "render_pdf", whole)
    for _ in range(2):
        made(job)

    assert (job.state, job.rows_done, Attachment.objects.count()) == (ExportState.DONE, 6, 1)
    assert OutboxMessage.objects.filter(name=telling.WORK).count() == 1


def test_a_part_that_cannot_be_laid_out_ends_in_words(scene, monkeypatch):
    def too_long(template, facts):
        raise CannotRender(DocumentError.TOO_LONG)

    monkeypatch.setattr(sheets, "render_pdf", too_long)

    job = made(ask(scene))

    assert (job.state, job.refusal) == (ExportState.FAILED, exports.Refusal.NOT_DRAWN)
    assert exports.words_of(job.refusal)


@pytest.mark.parametrize("state", [BenefitState.FROZEN, BenefitState.CANCELLED])
def test_nothing_is_printed_of_a_list_that_may_still_change(scene, state):
    Benefit.objects.filter(pk=scene.benefit.pk).update(state=state, said="x")

    with pytest.raises(exports.CannotExport) as refused:
        ask(scene)

    assert refused.value.code is exports.Refusal.NOTHING
    assert not ExportJob.objects.exists()
    assert not acts().filter(action__startswith="core.exportjob").exists()


def test_a_run_that_was_cancelled_meanwhile_ends_in_words(scene):
    job = ask(scene)
    Benefit.objects.filter(pk=scene.benefit.pk).update(state=BenefitState.CANCELLED, said="x")

    assert (made(job).state, job.refusal) == (ExportState.FAILED, exports.Refusal.NOTHING)


@pytest.mark.parametrize("actor", [Role.BRANCH_OFFICER, Role.CHAIR, Role.AUDITOR, Role.ACCOUNTANT])
def test_only_union_staff_take_all_sheets(scene, actor):
    with pytest.raises(PermissionDenied):
        ask(scene, actor=scene.user(actor))

    assert not ExportJob.objects.exists()


def test_the_form_asks_for_nothing_but_what_it_is_for(scene):
    client = Client()
    client.force_login(scene.staff, "core.backends.StaffNumberBackend")
    place = f"/exports/new/{SHEETS}/?run={scene.benefit.pk}"

    page = client.get(place).content.decode()

    assert "生成全部签领表" in page
    assert 'value="线下领取签字"' in page
    assert "现有 6 人" in page
    assert not any(name in page for name in ('name="columns"', 'name="format"'))
    assert place.replace("&", "&amp;") in client.get(f"/welfare/handouts/{scene.benefit.pk}/").content.decode()
