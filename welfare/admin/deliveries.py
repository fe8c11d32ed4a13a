"""配送单 of a run: looked at, and taken as PDF or xlsx."""

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clock import local_date
from core.enums import FileKind
from core.errors import DomainError
from core.files.serving import TYPES
from core.requests import SignedInRequest
from welfare.delivery import delivery_of
from welfare.models import Benefit
from welfare.services.delivering import DELIVERED_IN, FORMATS, take_delivery


class BenefitDelivery:
    """Beside ``BenefitAdmin``: its addresses."""

    admin_site: Any
    opts: Any

    def delivery_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/delivery/", wrap(self.delivery), name="welfare_benefit_delivery"),
            path("<int:pk>/delivery.<str:format>", wrap(self.delivery_file), name="welfare_benefit_delivery_file"),
        ]

    def _listed(self, request: SignedInRequest, pk: int, code: str) -> Benefit:
        if not request.user.has_perm(f"welfare.{code}"):
            raise PermissionDenied
        return get_object_or_404(Benefit.objects.visible_to(request.user).exclude(frozen_at=None), pk=pk)

    @method_decorator(require_safe)
    def delivery(self, request: SignedInRequest, pk: int) -> HttpResponse:
        """How many of what for which branch and point; nobody of the list by name."""
        run = self._listed(request, pk, "view_purchase")
        may_print = run.state in DELIVERED_IN and request.user.has_perm("welfare.print_delivery")
        shown = {
            "title": _("%(run)s配送单") % {"run": run},
            "run": run,
            "delivery": delivery_of(run, on=local_date(request.at)),
            "may_print": may_print,
            "waits": run.state not in DELIVERED_IN,
            "opts": self.opts,
        }
        context = {**self.admin_site.each_context(request), **shown}
        return TemplateResponse(request, "admin/welfare/delivery.html", context)

    @method_decorator(require_safe)
    def delivery_file(self, request: SignedInRequest, pk: int, format: str) -> HttpResponse | FileResponse:
        run = self._listed(request, pk, "print_delivery")
        if format not in FORMATS:
            raise Http404
        try:
            content = take_delivery(benefit=run, format=format, actor=request.user, at=request.at)
        except DomainError as refused:
            messages.error(request, refused.message)
            return redirect("admin:welfare_benefit_delivery", pk)
        name = _("%(run)s配送单") % {"run": run}
        return FileResponse(
            BytesIO(content),
            filename=f"{name}.{format}",
            content_type=TYPES[FileKind(format)],
            as_attachment=format != "pdf",
        )
