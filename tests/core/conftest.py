"""What several tests of the ground need."""

from pathlib import Path

import pytest

from core import attachments
from core.models import User
from tests.processes import processes_in


@pytest.fixture
def processes(tmp_path):
    """Starts programs on the test database and ends them all."""
    with processes_in(tmp_path) as running:
        yield running


@pytest.fixture
def media(settings, tmp_path) -> Path:
    """A store of files of the test's own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def person() -> User:
    return User.objects.create_user("A001", None, name="甲")


@pytest.fixture
def of_members(monkeypatch):
    """Let members own files for the time of a test, under the rule of their queryset."""
    monkeypatch.setattr(attachments, "owners", {})
    attachments.owner("members.Member")
