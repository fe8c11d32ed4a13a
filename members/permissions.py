"""Who may do what with the register."""

from core.enums import Role

_READ = frozenset(
    {"members.view_branch", "members.view_branchalias", "members.view_member", "members.view_membership"}
)
GRANTS: dict[Role, frozenset[str]] = {
    Role.UNION_STAFF: _READ
    | {
        "members.add_branch",
        "members.change_branch",
        "members.add_branchalias",
        "members.change_branchalias",
        "members.delete_branchalias",
    },
    Role.CHAIR: _READ,
}
