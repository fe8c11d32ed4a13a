"""The one way to let a stranger's file, or a page with a stranger's text, be worked on (TRUST.md 2.9).

A process of its own, limited in memory and time, without settings, keys or database. ``asking`` and ``process`` are
the asking side, ``child`` and ``forking`` the working one. This file imports nothing: the working process passes
through it.
"""
