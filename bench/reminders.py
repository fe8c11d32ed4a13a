"""``bench reminders [--people N]``: everybody's birthday at once; rows, messages in the portal, mails; and floors.

Goals (DEPENDENCIES.md): rows <= 3x the bare INSERT .. SELECT; >= 10,000 messages a second in chunks of 200 as the
workers get them; mail bounded by the server, one connection per chunk (the first five chunks are sent).

A database and a broker of its own, emptied before every run; the mail server is a local one that takes and drops.
Floors: the same rows by two statements; the same messages by two statements a chunk, here and as tasks of a Celery
worker over Redis; the same mails by smtplib alone.
"""

import argparse
import os
import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from email.message import EmailMessage
from statistics import median

from bench.broker import redis_broker, wait_until, worker
from bench.scratch import scratch_database

PEOPLE = 10_000
MOST_TIMES_INSERT = 3.0
LEAST_MESSAGES = 10_000  # a second
ON = date(2024, 5, 20)

_GROW = """
INSERT INTO members_member (staff_no, name, pinyin, search_terms, sex, birth_on, ethnicity, political_status,
                            education, title, department_name, phone, email, remark)
SELECT 'T' || i, '张三', 'zhangsan', '{}', '', date '1980-05-27', '', '', '', '', '', '', 
       'T' || i || '@example.org', ''
FROM generate_series(1, %s) i"""
_ENROL = """
INSERT INTO members_membership (member_id, branch_id, from_on, reason_in, reason_out)
SELECT m.id, b.id, date '2020-01-01', 'joined', ''
FROM members_member m JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM members_branch) b
  ON b.place = m.id %% %s"""
_BARE_REMINDERS = """
INSERT INTO notices_reminder (rule_id, member_id, occasion_year, occasion_on, due_on, created_at)
SELECT %s, id, 2024, date '2024-05-27', date '2024-05-20', now() FROM members_member"""
_BARE_DELIVERIES = """
INSERT INTO notices_delivery (reminder_id, channel, state, reason, message_id, attempts)
SELECT id, %s, 'pending', '', CASE %s WHEN 'email' THEN '<' || gen_random_uuid() || '@bench>' ELSE '' END, 0
FROM notices_reminder"""
_BARE_MESSAGES = """
INSERT INTO notices_inboxmessage (delivery_id, member_id, subject, body, created_at)
SELECT d.id, r.member_id, 'subject', 'body', now()
FROM notices_delivery d JOIN notices_reminder r ON r.id = d.reminder_id
WHERE d.id BETWEEN %s AND %s"""
_BARE_STAMPS = "UPDATE notices_delivery SET state = 'sent', sent_at = now() WHERE id BETWEEN %s AND %s"
_EMPTY = "TRUNCATE notices_inboxmessage, notices_delivery, notices_reminder, core_outboxmessage"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench reminders")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(words)
    with redis_broker() as has_broker, scratch_database(), _mail_server() as post:
        return _compare(options.people, runs=max(3, options.runs), post=post, has_broker=has_broker)


def _compare(people: int, *, runs: int, post, has_broker: bool) -> int:
    rule = _union(people)
    floors: dict[str, list[float]] = {"rows": [], "inbox": [], "worker": [], "email": []}
    product: dict[str, list[float]] = {"rows": [], "inbox": [], "worker": [], "email": []}
    if has_broker:
        with worker():
            for run in range(runs + 1):  # the first one warms up
                floor, house = _by_worker(rule)
                if run:
                    floors["worker"].append(floor)
                    product["worker"].append(house)
    connections = 0
    for run in range(runs + 1):
        for channel in ("inbox", "email"):
            _use(rule, channel)
            timed = {("rows", "floor"): _seconds(_bare_rows, rule.pk, channel)}
            timed[channel, "floor"] = _seconds(_bare_messages) if channel == "inbox" else _seconds(_bare_mails, post)
            _use(rule, channel)
            timed["rows", "product"] = _seconds(_make)
            before = post.connections
            timed[channel, "product"] = _seconds(_deliver_by_chunks, _chunks() if channel == "inbox" else _few())
            connections = post.connections - before
            for (what, who), seconds in timed.items():
                if run:
                    (floors if who == "floor" else product)[what].append(seconds)
    return _report(people, runs, floors, product, connections=connections)


def _report(people: int, runs: int, floors: dict, product: dict, *, connections: int) -> int:
    from notices.rules import CHUNK

    print(f"reminders：{people:,} 人同日到期，{runs} 次取中位数（秒）")
    times = {}
    counts = {"rows": people, "inbox": people, "worker": people, "email": len(_few()) * CHUNK}
    for what, words in (("rows", "生成"), ("inbox", "站内消息"), ("worker", "同上经 Celery"), ("email", "邮件")):
        if not product[what]:
            print(f"  {words}：没有 redis-server，未测")
            continue
        floor, house = median(floors[what]), median(product[what])
        times[what] = house / floor
        each = f"floor {floor:6.3f}  house {house:6.3f}  {times[what]:5.2f} 倍"
        print(f"  {words:6} {counts[what]:>7,} 条  {each}  {counts[what] / house:9,.0f} 条/秒")
    rates = {what: people / median(product[what]) for what in ("inbox", "worker") if product[what]}
    missed = times["rows"] > MOST_TIMES_INSERT or max(rates.values()) < LEAST_MESSAGES
    few = len(_few())
    missed |= connections != few
    print(f"  生成 {times['rows']:.2f} 倍（目标 ≤ {MOST_TIMES_INSERT}）")
    told = "，经两个后台进程 ".join(f"{rate:,.0f} 条/秒" for rate in rates.values())
    print(f"  站内消息每 {CHUNK} 条一组，单进程 {told}（目标 ≥ {LEAST_MESSAGES:,}）")
    print(f"  邮件 {few} 组用 {connections} 个连接（目标每组一个），是 smtplib 的 {times['email']:.2f} 倍")
    return 1 if missed else 0


