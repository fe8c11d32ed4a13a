"""Whoever has to decide finds it in his inbox: never who made it, nor whom it is about."""

from core import telling
from core.offices import holders_of
from welfare.models import Benefit, BenefitException


def tell_approvers(benefit: Benefit) -> None:
    """A list was frozen; inside that transaction."""
    run = Benefit.objects.filter(pk=benefit.pk)
    for user in holders_of("welfare.approve_benefit"):
        if run.waiting_for(user).exists():
            telling.tell("welfare.benefit_waits", user=user.pk, benefit=benefit.pk)


def tell_deciders(exception: BenefitException) -> None:
    """A change of a list was asked for; inside that transaction."""
    asked = BenefitException.objects.filter(pk=exception.pk)
    for user in holders_of("welfare.decide_benefitexception"):
        if asked.waiting_for(user).exists():
            telling.tell("welfare.exception_waits", user=user.pk, exception=exception.pk)
