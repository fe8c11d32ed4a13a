"""What may fall due in the register: who retires by age, and applications that wait for somebody."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from core.clock import local_date
from core.enums import Role
from core.reminders import Occasion, Source, add
from members.enums import JoinState
from members.models import JoinApplication
from members.querysets.life import reviewers_of
from members.selectors.life import retirement_due


def retirements(on: date, first: date, last: date) -> Iterator[Occasion]:
    """Everybody on the roll of ``on`` who reaches the age; open until he is retired or his date is corrected."""
    for due in retirement_due(until=last, on=on):
        if due.retires_on >= first:
            yield Occasion(
                key=f"retirement-{due.member.pk}",
                on=due.retires_on,
                about=f"{due.member.name}（{due.branch}）",
                member=due.member.pk,
                waits_for=(Role.UNION_STAFF, Role.BRANCH_OFFICER),
                branches=(due.branch_id,),
            )


def applications(on: date, first: date, last: date) -> Iterator[Occasion]:
    """Applications, since when they wait for whoever is next; each step is a matter of its own."""
    waiting = (
        JoinApplication.objects.filter(state__in=[JoinState.SUBMITTED, JoinState.BRANCH_APPROVED])
        .annotate(has_reviewer=Exists(reviewers_of(OuterRef("branch"), OuterRef("applicant"))))
        .select_related("branch")
        .order_by("pk")
    )
    for application in waiting:
        step, since, role = _step_of(application)
        day = local_date(since)
        if first <= day <= last:
            yield Occasion(
                key=f"application-{application.pk}-{step}-{day:%Y%m%d}",
                on=day,
                about=f"{application.name}（{application.branch.short_name}）",
                waits_for=(role,),
                branches=(application.branch_id,),
            )


def _step_of(application: JoinApplication) -> tuple:
    """(step, waiting since, office): the branch, union staff (also where the branch has no officer), the chair."""
    if application.state == JoinState.SUBMITTED:
        has_reviewer = application.has_reviewer  # type: ignore[attr-defined]
        return "review", application.submitted_at, Role.BRANCH_OFFICER if has_reviewer else Role.UNION_STAFF
    if application.prepared_by_id is None:
        return "prepare", application.branch_reviewed_at, Role.UNION_STAFF
    return "approve", application.prepared_at, Role.CHAIR


add(Source("members.retirement_due", _("会员到龄退休"), retirements))
add(Source("members.applications_waiting", _("入会申请待审核"), applications))
