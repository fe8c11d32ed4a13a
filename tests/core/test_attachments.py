"""Attachments: kept whole or not at all, sealed at rest, given out by asking their owner (TRUST.md 2.9, A5, P4)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from core import attachments, clock, sealed
from core.files import limits
from core.files.codes import Unfit
from core.files.refusals import CannotTake
from core.forms import AttachmentsField
from core.models import Attachment, AuditEntry, User
from core.sealed import CannotOpen
from core.sealed_columns import all_columns
from core.services import rotation
from core.spreadsheets.codes import Unreadable
from members.models import Member
from tests.core import files as f
from tests.core.papers import CANARY, member_with_file, stored, take, upload
from tests.members.factories import make_branch
from tests.trust.canaries import tidy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def test_take_keeps_the_file_and_what_it_is(person, media):
    at = clock.now()

    kept = attachments.take(upload=upload(), actor=person, at=at)

    kept.refresh_from_db()
    assert (kept.kind, kept.name, kept.size, kept.uploaded_by, kept.at) == ("csv", "证明.csv", 25, person, at)
    assert attachments.content_of(kept) == b"a,b\n" + CANARY
    assert kept.owner_type == kept.owner_id == ""
    assert len(stored(media)) == 1


def test_the_store_holds_no_plaintext_and_no_name(person, media):
    first, second = take(person), take(person)

    (one, two) = (path.read_bytes() for path in stored(media))

    assert CANARY not in one + two
    assert one != two  # the same file twice
    assert first.sha256 == second.sha256
    assert not any("证明" in str(path) or person.username in str(path) for path in media.rglob("*"))
    assert {oct(path.stat().st_mode & 0o777) for path in stored(media)} == {"0o600"}


def test_the_row_holds_no_key_in_clear(person):
    kept = take(person)

    assert sealed.is_sealed(kept.content_key)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "证明.csv", Unfit.EMPTY),
        (f.scripted_pdf(), "证明.pdf", Unfit.ACTIVE_CONTENT),
        (b"a\0b", "证明.csv", Unreadable.NUL_BYTES),
        (b"MZ" + bytes(99), "证明.pdf", Unfit.NOT_ALLOWED),
        (f.picture(), "证明.pdf", Unfit.NAME_DOES_NOT_FIT),
    ],
)
def test_take_refuses_and_keeps_nothing(person, media, content, name, code):
    with pytest.raises(CannotTake) as refused:
        take(person, content=content, name=name)

    assert refused.value.code is code
    assert not Attachment.objects.exists()
    assert not AuditEntry.objects.exists()
    assert stored(media) == []


@pytest.mark.parametrize(
    ("limit", "code"),
    [("FILES_A_DAY", Unfit.TOO_MANY_FILES_TODAY), ("BYTES_A_DAY", Unfit.TOO_MANY_BYTES_TODAY)],
)
def test_take_refuses_one_more_than_a_day_allows(person, media, monkeypatch, limit, code):
    monkeypatch.setattr(limits, limit, 2 if limit == "FILES_A_DAY" else 60)
    for _ in range(2):
        take(person)

    with pytest.raises(CannotTake) as refused:
        take(person)

    assert refused.value.code is code
    assert Attachment.objects.count() == len(stored(media)) == 2
    Attachment.objects.update(at=clock.now() - timedelta(days=1))
    take(person)
    take(User.objects.create_user("A002", None, name="乙"))


def test_take_all_keeps_all_or_none(person, media, django_capture_on_commit_callbacks):
    good, bad = upload(), upload(content=b"a\0b")

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(CannotTake) as refused:
        attachments.take_all(uploads=[good, bad], actor=person, at=clock.now())

    assert refused.value.code is Unreadable.NUL_BYTES
    assert not Attachment.objects.exists()
    assert stored(media) == []
    assert len(attachments.take_all(uploads=[upload(), upload()], actor=person, at=clock.now())) == 2


class Papers(forms.Form):
    files = AttachmentsField(most=2)
    more = AttachmentsField(required=False)


def test_a_form_gives_a_list_of_files():
    filled = Papers({}, {"files": [upload(), upload()]})

    assert filled.is_valid()
    assert [file.name for file in filled.cleaned_data["files"]] == ["证明.csv", "证明.csv"]
    assert filled.cleaned_data["more"] == []
    assert "multiple" in str(filled["files"])
    assert filled.is_multipart()


@pytest.mark.parametrize(("files", "code"), [([], "required"), ([upload()] * 3, "too_many_files")])
def test_a_form_refuses_none_and_too_many(files, code):
    filled = Papers({}, {"files": files})

    assert [error.code for error in filled.errors.as_data()["files"]] == [code]


def test_a_row_that_cannot_be_written_leaves_no_file(person, media, monkeypatch):
    monkeypatch.setattr(Attachment, "save", _no_room)

    with pytest.raises(IntegrityError):
        take(person)

    assert stored(media) == []


def _no_room(self, **how):
    raise IntegrityError("could not extend file")


def test_attach_gives_files_to_their_owner(person, of_members):
    member, given = member_with_file(person)

    assert (given.owner_type, given.owner_id, given.subject) == ("members.member", str(member.pk), member.pk)
    assert list(attachments.of(member)) == [given]


@pytest.mark.parametrize("wrong", ["foreign", "given", "gone"])
def test_attach_refuses_what_is_not_there_to_give(person, of_members, wrong):
    member, given = member_with_file(person)
    other = User.objects.create_user("A002", None, name="乙")
    file = {"foreign": lambda: take(other), "given": lambda: given, "gone": lambda: Attachment(pk=uuid4())}[wrong]()
    mine = take(person)

    with pytest.raises(CannotTake) as refused:
        attachments.attach(attachments=[mine, file], owner=member, actor=person)

    assert refused.value.code is attachments.Refusal.GONE
    assert list(attachments.of(member)) == [given]


def test_attach_to_a_table_without_a_rule_is_our_mistake(person, monkeypatch):
    monkeypatch.setattr(attachments, "owners", {})

    with pytest.raises(ValueError, match=r"members\.branch"):
        attachments.attach(attachments=[take(person)], owner=make_branch(), actor=person)


def test_two_rules_for_one_table_are_our_mistake(of_members):
    attachments.owner("members.Member")

    with pytest.raises(ValueError, match="two rules"):
        attachments.owner("members.Member", may_read=lambda user, file: True)


def ask(user: User, file: Attachment):
    client = Client(raise_request_exception=False)
    client.force_login(user, "core.backends.StaffNumberBackend")
    return client.get(f"/files/{file.pk}/")


def test_a_file_is_saved_and_never_shown(person):
    answer = ask(person, take(person, content=f.picture(), name="照片.jpg"))

    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in answer["Cache-Control"]


def test_a_file_goes_to_whoever_sees_its_owner(person, of_members):
    _, given = member_with_file(person)
    stranger = User.objects.create_user("A002", None, name="乙")

    assert ask(person, given).status_code == 200
    foreign, missing = ask(stranger, given), ask(stranger, Attachment(pk=uuid4()))
    assert foreign.status_code == missing.status_code == 404
    assert tidy(foreign.content.decode()) == tidy(missing.content.decode())


def test_a_file_whose_owner_is_out_of_sight_is_refused_from_the_next_request_on(person, of_members):
    member, given = member_with_file(person)
    assert ask(person, given).status_code == 200

    Member.objects.filter(pk=member.pk).update(user=None)

    assert ask(person, given).status_code == 404
    with pytest.raises(PermissionDenied):
        attachments.hand_out(attachment=given, actor=person, at=clock.now())


def test_a_file_of_a_table_that_lost_its_rule_is_nobodys(person, of_members, monkeypatch):
    _, given = member_with_file(person)

    monkeypatch.setattr(attachments, "owners", {})

    assert ask(person, given).status_code == 404


def test_control_without_the_owners_question_a_stranger_reads_it(person, of_members, monkeypatch):
    _, given = member_with_file(person)
    stranger = User.objects.create_user("A002", None, name="乙")

    monkeypatch.setitem(attachments.owners, "members.member", lambda user, file: True)

    assert ask(stranger, given).status_code == 200


@pytest.mark.parametrize("sensitive", [True, False])
def test_reading_sensitive_papers_leaves_an_entry(person, of_members, sensitive):
    member, given = member_with_file(person, sensitive=sensitive)

    ask(person, given)

    entries = AuditEntry.objects.filter(action="core.attachment.viewed")
    assert [(e.actor, e.subject, e.target_id) for e in entries] == (
        [(person, member.pk, str(given.pk))] if sensitive else []
    )


def test_nothing_leaves_without_its_entry(person, of_members, monkeypatch):
    _, given = member_with_file(person, sensitive=True)
    monkeypatch.setattr(AuditEntry, "save", _no_room)

    answer = ask(person, given)

    assert answer.status_code == 500
    assert CANARY not in answer.content


@pytest.mark.parametrize("damage", ["flipped", "moved", "missing", "key of another row"])
def test_a_damaged_file_is_refused_not_shown(person, media, damage):
    one, other = take(person), take(person, content=b"x,y\n")
    path, foreign = media / one.path, media / other.path
    if damage == "flipped":
        path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1]))
    elif damage == "moved":
        path.write_bytes(foreign.read_bytes())
    elif damage == "missing":
        path.unlink()
    else:
        Attachment.objects.filter(pk=one.pk).update(content_key=other.content_key)
        one.refresh_from_db()

    with pytest.raises(CannotOpen):
        attachments.content_of(one)


def test_a_new_field_key_needs_no_file_to_change(person, media, settings):
    kept, before = take(person), [path.read_bytes() for path in stored(media)]
    settings.FIELD_KEYS = ["k2:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoyMzQ1Njc=", *settings.FIELD_KEYS]

    for column in all_columns():
        rotation.rotate(column)
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]

    kept.refresh_from_db()
    assert attachments.content_of(kept) == b"a,b\n" + CANARY
    assert [path.read_bytes() for path in stored(media)] == before


@pytest.mark.parametrize(
    "wrong", [{"kind": "exe"}, {"size": 0}, {"owner_type": "members.member"}, {"owner_id": "1"}, {"content_key": ""}]
)
def test_the_database_keeps_rows_whole(person, wrong):
    kept = take(person)

    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.filter(pk=kept.pk).update(**wrong)


def test_a_request_that_is_too_large_is_not_read(client):
    huge = SimpleUploadedFile("x.bin", bytes(26 << 20))

    assert client.post("/accounts/login/", {"file": huge}).status_code == 400
