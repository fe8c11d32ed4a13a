"""P2: what is planted in log records does not come out, and no record becomes two lines or commands a terminal."""

import io
import logging
import logging.config
import random
import re
import secrets
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from core import logs
from core.identity import check_character
from tests.trust.sizes import dice, size

FULL_WIDTH = {ord("0") + n: 0xFF10 + n for n in range(10)} | {ord("X"): 0xFF38, ord("x"): 0xFF58}
ARABIC = {ord("0") + n: 0x0660 + n for n in range(10)}
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def id_number(chance: random.Random) -> str:
    first = f"{chance.choice((110105, 320582, 513101))}{chance.randint(1950, 2004)}{chance.randint(1, 12):02}"
    first += f"{chance.randint(1, 28):02}{chance.randint(0, 999):03}"
    return first + check_character(first)


def bank_card(chance: random.Random) -> str:
    digits = str(chance.choice((4, 5, 6))) + "".join(chance.choices("0123456789", k=chance.randint(11, 17)))
    return next(f"{digits}{last}" for last in range(10) if logs._luhn_holds(f"{digits}{last}"))


def mobile(chance: random.Random) -> str:
    return f"1{chance.randint(3, 9)}{chance.randint(0, 999_999_999):09}"


def session_key(chance: random.Random) -> str:
    return "7a" + "".join(chance.choices(LETTERS, k=30))


def csrf_token(chance: random.Random) -> str:
    return "4Kq" + "".join(chance.choices(LETTERS + LETTERS.upper(), k=29))


def reset_token(chance: random.Random) -> str:
    return f"d{''.join(chance.choices(LETTERS, k=5))}-{chance.getrandbits(128) | 1 << 127:032x}"


def password(chance: random.Random) -> str:
    return f"Cedar{chance.randint(1000, 9999)}River!{chance.randint(10, 99)}"


def split(text: str, chance: random.Random) -> str:
    """As people write long numbers: in groups, by one kind of gap."""
    gap = chance.choice((" ", "-", "  ", "\u3000", "\u00a0", "－", " - ", "\u200b", "\n"))
    step = chance.choice((3, 4, 6))
    return gap.join(text[place : place + step] for place in range(0, len(text), step))


NUMBERS = (id_number, bank_card, mobile)
SHAPES: tuple[Callable[[str, random.Random], str], ...] = (
    lambda text, chance: text,
    split,
    lambda text, chance: text.translate(FULL_WIDTH),
    lambda text, chance: split(text.translate(FULL_WIDTH), chance),
    lambda text, chance: text.translate(ARABIC),
    lambda text, chance: " ".join(text),
    lambda text, chance: text.lower(),
)
TOKENS: tuple[tuple[Callable[[random.Random], str], tuple[str, ...]], ...] = (
    (session_key, ("session %s", "Cookie: session={}; csrf=x", "{'sessionid': '%s'}", "session_key=%s is gone")),
    (csrf_token, ("csrfmiddlewaretoken=%s&login=1", "token %s", '{"csrf": "%s"}', "X-CSRFToken: %s")),
    (reset_token, ("GET /accounts/password/reset/key/1-%s/ 302", "link %s", "reset_token=%s")),
    (
        password,
        (
            "password=%s&login=C001",
            "<QueryDict: {'login': ['C001'], 'password': ['%s']}>",
            '{"old_password": "%s"}',
            "password1: %s",
            "密码：%s，",
            "postgres://union_app:%s@127.0.0.1/union",
        ),
    ),
)


