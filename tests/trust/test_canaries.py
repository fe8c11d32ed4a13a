"""P1, P3, P4: marked people go through the whole system; their marks turn up in the declared cells and only there."""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import Client, TransactionTestCase

from core import clock, logs
from core.enums import Role
from core.models import AuditEntry, OutboxMessage, User
from members.models import Member, MemberSecret
from tests.cast import ACTORS, OTHER_BRANCH_OFFICER
from tests.matrix.test_matrix import rows
from tests.owner import as_owner
from tests.trust.canaries import KINDS, Canary, make_canaries, marks_in, parts_of_ids, write_workbook
from tests.trust.scene import Scene, make_scene
from tests.trust.sizes import size
from tests.trust.walk import Page, pages_of, read

SELF = "the first canary"
WALKERS = (SELF, Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER, Role.UNION_STAFF, Role.CHAIR, Role.AUDITOR)
WALKERS += (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
REGISTER = (Role.UNION_STAFF, Role.CHAIR)
OFFICERS = (Role.BRANCH_OFFICER, OTHER_BRANCH_OFFICER)


@dataclass(frozen=True)
class Cell:
    """Where a kind of mark may stand: for whom, on which pages, of whose people."""

    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    pages: str
    whose: str = "all"  # all, branch, own

    def allows(self, page: Page, canary: Canary, kind: str) -> bool:
        return (
            kind in self.kinds
            and page.actor in self.actors
            and re.fullmatch(self.pages, page.path) is not None
            and (self.whose != "own" or canary.staff_no == "7700000")
            and (self.whose != "branch" or canary.branch == {Role.BRANCH_OFFICER: "甲院"}.get(page.actor, "乙院"))
        )


CELLS = (
    Cell(("name",), REGISTER, r"/(admin|members)/.*"),
    Cell(("birth", "email", "ends"), REGISTER, r"/admin/members/member/\d+/change/"),
    Cell(("name",), OFFICERS, r"/(members/.*|notices/news/\d+/reading/)?", "branch"),
    Cell(("name",), OFFICERS, r"/welfare/(branch|handouts)/.*", "branch"),
    Cell(("name",), (Role.ACCOUNTANT, Role.AUDITOR), r"/admin/welfare/.*"),
    Cell(("name",), (SELF,), r"/.*", "own"),
    # The only one with an account.
    Cell(("name",), (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN), r"/admin/core/user/.*", "own"),
    Cell(("birth", "email", "ends"), (SELF,), r"/members/me/", "own"),
    # His own to correct: as it stands in the register, in the fields that he types into.
    Cell(("birth", "ends"), (SELF,), r"/members/me/change/", "own"),
    Cell(("phone", "email"), (SELF,), r"/members/me/contact/", "own"),
)
# What stands in clear in the database, by table; class C3 nowhere (TRUST.md 2.10).
IN_THE_DATABASE = {
    "members_member": {"name", "birth", "phone", "email"},
    "core_user": {"name"},
    "notices_inboxmessage": {"name"},
}


@dataclass
class Run:
    """Everything that came out of the system."""

    canaries: list[Canary]
    scene: Scene
    pages: list[Page] = field(default_factory=list)
    mails: list = field(default_factory=list)
    logged: str = ""
    said: str = ""
    tables: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Run]:
    """Import, remind, look at every page, copy the database; committed, and gone with its clone."""
    with django_db_blocker.unblock():
        try:
            yield _everything(tmp_path_factory.mktemp("roster") / "花名册.xlsx")
        finally:
            TransactionTestCase._fixture_teardown(None)  # type: ignore[arg-type]


