"""A5, A8: what leaves the house as a file is refused from the next request on to whoever lost the right to it."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from core import clock
from core.enums import Role
from core.models import AuditEntry, RoleGrant
from core.services import accounts
from core.signin import passwords
from tests.cast import ANONYMOUS, MEMBER, OTHER_BRANCH_OFFICER, Cast
from tests.matrix.table import SIGNED_IN
from tests.matrix.test_matrix import modules, rows
from tests.trust.canaries import tidy
from tests.trust.scene import Scene

ROLL = "members/roll/<int:pk>.pdf"
# Second factor's codes are a file too; without a second factor there is none (tests/core/test_signin.py).
FILES = {ROLL}.union(*(getattr(module, "FILES", set()) for module in modules()))


def _roll(scene: Scene) -> str:
    return f"/members/roll/{scene.cast.branch.pk}.pdf"


def _officer(cast: Cast) -> RoleGrant:
    return RoleGrant.objects.get(user=cast.users[Role.BRANCH_OFFICER], role=Role.BRANCH_OFFICER)


def _role_taken(cast: Cast) -> None:
    at = clock.now()
    actor = cast.users[Role.SECURITY_ADMIN]
    accounts.end_grant(actor=actor, grant=_officer(cast), until_on=clock.local_date(at), at=at)


def _branch_changed(cast: Cast) -> None:
    _role_taken(cast)
    at = clock.now()
    accounts.grant_role(
        **{"actor": cast.users[Role.SECURITY_ADMIN], "user": cast.users[Role.BRANCH_OFFICER], "at": at},
        **{"role": Role.BRANCH_OFFICER, "branch_id": cast.other_branch.pk, "from_on": clock.local_date(at)},
    )


def _account_disabled(cast: Cast) -> None:
    user = cast.users[Role.BRANCH_OFFICER]
    given = {"name": user.name, "email": user.email, "is_active": False, "at": clock.now()}
    accounts.change_account(actor=cast.users[Role.SYSTEM_ADMIN], user=user, **given)


def _password_changed(cast: Cast) -> None:
    user = cast.users[Role.BRANCH_OFFICER]
    passwords.change_password(user=user, password="Maple+Harbour+31", actor=user, at=clock.now())


def test_every_address_that_answers_with_a_file_is_known(scene):
    found = set()
    for row in rows():
        actor = next((actor for actor in SIGNED_IN if row.get[actor] == 200), None)
        if actor and "Content-Disposition" in scene.ask(actor, scene.path(row)):
            found.add(row.route)

    assert found == FILES


@pytest.mark.parametrize(
    ("actor", "status"),
    [(Role.BRANCH_OFFICER, 200), (OTHER_BRANCH_OFFICER, 404), (MEMBER, 404), (Role.AUDITOR, 403), (ANONYMOUS, 302)],
)
def test_roll_goes_to_its_officer_only(actor, status, scene):
    answer = scene.ask(actor, _roll(scene))

    assert answer.status_code == status
    assert (answer.get("Content-Type") == "application/pdf") == (status == 200)
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("loss", "status"),
    [(_role_taken, 404), (_branch_changed, 404), (_account_disabled, 302), (_password_changed, 302)],
    ids=lambda loss: getattr(loss, "__name__", ""),
)
def test_roll_is_refused_from_the_next_request_on(loss: Callable[[Cast], None], status, scene):
    with scene.undone(Role.BRANCH_OFFICER) as client:
        assert client.get(_roll(scene)).status_code == 200
        printed = AuditEntry.objects.filter(action="members.branch.roll_printed").count()

        with transaction.atomic():
            loss(scene.cast)
        answer = client.get(_roll(scene))

        assert answer.status_code == status
        assert AuditEntry.objects.filter(action="members.branch.roll_printed").count() == printed


def test_roll_is_refused_after_signing_out(scene):
    with scene.undone(Role.BRANCH_OFFICER) as client:
        cookie = client.cookies["session"].value
        thief = Client()
        thief.cookies["session"] = cookie
        assert thief.get(_roll(scene)).status_code == 200

        client.post("/accounts/logout/")

        assert thief.get(_roll(scene)).status_code == 302


def test_foreign_roll_answers_as_one_that_does_not_exist(scene):
    foreign = scene.ask(OTHER_BRANCH_OFFICER, _roll(scene))
    missing = scene.ask(OTHER_BRANCH_OFFICER, "/members/roll/999999999.pdf")

    assert foreign.status_code == missing.status_code == 404
    assert tidy(foreign.content.decode()) == tidy(missing.content.decode())


def test_control_rights_kept_in_the_session_are_seen(scene, monkeypatch):
    """A roll whose scope is not asked again goes out: the tests above would see it."""
    from members.querysets.roll import BranchQuerySet

    monkeypatch.setattr(BranchQuerySet, "visible_to", lambda self, user: self)
    monkeypatch.setattr("members.permissions.can_print_roll", lambda user, branch: True)
    with scene.undone(Role.BRANCH_OFFICER) as client, transaction.atomic():
        _role_taken(scene.cast)

        assert client.get(_roll(scene)).status_code == 200
