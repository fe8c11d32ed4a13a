"""Who holds an office today, substitutes among them."""

from django.db.models import QuerySet
from django.db.models.functions import Now, TruncDate

from core.models import RoleGrant, User
from core.permissions import roles_with


def holders(*roles: str, branch: int | None = None) -> QuerySet[User]:
    """Accounts that can sign in and hold one of ``roles``; for ``branch`` where one is given."""
    grants = RoleGrant.objects.in_force(TruncDate(Now())).filter(role__in=roles)
    if branch is not None:
        grants = grants.filter(branch=branch)
    return User.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")


def holders_of(code: str) -> QuerySet[User]:
    """Accounts that have the permission ``code``."""
    return holders(*roles_with(code))
