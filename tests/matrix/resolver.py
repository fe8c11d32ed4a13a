"""Every address that the resolver knows."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def routes() -> list[str]:
    """The routes of all patterns, as the resolver spells them, in its order."""
    return [route for route, _ in patterns()]


def patterns() -> Iterator[tuple[str, str]]:
    """(route, view name with namespaces) of every pattern."""
    yield from _walk(get_resolver().url_patterns, "", "")


def _walk(entries: list, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(
                entry.url_patterns, route, namespace + (f"{entry.namespace}:" if entry.namespace else "")
            )
        elif isinstance(entry, URLPattern):
            yield route, namespace + (entry.name or "")
