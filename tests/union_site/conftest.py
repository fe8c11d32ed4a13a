"""The browser for tests marked ``browser``; another folder imports the same fixtures in a conftest of its own."""

from tests.union_site.browser import chromium, desk, phone

__all__ = ["chromium", "desk", "phone"]
