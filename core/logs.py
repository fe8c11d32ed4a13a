"""What a log may say: one line a record, no number that says who somebody is, no secret (TRUST.md P2).

Leaf: standard library only, because the settings name it. Every pattern is linear: runs are possessive, the rest is
bounded (TRUST.md D6).
"""

import logging
import re
import sys
import threading
import traceback
import unicodedata
from collections.abc import Sequence
from types import TracebackType
from typing import Any

HIDDEN = "***"

# Between the digits of a number: spaces of every width, hyphens, what is invisible, %20 in an address.
_GAP = (
    r"(?:[\s\-\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufe63\uff0d\ufeff+]"
    r"|%20|\\(?:[nrt]|u[0-9a-f]{4}|x[0-9a-f]{2})){0,3}+"
)
_NUMBER = re.compile(
    # A date and the id of an outbox message are what they look like, and stay.
    r"(?P<kept>(?<!\d)(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])"
    r"|(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-]))"
    rf"|\d(?:{_GAP}\d){{10,}}+(?:{_GAP}[xX\uff38\uff58](?![0-9A-Za-z]))?+"
)
_WORDS = (
    r"pass(?:word|wd|phrase)?[0-9]?|oldpassword|pwd|密码|口令|验证码|secret(?:_key)?|(?:__host-)?(?:session|csrf|device)"
    r"(?:id|key|_id|_key|_hash|token|middlewaretoken)?|csrf_?token|(?:access_|reset_|refresh_|auth_)?token|authorization"
    r"|(?:set-)?cookie|x-csrftoken|field_keys|search_key|api_?key|otp|recovery_codes?"
)
_SECRET = re.compile(
    rf"(?P<word>(?<![A-Za-z])(?:{_WORDS})[\"')\]]{{0,3}}\s{{0,3}}(?:=>|[=:：]|%3[dD])\s{{0,3}})"
    r"(?P<value>\(?\[?(?:b?\"[^\"\n]*+\"?|b?'[^'\n]*+'?|(?:basic|bearer|token)\s{1,3}[^\s,;&]++|[^\s,;&\"')\]}]++))",
    re.IGNORECASE,
)
# What PostgreSQL says under its message: rows and statements in full, names and dates among them. To the end of it,
# or to where Python goes on with the next exception of a chain.
_UNDER_MESSAGE = re.compile(
    r"(?P<label>(?:\n|\\n)(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LINE [0-9]{1,9}):)"
    r"(?:(?!\n\n(?:The above exception was|During handling of)).)*+",
    re.DOTALL,
)
_REFUSED_VALUE = re.compile(
    r"(?P<words>(?:invalid input (?:syntax|value) for [^:\n]{1,80}|field value out of range): \"?)[^\n]*+"
)
_IN_ADDRESS = re.compile(r"(?P<scheme>[a-z]{2,12}(?:\+[a-z]{2,12})?://[^\s/:@]{0,200}:)[^\s/@]{1,500}@")
_RESET_LINK = re.compile(r"(password/reset/key/)[^\s/\"'<>?]++")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{20,}+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Control characters, line separators, direction marks and lone surrogates: nothing that forges a line or hides text.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SHORTEST_TOKEN = 32  # a session key; a reset link's digest has as many
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")


def redact(text: str) -> str:
    """``text`` without ID, card and mobile numbers, passwords and tokens, and what PostgreSQL quotes of rows."""
    text = _UNDER_MESSAGE.sub(rf"\g<label> {HIDDEN}", text)
    text = _REFUSED_VALUE.sub(rf"\g<words>{HIDDEN}", text)
    text = _SECRET.sub(rf"\g<word>{HIDDEN}", text)
    text = _IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _RESET_LINK.sub(rf"\1{HIDDEN}", text)
    text = _TOKEN.sub(_hide_token, text)
    return _NUMBER.sub(_hide_number, text)


