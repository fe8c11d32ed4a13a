"""A system of real processes that works on marked people, and what it leaves anywhere (TRUST.md P1)."""

import re
import smtplib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.header import decode_header, make_header
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

import psycopg
import redis
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from playwright.sync_api import Browser

from core import clock, outbox
from core.enums import Role
from core.models import Department, OutboxMessage, User
from members.models import Member
from notices.models import Delivery
from tests.cast import PASSWORD, Cast, make_cast
from tests.notices.mailserver import MailServer
from tests.owner import as_owner, owner_does
from tests.processes import eventually
from tests.trust.canaries import KINDS, Canary, make_canaries, marks_in, spellings_of, tidy, write_workbook
from tests.trust.system import System, database_at, dumped, system_in, tables_of
from tests.union_site.browser import ARGUMENTS, CHROMIUM, Screen

SEALED = ("id_number", "bank_card")  # class C3
# An app that keeps more about people adds a function that writes it: called once, before the programs start.
SEEDS: list[Callable[[Cast, list[Canary]], None]] = []

STORED = """async () => {
  const found = [JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}), document.cookie];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      found.push(request.url, await (await caches.match(request)).text());
    }
  }
  for (const base of await indexedDB.databases()) found.push('indexedDB ' + base.name);
  return found.join('\\n');
}"""


Fields = list[tuple[str, str]]


