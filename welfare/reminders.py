"""What may fall due in welfare: what lies ready and was not fetched, for each one and for his branch's officer."""

from collections.abc import Iterator
from datetime import date

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from core.enums import Role
from core.reminders import Occasion, Source, add
from welfare.enums import BenefitState, EntitlementState
from welfare.models import Entitlement


def _waiting(first: date, last: date):
    """Who is still listed of a run that is handed out until a day between the two."""
    return Entitlement.objects.filter(
        state=EntitlementState.LISTED,
        benefit__state=BenefitState.HANDING_OUT,
        benefit__fetch_until_on__range=(first, last),
    ).select_related("benefit")


def unfetched(on: date, first: date, last: date) -> Iterator[Occasion]:
    """Each one's own; open until he has fetched it, or the run is over. A record merged away is the living one's."""
    for row in _waiting(first, last).select_related("member").order_by("pk"):
        day = row.benefit.fetch_until_on
        if day is not None:
            member = row.member.merged_into_id or row.member_id
            yield Occasion(key=f"benefit-share-{row.pk}", on=day, about=str(row.benefit), member=member)


def unfetched_by_branch(on: date, first: date, last: date) -> Iterator[Occasion]:
    """One for each branch that has somebody left, with how many; it waits for the branch's officers."""
    rows = _waiting(first, last).select_related(None).order_by("benefit", "branch")
    columns = ("benefit", "benefit__year", "benefit__name", "benefit__fetch_until_on", "branch", "branch__short_name")
    for run, year, name, day, branch, short_name, left in rows.values_list(*columns).annotate(left=Count("pk")):
        about = _("%(run)s（%(branch)s，%(left)d 人未领）")
        yield Occasion(
            key=f"benefit-{run}-branch-{branch}",
            on=day,
            about=(about % {"run": f"{year}年{name}", "branch": short_name, "left": left})[:120],
            waits_for=(Role.BRANCH_OFFICER,),
            branches=(branch,),
        )


add(Source("welfare.unfetched", _("福利未领取（会员本人）"), unfetched))
add(Source("welfare.unfetched_by_branch", _("福利未领取（分工会负责人）"), unfetched_by_branch))
