"""P1, all sinks: a system of real processes works on marked people; what it leaves anywhere is searched.

One more person, the decoy, is put into each kind of sink by hand: a search that does not find him finds nothing.
"""

import pytest

from tests.trust.canaries import marks_in
from tests.trust.sinks import SEALED, Run, words_of, worked_on

pytestmark = [pytest.mark.services, pytest.mark.browser]

# What stands in clear in a dump, by table (TRUST.md 2.10); nothing sealed anywhere.
IN_THE_DUMP = {
    "members_member": {"name", "birth", "phone", "email"},
    "core_user": {"name"},
    "notices_inboxmessage": {"name"},
}
# Where the decoy was put, and the sinks in which he must turn up for it.
DECOYS = {
    "web": "name",
    "worker": "name",
    "beat": "name",
    "server log": "email",
    "redis": "name",
    "redis files": "name",
    "mails": "name",
    "storage": "phone",
    "profile": "phone",
    "temporary": "phone",
    "files": "phone",
    "dump": "id_number",
    "database files": "bank_card",
    "answers": "name",
}


@pytest.fixture(scope="module")
def run(django_db_setup, django_db_blocker, tmp_path_factory, chromium) -> Run:
    with django_db_blocker.unblock():
        return worked_on(tmp_path_factory.mktemp("sinks"), chromium)


EMPTY_OF_MARKS = (
    *("web", "worker", "relay", "beat", "import_members", "server log", "broker's log", "statements"),
    *("redis", "redis files", "temporary", "files", "storage", "answers"),
)


@pytest.mark.parametrize("sink", EMPTY_OF_MARKS)
def test_sink_holds_no_mark(run, sink):
    assert run.kinds_in(sink, run.canaries) == set()


def test_browser_keeps_no_more_than_the_titles_of_pages(run):
    """Its history holds titles, and a title says whose page it is: class C1."""
    assert run.kinds_in("profile", run.canaries) <= {"name"}


def test_dump_holds_marks_in_the_declared_tables_only(run):
    found = {
        (table, kind)
        for table, rows in run.tables.items()
        for _, kind in marks_in(rows, run.canaries)
        if kind != "ends"
    }

    assert found == {(table, kind) for table, kinds in IN_THE_DUMP.items() for kind in kinds}


@pytest.mark.parametrize("sink", ["dump", "database files"])
def test_sealed_numbers_stand_nowhere_at_rest(run, sink):
    assert run.kinds_in(sink, run.canaries) & set(SEALED) == set()


def test_each_mail_names_its_reader_and_nothing_else(run):
    by_address = {canary.marks["email"][0]: canary for canary in run.canaries}

    mails = [mail for mail in run.mails if mail["To"] in by_address]

    assert {mail["To"] for mail in mails} == set(by_address)
    for mail in mails:
        others = "\n".join(f"{name}: {value}" for name, value in mail.items() if name != "To")
        assert marks_in(f"{words_of(mail)}\n{others}", run.canaries) <= {(by_address[mail["To"]], "name")}


def test_the_system_was_really_at_work(run):
    expected = {name: int(name[:3]) for name in run.statuses if name[:3].isdigit() and not name.endswith("form")}

    assert {name: run.statuses[name] for name in expected} == expected
    assert {400, 403, 404, 405, 429, 500} <= set(expected.values())
    assert {kind for _, kind in marks_in(run.shown, run.canaries[:1])} >= {*SEALED, "name"}
    for name, words in (
        ("web", "Internal Server Error"),
        ("worker", "IntegrityError"),
        ("beat", "due task"),
        ("server log", "violates check constraint"),
        ("import_members", '"created": 200'),
    ):
        assert words in run.sinks[name], name


@pytest.mark.parametrize(("sink", "kind"), DECOYS.items())
def test_control_the_decoy_is_found_in(run, sink, kind):
    assert kind in run.kinds_in(sink, [run.decoy])
