"""A room that is still empty: the union fund: one append-only ledger, budgets, expenses, payments."""
