"""One system for a module: started once, struck again and again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tests.crash.load import populate
from tests.crash.union import Union, union_in
from tests.notices.chatserver import ChatServer
from tests.notices.mailserver import MailServer
from tests.trust.sizes import size
from tests.trust.system import database_at

KEYS = ("FIELD_KEYS", "SEARCH_KEY")  # the test seals the robots' addresses that the system opens
TICKS = ("notices.send_due", "core.watch")


@dataclass
class Scene:
    union: Union
    mails: MailServer
    groups: ChatServer
    clerks: list[str]
    folder: Path


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("crash")
    with MailServer() as mails, ChatServer() as groups, union_in(folder) as union, django_db_blocker.unblock():
        mails.post.delay, groups.group.delay = 0.01, 0.05  # so that a fault finds something under way
        union.environment |= {"EMAIL_URL": mails.url, **{name: os.environ[name] for name in KEYS}}
        union.adopt_schema()
        with database_at({"default": union.url("union_app"), "owner": union.url("union_owner")}):
            call_command("load_reference", verbosity=0)
            clerks = populate(size(300, 3_000), groups.url, clerks=size(12, 216, 2_110))
            often = IntervalSchedule.objects.create(every=2, period=IntervalSchedule.SECONDS)
            for task in TICKS:
                PeriodicTask.objects.create(name=f"often {task}", task=task, interval=often)
            union.start_all()
            yield Scene(union, mails, groups, clerks, folder)
