"""Who may do what with the union fund (TRUST.md 3)."""

from core.enums import Role

_LINES = frozenset({"finance.view_fiscalyear", "finance.view_account", "finance.view_budgetline"})
_BOOKS = _LINES | {"finance.view_entry", "finance.view_commitment", "finance.print_budget"}
GRANTS: dict[Role, frozenset[str]] = {
    # He books, and plans the budget that others approve; he never approves it.
    Role.ACCOUNTANT: _BOOKS
    | {
        "finance.add_fiscalyear",
        "finance.close_fiscalyear",
        "finance.add_account",
        "finance.change_account",
        "finance.add_budgetline",
        "finance.revise_budgetline",
        "finance.add_entry",
        "finance.reverse_entry",
    },
    # Signs the approved budget off; books nothing by hand.
    Role.CHAIR: _BOOKS | {"finance.open_fiscalyear"},
    Role.AUDITOR: _BOOKS,
    # What their cases will cost and what is left for it; not who was paid what.
    Role.UNION_STAFF: _LINES,
}
