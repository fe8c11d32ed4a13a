"""A room that is still empty: benefits, condolence, hardship aid (福利, 慰问, 帮扶)."""