def _everything(path) -> Run:
    log, said = io.StringIO(), io.StringIO()
    listener = logging.StreamHandler(log)  # what is logged before anything is hidden
    logging.getLogger().addHandler(listener)
    try:
        scene = make_scene()
        on = clock.today()
        born = on + timedelta(days=7)
        if (born.month, born.day) == (2, 29):
            on, born = on - timedelta(days=1), born - timedelta(days=1)
        canaries = make_canaries(200, birthday=(born.month, born.day), branches=("甲院", "乙院"), seed="canaries-1")
        call_command("import_members", str(write_workbook(path, canaries)), json=True, stdout=said)
        user = User.objects.create_user("7700000", name=canaries[0].row["姓名"])
        Member.objects.filter(staff_no="7700000").update(user=user)
        scene.clients[SELF] = Client(raise_request_exception=False)
        scene.clients[SELF].force_login(user, "core.backends.StaffNumberBackend")
        before = len(mail.outbox)
        call_command("send_due", on=on, stdout=said)
        run = Run(canaries, scene, mails=mail.outbox[before:])
        with transaction.atomic():
            starts = list(dict.fromkeys([*_own_pages(canaries), *(scene.path(row) for row in rows())]))
        for actor in (*ACTORS, SELF):
            most = size(6, 400) if actor in WALKERS else 0
            run.pages += pages_of(actor, scene.clients[actor], starts, most=most)
        run.tables = _tables()
    finally:
        logging.getLogger().removeHandler(listener)
    run.logged, run.said = log.getvalue(), said.getvalue()
    return run


def _own_pages(canaries: list[Canary]) -> list[str]:
    """Where one of each branch has a page of his own, for whoever tries, and what finds them."""
    found = []
    for canary in (canaries[0], canaries[-1]):
        member = Member.objects.get(staff_no=canary.staff_no)
        found += [f"/members/{member.pk}/", f"/admin/members/member/{member.pk}/change/"]
        found += [f"/notices/{message.pk}/" for message in member.inbox_messages.all()]
        found += [f"/admin/notices/reminder/{reminder.pk}/change/" for reminder in member.reminders.all()]
        found.append(f"/members/roll/{member.memberships.get().branch_id}.pdf")
    return [*found, "/admin/members/member/?q=7700", "/members/?q=7700", "/admin/members/member/?state=on"]


def _tables() -> dict[str, str]:
    """What a dump holds of every table, as the owner reads it."""
    found = {}
    with as_owner() as owner:
        names = owner.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (name,) in names.fetchall():
            with owner.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:
                found[name] = b"".join(copy).decode()
    return found


def misplaced(pages: list[Page], canaries: list[Canary]) -> list[str]:
    """Marks on pages outside ``CELLS``."""
    found: dict[str, set] = {}
    wrong = []
    for page in pages:
        marks = found.setdefault(page.words, None) if page.words in found else None
        if marks is None:
            marks = found[page.words] = marks_in(page.words, canaries)
        wrong += [
            f"{page.actor} {page.path} {page.status}: {kind} of {canary.staff_no}"
            for canary, kind in marks
            if not any(cell.allows(page, canary, kind) for cell in CELLS)
        ]
    return wrong


def test_marks_stand_in_the_declared_cells_only(run):
    assert misplaced(run.pages, run.canaries) == []


def test_every_declared_cell_is_real(run):
    """A cell that nothing fills any more is struck off; and the search is known to find."""
    empty = []
    for cell in CELLS:
        pages = [page for page in run.pages if page.actor in cell.actors and re.fullmatch(cell.pages, page.path)]
        for kind in cell.kinds:
            if not any(marks_in(page.words, run.canaries, (kind,)) for page in pages):
                empty.append((cell, kind))

    assert empty == []


def test_no_address_holds_a_mark(run):
    addresses = "\n".join({address for page in run.pages for address in (*page.addresses.split("\n"), page.path)})

    assert marks_in(addresses, run.canaries) == set()


def test_no_screen_gives_an_id_number_away_in_parts(run):
    texts = {page.words for page in run.pages}

    assert {part for text in texts for part in parts_of_ids(text, run.canaries)} == set()


