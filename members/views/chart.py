"""The organisation of the union on a day, for everybody, on the screen and on paper."""

from datetime import date
from io import BytesIO

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.requests import SignedInRequest
from members.forms.posts import ChartDay
from members.selectors import posts as selectors_posts
from members.services.printing_people import print_chart


@require_safe
@login_required
def chart(request: SignedInRequest) -> HttpResponse:
    return render(request, "members/chart.html", {"chart": selectors_posts.chart_on(day_of(request))})


@require_safe
@login_required
def chart_pdf(request: SignedInRequest) -> FileResponse:
    day = day_of(request)
    pdf = print_chart(on=day, actor=request.user, at=request.at)
    return FileResponse(BytesIO(pdf), filename=_("组织机构图.pdf"), content_type="application/pdf")


def day_of(request: SignedInRequest) -> date:
    """``?on=``, or today."""
    asked = ChartDay(request.GET)
    return (asked.is_valid() and asked.cleaned_data["on"]) or clock.local_date(request.at)
