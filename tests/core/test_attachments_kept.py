"""Attachments in the store: what goes, what stays, and that two at once share one quota."""

import os
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection

from core import attachments, clock
from core.files import limits
from core.files.codes import Unfit
from core.files.refusals import CannotTake
from core.models import Attachment
from tests.core.papers import member_with_file, stored, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("media")]


def test_discard_takes_row_and_file(person, media, django_capture_on_commit_callbacks):
    kept = take(person)

    with django_capture_on_commit_callbacks(execute=True):
        assert attachments.discard(attachments=[kept]) == 1

    assert not Attachment.objects.exists()
    assert stored(media) == []


def test_sweep_takes_what_belongs_to_nothing_for_a_day(person, media, of_members, django_capture_on_commit_callbacks):
    _, given = member_with_file(person)
    fresh, old = take(person), take(person)
    at = clock.now()
    Attachment.objects.filter(pk__in=[old.pk, given.pk]).update(at=at - timedelta(days=2))
    lost, just_now = (media / Attachment(pk=uuid4()).path for _ in range(2))
    for path in (lost, just_now):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    two_days_ago = (at - timedelta(days=2)).timestamp()
    for path in (lost, media / given.path):
        os.utime(path, (two_days_ago, two_days_ago))

    with django_capture_on_commit_callbacks(execute=True):
        swept = attachments.sweep(at=at)

    assert swept == 2
    assert set(Attachment.objects.all()) == {given, fresh}
    assert set(stored(media)) == {media / given.path, media / fresh.path, just_now}


def test_sweep_of_an_empty_store(media):
    assert attachments.sweep(at=clock.now()) == 0


def test_the_store_has_no_address(client, person, media):
    kept = take(person)

    for path in (f"/media/{kept.path}", f"/{kept.path}", f"/static/{kept.path}", f"/static/../media/{kept.path}"):
        assert client.get(path).status_code in (302, 404)


@pytest.mark.django_db(transaction=True)
def test_two_uploads_at_once_share_one_quota(person, monkeypatch):
    """The lock on the person: both have asked before either was written."""
    monkeypatch.setattr(limits, "FILES_A_DAY", 1)
    met, refused = threading.Barrier(2, timeout=30), []
    judged = attachments.judged

    def together(*given, **named):
        found = judged(*given, **named)
        met.wait()
        return found

    monkeypatch.setattr(attachments, "judged", together)

    def one_more():
        try:
            take(person)
        except CannotTake as refusal:
            refused.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one_more) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == [Unfit.TOO_MANY_FILES_TODAY]
    assert Attachment.objects.count() == 1
