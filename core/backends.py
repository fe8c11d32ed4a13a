"""Sign-in by staff number and password. Rights are not here: see core/permissions.py."""

from django.contrib.auth.backends import BaseBackend, ModelBackend

from core import user_facts
from core.models import User


class StaffNumberBackend(ModelBackend):
    """Django's password check (constant work for unknown names) without Django's own permissions."""

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, with what the apps want to know of it (``core.user_facts``)."""
        user = User.objects.annotate(**user_facts.facts()).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def get_user_permissions(self, user_obj, obj=None):
        return set()

    get_group_permissions = get_all_permissions = get_user_permissions

    def has_perm(self, user_obj, perm, obj=None):
        return BaseBackend.has_perm(self, user_obj, perm, obj)
