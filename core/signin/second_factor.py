"""What happens to a second factor is in the audit (TRUST.md Q1), in the transaction that changes it; wrong codes too.

The rows are allauth's and so are its services; its own signals come after the commit, too late for an entry that must
not be missing. Everybody changes his own only.
"""

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from core import audit, clock, refusals


@receiver(post_save, sender=Authenticator)
def note_added(*, instance: Authenticator, created: bool, **_) -> None:
    if created:  # the others say when it was used last
        _note("core.user.second_factor_added", instance)


@receiver(post_delete, sender=Authenticator)
def note_removed(*, instance: Authenticator, **_) -> None:
    _note("core.user.second_factor_removed", instance)


@receiver(authentication_failed)
def note_wrong_code(*, request: HttpRequest, user, **_) -> None:
    refusals.of_sign_in(request=request, username=user.get_username(), code="wrong_second_factor")


def _note(action: str, factor: Authenticator) -> None:
    """The kind only: ``totp`` or ``recovery_codes``."""
    audit.record(actor=factor.user, action=action, target=factor.user, data={"kind": factor.type}, at=clock.now())