def planted(chance: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """(what a record says, the plain value in it)."""
    for n in range(count):
        if n % 2:
            plain = chance.choice(NUMBERS)(chance)
            words = chance.choice(
                ("提交 {} 失败", "id={}", '{{"number": "{}"}}', "DETAIL: Failing row (7, 张三, {}, 2)", "12 {}")
            )
            yield words.format(chance.choice(SHAPES)(plain, chance)), plain
        else:
            make, frames = chance.choice(TOKENS)
            plain = make(chance)
            yield chance.choice(frames).replace("{}", "%s").replace("%s", plain), plain


def bare(text: str) -> str:
    """Digits narrow, gaps out: how somebody would read a number out of a log."""
    narrow = "".join(str(int(c)) if c.isdecimal() else c for c in text)
    return re.sub(r"\\[nrt]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|[^0-9A-Za-z!]", "", narrow).upper()


def leaks(text: str, plain: str) -> bool:
    return bare(plain) in bare(text)


@pytest.fixture
def written(monkeypatch) -> Iterator[io.StringIO]:
    """What the shipped configuration writes to the console."""
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    configuration = deepcopy(settings.LOGGING)
    configuration["handlers"]["console"]["stream"] = stream
    logging.config.dictConfig(configuration)
    yield stream
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger().handlers[:] = before


def say_everywhere(words: str, plain: str, way: int) -> None:
    """As message, as argument, inside an object, in a dictionary, or as the text of an exception."""
    log = logging.getLogger(
        ("core.trust", "celery.app.trace", "django.request", "gunicorn.error", "some.library")[way]
    )
    match way:
        case 0:
            log.error(words.replace("%", "%%") if "%" in words else words)
        case 1:
            log.error("row %s: %s", 7, words)
        case 2:
            log.error("%(what)s refused", {"what": words})
        case 3:
            log.error("%r", [words, {"value": words}])
        case _:
            try:
                raise ValueError(words)
            except ValueError:
                log.exception("失败")


def test_planted_values_do_not_come_out(written):
    chance = dice("logs")
    found = []

    for n, (words, plain) in enumerate(planted(chance, size(500, 10_000))):
        written.seek(0)
        written.truncate()
        say_everywhere(words, plain, n % 5)
        said = written.getvalue()
        if leaks(said, plain) or logs.HIDDEN not in said:
            found.append((words, said))

    assert found == []


def test_control_without_redaction_they_do_come_out(written, monkeypatch):
    monkeypatch.setattr(logs.RedactedLine, "format", logging.Formatter.format)
    chance = dice("logs")
    count = 100

    leaked = 0
    for n, (words, plain) in enumerate(planted(chance, count)):
        written.seek(0)
        written.truncate()
        say_everywhere(words, plain, n % 5)
        leaked += leaks(written.getvalue(), plain)

    assert leaked == count


@pytest.mark.parametrize(
    "evil",
    [
        "one\ntwo",
        "one\r\n2026-01-01 00:00:00 INFO core forged",
        "\x1b[2J\x1b[31mred",
        "\x9b31m",
        "bell\x07 back\x08",
        "\u2028line\u2029paragraph",
        "\u202etxt.exe",
        "\x00",
        "\x85next",
        "\ud800",
    ],
)
def test_no_record_becomes_two_lines_or_commands_a_terminal(written, evil):
    logging.getLogger("core.trust").warning("name %s", evil)
    try:
        raise ValueError(evil)
    except ValueError:
        logging.getLogger("core.trust").exception(evil)

    said = written.getvalue()
    assert said.count("\n") == len(said.splitlines()) == 2
    assert all(c.isprintable() for c in said.replace("\n", ""))


REFUSALS = (
    "INSERT INTO core_department (name) VALUES ('赵珩琛'), ('赵珩琛')",  # the key, in full
    "INSERT INTO core_department (id, name) VALUES (NULL, '赵珩琛')",  # the row, in full
    "SELECT '赵珩琛' FROM nowhere",  # the statement
    "SELECT '赵珩琛'::int",  # the value, in the message itself
)


def say_refused(statement: str) -> None:
    """As a page that failed is logged: the error of the driver, and Django's on top."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        logging.getLogger("django.request").exception("Internal Server Error: /")


@pytest.mark.django_db
@pytest.mark.parametrize("statement", REFUSALS)
def test_rows_that_postgres_quotes_do_not_come_out(written, statement):
    say_refused(statement)

    assert "赵珩琛" not in written.getvalue()
    assert written.getvalue().count("Traceback") == 2
    assert "django.db.utils." in written.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("statement", REFUSALS)
def test_control_without_the_pattern_they_do(written, statement, monkeypatch):
    nothing = re.compile(r"(?!)(?P<label>)(?P<words>)")
    monkeypatch.setattr(logs, "_UNDER_MESSAGE", nothing)
    monkeypatch.setattr(logs, "_REFUSED_VALUE", nothing)

    say_refused(statement)

    assert "赵珩琛" in written.getvalue()


def test_what_a_log_is_for_stays_readable():
    kept = [
        "outbox message 0b7c1d52-1f3a-4c6e-9d2b-1234567890ab (notices.deliver), try 2 of 5 failed: KeyError",
        "send_due from 2022-05-20 2022-05-21, 753 people",
        "core.run_outbox[f3b1c2d4-aaaa-4bbb-8ccc-0123456789ab] succeeded in 0.51s",
        "Not Found: /members/123456/",
        "127.0.0.1 took 1234567890 bytes",
    ]

    assert [logs.redact(line) for line in kept] == kept


@pytest.mark.parametrize(("level", "told"), [(logging.WARNING, False), (logging.ERROR, True)])
def test_a_request_that_broke_off_is_told_without_a_traceback_our_own_mistake_with_it(level, told):
    try:
        raise ValueError("Invalid boundary in multipart")
    except ValueError as error:
        given = (type(error), error, error.__traceback__)
    record = logging.LogRecord("django.request", level, "", 1, "Bad request: %s", ("/x/",), given)

    line = logs.RedactedLine().format(record)

    assert "Bad request: /x/" in line
    assert ("Traceback" in line) is told


def test_a_record_that_cannot_be_formatted_is_not_quoted(capsys):
    plain, stream = id_number(random.Random(1)), io.StringIO()
    console = logs.Console(stream)
    console.setFormatter(logs.RedactedLine())

    console.handle(logging.LogRecord("core.trust", logging.ERROR, __file__, 7, "%d people", (plain,), None))

    assert plain not in stream.getvalue() + capsys.readouterr().err
    assert stream.getvalue() == "log record of core.trust could not be written (test_logs.py:7)\n"


def test_celery_installs_no_handlers_of_its_own(written):
    from union_site.celery import app

    root = logging.getLogger().handlers[:]

    app.log._setup = False
    app.log.setup(loglevel="INFO")

    handlers = [
        handler
        for name in ("celery", "celery.task", "celery.redirected", "celery.app.trace")
        for handler in logging.getLogger(name).handlers
    ]
    assert handlers == []
    assert all(isinstance(h, logs.Console) for h in logging.getLogger().handlers if h not in root)


def test_every_handler_of_the_configuration_redacts():
    handlers = settings.LOGGING["handlers"]
    loggers = settings.LOGGING["loggers"]

    assert {handler["formatter"] for handler in handlers.values()} == {"line"}
    assert all(logger["handlers"] == [] and logger["propagate"] for logger in loggers.values())
    assert not [h for name in loggers for h in logging.getLogger(name).handlers]


def test_random_tokens_of_django_are_hidden():
    for token in (secrets.token_hex(16), "eyJ1c2VyIjoxfQ:1uQwKZ:" + secrets.token_urlsafe(32)):
        assert token.rpartition(":")[2] not in logs.redact(f"signed {token} end")
