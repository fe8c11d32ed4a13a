"""The applicant's form and the branch's desk, as a browser meets them."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core import attachments
from core.enums import Role
from core.models import AuditEntry
from members.enums import JoinState
from members.models import JoinApplication
from tests.cast import MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.members.joining import ID_NUMBER, VALUES, make_applicant, make_application

pytestmark = pytest.mark.django_db
JOIN = "/members/join/"


@pytest.fixture
def cast():
    return make_cast()


def typed(cast, page, **given) -> dict:
    """What a browser posts from the form's page."""
    key = re.search(r'name="intent_key" value="([^"]+)"', page.content.decode())[1]
    plain = VALUES | {"birth_on": "1949-12-31"}
    return {**plain, "branch": cast.branch.pk, "id_number": ID_NUMBER, "intent_key": key, "do": "save"} | given


def signed_in(client, user):
    client.force_login(user, "core.backends.StaffNumberBackend")
    return client


def test_half_a_draft_is_saved_and_mended_later(client, cast):
    signed_in(client, make_applicant())
    half = typed(cast, client.get(JOIN), id_number="", phone="", sex="")

    first = client.post(JOIN, half)
    again = client.post(JOIN, typed(cast, client.get(JOIN), do="submit"))

    row = JoinApplication.objects.get()
    assert (first.status_code, again.status_code, row.state) == (302, 302, JoinState.SUBMITTED)
    assert (row.phone, row.id_number_last4) == ("13812345678", "002X")


def test_same_form_twice_is_one_application(client, cast):
    signed_in(client, make_applicant())
    form = typed(cast, client.get(JOIN), do="submit")

    answers = [client.post(JOIN, form).status_code for _ in range(2)]

    assert answers[0] == 302
    assert JoinApplication.objects.count() == 1
    assert AuditEntry.objects.filter(action="members.joinapplication.submitted").count() == 1


def test_submission_refused_keeps_the_draft_and_says_why(client, cast):
    signed_in(client, make_applicant())

    page = client.post(JOIN, typed(cast, client.get(JOIN), phone="", do="submit"))

    assert page.status_code == 200
    assert "还有必填的内容没有填写" in page.content.decode()
    assert JoinApplication.objects.get().state == JoinState.DRAFT


def test_wrong_id_number_is_said_at_its_field_and_never_shown_again(client, cast):
    signed_in(client, make_applicant())

    page = client.post(JOIN, typed(cast, client.get(JOIN), id_number="110105194912310021"))

    assert "身份证号校验位不符" in page.content.decode()
    assert not JoinApplication.objects.exists()


def test_status_masks_numbers_and_names_whose_turn_it_is(client, cast):
    row = make_application(cast, JoinState.SUBMITTED)

    body = signed_in(client, row.applicant).get(JOIN).content.decode()

    assert ID_NUMBER not in body
    assert "13812345678" not in body
    for shown in ("****002X", "138****5678", "待分工会审核", cast.users[Role.BRANCH_OFFICER].name):
        assert shown in body


def test_returned_shows_what_to_mend_to_the_applicant_only(client, cast):
    row = make_application(cast, JoinState.RETURNED)

    assert "照片不清" in signed_in(client, row.applicant).get(JOIN).content.decode()
    assert "照片不清" not in signed_in(client, cast.users[MEMBER]).get(JOIN).content.decode()


def test_on_the_roll_there_is_no_form(client, cast):
    body = signed_in(client, cast.users[MEMBER]).get(JOIN).content.decode()

    assert "您已经在会" in body
    assert "会员登记表" not in body


def test_papers_are_read_by_the_branch_and_nobody_else(client, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = make_applicant()
    signed_in(client, user)
    paper = SimpleUploadedFile("证明.csv", "姓名,单位\n欧阳小满,纺织学院\n".encode(), "text/csv")

    client.post(JOIN, typed(cast, client.get(JOIN), papers=paper, do="submit"))

    (kept,) = attachments.of(JoinApplication.objects.get())
    readers = (Role.BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR)
    assert kept.sensitive
    assert all(attachments.may_read(cast.users[actor], kept) for actor in readers)
    assert not attachments.may_read(cast.users[OTHER_BRANCH_OFFICER], kept)
    assert not attachments.may_read(cast.users[MEMBER], kept)


def test_officer_approves_and_the_office_is_next(client, cast):
    row = make_application(cast, JoinState.SUBMITTED)
    signed_in(client, cast.users[Role.BRANCH_OFFICER])
    assert "欧阳小满" in client.get("/members/applications/").content.decode()

    answer = client.post(f"/members/applications/{row.pk}/", {"do": "approve", "said": "表现良好"})

    row = JoinApplication.objects.get()
    assert answer.status_code == 302
    assert (row.state, row.branch_opinion) == (JoinState.BRANCH_APPROVED, "表现良好")


def test_returning_without_a_reason_is_refused_on_the_page(client, cast):
    row = make_application(cast, JoinState.SUBMITTED)
    signed_in(client, cast.users[Role.BRANCH_OFFICER])

    page = client.post(f"/members/applications/{row.pk}/", {"do": "return", "said": ""}, follow=True)

    assert "请写明原因" in page.content.decode()
    assert JoinApplication.objects.get().state == JoinState.SUBMITTED


def test_tile_is_there_for_who_may_join_and_counts_for_the_officer(client, cast):
    row = make_application(cast, JoinState.SUBMITTED)

    assert "加入工会" in signed_in(client, row.applicant).get("/").content.decode()
    assert "加入工会" not in signed_in(client, cast.users[MEMBER]).get("/").content.decode()
    assert "1 项待办" in signed_in(client, cast.users[Role.BRANCH_OFFICER]).get("/").content.decode()


def test_form_on_paper_is_on_record(client, cast):
    row = make_application(cast, JoinState.SUBMITTED)

    answer = signed_in(client, row.applicant).get(f"/members/join/{row.pk}/form.pdf")

    assert answer["Content-Type"] == "application/pdf"
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert AuditEntry.objects.filter(action="members.joinapplication.printed").count() == 1
