"""``send_due --on 2022-05-20`` over the demo union, as processes of its own, to a real mail server."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from core.enums import Role
from notices.models import Delivery, InboxMessage, Reminder
from tests.notices.factories import AT, make_officer
from tests.notices.mailserver import MailServer
from tests.notices.roster import YEAR, people
from tests.owner import owner_does

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
ON, BIRTHDAY = date(2022, 5, 20), (5, 27)
STAFF = {"S1": Role.UNION_STAFF, "S2": Role.CHAIR, "S3": Role.BRANCH_OFFICER}


@pytest.fixture
def union(db):
    """The demo roster and three officers, 14 days before 端午节 (2022-06-03)."""
    call_command("import_branches", str(YEAR / "分工会.csv"), verbosity=0)
    call_command("import_members", str(YEAR / "会员花名册.xlsx"), verbosity=0)
    for username, role in STAFF.items():
        make_officer(role, username=username)
    yield
    wait_for(lambda: other_sessions() == 0)  # the processes are gone, their sessions follow


def expected() -> set[str]:
    """The mail addresses of those due: members born on 27 May who are on the roll on both days, and the officers."""
    verdicts = json.loads((YEAR / "expected.json").read_text())["roster"]
    birthday = ON + timedelta(days=7)
    due = {
        person["email"]
        for person in people(rejected={row["row"] for row in verdicts["rejected"]})
        if (person["born"].month, person["born"].day) == BIRTHDAY
        and person["joined"] <= ON
        and (person["last"] is None or person["last"] >= birthday)
    }
    return due | {f"{username}@example.org" for username in STAFF}


def start(server: MailServer, *arguments: str) -> subprocess.Popen:
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + connections["default"].settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "manage.py", "send_due", *(arguments or ("--on", str(ON)))],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "DATABASE_OWNER_URL": "", "EMAIL_URL": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> str:
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return out


def test_twice_at_once_and_again_each_due_person_gets_one(union, mail_server):
    both = [start(mail_server), start(mail_server)]
    for process in both:
        finish(process)
    again = finish(start(mail_server))

    assert Counter(message["To"] for message in mail_server.post.accepted) == dict.fromkeys(expected(), 1)
    assert set(mail_server.post.by_message_id().values()) == {1}
    assert Reminder.objects.count() == InboxMessage.objects.count() == len(expected())
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert re.findall(r"\d+", again)[3:] == ["0"] * 6


def test_control_without_the_unique_row_two_runs_at_once_can_be_told_from_one(union, mail_server):
    """The test above counts at the receiver: a second row for everybody must show there."""
    finish(start(mail_server))
    owner_does(
        "ALTER TABLE notices_reminder DROP CONSTRAINT reminder_once_per_occasion",
        "INSERT INTO notices_reminder (rule_id, member_id, user_id, occasion_year, occasion_on, due_on, created_at)"
        " SELECT rule_id, member_id, user_id, occasion_year, occasion_on, due_on, created_at FROM notices_reminder",
        "INSERT INTO notices_delivery (reminder_id, channel, state, reason, message_id, attempts)"
        " SELECT id, 'email', 'pending', '', '<' || gen_random_uuid() || '@test>', 0 FROM notices_reminder r"
        " WHERE NOT EXISTS (SELECT FROM notices_delivery d WHERE d.reminder_id = r.id)",
    )

    finish(start(mail_server))

    assert Counter(message["To"] for message in mail_server.post.accepted) == dict.fromkeys(expected(), 2)


def test_killed_in_the_middle_loses_nobody_and_repeats_only_the_same_mail(union, mail_server):
    mail_server.post.delay = 0.3
    process = start(mail_server)
    wait_for(lambda: len(mail_server.post.accepted) >= 2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    mail_server.post.delay = 0
    Delivery.objects.filter(state="sending").update(claimed_at=AT)  # its lease is over

    finish(start(mail_server))

    assert {message["To"] for message in mail_server.post.accepted} == expected()
    assert len(mail_server.post.by_message_id()) == len(expected())
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_mail_server_down_is_said_and_the_next_run_delivers(union, no_mail_server):
    process = start(no_mail_server)
    _, error = process.communicate(timeout=120)
    waiting = Delivery.objects.filter(state="pending", reason="unreachable").count()

    with no_mail_server as server:
        finish(start(server))

        assert (process.returncode, waiting) == (0, len(expected()))
        assert "邮件服务器连接不上" in error
        assert server.post.recipients() == sorted(expected())


def test_impossible_date_is_wrong_usage(mail_server):
    process = start(mail_server, "--on", "2022-02-30")

    process.communicate(timeout=120)

    assert process.returncode == 2


def other_sessions() -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def wait_for(condition) -> None:
    """Poll until it holds; a process that never gets there fails the test."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("never happened")
