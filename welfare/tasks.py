"""What a worker does for welfare. Every job may come twice, late or at once."""

import logging

from celery import shared_task
from django.utils.translation import gettext as _

from core import clock, telling
from welfare.models import Benefit, BenefitException
from welfare.services.choosing import assign_due_defaults

log = logging.getLogger(__name__)


@shared_task(name="welfare.assign_defaults")
def assign_defaults() -> None:
    """Every ten minutes: who has not chosen by the deadline has the default package."""
    for offer, people in assign_due_defaults(at=clock.now()).items():
        log.info("offer %s: default package for %s people", offer, people)


@telling.words("welfare.benefit_waits")
def benefit_waits(*, benefit: int) -> tuple[str, str]:
    run = Benefit.objects.get(pk=benefit)
    words = _("“%(run)s”的名单已定，待您批准，请在管理后台的“福利发放”中办理。")
    return _("有福利发放待您批准"), words % {"run": run}


@telling.words("welfare.exception_waits")
def exception_waits(*, exception: int) -> tuple[str, str]:
    asked = BenefitException.objects.select_related("benefit").get(pk=exception)
    words = _("“%(run)s”有一项名单例外待您批准，请在管理后台的“名单例外”中办理。")
    return _("有名单例外待您批准"), words % {"run": asked.benefit}
