"""The shape that every page of the browser admin has: nothing is written but by a service, nothing is deleted."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from core import intents
from core.admin.lists import KeysetChangeList
from core.errors import DomainError
from core.models import IntentKey
from core.requests import SignedInRequest


class Menu(TextChoices):
    """The groups of the side bar, in their order."""

    MEMBERS = "members", _("会员")
    DUES = "dues", _("会费")
    WELFARE = "welfare", _("福利慰问")
    FINANCE = "finance", _("经费")
    BODIES = "bodies", _("组织建设")
    REGISTER = "register", _("名册核对")
    NOTICES = "notices", _("通知提醒")
    RULES = "rules", _("制度参数")
    SYSTEM = "system", _("系统")


class HouseForm(forms.ModelForm):
    """Cleans input. ``refusal`` is what the service said to the same input a moment ago."""

    refusal: DomainError | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.refusal is not None:
            raise forms.ValidationError(self.refusal.message, code=str(self.refusal.code))
        return cleaned


class HouseAdmin(ModelAdmin):
    """A page of the admin. Rights come from ``<app>/permissions.py``; without a ``save`` of its own it only shows.

    ``save(request, form, change) -> instance`` calls a service; its ``DomainError`` comes back as the form's error.
    """

    menu: Menu
    icon = "description"
    menu_order = 50
    form = HouseForm
    actions = None
    list_filter_submit = False
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = False
    view_on_site = False
    compressed_fields = True
    change_form_before_template = "admin/intent_key.html"

    def save(self, request: SignedInRequest, form: forms.ModelForm, change: bool) -> Any:
        raise PermissionDenied

    def writes(self) -> bool:
        return type(self).save is not HouseAdmin.save

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.writes() and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return self.writes() and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the page's own filters: no column is asked about by way of the address (TRUST.md 6, Django)."""
        return lookup in {getattr(spec, "parameter_name", None) for spec in self.get_list_filter(request)}

    def get_urls(self) -> list[URLPattern]:
        """Only addresses that lead somewhere: no delete page, no history beside the audit, no add without a form."""
        info = f"{self.opts.app_label}_{self.opts.model_name}"
        useless = {f"{info}_delete", f"{info}_history"} | (set() if self.writes() else {f"{info}_add"})
        return [url for url in super().get_urls() if url.name is not None and url.name not in useless]

    def get_form(self, request: HttpRequest, obj=None, change: bool = False, **kwargs) -> type[forms.ModelForm]:
        shape = super().get_form(request, obj, change=change, **kwargs)
        refusal = getattr(request, "refusal", None)
        return type(shape.__name__, (shape,), {"refusal": refusal}) if refusal else shape

    def formfield_for_dbfield(self, db_field, request: HttpRequest, **kwargs):
        """Plain choices: no windows that add or edit the other object from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def changeform_view(self, request: HttpRequest, object_id=None, form_url="", extra_context=None) -> HttpResponse:
        context = {"show_save_and_continue": False, "show_save_and_add_another": False, **(extra_context or {})}
        if request.method == "POST" and object_id is None and self._made_before(request):
            return self.response_add(request, None)
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except DomainError as refused:  # the transaction is rolled back: the same form again, with the reason
            request.refusal = refused  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None):
        """Django looks an empty ``_to_field`` up as a field of no name, and answers 500."""
        return super().get_object(request, object_id, from_field or None)

    def _made_before(self, request: HttpRequest) -> bool:
        """Whether this very form made its object when it was sent the first time: then the answer is the same."""
        key = request.POST.get(intents.FIELD, "")
        try:
            return IntentKey.objects.filter(
                user=cast(SignedInRequest, request).user, form=self._form_name(), key=key
            ).exists()
        except ValidationError:  # no UUID; save_model refuses it
            return False

    def _form_name(self) -> str:
        return f"admin.{self.opts.label_lower}"

    def response_add(self, request: HttpRequest, obj, post_url_continue=None) -> HttpResponse:
        messages.success(request, _("已保存。"))
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def response_change(self, request: HttpRequest, obj) -> HttpResponse:
        return self.response_add(request, obj)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts, object_id):
        raise Http404

    def save_form(self, request: HttpRequest, form: forms.ModelForm, change: bool):
        """Django asks for an unsaved instance first; the service makes the real one in ``save_model``."""
        return form.instance

    def save_model(self, request: HttpRequest, obj, form: forms.ModelForm, change: bool) -> None:
        mine = cast(SignedInRequest, request)  # admin_view lets nobody else in
        if change:
            self.save(mine, form, change)
            return
        key = request.POST.get(intents.FIELD, "")
        with intents.once(actor=mine.user, form=self._form_name(), key=key) as intent:
            if not intent.repeated:
                intent.result = str(self.save(mine, form, change).pk)
        obj.pk = self.opts.pk.to_python(intent.result)

    def save_related(self, request: HttpRequest, form, formsets, change: bool) -> None:
        """Rows beside the object are the service's affair too."""

    def construct_change_message(self, request: HttpRequest, form, formsets, add: bool = False) -> list:
        return []

    # AuditEntry is the audit; Django's own log would be a second, weaker one.
    def log_addition(self, request: HttpRequest, obj, message) -> None:
        return None

    log_change = log_addition


class KeysetAdmin(HouseAdmin):
    """A list that may have a million rows: paged by cursor, drawn by one plain table, sorted one way only."""

    change_list_template = "admin/keyset_list.html"
    keyset_order: tuple[str, ...] = ("-id",)
    keyset_places: tuple[str, ...] = ()
    headers: tuple[Any, ...] = ()
    number_columns: frozenset[int] = frozenset()  # of ``headers``, from 0: amounts, to the right
    list_display = ("__str__",)
    sortable_by = ()
    filters_at_once = 6  # the others are behind 更多条件
    unit: Any = _("条")
    empty: Any = _("没有符合条件的记录。")

    def get_changelist(self, request: HttpRequest, **kwargs):
        return KeysetChangeList

    def changelist_view(self, request: HttpRequest, extra_context=None) -> HttpResponse:
        """Without Django's scripts for actions and editing in lists: there are none."""
        return super().changelist_view(request, {"media": forms.Media(), **(extra_context or {})})

    def for_rows(self, queryset, request: SignedInRequest):
        """What ``row_of`` needs beside each row, in a fixed number of queries."""
        return queryset

    def fill(self, rows: list[Any], request: SignedInRequest) -> None:
        """What ``row_of`` needs beside the page's rows and gets cheaper than by their queryset."""

    def row_of(self, row, request: SignedInRequest) -> list[Any]:
        """The cells under ``headers``: a text, or a label as ``{"text": ..., "kind": "good|quiet|warn|bad"}``."""
        raise NotImplementedError

    def starting_at(self, queryset, place: str):
        """The rows from one of ``keyset_places`` on."""
        return queryset


class Inline(TabularInline):
    """Rows shown beside an object; read-only unless a page says otherwise."""

    extra = 0
    hide_title = True
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False