@dataclass
class Run:
    canaries: list[Canary]
    decoy: Canary
    sinks: dict[str, str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    mails: list[Message] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    shown: str = ""  # what the browser showed in full

    def kinds_in(self, sink: str, whose: list[Canary]) -> set[str]:
        return {kind for _, kind in marks_in(self.sinks[sink], whose)}


def worked_on(folder: Path, browser: Browser) -> Run:
    """Start it in ``folder``, let it work, end it, and bring together what it left."""
    *canaries, decoy = make_canaries(201, birthday=_birthday(), branches=("甲院", "乙院"), seed="canaries-1")
    run = Run(canaries, decoy)
    with system_in(folder) as system, MailServer() as post:
        system.environment["EMAIL_URL"] = post.url
        system.adopt_schema()
        with database_at({"default": system.url("union_app"), "owner": system.url("union_owner")}):
            cast = _populate(system, run, folder / "花名册.xlsx")
            _remind(system, post)
            run.sinks["answers"] = _refuse(system, run, cast)
            run.sinks["storage"] = _browse(system, browser, cast, run, folder / "profile")
            _plant(system, run, post)
            run.sinks |= _while_running(system)
        run.mails = list(post.post.accepted)
    run.sinks |= _afterwards(system, folder)
    run.sinks["mails"] = "\n".join(spellings_of(bytes(mail)) + words_of(mail) for mail in run.mails)
    run.tables = tables_of(run.sinks["dump"].replace(decoy.marks["id_number"][0], ""))
    return run


def _birthday() -> tuple[int, int]:
    """Reminders go out seven days before; nobody of 1957 was born on 29 February."""
    born = clock.local_date(timezone.now()) + timedelta(days=7)
    return (born.month, born.day) if (born.month, born.day) != (2, 29) else (2, 28)


def _populate(system: System, run: Run, file: Path) -> Cast:
    """The cast, the roster by the command, accounts for two of its people, and a scheduler that ticks at once."""
    cast = make_cast()
    said = system.manage("import_members", str(write_workbook(file, run.canaries)), "--json")
    assert Member.objects.filter(staff_no__startswith="77").count() == len(run.canaries), said
    for canary in run.canaries[:2]:
        user = User.objects.create_user(canary.staff_no, PASSWORD, name=canary.row["姓名"])
        Member.objects.filter(staff_no=canary.staff_no).update(user=user)
    for seed in SEEDS:
        seed(cast, run.canaries)
    often = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.create(name=run.decoy.row["姓名"], task="notices.send_due", interval=often)
    return cast


def _remind(system: System, post: MailServer) -> None:
    """Every birthday, by inbox and mail; the first tries fail on whole rows that a constraint refuses."""
    with refusing("notices_inboxmessage", "body = ''"):
        system.start_all()
        eventually(lambda: OutboxMessage.objects.exclude(last_error="").exists(), "a failed try")
    OutboxMessage.objects.update(due_at=Now())
    eventually(lambda: set(Delivery.objects.values_list("state", flat=True)) == {"sent"}, "all sent")
    assert len(post.post.accepted) == Delivery.objects.filter(channel="email").count() >= 200


@contextmanager
def refusing(table: str, check: str) -> Iterator[None]:
    """Rows that break ``check`` are refused meanwhile: what PostgreSQL answers then quotes them in full."""
    owner_does(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK ({check}) NOT VALID")
    try:
        yield
    finally:
        owner_does(f"ALTER TABLE {table} DROP CONSTRAINT refused")


def _refuse(system: System, run: Run, cast: Cast) -> str:
    """Every kind of error page, asked for with marks in address, form and header; the answers in full."""
    who = run.canaries[1]
    marks = {kind: who.marks[kind][0] for kind in KINDS}
    query = quote(f"{marks['name']}{marks['phone']}")
    visitor = Visitor(system)
    visitor.ask("400 host", "/accounts/login/", headers={"Host": f"{marks['phone']}.example"})
    visitor.ask("403", "/accounts/login/", [("login", marks["id_number"]), ("password", marks["bank_card"])])
    visitor.post_as_shown("400", "/accounts/login/", [(marks["id_number"], marks["name"])] * 1001)
    with refusing("core_user", "last_login < '2000-01-01'"):
        visitor.sign_in("500", who.staff_no, PASSWORD)
    for _ in range(6):
        visitor.sign_in("429", marks["id_number"], marks["bank_card"])
    visitor.sign_in("signed in", cast.member_of(Role.UNION_STAFF).staff_no, PASSWORD)
    member = Member.objects.get(staff_no=who.staff_no)
    visitor.ask("404", f"/members/{marks['phone']}/?q={query}")
    visitor.ask("404 reveal", f"/admin/members/member/{member.pk}/reveal/name/?q={query}")
    visitor.ask("405", f"/members/me/?q={query}", [("phone", marks["phone"])], headers=visitor.token())
    run.statuses = visitor.statuses.copy()
    visitor.ask("decoy's log", f"/{quote(run.decoy.row['姓名'])}/")
    decoy = Visitor(system).ask("200", f"/accounts/login/?next={quote('/' + run.decoy.row['姓名'])}")
    return "\n".join([*(text for label, text in visitor.answers.items() if visitor.statuses[label] >= 400), decoy])


class Visitor:
    """Speaks to the real web server and keeps all of each answer."""

    def __init__(self, system: System) -> None:
        self.port = system.port
        self.cookies: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.answers: dict[str, str] = {}

    def ask(self, label: str, path: str, fields: Fields | None = None, *, headers: dict | None = None) -> str:
        given = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            **(headers or {}),
        }
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request("POST" if fields else "GET", path, urlencode(fields) if fields else None, given)
        answer = line.getresponse()
        body = answer.read().decode()
        line.close()
        for value in answer.headers.get_all("Set-Cookie", []):
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        self.statuses[label] = answer.status
        self.answers[label] = f"{answer.headers}\n{unquote(str(answer.headers))}\n{tidy(body)}"
        return body

    def token(self) -> dict[str, str]:
        return {"X-CSRFToken": self.cookies["csrf"]}

    def post_as_shown(self, label: str, path: str, fields: Fields) -> None:
        """With the token, and the intent key, of the page's own form."""
        page = self.ask(f"{label} form", path)
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|intent_key)" value="([^"]+)"', page))
        self.ask(label, path, [*hidden.items(), *fields])

    def sign_in(self, label: str, username: str, password: str) -> None:
        self.post_as_shown(label, "/accounts/login/", [("login", username), ("password", password)])


def _browse(system: System, browser: Browser, cast: Cast, run: Run, profile: Path) -> str:
    """Three people after one another at one desk, in one browser profile; what it stores while they are there."""
    window = browser.browser_type.launch_persistent_context(
        profile, executable_path=CHROMIUM, args=ARGUMENTS, locale="zh-CN"
    )
    stored: list[str] = []
    try:
        screen = Screen(window.pages[0], system.address)
        for username, paths in _walks(cast, run).items():
            screen.sign_in(username, PASSWORD)
            for path in paths:
                screen.open(path)
                if "/reveal/" in path:
                    _reveal(screen)
                run.shown += screen.page.inner_text("body")
                stored.append(screen.page.evaluate(STORED))
            stored += [f"{cookie['name']} {unquote(cookie['value'])}" for cookie in window.cookies()]
            screen.open("/accounts/logout/")
            screen.page.click("main button[type=submit]")
            screen.page.wait_for_url("**/accounts/login/**")
        screen.page.evaluate("mark => localStorage.setItem('decoy', mark)", run.decoy.marks["phone"][0])
        return "\n".join([*stored, screen.page.evaluate(STORED)])
    finally:
        window.close()


def _reveal(screen: Screen) -> None:
    if "/reauthenticate/" in screen.page.url:
        screen.page.fill("input[name=password]", PASSWORD)
        screen.page.click("main button[type=submit]")
        screen.page.wait_for_url("**/reveal/**")
    screen.page.fill("input[name=reason]", "核对材料")
    screen.page.click(".house-reason button")
    screen.page.wait_for_selector(".house-plain")


def _walks(cast: Cast, run: Run) -> dict[str, list[str]]:
    first = Member.objects.get(staff_no=run.canaries[0].staff_no)
    message = first.inbox_messages.get()
    there = f"/admin/members/member/{first.pk}"
    return {
        cast.member_of(Role.UNION_STAFF).staff_no: [
            *("/admin/", "/admin/members/member/", f"{there}/change/"),
            *(f"{there}/reveal/id_number/", f"{there}/reveal/bank_card/", "/admin/notices/delivery/"),
        ],
        cast.member_of(Role.BRANCH_OFFICER).staff_no: ["/members/", "/members/?q=7700", f"/members/{first.pk}/"],
        run.canaries[0].staff_no: ["/", "/members/me/", "/notices/", f"/notices/{message.pk}/"],
    }


def _plant(system: System, run: Run, post: MailServer) -> None:
    """The decoy, by the way that a careless line of code would take."""
    name, phone = run.decoy.row["姓名"], run.decoy.marks["phone"][0]
    with transaction.atomic():
        message = outbox.add(f"decoy.{name}")
    for kind in SEALED:
        Department.objects.create(name=f"{kind} {run.decoy.marks[kind][0]}")
    with as_owner() as owner, suppress(psycopg.DataError):
        owner.execute(f"SELECT '{run.decoy.marks['email'][0]}'::int")
    with redis.Redis.from_url(system.environment["REDIS_URL"]) as broker:
        broker.rpush("decoy", b64encode(name.encode()))
    with smtplib.SMTP(post.hostname, post.port) as line:
        line.sendmail("a@example.org", "b@example.org", f"Subject: decoy\n\n{name}".encode())
    (system.temporary / "decoy").write_bytes(b64encode(phone.encode()))
    (system.home.path / "mail" / "decoy").write_text(f"{phone[:3]} {phone[3:7]} {phone[7:]}")
    eventually(lambda: OutboxMessage.objects.filter(pk=message.pk, attempts=1).exists(), "a try of the decoy")


def _while_running(system: System) -> dict[str, str]:
    dump = dumped(system.program("pg_dump"), system.url("union_owner")).decode()
    with redis.Redis.from_url(system.environment["REDIS_URL"]) as broker:
        kept = "\n".join(f"{key!r} {spellings_of(_value(broker, key))}" for key in broker.scan_iter())
    with as_owner() as owner:
        there = owner.execute("SELECT to_regclass('pg_stat_statements') IS NOT NULL").fetchone()
        seen = owner.execute("SELECT query FROM pg_stat_statements").fetchall() if there == (True,) else []
    return {"dump": dump, "redis": kept, "statements": "\n".join(text for (text,) in seen)}


def _value(broker: Any, key: bytes) -> bytes:
    match broker.type(key):
        case b"list":
            parts = broker.lrange(key, 0, -1)
        case b"hash":
            parts = [part for pair in broker.hgetall(key).items() for part in pair]
        case b"set":
            parts = list(broker.smembers(key))
        case b"zset":
            parts = broker.zrange(key, 0, -1)
        case _:
            parts = [broker.get(key) or b""]
    return b"\n".join(parts)


def _afterwards(system: System, folder: Path) -> dict[str, str]:
    """What lies in files when everything has ended. The database's own files hold what a dump holds, and more: old
    rows, the write-ahead log; of those only the long numbers."""
    home = system.home.path
    own = ("pg", "redis", "tmp", "log", "assets", "static")
    rest = [path for path in home.iterdir() if path.name not in own]
    numbers = {number for path in _files(home / "pg") for number in _LONG.findall(path.read_bytes())}
    return {
        **{path.stem: _text_of(path) for path in system.logs.iterdir()},
        "server log": _text_of(home / "log" / "postgres.log"),
        "broker's log": _text_of(home / "log" / "redis.log"),
        "redis files": _text_of(home / "redis"),
        "temporary": _text_of(home / "tmp"),
        "files": "\n".join(map(_text_of, rest)),
        "profile": _text_of(folder / "profile"),
        "database files": b"\n".join(numbers).decode(),
    }


_LONG = re.compile(rb"[0-9]{17,}[0-9X]")


def _files(place: Path) -> list[Path]:
    found = [place] if place.is_file() else place.rglob("*")
    return [path for path in found if path.is_file() and not path.is_symlink()]


def _text_of(place: Path) -> str:
    return "\n".join(f"{path.name}\n{spellings_of(path.read_bytes())}" for path in _files(place))


def words_of(mail: Message) -> str:
    """Subject and text as they are read."""
    text = mail.get_payload(decode=True)
    return f"{make_header(decode_header(mail['Subject'] or ''))}\n{text.decode() if isinstance(text, bytes) else ''}"
