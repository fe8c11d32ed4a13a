"""The rows and filters of a list as HTML, made in one go: a template loop over 350 cells costs more than the query.

Everything goes through ``format_html``: what a cell or a choice holds is escaped.
"""

from functools import lru_cache
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString


def rows_of(headers: list[str], rows: list[tuple[str, list[Any]]], numbers: frozenset[int]) -> SafeString:
    """``rows``: the address of each row's page and its cells (a text, or ``{"text", "kind"}`` for a label).

    Each cell carries its column's name, which a phone shows beside it; columns of ``numbers`` stand to the right.
    """
    kinds = ((' class="number"' if place in numbers else "", header) for place, header in enumerate(headers))
    columns = "".join(f'<td{kind} data-label="{escape(header)}">{{}}</td>' for kind, header in list(kinds)[1:])
    row = '<tr><th scope="row"><a href="{}">{}</a></th>' + columns + "</tr>"
    return format_html_join("\n", row, ((url, *map(_shown, cells)) for url, cells in rows))


def _shown(cell: Any) -> Any:
    if isinstance(cell, dict):
        return format_html('<span class="house-tag {}">{}</span>', cell["kind"], cell["text"])
    return cell


def label_of(choices: list[tuple[Any, Any]], value: str) -> str:
    """The words of a filter's value; one that is none is shown as it was asked for."""
    return str(next((label for known, label in choices if str(known) == value), value))


def select_of(name: str, title: Any, every: Any, choices: list[tuple[Any, Any]], chosen: str | None) -> SafeString:
    """A filter: all of it, or one of ``choices``. The chosen one says of what: a year alone could be any year."""
    plain = tuple((str(value), str(label)) for value, label in choices)
    known = chosen if any(value == chosen for value, _label in plain) else None
    return _select(name, str(title), str(every), plain, known)


@lru_cache(maxsize=500)
def _select(
    name: str, title: str, every: str, choices: tuple[tuple[str, str], ...], chosen: str | None
) -> SafeString:
    options = format_html_join(
        "",
        '<option value="{}"{}>{}{}</option>',
        (
            (value, " selected", f"{title}：", label) if value == chosen else (value, "", "", label)
            for value, label in choices
        ),
    )
    shape = '<select name="{}" aria-label="{}"><option value="">{}{}</option>{}</select>'
    return format_html(shape, name, title, title, every, options)
