"""Who may do what with welfare (TRUST.md 3)."""

from core.enums import Role

_READ = frozenset({"welfare.view_benefit", "welfare.view_entitlement", "welfare.view_benefitexception"})
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
    },
    # Approves lists and exceptions that others made.
    Role.CHAIR: _READ | {"welfare.approve_benefit", "welfare.cancel_benefit", "welfare.decide_benefitexception"},
    Role.ACCOUNTANT: _READ,
    Role.AUDITOR: _READ | {"welfare.export_entitlement"},
}
