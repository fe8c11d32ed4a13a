"""What a worker does for welfare. Every job may come twice, late or at once."""

import logging

from celery import shared_task

from core import clock
from welfare.services.choosing import assign_due_defaults

log = logging.getLogger(__name__)


@shared_task(name="welfare.assign_defaults")
def assign_defaults() -> None:
    """Every ten minutes: who has not chosen by the deadline has the default package."""
    for offer, people in assign_due_defaults(at=clock.now()).items():
        log.info("offer %s: default package for %s people", offer, people)
