"""Training of union cadres: one record per person and course."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, clock
from core.constraints import refused_by
from core.errors import DomainError
from core.models import User
from members.models import Member, TrainingRecord


class TrainingRefusal(StrEnum):
    NOBODY = "training_nobody"
    NOT_IN_ORDER = "training_not_in_order"
    AHEAD = "training_ahead"
    TWICE = "training_twice"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    TrainingRefusal.NOBODY: _("请填写参加培训的会员。"),
    TrainingRefusal.NOT_IN_ORDER: _("结束日期不能早于开始日期。"),
    TrainingRefusal.AHEAD: _("培训结束后再登记。"),
    TrainingRefusal.TWICE: _("其中有人的这次培训已经登记。"),
}


class CannotTrain(DomainError):
    """Against a rule of training records; ``code`` is a ``TrainingRefusal``."""


@transaction.atomic
def record_training(
    *,
    members: Sequence[Member],
    course: str,
    organiser: str,
    from_on: date,
    to_on: date,
    hours: Decimal,
    certificate_no: str = "",
    actor: User,
    at: datetime,
) -> list[TrainingRecord]:
    """One course for several people, all of them or none; a certificate number is one person's."""
    if not actor.has_perm("members.add_trainingrecord"):
        raise PermissionDenied
    if not members:
        raise CannotTrain(TrainingRefusal.NOBODY)
    if to_on < from_on:
        raise CannotTrain(TrainingRefusal.NOT_IN_ORDER)
    if to_on > clock.local_date(at):
        raise CannotTrain(TrainingRefusal.AHEAD)
    given = {"course": course, "organiser": organiser, "from_on": from_on, "to_on": to_on, "hours": hours}
    number = certificate_no if len(members) == 1 else ""
    with refused_by(training_once=lambda: CannotTrain(TrainingRefusal.TWICE)):
        made = [TrainingRecord.objects.create(member=m, certificate_no=number, **given) for m in members]
    for row in made:
        data = {"hours": str(hours), "from_on": str(from_on)}
        action = "members.trainingrecord.created"
        audit.record(actor=actor, action=action, target=row, subject=row.member_id, data=data, at=at)
    return made
