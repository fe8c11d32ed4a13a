"""Who may do what with the register."""

from core.enums import Role

_READ = frozenset(
    {"members.view_branch", "members.view_branchalias", "members.view_member", "members.view_membership"}
)
_DUES = frozenset({"members.view_dueslist", "members.view_duesline", "members.view_duespayment"})
_LIFE = frozenset({"members.view_membershipact", "members.view_joinapplication"})
GRANTS: dict[Role, frozenset[str]] = {
    Role.UNION_STAFF: _READ
    | _DUES
    | _LIFE
    | {
        "members.view_paybasis",
        "members.keep_paybasis",
        "members.add_dueslist",
        "members.add_branch",
        "members.change_branch",
        "members.add_branchalias",
        "members.change_branchalias",
        "members.delete_branchalias",
        "members.import_member",
        "members.view_importrun",
        "members.add_membershipact",
        "members.correct_membershipact",
        "members.issue_card",
        "members.categorise_member",
        "members.reveal_member",
        "members.reveal_membersecret",
    },
    Role.CHAIR: _READ | _DUES | _LIFE | {"members.reveal_member"},
    # The list is made by the staff and booked by the accountant: nobody does both (TRUST.md 3).
    Role.ACCOUNTANT: _DUES | {"members.add_duespayment"},
    Role.AUDITOR: _DUES,
}


def can_print_roll(user, branch) -> bool:
    """The branch's own officer, and who may see the whole roll."""
    return branch.pk in user.branch_ids or user.holds(Role.UNION_STAFF, Role.CHAIR)
