"""Announcements: who writes, who sees what when, told once, confirmed once, withdrawn with a reason."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from core import clock, intents
from core.clock import local_date
from core.enums import Role
from core.models import AuditEntry
from notices import board
from notices.enums import AnnouncementRefusal, AnnouncementState, Readers
from notices.models import Announcement, InboxMessage, NewsColumn, Receipt
from notices.services import announcing
from notices.services.announcing import CannotAnnounce
from tests.cast import ACTORS, ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, make_cast
from tests.together import together

STAFF = Role.UNION_STAFF
VALUES = {
    "title": "秋季运动会报名",
    "body": "请各分会按时报名。",
    "readers": Readers.MEMBERS,
    "is_public": False,
    "needs_receipt": True,
    "publish_at": None,
    "expires_on": None,
    "pinned_until": None,
}


@pytest.fixture
def cast(db):
    return make_cast()


def _draft(cast, *, actor: str = STAFF, branches=(), announcement=None, **values) -> Announcement:
    given = {"column": NewsColumn.objects.order_by("pk").first(), **VALUES, **values}
    return announcing.keep_announcement(
        actor=cast.users[actor], announcement=announcement, values=given, branches=branches, at=clock.now()
    )


def _published(cast, **values) -> Announcement:
    return announcing.publish(announcement=_draft(cast, **values), actor=cast.users[STAFF], at=clock.now())


def _who_sees(cast, announcement: Announcement) -> set[str]:
    at = clock.now()
    return {
        actor
        for actor in ACTORS
        if actor != ANONYMOUS
        and Announcement.objects.read_by(cast.users[actor], at).filter(pk=announcement.pk).exists()
    }


def _refused(call, **given) -> AnnouncementRefusal:
    entries = AuditEntry.objects.count()
    with pytest.raises(CannotAnnounce) as refused:
        call(**given)
    assert AuditEntry.objects.count() == entries
    return refused.value.code


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"title": "  "}, AnnouncementRefusal.EMPTY),
        ({"body": "\n"}, AnnouncementRefusal.EMPTY),
        ({"readers": Readers.BRANCHES}, AnnouncementRefusal.NO_BRANCH),
        ({"readers": Readers.STAFF, "is_public": True}, AnnouncementRefusal.PUBLIC_IS_FOR_ALL),
    ],
)
def test_a_draft_against_the_rules_is_refused(cast, values, code):
    assert _refused(_draft, cast=cast, **values) is code
    assert not Announcement.objects.exists()


def test_only_the_staff_write_and_publish(cast):
    draft = _draft(cast)

    for actor in set(ACTORS) - {ANONYMOUS, STAFF}:
        with pytest.raises(PermissionDenied):
            _draft(cast, actor=actor)
        with pytest.raises(PermissionDenied):
            announcing.publish(announcement=draft, actor=cast.users[actor], at=clock.now())

    draft.refresh_from_db()
    assert draft.state == AnnouncementState.DRAFT


def test_a_draft_is_nobodys_and_what_is_published_everybodys(cast):
    draft = _draft(cast)
    assert _who_sees(cast, draft) == set()

    announcing.publish(announcement=draft, actor=cast.users[STAFF], at=clock.now())

    assert _who_sees(cast, draft) == set(ACTORS) - {ANONYMOUS}
    assert AuditEntry.objects.order_by("-position")[0].action == "notices.announcement.published"


def test_a_branchs_notice_is_seen_in_that_branch_only(cast):
    found = _published(cast, readers=Readers.BRANCHES, branches=[cast.other_branch])

    assert _who_sees(cast, found) == {OTHER_BRANCH_OFFICER}


def test_a_staff_notice_is_seen_by_the_offices_only(cast):
    found = _published(cast, readers=Readers.STAFF)

    assert _who_sees(cast, found) == {STAFF, Role.CHAIR, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER}


def test_a_scheduled_notice_waits_for_its_time_and_is_then_told_once(cast):
    at = clock.now()
    found = _published(cast, publish_at=at + timedelta(hours=2))

    assert not Announcement.objects.shown(at).exists()
    assert announcing.tell_due(at=at) == 0
    later = at + timedelta(hours=2)
    assert Announcement.objects.shown(later).get() == found
    assert announcing.tell_due(at=later) == 14  # the cast's members on the roll
    assert announcing.tell_due(at=later) == 0
    assert InboxMessage.objects.filter(announcement=found, member=cast.member_of(MEMBER)).count() == 1


def test_a_branchs_and_a_staff_notice_are_told_to_whom_they_are_meant_for(cast):
    branch = _published(cast, readers=Readers.BRANCHES, branches=[cast.other_branch])
    staff = _published(cast, readers=Readers.STAFF, title="干部会议")

    announcing.tell_due(at=clock.now())

    told = InboxMessage.objects.filter(announcement=branch).values_list("member__user", flat=True)
    assert list(told) == [cast.users[OTHER_BRANCH_OFFICER].pk]
    told = InboxMessage.objects.filter(announcement=staff).values_list("user", flat=True)
    assert set(told) == {
        cast.users[actor].pk for actor in (STAFF, Role.CHAIR, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER)
    }


def test_what_has_run_out_is_gone(cast):
    found = _published(cast, expires_on=local_date(clock.now()))
    at = found.publish_at

    assert Announcement.objects.shown(at).get() == found
    assert not Announcement.objects.shown(at + timedelta(days=1)).exists()


def test_a_notice_that_would_run_out_before_it_begins_is_refused(cast):
    at = clock.now()
    draft = _draft(cast, publish_at=at + timedelta(days=3), expires_on=local_date(at))

    code = _refused(announcing.publish, announcement=draft, actor=cast.users[STAFF], at=at)

    assert code is AnnouncementRefusal.EXPIRES_BEFORE
    draft.refresh_from_db()
    assert draft.state == AnnouncementState.DRAFT


def test_what_is_published_is_withdrawn_never_rewritten(cast):
    found = _published(cast)
    given = {"announcement": found, "actor": cast.users[STAFF], "at": clock.now()}

    assert _refused(_draft, cast=cast, announcement=found, title="改") is AnnouncementRefusal.NOT_A_DRAFT
    assert _refused(announcing.publish, **given) is AnnouncementRefusal.NOT_A_DRAFT
    assert _refused(announcing.withdraw, **given, reason=" ") is AnnouncementRefusal.NO_REASON
    announcing.withdraw(**given, reason="时间有变")
    assert _refused(announcing.withdraw, **given, reason="再撤") is AnnouncementRefusal.NOT_PUBLISHED
    found.refresh_from_db()
    assert (found.title, found.withdrawn_because) == ("秋季运动会报名", "时间有变")
    assert _who_sees(cast, found) == set()


def test_a_reader_confirms_once(cast):
    found = _published(cast)
    user = cast.users[MEMBER]
    assert board.unconfirmed(user, at=clock.now()).get() == found

    first = announcing.confirm(announcement=found, actor=user, at=clock.now())
    again = announcing.confirm(announcement=found, actor=user, at=clock.now())

    assert first.pk == again.pk
    assert not board.unconfirmed(user, at=clock.now()).exists()
    reading = board.reading_of(found, user=cast.users[STAFF], at=clock.now())
    assert (reading.meant_for, reading.confirmed, len(reading.missing)) == (14, 1, 13)
    theirs = board.reading_of(found, user=cast.users[OTHER_BRANCH_OFFICER], at=clock.now())
    assert (theirs.meant_for, theirs.confirmed) == (1, 0)


def test_who_does_not_see_it_confirms_nothing(cast):
    found = _published(cast, readers=Readers.BRANCHES, branches=[cast.other_branch])

    with pytest.raises(PermissionDenied):
        announcing.confirm(announcement=found, actor=cast.users[MEMBER], at=clock.now())

    assert not Receipt.objects.exists()


def test_no_receipt_where_none_is_asked_for(cast):
    found = _published(cast, needs_receipt=False)
    given = {"announcement": found, "actor": cast.users[MEMBER], "at": clock.now()}

    assert _refused(announcing.confirm, **given) is AnnouncementRefusal.NO_RECEIPT_ASKED


def test_the_public_page_shows_what_is_public_and_nothing_else(cast, client):
    public = _published(cast, is_public=True, title="校务公开")
    inner = _published(cast, title="内部通知")

    page = client.get("/notices/public/").content.decode()

    assert "校务公开" in page
    assert "内部通知" not in page
    assert client.get(f"/notices/public/{public.pk}/").status_code == 200
    assert client.get(f"/notices/public/{inner.pk}/").status_code == 404


def test_text_of_an_announcement_is_text(cast, client):
    found = _published(cast, is_public=True, title="<b>x</b>", body="<script>alert(1)</script>\n\n第二段")

    page = client.get(f"/notices/public/{found.pk}/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<p>第二段</p>" in page


def test_files_of_a_draft_are_read_by_its_readers_once_it_is_published(cast, client):
    draft = _draft(cast, readers=Readers.BRANCHES, branches=[cast.other_branch])
    staff = client
    staff.force_login(cast.users[STAFF], "core.backends.StaffNumberBackend")
    path = f"/admin/notices/announcement/{draft.pk}/files/"
    key = staff.get(path).content.decode().split(f'name="{intents.FIELD}" value="')[1].split('"')[0]
    upload = SimpleUploadedFile("名单.csv", "姓名\n张三\n".encode("utf-8-sig"))

    answer = staff.post(path, {"papers": upload, intents.FIELD: key}, follow=True)

    assert "已添加 1 个附件" in answer.content.decode()
    (file,) = announcing.attachments.of(draft)
    assert _may_read(cast, file) == {STAFF, Role.CHAIR}
    announcing.publish(announcement=draft, actor=cast.users[STAFF], at=clock.now())
    assert _may_read(cast, file) == {STAFF, Role.CHAIR, OTHER_BRANCH_OFFICER}


def _may_read(cast, file) -> set[str]:
    return {
        actor for actor in ACTORS if actor != ANONYMOUS and announcing.attachments.may_read(cast.users[actor], file)
    }


@pytest.mark.django_db(transaction=True)
def test_four_runs_at_once_tell_everybody_once():
    cast = make_cast()
    found = _published(cast)

    together(lambda _: announcing.tell_due(at=clock.now()), 4)

    assert InboxMessage.objects.filter(announcement=found).count() == 14


@pytest.mark.django_db(transaction=True)
def test_four_clicks_publish_once():
    cast = make_cast()
    draft = _draft(cast)

    answers = together(lambda _: announcing.publish(announcement=draft, actor=cast.users[STAFF], at=clock.now()), 4)

    assert sum(isinstance(answer, Announcement) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, CannotAnnounce)} == {
        AnnouncementRefusal.NOT_A_DRAFT
    }
