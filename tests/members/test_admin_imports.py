"""The pages of an import in the admin: from the file to the preview, and what each page refuses."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.enums import Role
from core.models import Attachment, OutboxMessage
from members.enums import ImportState
from members.models import ImportRun, Member, SavedMapping
from members.services import import_runs
from tests.acts import acts
from tests.cast import make_cast
from tests.members.factories import make_branch
from tests.members.importing import commit, previewed, register
from tests.members.rosters import LI, ZHANG, write_roster
from tests.trust.scene import fields_of

LIST = "/admin/members/importrun/"


@pytest.fixture
def staff(db, media):
    make_branch(name="纺织学院分工会", short_name="纺织学院")
    make_branch(name="机关一分工会", short_name="机关一")
    return make_cast().users[Role.UNION_STAFF]


@pytest.fixture
def desk(staff):
    client = Client()
    client.force_login(staff, "core.backends.StaffNumberBackend")
    return client


def post(client, address: str, **typed):
    """The page's form as a browser sends it, with what is typed over."""
    return client.post(address, dict(fields_of(client.get(address))) | typed)


def test_file_becomes_a_preview_in_two_steps(desk, staff, tmp_path):
    path = write_roster(tmp_path / "花名册.xlsx", ZHANG, LI)

    taken = post(desk, f"{LIST}upload/", file=SimpleUploadedFile("花名册.xlsx", path.read_bytes()))
    run = ImportRun.objects.get()
    assert taken["Location"] == f"{LIST}{run.pk}/columns/"
    answer = post(desk, taken["Location"], save_as="人事处花名册")

    assert answer["Location"] == f"{LIST}{run.pk}/change/"
    page = desk.get(answer["Location"]).content.decode()
    assert "张三" in page
    assert "****0014" in page
    assert ZHANG["身份证号"] not in page
    assert SavedMapping.objects.get().name == "人事处花名册"
    assert (run.uploaded_by, acts().get(action="members.importrun.uploaded").target_id) == (staff, str(run.pk))


def test_double_click_on_commit_imports_once(desk, staff, tmp_path):
    run = previewed(tmp_path, staff, ZHANG)
    address = f"{LIST}{run.pk}/commit/"
    given = dict(fields_of(desk.get(address)))

    answers = [desk.post(address, given) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert ImportRun.objects.get().state == ImportState.COMMITTED
    assert acts().filter(action="members.roster.imported").count() == 1


def test_big_file_is_left_to_the_worker_and_the_page_refreshes(desk, staff, tmp_path, monkeypatch):
    monkeypatch.setattr(import_runs, "INLINE", 10)
    run = previewed(tmp_path, staff, ZHANG)

    answer = post(desk, f"{LIST}{run.pk}/commit/")

    page = desk.get(answer["Location"])
    assert page["Refresh"] == "2"
    assert "导入中" in page.content.decode()
    assert OutboxMessage.objects.filter(name=import_runs.WORK, done_at=None).exists()
    assert not Member.objects.filter(staff_no="1000001").exists()


def test_stranger_to_the_reader_is_refused_on_the_form_and_nothing_kept(desk):
    answer = post(desk, f"{LIST}upload/", file=SimpleUploadedFile("花名册.xlsx", b"<html>no workbook</html>"))

    assert answer.status_code == 200
    assert "花名册.xlsx" in answer.content.decode()
    assert not ImportRun.objects.exists()
    assert not Attachment.objects.exists()


def test_undo_page_names_who_has_changed_since(desk, staff, tmp_path):
    run = commit(previewed(tmp_path, staff, ZHANG, LI), staff)
    Member.objects.filter(staff_no="1000001").update(title="教授")
    before = register()
    address = f"{LIST}{run.pk}/undo/"

    page = desk.get(address).content.decode()
    post(desk, address)

    assert "张三（1000001）：资料或会籍有变动" in page
    assert ImportRun.objects.get().state == ImportState.COMMITTED
    assert register() == before
    post(desk, address, without_changed="on")
    assert ImportRun.objects.get().state == ImportState.UNDONE


def test_rows_are_narrowed_and_paged(desk, staff, tmp_path):
    people = [ZHANG | {"工号": f"70{n:05}", "身份证号": "", "姓名": "张三" if n % 2 else ""} for n in range(120)]
    run = previewed(tmp_path, staff, *people)
    address = f"{LIST}{run.pk}/change/"

    first = desk.get(address, {"show": "error"})
    second = desk.get(address + first.context["preview"].next_url)

    numbers = [line.row.staff_no for page in (first, second) for line in page.context["preview"].lines]
    assert numbers == [f"70{n:05}" for n in range(0, 120, 2)]
    assert second.context["preview"].next_url == ""


@pytest.mark.parametrize("people", [1, 30])
def test_preview_costs_the_same_whatever_it_shows(people, desk, staff, tmp_path, django_assert_num_queries):
    rows = [ZHANG | {"工号": f"70{n:05}", "身份证号": ""} for n in range(people)]
    run = previewed(tmp_path, staff, *rows)
    address = f"{LIST}{run.pk}/change/"
    desk.get(address)

    with django_assert_num_queries(QUERIES):
        desk.get(address)


QUERIES = 8
