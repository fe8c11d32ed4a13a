"""Sign-in by staff number and password. Rights are not here: see core/permissions.py."""

from django.contrib.auth.backends import BaseBackend, ModelBackend


class StaffNumberBackend(ModelBackend):
    """Django's password check (constant work for unknown names) without Django's own permissions."""

    def get_user_permissions(self, user_obj, obj=None):
        return set()

    get_group_permissions = get_all_permissions = get_user_permissions

    def has_perm(self, user_obj, perm, obj=None):
        return BaseBackend.has_perm(self, user_obj, perm, obj)
