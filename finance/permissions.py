"""Who may do what with the union fund (TRUST.md 3)."""

from core.enums import Role

_LINES = frozenset({"finance.view_fiscalyear", "finance.view_account", "finance.view_budgetline"})
_CLAIMS = frozenset({"finance.view_expense"})
_PAYING = _CLAIMS | {"finance.view_paymentbatch", "finance.view_journal"}
_ENTRIES = frozenset({"finance.view_entry", "finance.view_commitment", "finance.view_allotment"})
_BOOKS = _LINES | _PAYING | _ENTRIES | {"finance.print_budget"}
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
        "finance.add_allotment",
        "finance.reverse_entry",
    },
    # Signs the approved budget off; books nothing by hand.
    Role.CHAIR: _BOOKS | {"finance.open_fiscalyear"},
    Role.AUDITOR: _BOOKS | {"finance.sample_expense"},
    # What their cases will cost and what is left for it; not who was paid what.
    # Reviews a claim where the branch has nobody else, and enters one for somebody.
    Role.UNION_STAFF: _LINES | _CLAIMS | {"finance.enter_expense"},
    # Carries out what was approved; books, approves and changes nothing.
    Role.CASHIER: _PAYING | {"finance.pay_expense"},
}