def test_each_mail_names_its_own_reader_and_nothing_else(run):
    by_address = {canary.marks["email"][0]: canary for canary in run.canaries}
    assert len(run.mails) == len(run.canaries)

    for message in run.mails:
        (address,) = message.to
        canary = by_address[address]
        others = {name: value for name, value in message.message().items() if name != "To"}
        words = f"{message.subject}\n{message.body}\n{others}"
        assert marks_in(words, run.canaries) <= {(canary, "name")}


def test_logs_and_commands_hold_no_mark(run):
    assert "outbox" in run.said or run.said
    assert marks_in(run.logged, run.canaries) == set()
    assert marks_in(run.said, run.canaries) == set()


def test_audit_outbox_and_sessions_hold_no_mark(run):
    audit = "\n".join(f"{e.action} {e.target_id} {e.basis} {e.data}" for e in AuditEntry.objects.all())
    outbox = "\n".join(f"{m.name} {m.args} {m.last_error}" for m in OutboxMessage.objects.all())
    sessions = "\n".join(str(session.get_decoded()) for session in Session.objects.all())

    assert audit
    assert sessions
    assert marks_in(f"{audit}\n{outbox}\n{sessions}", run.canaries) == set()


def test_the_copied_database_holds_marks_in_the_declared_tables_only(run):
    found = {
        (table, kind)
        for table, text in run.tables.items()
        for _canary, kind in marks_in(text, run.canaries, KINDS[:-1])
    }

    assert found == {(table, kind) for table, kinds in IN_THE_DATABASE.items() for kind in kinds}


def test_equal_numbers_differ_at_rest(run):
    sealed = MemberSecret.objects.filter(member__staff_no__in=["7700002", "7700003"]).values_list(
        "bank_card", flat=True
    )

    assert run.canaries[2].marks["bank_card"] == run.canaries[3].marks["bank_card"]
    assert len(set(sealed)) == 2


@pytest.mark.parametrize("way", ["404", "500"])
def test_error_pages_and_their_log_hold_no_mark(run, way, monkeypatch):
    canary = run.canaries[0]
    marks = " ".join(canary.marks[kind][0] for kind in ("id_number", "bank_card", "phone"))
    stream = io.StringIO()
    console = logs.Console(stream)
    console.setFormatter(logs.RedactedLine())
    logging.getLogger("django.request").addHandler(console)
    if way == "500":
        from members import dossier

        def fails(user):
            raise ValueError(f"row {marks}")

        monkeypatch.setattr(dossier, "file_of", fails)
    try:
        path = "/members/me/" if way == "500" else f"/members/{canary.marks['phone'][0]}/"
        page = read(SELF, path, run.scene.clients[SELF].get(path))
    finally:
        logging.getLogger("django.request").removeHandler(console)

    assert page.status == int(way)
    assert marks_in(page.words, run.canaries, ("id_number", "bank_card", "phone", "birth", "email")) == set()
    assert stream.getvalue().count("\n") == 1
    assert marks_in(stream.getvalue(), run.canaries) == set()


def test_control_an_unmasked_cell_is_found(run, monkeypatch):
    monkeypatch.setattr("members.admin.people.mask_phone", lambda phone: phone)
    page = read(
        Role.UNION_STAFF, "/admin/members/member/", run.scene.clients[Role.UNION_STAFF].get("/admin/members/member/")
    )

    assert [line for line in misplaced([page], run.canaries) if ": phone of" in line]


def test_control_a_foreign_name_is_found(run, monkeypatch):
    from members.querysets.roll import MemberQuerySet

    monkeypatch.setattr(MemberQuerySet, "in_branches", lambda self, branches, *, on: self)
    page = read(Role.BRANCH_OFFICER, "/members/", run.scene.clients[Role.BRANCH_OFFICER].get("/members/"))

    assert [line for line in misplaced([page], run.canaries) if ": name of" in line]


def test_control_a_number_in_clear_at_rest_is_found(run):
    canary = run.canaries[3]
    text = run.tables["members_member"] + f"\n9\t{canary.marks['id_number'][0]}\n"

    assert (canary, "id_number") in marks_in(text, run.canaries)
