"""`./run` as a person meets it: starts, stops, copies, refusals. One demo system, started again and again."""

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.launch.conftest import until
from union_site.launch.home import is_free

pytestmark = pytest.mark.services
LOOPBACK_ONLY = (  # a network namespace of its own: nothing but 127.0.0.1 can be reached
    "unshare",
    "--net",
    sys.executable,
    "-c",
    "import fcntl, os, socket, struct, sys\n"
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 0x1 | 0x40))\n"  # SIOCSIFFLAGS up, running
    "os.execv(sys.argv[1], sys.argv[1:])",
)
DEAD_PROXY = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")


def test_first_start_prints_address_and_demo_accounts(serving):
    assert f"http://127.0.0.1:{serving.port}/" in serving.said()
    assert (serving.path / "demo-accounts.txt").read_text().strip() in serving.said()
    assert serving.sign_in_page() == 200


def test_every_program_runs_and_knows_no_owner(serving):
    names = ("gunicorn", "union_site.celery worker", "union_site.celery beat", "manage.py relay")
    environments = [Path(f"/proc/{serving.pids(name)[0]}/environ").read_text() for name in names]

    assert len(serving.pids("redis-server")) == 1
    assert all("DATABASE_URL=" in text for text in environments)
    assert not any("union_owner" in text for text in environments)


def test_keys_are_the_owners_alone(serving):
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in serving.home.keys.iterdir()}

    assert set(modes) == {"secret-key", "field-keys", "search-key", "union_owner", "union_app", "redis"}
    assert set(modes.values()) == {"0o600"}


def test_database_is_durable_and_knows_chinese(serving):
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "lc_ctype", "listen_addresses")
    with serving.connect() as database:
        values = [database.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in settings]

    assert values == ["on", "on", "on", "on", "C.UTF-8", "127.0.0.1"]


def test_application_role_owns_nothing(serving):
    with serving.connect("union_app") as database:
        owned = database.execute("SELECT count(*) FROM pg_class WHERE relowner = 'union_app'::regrole").fetchone()

    assert owned == (0,)


def test_manage_works_beside_the_running_system(serving):
    said = serving.run(
        "manage", "shell", "-v0", "-c", "from members.models import Member; print(Member.objects.count())"
    )

    assert (said.returncode, int(said.stdout) > 0) == (0, True), said.stderr
    assert serving.sign_in_page() == 200


def test_manage_passes_the_exit_status_on(serving):
    assert serving.run("manage", "no_such_command").returncode == 1


def test_a_second_run_on_the_same_home_is_refused(serving):
    refused = serving.run()

    assert refused.returncode == 1
    assert f"http://127.0.0.1:{serving.port}/" in refused.stderr
    assert serving.sign_in_page() == 200


def test_wrong_usage_is_two(serving):
    assert serving.run("--no-such-option").returncode == 2


def test_ctrl_c_leaves_no_child(serving):
    assert serving.pids()

    status = serving.stop()

    assert status == 0
    assert serving.pids() == []
    assert is_free(serving.port)


def test_manage_starts_the_database_for_its_time_only(stopped):
    said = stopped.run("manage", "migrate", "--check")

    assert said.returncode == 0, said.stderr
    assert stopped.pids() == []


def test_second_start_touches_no_network(stopped):
    with_root = os.geteuid() == 0
    stopped.start(*(LOOPBACK_ONLY if with_root else ()), **DEAD_PROXY)

    assert "正在" not in stopped.said()  # nothing was installed, migrated or loaded
    assert "返回状态" not in stopped.said()


def test_taken_port_is_refused_with_a_way_out(stopped):
    with socket.create_server(("127.0.0.1", stopped.port)):
        refused = stopped.run()

    assert refused.returncode == 1
    assert f"--port {stopped.port + 1}" in refused.stderr
    assert stopped.pids() == []


def test_two_copies_do_not_disturb_each_other(stopped, second):
    stopped.start()
    second.start()
    assert second.home.known_ports() != stopped.home.known_ports()

    second.stop()

    assert second.pids() == []
    assert stopped.sign_in_page() == 200


def test_ordinary_user_runs_it_all(second):
    prefix = ()
    if os.geteuid() == 0:  # nobody, who may read our folders and write only his own
        for folder in (second.path, *second.path.rglob("*")):
            os.chown(folder, 65534, 65534, follow_symlinks=False)
        prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all,+dac_read_search")
        prefix += ("--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup")

    second.start(*prefix, HOME="/nonexistent")

    assert second.sign_in_page() == 200
    owners = {os.stat(f"/proc/{pid}").st_uid for pid in second.pids("postgres: ")}
    assert owners == {65534 if os.geteuid() == 0 else os.geteuid()}


def test_terminal_that_closes_stops_everything(second):
    second.start()

    second.process.send_signal(signal.SIGHUP)

    assert second.process.wait() == 0
    until(lambda: second.pids() == [], "no child")
