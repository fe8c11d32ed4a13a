"""The Chinese year: lunar dates, festivals, working days (REGULATIONS.md 6.5, 10)."""