def _union(people: int):
    """Branches, members all born on one day and on the roll, and the one rule that is on."""
    from members.models import Branch
    from notices.models import ReminderRule

    Branch.objects.bulk_create(Branch(name=f"第{n}分工会", short_name=f"第{n}分会") for n in range(40))
    with _owner() as owner:
        owner.execute(_GROW, [people])
        owner.execute(_ENROL, [40])
        owner.execute("VACUUM ANALYZE")
    ReminderRule.objects.exclude(code="birthday").update(is_active=False)
    return ReminderRule.objects.get(code="birthday")


def _use(rule, channel: str) -> None:
    """No reminders, and the rule as new, by that channel only."""
    with _owner() as owner:
        owner.execute(_EMPTY)
    type(rule).objects.filter(pk=rule.pk).update(channels=[channel], started_on=None, covered_until_on=None)


def _bare_rows(rule: int, channel: str) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BARE_REMINDERS, [rule])
        cursor.execute(_BARE_DELIVERIES, [channel, channel])


def _bare_messages() -> None:
    for first, last in _chunks():
        bare_chunk(first, last)


def bare_chunk(first: int, last: int) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_BARE_MESSAGES, [first, last])
        cursor.execute(_BARE_STAMPS, [first, last])


def _bare_mails(post) -> None:
    for first, last in _few():
        with smtplib.SMTP("127.0.0.1", post.port) as server:
            for number in range(first, last + 1):
                mail = EmailMessage()
                mail["Subject"], mail["From"], mail["To"] = (
                    "张三老师，您的生日快到了",
                    "u@example.org",
                    "t@example.org",
                )
                mail["Message-ID"] = f"<{number}@bench>"
                mail.set_content("张三老师：\n\n5月27日是您的生日。感谢您一年来的辛勤工作，校工会祝您生日快乐！")
                server.send_message(mail)


def _make() -> None:
    from core import clock
    from notices.services.due import make_due

    make_due(on=ON, at=clock.now())


def _deliver_by_chunks(chunks: list[tuple[int, int]]) -> None:
    """What the workers do with the messages that the tick hands out, one after the other."""
    from notices.services.delivery import deliver_due

    for first, last in chunks:
        deliver_due(on=ON, first=first, last=last)


def _by_worker(rule) -> tuple[float, float]:
    """Seconds from the first message to the broker until the worker has done the last: floor, product."""
    from bench.worker_app import bare_chunk
    from core import clock, outbox
    from core.management.commands.relay import publish
    from notices.models import Delivery
    from notices.services.handing_out import hand_out

    def by_bare_tasks() -> None:
        for chunk in chunks:
            bare_chunk.apply_async(chunk)
        wait_until(lambda: not Delivery.objects.filter(state="pending").exists(), "the worker")

    def by_the_relay() -> None:
        while outbox.publish_due(publish):
            pass
        wait_until(lambda: not outbox.waiting().exists(), "the worker")

    _use(rule, "inbox")
    _bare_rows(rule.pk, "inbox")
    chunks = _chunks()
    floor = _seconds(by_bare_tasks)
    _use(rule, "inbox")
    _make()
    at = clock.now()
    hand_out(on=clock.local_date(at), at=at)
    return floor, _seconds(by_the_relay)


def _chunks() -> list[tuple[int, int]]:
    from notices.models import Delivery
    from notices.rules import CHUNK

    ids = list(Delivery.objects.order_by("pk").values_list("pk", flat=True))
    return [(ids[n], ids[min(n + CHUNK, len(ids)) - 1]) for n in range(0, len(ids), CHUNK)]


def _few() -> list[tuple[int, int]]:
    return _chunks()[:5]


def _seconds(act: Callable[..., None], *given) -> float:
    start = time.perf_counter()
    act(*given)
    return time.perf_counter() - start


def _owner():
    import psycopg

    return psycopg.connect(os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"], autocommit=True)


@contextmanager
def _mail_server():
    """A local SMTP server in a thread that drops what it takes and counts connections; the settings point to it."""
    from aiosmtpd.controller import Controller

    class Drop:
        connections = 0
        port = 0

        async def handle_EHLO(self, server, session, envelope, hostname, responses):
            self.connections += 1
            session.host_name = hostname
            return responses

        async def handle_DATA(self, server, session, envelope):
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    drop = Drop()
    drop.port = port
    controller = Controller(drop, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        from django.conf import settings

        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield drop
    finally:
        controller.stop()
