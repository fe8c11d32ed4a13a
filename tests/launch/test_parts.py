"""The launcher's parts that need no running system."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from union_site.launch import cli, home, processes, system
from union_site.launch.home import Home, Refused
from union_site.launch.postgres import Postgres
from union_site.launch.servers import Servers

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    place = Home(tmp_path / "var")
    place.make()
    return place


def test_launcher_needs_no_package():
    """It runs before there is a virtual environment: no site packages, no Django."""
    asked = subprocess.run([sys.executable, "-I", "-S", REPO / "run", "--help"], capture_output=True, text=True)

    assert asked.returncode == 0, asked.stderr
    assert "./run manage" in asked.stdout


def test_secret_is_made_once_and_closed(place):
    first = place.password("redis")

    assert place.password("redis") == first
    assert len(first) >= 32
    assert (place.keys / "redis").stat().st_mode & 0o777 == 0o600


def test_two_homes_share_no_secret_and_no_name(place, tmp_path):
    other = Home(tmp_path / "other")
    other.make()

    assert place.django_keys().items().isdisjoint(other.django_keys().items())
    assert place.tag != other.tag


def test_port_is_remembered_until_somebody_takes_it(place):
    port = place.port("postgres")
    assert place.port("postgres") == port

    with socket.create_server(("127.0.0.1", port)):
        moved = place.port("postgres")

    assert moved != port
    assert place.known_ports() == {"postgres": moved}


def test_lock_is_held_by_one(place):
    file = place.path / "owner.lock"

    with home.locked(file, wait=False) as first, home.locked(file, wait=False) as second:
        assert (first, second) == (True, False)


def test_fingerprint_sees_contents_names_and_removals(monkeypatch, tmp_path):
    monkeypatch.setattr(home, "REPO", tmp_path)
    file = tmp_path / "a" / "one.py"
    file.parent.mkdir()
    seen = set()

    for text in ("x", "y"):
        file.write_text(text)
        seen.add(home.fingerprint(tmp_path / "a"))
    file.rename(file.with_name("two.py"))
    seen.add(home.fingerprint(tmp_path / "a"))

    assert len(seen) == 3


def test_web_and_worker_get_no_way_to_the_owner(place):
    servers = Servers(place, mode="demo")
    servers.postgres.port = 1

    assert "DATABASE_OWNER_URL" in servers.environment(owner=True)
    assert "DATABASE_OWNER_URL" not in servers.environment(owner=False)


def test_servers_of_the_environment_are_used_and_none_is_started(place, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://app@db.example/union")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example")
    servers = Servers(place, mode="demo")

    assert servers.own == []
    assert servers.environment(owner=True)["DATABASE_URL"] == "postgres://app@db.example/union"
    assert servers.environment(owner=True)["REDIS_URL"] == "redis://broker.example"


def test_tests_never_take_keys_from_the_shell(place, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "of the shell")
    monkeypatch.setenv("EMAIL_URL", "smtp://mail.example")
    servers = Servers(place, mode="test")
    servers.postgres.port = 1

    environment = servers.environment(owner=True)

    assert environment["SECRET_KEY"] == place.django_keys()["SECRET_KEY"]
    assert environment["EMAIL_URL"].startswith("filemail:////")


def test_data_of_a_version_that_is_not_here_is_left_alone(place):
    data = Postgres(place).data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")

    with pytest.raises(Refused, match="PostgreSQL 9"):
        Postgres(place).prepare()

    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]


def test_notice_names_the_loss_and_one_command(monkeypatch, place):
    monkeypatch.setattr(system, "missing", lambda *, browser=False: ["redis-server", "fonts-noto-cjk"])
    monkeypatch.setenv("PATH", "")  # no apt-get, no sudo

    system.prepare(place)

    assert "apt-get install --no-install-recommends redis-server fonts-noto-cjk" in place.stamp("notice")
    assert "汉字" in place.stamp("notice")


def test_without_venv_module_it_says_how_to_get_it(monkeypatch, place):
    monkeypatch.setattr(system, "missing", lambda *, browser=False: ["python3-venv"])
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Refused, match="apt-get install --no-install-recommends python3-venv"):
        system.prepare(place)


@pytest.fixture
def child(place):
    child = processes.Child(place, "short", ["true"], environment=dict(os.environ), cwd=place.path)
    yield child
    child.ask_to_stop()
    child.wait_stopped()


def test_child_that_keeps_dying_waits_longer_each_time(child):
    waits = []
    for _round in range(4):
        child.start()
        child.process.wait()
        child.watch()
        waits.append(child.pause)

    assert waits == [0, 1, 2, 4]


def test_log_is_cut_and_the_part_before_kept(child, monkeypatch):
    monkeypatch.setattr(processes, "LOG_LIMIT", 10)
    child.command = ["sh", "-c", "echo 0123456789abcdef; exec sleep 60"]
    child.start()
    while not child.log.read_text():
        pass

    child.watch()

    assert child.log.read_text() == ""
    assert child.log.with_suffix(".log.1").read_text() == "0123456789abcdef\n"


@pytest.mark.parametrize(
    ("given", "rest", "tier"),
    [
        ([], [], "pr"),
        (["--nightly", "tests/core"], ["tests/core"], "nightly"),
        (["-x", "--release"], ["-x"], "release"),
    ],
)
def test_tier_is_taken_from_the_arguments(given, rest, tier):
    assert cli._tier(given) == (rest, tier)
