"""The browser admin's ground: the shapes that every app's ``admin.py`` builds on, and core's own pages."""

from core.admin.base import HouseAdmin, HouseForm, Inline, KeysetAdmin, Menu

__all__ = ["HouseAdmin", "HouseForm", "Inline", "KeysetAdmin", "Menu"]
