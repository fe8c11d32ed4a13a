"""What relay and worker do together, without either: for tests that are about the work, not about its way."""

from django.db.models.functions import Now

from core import outbox


def run_pending() -> int:
    """Work off everything that is due here and now; how many got done."""
    due = outbox.waiting().filter(due_at__lte=Now()).order_by("created_at")
    return sum(outbox.work_off(message_id) for message_id in due.values_list("pk", flat=True))
