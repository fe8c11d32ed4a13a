"""Lists of the browser admin that page by cursor (core/pagination.py)."""

from typing import Any

from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.views import ChangeList

from core import pagination
from core.admin import drawing

AFTER, BEFORE, LAST, AT = "after", "before", "last", "at"
CURSORS = (AFTER, BEFORE, LAST, AT)


class KeysetPaginator(Paginator):
    """Only says which template draws the footer; the rows come from ``KeysetChangeList``."""

    template_name = "admin/keyset_pagination.html"

    @cached_property
    def count(self) -> int:
        return len(self.object_list)


class KeysetChangeList(ChangeList):
    """Pages in the one order of ``model_admin.keyset_order``; the model admin draws each row by ``row_of``."""

    def get_queryset(self, request: HttpRequest, exclude_parameters=None):
        self.cursors = {name: request.GET[name] for name in CURSORS if name in request.GET}
        for name in CURSORS:
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        admin = self.model_admin
        narrowed = bool(self.query) or any(spec.value() for spec in self.filter_specs)  # a default narrows too
        self.count = pagination.count_of(self.queryset, whole=not narrowed)
        self.page = self._page(admin.for_rows(self.queryset, request))
        admin.fill(self.page.rows, request)
        self.result_list = self.page.rows
        self.result_count = self.full_result_count = self.count.number
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.paginator = KeysetPaginator(self.page.rows, self.list_per_page)
        self.request = request

    def url_for_result(self, result) -> str:
        """As Django's, with one look-up for all rows of the page."""
        return f"{self._address}{quote(result.pk)}/change/"

    @cached_property
    def _address(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    @cached_property
    def rows(self) -> list[tuple[str, list[Any]]]:
        """The address of each row's page and its cells, as the model admin draws them."""
        draw = self.model_admin.row_of
        return [(self.url_for_result(row), draw(row, self.request)) for row in self.page.rows]

    @property
    def body(self) -> SafeString:
        shape = self.model_admin
        return drawing.rows_of([str(header) for header in shape.headers], self.rows, shape.number_columns)

    @property
    def first_filters(self) -> SafeString:
        return self._filters(self.filter_specs[: self.model_admin.filters_at_once])

    @property
    def more_filters(self) -> SafeString:
        """Those that are folded away until they are wanted."""
        return self._filters(self.filter_specs[self.model_admin.filters_at_once :])

    @property
    def more_chosen(self) -> bool:
        return any(spec.value() for spec in self.filter_specs[self.model_admin.filters_at_once :])

    def _filters(self, specs: list[Any]) -> SafeString:
        every = _("：全部")
        drawn = (
            drawing.select_of(spec.parameter_name, spec.title, every, spec.lookup_choices, spec.value())
            for spec in specs
        )
        return format_html_join("", "{}", ((select,) for select in drawn))

    @cached_property
    def chips(self) -> list[dict[str, str]]:
        """Every condition that was asked for, and the list's address without it; no default."""
        asked = [(spec, spec.used_parameters.get(spec.parameter_name)) for spec in self.filter_specs]
        chips = [
            {
                "label": f"{spec.title}：{drawing.label_of(spec.lookup_choices, value)}",
                "url": self.get_query_string(remove=[spec.parameter_name]),
            }
            for spec, value in asked
            if value
        ]
        if self.query:
            label = _("查找：%(term)s") % {"term": self.query}
            chips.insert(0, {"label": label, "url": self.clear_search_url})
        return chips

    def _page(self, queryset) -> pagination.KeysetPage:
        here = {"order": self.model_admin.keyset_order, "size": self.list_per_page}
        if BEFORE in self.cursors or LAST in self.cursors:
            return pagination.page_before(queryset, cursor=self.cursors.get(BEFORE, ""), **here)
        if AT in self.cursors:
            queryset = self.model_admin.starting_at(queryset, self.cursors[AT])
        return pagination.page_after(queryset, cursor=self.cursors.get(AFTER, ""), **here)

    @property
    def first_url(self) -> str:
        return self.get_query_string()

    @property
    def is_first(self) -> bool:
        return self.page.previous is None and AT not in self.cursors

    @property
    def previous_url(self) -> str:
        return self.get_query_string({BEFORE: self.page.previous}) if self.page.previous else ""

    @property
    def next_url(self) -> str:
        return self.get_query_string({AFTER: self.page.next}) if self.page.next else ""

    @property
    def last_url(self) -> str:
        return self.get_query_string({LAST: 1})

    @cached_property
    def jumps(self) -> list[dict[str, str]]:
        """Links to places in the order, such as the letters of the alphabet; none where rows are narrowed."""
        if self.query:
            return []
        return [
            {"label": place.upper(), "url": self.get_query_string({AT: place})}
            for place in self.model_admin.keyset_places
        ]

    @property
    def clear_search_url(self) -> str:
        return self.get_query_string(remove=[SEARCH_VAR])
