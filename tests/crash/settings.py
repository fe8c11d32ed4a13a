"""Settings of the system under faults: short visibility timeout, robots on this machine, a guard less on demand."""

import os

from union_site.settings import *  # noqa: F403
from union_site.settings import CELERY_BROKER_TRANSPORT_OPTIONS as SHIPPED

CELERY_BROKER_TRANSPORT_OPTIONS = {**SHIPPED, "visibility_timeout": 10}  # seconds (TRUST.md 5.5)
ROBOT_HOSTS = ["127.0.0.1"]
CELERY_TASK_ACKS_LATE = os.environ.get("CRASH_ACKS_EARLY") is None
