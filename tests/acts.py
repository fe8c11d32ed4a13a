"""What the audit says was done: an act that was refused has an entry of its own, by the request layer."""

from django.db.models import QuerySet

from core.models import AuditEntry
from core.models.audit import REFUSED


def acts() -> QuerySet[AuditEntry]:
    return AuditEntry.objects.exclude(action__endswith=REFUSED)
