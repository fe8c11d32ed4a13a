"""Writes of notices: rows that fall due, their delivery, the rules, and what a person reads or switches off."""