def on_one_line(text: str) -> str:
    """``text`` with everything escaped that could begin a line or command a terminal."""
    return _UNPRINTABLE.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(found[0]) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    )


def _hide_token(found: re.Match[str]) -> str:
    """Long runs that mix letters and digits; an outbox id, a path of words and a plain number stay."""
    run = found[0]
    if _UUID.fullmatch(run):
        return run
    longest = max(map(len, re.split(r"[-_]", run)))
    has_digit = any(c.isdigit() for c in run)
    is_mixed = has_digit and any(c.islower() for c in run) and any(c.isupper() for c in run)
    is_key = longest >= _SHORTEST_TOKEN and has_digit and any(c.isalpha() for c in run)
    return HIDDEN if is_key or is_mixed else run


def _hide_number(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    groups = ["".join(_digits(group)) for group in re.split(_GAP.replace("{0,3}+", "+"), found[0])]
    groups = [group for group in groups if group]
    count = sum(map(len, groups)) + (found[0][-1] in "xXＸｘ")
    return HIDDEN if count >= 16 or _names_somebody(groups) else found[0]


def _digits(text: str) -> list[str]:
    return [str(unicodedata.digit(c)) for c in text if c.isdecimal()]


def _names_somebody(groups: list[str]) -> bool:
    """A card or mobile number that begins and ends where a group does; at most fifteen digits in all."""
    for first in range(len(groups)):
        for last in range(first + 1, len(groups) + 1):
            number = "".join(groups[first:last])
            if _MOBILE.fullmatch(number) or (len(number) >= 13 and _luhn_holds(number)):
                return True
    return False


def _luhn_holds(number: str) -> bool:
    doubled = "0246813579"
    total = sum(int(doubled[int(c)]) if place % 2 else int(c) for place, c in enumerate(reversed(number)))
    return total % 10 == 0


class RedactedLine(logging.Formatter):
    """Time, level, logger, message with its arguments, and the traceback: redacted, on one line.

    A request that is refused as it came (an upload that broke off) is its sender's mistake: no traceback of ours.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        if record.name == "django.request" and record.levelno < logging.ERROR:
            record = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None})
        return on_one_line(redact(super().format(record)))


class Console(logging.StreamHandler):
    """Standard error. A record that cannot be written is named, not quoted: it may hold what must not be said."""

    def handleError(self, record: logging.LogRecord) -> None:
        if self.stream is not None and not self.stream.closed:
            self.stream.write(
                f"log record of {record.name} could not be written ({record.filename}:{record.lineno})\n"
            )


def redact_crashes() -> None:
    """From now on the traceback that Python prints when this process or a thread of it ends is redacted too."""

    def say(kind: type[BaseException], error: BaseException | None, trail: TracebackType | None) -> None:
        if sys.stderr is not None:
            sys.stderr.write(crash_report(kind, error, trail))

    sys.excepthook = say
    threading.excepthook = lambda given: say(given.exc_type, given.exc_value, given.exc_traceback)


def crash_report(kind: type[BaseException], error: BaseException | None, trail: TracebackType | None) -> str:
    """The traceback in lines, for a terminal; every line is indented, so that none can pass for a log record."""
    told = redact("".join(traceback.format_exception(kind, error, trail)))
    return "".join(f"  {on_one_line(line)}\n" for line in told.rstrip("\n").split("\n"))


_LIBRARIES = ("celery", "django", "django.server", "gunicorn.error", "gunicorn.access")


def configuration(house: Sequence[str]) -> dict[str, Any]:
    """What ``dictConfig`` takes: the apps of the house and these libraries tell what they do, the rest only warns."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "core.logs.RedactedLine"}},
        "handlers": {"console": {"class": "core.logs.Console", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        # No handlers of their own: libraries bring some that know nothing of what must not be said.
        "loggers": {name: {"handlers": [], "level": "INFO", "propagate": True} for name in (*house, *_LIBRARIES)},
    }
