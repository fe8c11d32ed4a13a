"""A running union: people who fill in forms, an office that imports, everybody's birthday, groups that are told."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread

import httpx
from django.db import transaction

from core import clock, outbox
from core.audit_export import CODE
from core.enums import Role
from core.models import RoleGrant, User
from members.models import Member
from notices.models import Robot
from notices.services import group_posts
from notices.services.handing_out import POSTS
from tests.cast import PASSWORD
from tests.crash.journal import Wave
from tests.crash.union import Union
from tests.members.factories import make_branch
from tests.members.rosters import write_roster
from tests.notices.factories import make_person, make_rule
from tests.processes import Process
from tests.trust.scene import fields_of

FORM = f"/exports/new/{CODE}/?q=nobody"
FORMS = 9  # of one person in one wave; exports allow twenty a day
ROBOTS = 20
ANSWERED = (302, 303)


class Client(Thread):
    """Fills in one form after another and sends each until it is acknowledged; some answers get lost on the way."""

    def __init__(self, union: Union, wave: Wave, username: str, chance: random.Random) -> None:
        super().__init__(daemon=True)
        self.union, self.wave, self.username, self.chance = union, wave, username, chance
        self.stopping = Event()

    def run(self) -> None:
        with httpx.Client(base_url=self.union.address, timeout=60) as http:
            for number in range(FORMS):
                if self.stopping.wait(0.2):
                    break
                self.create(http, f"{self.wave.name}-{self.username}-{number}")

    def create(self, http: httpx.Client, what: str) -> None:
        fields = self.form(http)
        while not self.acknowledged(http, fields | {"reason": what}):
            if self.stopping.wait(0.1):
                return
        self.wave.acknowledged.append(what)
        if self.chance.random() < 0.2:  # the answer did not reach the browser: the person sends the form again
            self.acknowledged(http, fields | {"reason": what})

    def form(self, http: httpx.Client) -> dict[str, str | list[str]]:
        """The form as it was rendered, its intent key in it; signs in first where that is asked."""
        while not self.stopping.is_set():
            page = self.ask(http, "GET", FORM)
            if page is not None and page.status_code == 200:
                return grouped(fields_of(page))  # type: ignore[arg-type]
            if page is not None and page.status_code == 302:
                self.sign_in(http)
            else:
                self.stopping.wait(0.1)
        return {}

    def sign_in(self, http: httpx.Client) -> None:
        page = self.ask(http, "GET", "/accounts/login/")
        if page is not None and page.status_code == 200:
            given = grouped(fields_of(page)) | {"login": self.username, "password": PASSWORD}  # type: ignore[arg-type]
            self.ask(http, "POST", "/accounts/login/", given)

    def acknowledged(self, http: httpx.Client, fields: dict) -> bool:
        answer = self.ask(http, "POST", FORM, fields)
        return answer is not None and answer.status_code in ANSWERED and "/login" not in answer.headers["Location"]

    def ask(self, http: httpx.Client, method: str, path: str, fields: dict | None = None) -> httpx.Response | None:
        """None when there was no answer at all."""
        try:
            answer = http.request(method, path, data=fields, headers={"Referer": self.union.address})
        except httpx.HTTPError:
            self.wave.answers["none"] += 1
            return None
        self.wave.answers[str(answer.status_code)] += 1
        return answer


def grouped(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Names and values as httpx takes them."""
    found: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = found.get(name)
        found[name] = value if before is None else [*([before] if isinstance(before, str) else before), value]
    return found


class Import:
    """The office's command, given again until it says that everything is in."""

    def __init__(self, union: Union, wave: Wave, folder: Path, rows: int) -> None:
        numbers = [f"{wave.name}R{number:05}" for number in range(rows)]
        someday = str(clock.today() - timedelta(days=100))  # nobody's birthday today
        usual = {"姓名": "李四", "性别": "女", "出生日期": f"1980{someday[4:]}", "分工会": "全体"}
        people = [{"工号": number, "入会时间": "2010-09-01", **usual} for number in numbers]
        self.file = write_roster(folder / f"{wave.name}.xlsx", *people)
        self.union, self.wave, self.numbers = union, wave, numbers
        self.process: Process | None = self.again()

    def again(self) -> Process:
        command = (sys.executable, "manage.py", "import_members", str(self.file), "--json")
        return self.union.start(f"import-{self.wave.name}", *command)

    def step(self) -> None:
        """Acknowledged by status 0; else the office tries again."""
        if self.process is None or self.process.popen.poll() is None:
            return
        if self.process.popen.returncode == 0:
            assert f'"accepted": {len(self.numbers)},' in self.process.said, self.process.said[-2_000:]
            self.wave.roster, self.process = self.numbers, None
        else:
            self.process = self.again()


def populate(people: int, robots_at: str, clerks: int) -> list[str]:
    """Members whose birthday is today, groups, and who may fill in the form; the names of these."""
    today, branch = clock.today(), make_branch(name="全体", short_name="全体")
    born = date(1980, today.month, today.day)  # 1980 had a 29 February
    for _ in range(people):
        make_person(born=born, branch=branch)
    for number in range(ROBOTS):
        robot = Robot.objects.create(name=f"R{number}", kind="wecom", host="127.0.0.1")
        Robot._meta.get_field("url").put(robot, f"{robots_at}&robot=R{number}")  # type: ignore[union-attr]
        robot.save(update_fields=["url"])
    names = [f"A{number:03}" for number in range(clerks)]
    for name in names:
        user = User.objects.create_user(name, PASSWORD, name="审计管理员")
        RoleGrant.objects.create(user=user, role=Role.AUDIT_ADMIN, from_on=date(2020, 1, 1))
    return names


@contextmanager
def under_load(union: Union, wave: Wave, clerks: list[str], folder: Path, *, rows: int) -> Iterator[Import]:
    """Everything at once; at the end every form is acknowledged."""
    today = clock.today()
    wave.people = Member.objects.filter(birth_on__month=today.month, birth_on__day=today.day).count()
    wave.rule = make_rule(code=wave.name, offset_days=0, subject=wave.name, body="{name}").pk
    with transaction.atomic():
        words = {"subject": wave.name, "body": "x", "on": clock.today(), "at": clock.now()}
        group_posts.post(robots_=Robot.objects.all(), key=f"crash:{wave.name}", **words)  # type: ignore[arg-type]
        outbox.add(POSTS)
    chance = random.Random(wave.name)
    clients = [Client(union, wave, name, random.Random(chance.random())) for name in clerks]
    for client in clients:
        client.start()
    try:
        yield Import(union, wave, folder, rows)
        union.until(lambda: not any(client.is_alive() for client in clients), "every form acknowledged")
    finally:
        for client in clients:
            client.stopping.set()
