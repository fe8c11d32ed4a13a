"""A way in on paper for who has no e-mail on file: used once, within a week."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.users import User


class Invitation(models.Model):
    """The one slip that an account may be opened with: a new one replaces it, using it removes it.

    Only a keyed hash of its code is kept; the code itself is on the paper.
    """

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="invitation")
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("有效期至"))

    class Meta:
        verbose_name = verbose_name_plural = _("登录凭条")

    def __str__(self) -> str:
        return f"{self.user_id}"
