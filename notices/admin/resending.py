"""A list of what was sent, where what failed is sent again by hand: one of them, or all."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from core.admin import KeysetAdmin
from core.requests import SignedInRequest
from notices.enums import DeliveryState
from notices.services.resending import CannotResend


class ResendAdmin(KeysetAdmin):
    """``resend_service`` is the service; ``caution`` what a person should look at before he presses the button."""

    change_list_template = "notices/admin/failed_list.html"
    change_form_template = "notices/admin/failed_form.html"
    resend_service: Any
    caution: Any = ""

    def may_resend(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"notices.resend_{self.opts.model_name}")

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        failed = self.get_queryset(request).filter(state=DeliveryState.FAILED) if self.may_resend(request) else None
        told = {"failed": failed.count() if failed is not None else 0, **self._of_the_button("_all")}
        return super().changelist_view(request, {**(extra_context or {}), **told})

    def change_view(self, request: HttpRequest, object_id: str, form_url="", extra_context=None) -> HttpResponse:
        told = {"may_resend": self.may_resend(request), **self._of_the_button()}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})

    def _of_the_button(self, of: str = "") -> dict[str, Any]:
        return {"caution": self.caution, "resend_url": f"admin:notices_{self.opts.model_name}_resend{of}"}

    def get_urls(self) -> list[URLPattern]:
        resend, name = self.admin_site.admin_view(self.resend), f"notices_{self.opts.model_name}_resend"
        return [
            path("resend/", resend, name=f"{name}_all"),
            path("<int:pk>/resend/", resend, name=name),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def resend(self, request: SignedInRequest, pk: int | None = None) -> HttpResponse:
        """失败重发: one, or all that failed."""
        if not self.may_resend(request):
            raise PermissionDenied
        if pk is not None:
            get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            count = self.resend_service(actor=request.user, ids=None if pk is None else [pk], at=request.at)
        except CannotResend as refused:
            messages.error(request, refused.message)
        else:
            messages.info(request, gettext("%(count)s 条已交后台重发。") % {"count": count})
        return redirect(f"admin:notices_{self.opts.model_name}_changelist")
