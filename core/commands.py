"""What several commands take."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from core.models import User


def actor_of(staff_no: str | None) -> User | None:
    """The account of ``--actor``; None is the system. Raises ``CommandError`` (wrong usage) for an unknown one."""
    if staff_no is None:
        return None
    person = User.objects.filter(username=staff_no, is_active=True).first()
    if person is None:
        raise CommandError(_("没有工号为 %(staff_no)s 的登录账号。") % {"staff_no": staff_no}, returncode=2)
    return person
