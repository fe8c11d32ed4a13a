"""`celery -A bench.worker_app worker`: our application with the floor's task beside its own."""

import django

from union_site.celery import app

django.setup()

__all__ = ["app", "bare_chunk"]


@app.task(name="bench.bare_chunk")
def bare_chunk(first: int, last: int) -> None:
    """The two statements that any chunk needs at least."""
    from bench.reminders import bare_chunk

    bare_chunk(first, last)
