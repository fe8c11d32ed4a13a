"""The register's record of whoever acts on his own file."""

from django.core.exceptions import PermissionDenied

from core.models import User
from members.models import Member


def hold_own(actor: User) -> Member:
    """The actor's own record until the commit: two clicks, one after the other. Raises ``PermissionDenied``."""
    member = Member.objects.select_for_update(no_key=True).filter(user=actor).first()
    if member is None:
        raise PermissionDenied
    return member
