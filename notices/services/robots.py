"""The way out of the house to a chat group: 企业微信, 钉钉, 飞书, over HTTPS to named hosts only, with time limits.

The services answer 200 and say in the body whether they took the message. A redirect is no answer. The address holds
the key: it stands in no log and in no error.
"""

import base64
import hmac
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from django.conf import settings

from core.sealed import SealedField
from notices.enums import RobotKind
from notices.models import Robot

SENT, REFUSED, NOT_REACHED, UNKNOWN = "sent", "refused", "not_reached", "unknown"
_LONGEST_ANSWER = 64 * 1024  # bytes
_LONGEST_TEXT = 2000  # bytes: 企业微信 takes 2048
_LOOPBACK = ("127.0.0.1", "localhost")
_TOLD_BY = {RobotKind.WECOM: "errcode", RobotKind.DINGTALK: "errcode", RobotKind.FEISHU: "code"}


@dataclass(frozen=True)
class Answer:
    """``kind``: SENT, REFUSED (it did not arrive), NOT_REACHED (nobody there), UNKNOWN (it may have arrived)."""

    kind: str
    reason: str = ""


def host_of(url: str) -> str:
    """The address's host when we may post there; "" when not: https, an allowed host, no user, its usual port."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if host not in settings.ROBOT_HOSTS or parts.username is not None or parts.password is not None:
        return ""
    if host in _LOOPBACK:
        return host if parts.scheme in ("http", "https") else ""
    return host if parts.scheme == "https" and port in (None, 443) else ""


def send(robot: Robot, text: str, *, at: datetime) -> Answer:
    """Post ``text`` once. Not inside a transaction."""
    url = _field("url").take(robot)
    if not host_of(url):  # the list of hosts is newer than the robot
        return Answer(REFUSED, "host_not_allowed")
    url, message = _request(robot, url, cut(text), at)
    try:
        with (
            httpx.Client(timeout=settings.ROBOT_TIMEOUT, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", url, json=message) as response,
        ):
            return _judge(robot, response.status_code, _read(response))
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return Answer(NOT_REACHED, "unreachable")
    except httpx.HTTPError:  # broke off or too slow: it may have arrived
        return Answer(UNKNOWN, "unknown")


def cut(text: str) -> str:
    """As much of ``text`` as the services take, with a mark where it ends early."""
    if len(text.encode()) <= _LONGEST_TEXT:
        return text
    return text.encode()[: _LONGEST_TEXT - 3].decode(errors="ignore") + "…"


def _request(robot: Robot, url: str, text: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """Address and body as each service wants them, signed where a secret is set."""
    secret = _field("secret").take(robot)
    if robot.kind == RobotKind.FEISHU:
        message: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(at.timestamp()))
            message |= {"timestamp": stamp, "sign": _sign(f"{stamp}\n{secret}", "")}
        return url, message
    if robot.kind == RobotKind.DINGTALK and secret:
        stamp = str(int(at.timestamp() * 1000))
        signed = urlencode({"timestamp": stamp, "sign": _sign(secret, f"{stamp}\n{secret}")})
        url += ("&" if "?" in url else "?") + signed
    return url, {"msgtype": "text", "text": {"content": text}}


def _sign(key: str, text: str) -> str:
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


def _read(response: httpx.Response) -> bytes:
    """The answer, as far as it is of a sane length and comes in time: httpx limits each piece only."""
    body, until = b"", time.monotonic() + settings.ROBOT_TIMEOUT
    for part in response.iter_bytes():
        body += part
        if time.monotonic() > until:
            raise httpx.ReadTimeout("the answer takes too long")
        if len(body) > _LONGEST_ANSWER:
            break
    return body


def _judge(robot: Robot, status: int, body: bytes) -> Answer:
    """What the service says, by its HTTP status and by its own code."""
    if status >= 500:  # it may have been taken before something broke
        return Answer(UNKNOWN, f"http_{status}")
    if status != 200:
        return Answer(REFUSED, f"http_{status}")
    try:
        code = httpx.Response(200, content=body).json()[_TOLD_BY[RobotKind(robot.kind)]]
    except (ValueError, KeyError, TypeError):
        return Answer(UNKNOWN, "no_answer")
    return Answer(SENT) if code == 0 else Answer(REFUSED, f"errcode_{code}"[:20])


def _field(name: str) -> SealedField:
    field = Robot._meta.get_field(name)
    assert isinstance(field, SealedField)
    return field
