"""A sign of life for container health checks: ``find $UNION_HOME/alive/worker -mmin -1 | grep -q .``."""

from pathlib import Path

from django.conf import settings

EVERY_SECONDS = 10


def touch(program: str) -> None:
    """``program`` has come round its main loop."""
    folder = Path(settings.UNION_HOME, "alive")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / program).touch()
