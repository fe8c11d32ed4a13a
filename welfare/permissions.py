"""Who may do what with welfare (TRUST.md 3)."""

from core.enums import Role

_READ = frozenset(
    {
        "welfare.view_benefit",
        "welfare.view_entitlement",
        "welfare.view_benefitexception",
        "welfare.view_package",
        "welfare.view_packageoffer",
        "welfare.view_supplier",
        "welfare.view_purchase",
    }
)
GRANTS: dict[Role, frozenset[str]] = {
    # Makes the run and its list, hands out and settles; never approves.
    Role.UNION_STAFF: _READ
    | {
        "welfare.add_benefit",
        "welfare.change_benefit",
        "welfare.freeze_benefit",
        "welfare.start_benefit",
        "welfare.settle_benefit",
        "welfare.cancel_benefit",
        "welfare.ask_benefitexception",
        "welfare.export_entitlement",
        "welfare.hand_out",
        "welfare.reverse_handout",
        "welfare.print_sheet",
        "welfare.print_all_sheets",
        "welfare.offer_packages",
        *("welfare.add_packageoffer", "welfare.change_packageoffer"),
        *("welfare.add_package", "welfare.change_package"),
        *("welfare.add_supplier", "welfare.change_supplier"),
        *("welfare.add_purchase", "welfare.cancel_purchase", "welfare.print_delivery"),
    },
    # Approves lists and exceptions that others made.
    Role.CHAIR: _READ | {"welfare.approve_benefit", "welfare.cancel_benefit", "welfare.decide_benefitexception"},
    # Hands out to the people of his branch.
    Role.BRANCH_OFFICER: frozenset({"welfare.hand_out", "welfare.print_sheet"}),
    Role.ACCOUNTANT: _READ,
    Role.AUDITOR: _READ | {"welfare.export_entitlement"},
}
