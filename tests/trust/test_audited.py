"""Q1: every address that changes something says in the audit who did what to what. The exceptions have reasons."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import OperationalError, connection

from core.models import AuditEntry
from tests.cast import MEMBER, PASSWORD, make_cast
from tests.matrix.test_matrix import modules, rows
from tests.trust.forms import FILLED, NOT_FILLED, form_of, writing_rows

NOT_AUDITED = {
    "notices/<int:pk>/read/": "the own reading state: what somebody read is nobody's business",
    "notices/read/": "the own reading state: what somebody read is nobody's business",
}
# One act on many rows: the entry's data says how many, first and last.
WITHOUT_TARGET: set[str] = set()
# The act is on rows beside the target, whose own row stays as it was; ``data`` says what changed.
BESIDE_TARGET = {
    "accounts/logout/",
    "notices/preferences/",
    "admin/members/dueslist/<int:pk>/supplement/",  # its lines
    "admin/members/dueslist/<int:pk>/book/",
}
for module in modules():
    BESIDE_TARGET |= getattr(module, "BESIDE_TARGET", set())
    NOT_AUDITED |= getattr(module, "NOT_AUDITED", {})
    WITHOUT_TARGET |= getattr(module, "WITHOUT_TARGET", set())

TRIED = [row for row in writing_rows() if row.route in FILLED]


def test_every_address_that_writes_is_tried_or_excused():
    writing = {row.route for row in writing_rows()}

    assert writing - set(FILLED) - set(NOT_FILLED) == set(), "no form in FILLED, no reason in NOT_FILLED"
    assert set(FILLED) | set(NOT_FILLED) <= writing, "an address that is gone, or that writes nothing"
    assert not set(FILLED) & set(NOT_FILLED)


@pytest.mark.parametrize("row", TRIED, ids=lambda r: r.route)
def test_writing_leaves_an_entry(row, scene):
    form = form_of(row, scene)
    with scene.undone(form.actor):
        last = AuditEntry.objects.order_by("-position").values_list("position", flat=True).first() or 0
        _as_if_committed()

        answer = scene.clients[form.actor].post(form.path, _as_dict(form.pairs))

        assert answer.status_code == 302, answer.content.decode()[:3000]
        entries = list(AuditEntry.objects.filter(position__gt=last))
    if row.route in NOT_AUDITED:
        assert entries == []
        return
    told = [entry for entry in entries if not entry.action.endswith(("viewed", "printed"))]
    (entry,) = [entry for entry in told if not _is_booked_for_a_case(entry)]
    assert entry.actor_username
    assert entry.action.count(".") == 2
    assert entry.recorded_at
    assert bool(entry.target_type and entry.target_id) != (row.route in WITHOUT_TARGET)
    assert (entry.state_before == entry.state_after) == (row.route in BESIDE_TARGET | WITHOUT_TARGET)


def _is_booked_for_a_case(entry: AuditEntry) -> bool:
    """An act of a higher app that books in the fund: the ledger notes the booking, the app its act."""
    source = str(entry.data.get("source", ""))
    return entry.target_type == "finance.entry" and source != "" and not source.startswith("finance.")


def _as_if_committed() -> None:
    """Let the audit forget that the scene's rows were made by this very transaction."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_temp.core_before")


def test_control_a_write_without_audit_is_seen(scene, monkeypatch):
    row = next(row for row in rows() if row.route == "admin/members/branch/add/")
    monkeypatch.setattr(AuditEntry, "save", lambda entry, **how: None)
    form = form_of(row, scene)
    with scene.undone(form.actor):
        before = AuditEntry.objects.count()

        answer = scene.clients[form.actor].post(form.path, _as_dict(form.pairs))

        assert answer.status_code == 302
        assert AuditEntry.objects.count() == before


def _as_dict(pairs) -> dict[str, list]:
    given: dict[str, list] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


@pytest.fixture
def freshly_signed_in(client, db):
    cast = make_cast()
    client.post("/accounts/login/", {"login": cast.users[MEMBER].username, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client, cast.users[MEMBER]


def test_second_factor_leaves_an_entry_at_every_change(freshly_signed_in, monkeypatch):
    client, user = freshly_signed_in
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.get_totp_secret", lambda regenerate=False: SECRET)

    client.post("/accounts/2fa/totp/activate/", {"code": _code()})
    client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")

    entries = AuditEntry.objects.filter(action__startswith="core.user.second_factor_").order_by("position")
    assert [(entry.action.rpartition("_")[2], entry.data["kind"]) for entry in entries] == [
        ("added", "totp"),
        ("added", "recovery_codes"),
        ("removed", "recovery_codes"),
        ("added", "recovery_codes"),
        ("removed", "totp"),
        ("removed", "recovery_codes"),
    ]
    assert {(entry.actor, entry.target_id) for entry in entries} == {(user, str(user.pk))}


def test_second_factor_without_its_entry_is_not_set_up(freshly_signed_in, monkeypatch):
    client, user = freshly_signed_in
    client.raise_request_exception = False
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.get_totp_secret", lambda regenerate=False: SECRET)
    monkeypatch.setattr(AuditEntry, "save", _no_room)

    status = client.post("/accounts/2fa/totp/activate/", {"code": _code()}).status_code

    assert status == 503  # the database has no room: not our mistake, and nothing half done
    assert not Authenticator.objects.filter(user=user).exists()


def _no_room(self, **how):
    raise OperationalError("could not extend file")
