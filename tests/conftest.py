"""One migrated template database a session; every test connects as the application's role, as in production."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.signals import setting_changed
from django.db import connections
from django.test import TransactionTestCase

from tests.union_site.browser import chromium, desk, phone

__all__ = ["chromium", "desk", "phone"]  # one browser for the session: two would be two event loops

# A busy machine is no bug: no test asserts on time.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from tests.workers import ByFile  # here, not above: without xdist there is nothing to schedule

    return ByFile(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """What was captured goes from process to process as UTF-8, which knows no lone surrogate of a hostile text."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


OWNER = os.environ["DATABASE_OWNER_URL"]  # a clone is made while a test may have taken it out of the environment


def _admin(sql: str) -> None:
    """Run one statement as the owner, outside the test database."""
    with psycopg.connect(OWNER, autocommit=True) as owner:
        owner.execute(sql)


def _drop(name: str) -> None:
    """Autovacuum, which no role of ours may end, is there for a moment now and then: ask again when it is gone."""
    for _ in range(100):
        with suppress(psycopg.errors.InsufficientPrivilege):
            return _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        time.sleep(0.1)
    raise AssertionError(f"{name} is in use")


def _recreate(name: str, template: str | None = None) -> None:
    _drop(name)
    _admin(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))


def _connect_to(name: str) -> None:
    for alias in settings.DATABASES:
        connections[alias].close()
        settings.DATABASES[alias]["NAME"] = connections[alias].settings_dict["NAME"] = name


class Clones:
    """Two databases like the template. While tests work on one, the other is made anew: a second on a slow disk."""

    def __init__(self, template: str, name: str) -> None:
        self.template, self.used, self.next = template, name, f"{name}_next"
        self.beside = ThreadPoolExecutor(max_workers=1)
        _recreate(self.used, template)
        self.ready = self.beside.submit(_recreate, self.next, template)

    def change(self) -> None:
        """To the other one; what was written into this one is gone."""
        self.ready.result()
        self.used, self.next = self.next, self.used
        _connect_to(self.used)
        self.ready = self.beside.submit(_recreate, self.next, self.template)

    def drop(self) -> None:
        self.beside.shutdown()
        for name in (self.used, self.next, self.template):
            _drop(name)


def _forget_the_notice(name: str) -> None:
    """No privacy notice stands before the pages of the tests; those that are about it publish one."""
    with psycopg.connect(OWNER, dbname=name, autocommit=True) as owner:
        owner.execute("DELETE FROM members_consenttext WHERE kind = 'privacy'")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Migrate a template once, then work on a clone of it; tests that commit get a fresh clone afterwards."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    name = f"test_{settings.DATABASES['default']['NAME']}_{os.environ.get('TEST_DB_SUFFIX', '')}{worker}"
    template = f"{name}_template"
    with django_db_blocker.unblock():
        _recreate(template)
        _connect_to(template)
        call_command("migrate", verbosity=0)
        _forget_the_notice(template)
        _connect_to(name)
        clones = Clones(template, name)

    TransactionTestCase._fixture_teardown = lambda case: clones.change()
    yield
    with django_db_blocker.unblock():
        for alias in settings.DATABASES:
            connections[alias].close()
        clones.drop()


@pytest.fixture(scope="session", autouse=True)
def media(tmp_path_factory):
    """What tests hand in lies apart and goes with them."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    setting_changed.send(sender=None, setting="MEDIA_ROOT", value=settings.MEDIA_ROOT, enter=True)
    return settings.MEDIA_ROOT
