"""Web, worker, relay and beat do not start where data could be lost or betrayed (TRUST.md L4, 2.4, 2.10)."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pyexpat import version_info as expat_version

import redis
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from core.sealed import CannotOpen, keyed_hash, sealed_fields
from core.sealed_columns import all_columns

# gunicorn gives up after this code instead of starting the same worker again and again.
EXIT_CODE = 3
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def assert_safe() -> None:
    """Exit with the reasons on the console unless every assertion holds."""
    try:
        wrong = [*_unsafe_database(), *_unreadable_secrets(), *_unsafe_redis(), *_unsafe_parsers()]
    except DatabaseError as error:
        wrong = [f"数据库不可用：{type(error).__name__}"]
    if wrong:
        print("拒绝启动：\n  " + "\n  ".join(wrong), file=sys.stderr, flush=True)
        raise SystemExit(EXIT_CODE)


def _unsafe_database() -> Iterator[str]:
    """An acknowledged commit must be on disk: 628 of 76,952 were not with synchronous_commit=off."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        if cursor.fetchone()[0] < 150000:
            yield "PostgreSQL 版本低于 15"
        cursor.execute("SELECT has_database_privilege(current_database(), 'TEMPORARY')")
        if not cursor.fetchone()[0]:
            yield "应用的数据库账号没有 TEMPORARY 权限：改动前后的摘要无处暂存，任何保存都会失败"
        for name in DURABLE:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] == "off":
                yield f"PostgreSQL 参数 {name} 为 off：已确认的数据可能丢失，必须打开"


def _unreadable_secrets() -> Iterator[str]:
    """The first and the last value of every sealed column open, and a hash beside one is of the present key."""
    for column in all_columns():
        try:
            for pk, stored in (*column.rows()[:1], *column.rows().reverse()[:1]):
                column.check(pk, stored)
        except CannotOpen:
            yield f"FIELD_KEYS 打不开已有数据（{column}）：缺少旧密钥或密钥有误"
            return
    for model, field in sealed_fields():
        digest = f"{field.name}_hash"  # by convention beside the sealed value
        row = hasattr(model, digest) and model._base_manager.exclude(**{digest: ""}).order_by("pk").last()
        if row and keyed_hash(field.take(row)) != getattr(row, digest):
            yield f"SEARCH_KEY 与已有数据不符（{model._meta.db_table}.{digest}）：查重和检索会失效"


def _unsafe_redis() -> Iterator[str]:
    """A Redis that is away only delays work; one that evicts loses messages without a word."""
    if not settings.REDIS_URL:
        return
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, socket_connect_timeout=5) as client:
            policy = client.info("memory").get("maxmemory_policy")
    except (redis.ConnectionError, redis.TimeoutError):
        return
    if policy != "noeviction":
        yield f"Redis 的 maxmemory-policy 为 {policy}：会丢弃任务，必须设为 noeviction"


def _unsafe_parsers() -> Iterator[str]:
    """Entity bombs are stopped by these two only (TRUST.md L7)."""
    if expat_version < (2, 4, 0):
        yield "系统的 expat 低于 2.4：不能抵御 XML 炸弹"
    if find_spec("defusedxml") is None:
        yield "未安装 defusedxml：不能抵御 XML 炸弹"
