"""Who may do what with the register."""

from core.enums import Role

_READ = frozenset(
    {"members.view_branch", "members.view_branchalias", "members.view_member", "members.view_membership"}
)
_DUES = frozenset({"members.view_dueslist", "members.view_duesline", "members.view_duespayment"})
_LIFE = frozenset({"members.view_membershipact", "members.view_joinapplication"})
_PEOPLE = frozenset(
    {
        "members.view_body",
        "members.view_post",
        "members.view_honour",
        "members.view_honourholder",
        "members.view_homeassessment",
        "members.view_homescore",
        "members.view_homestandard",
        "members.view_homecriterion",
        "members.view_pairing",
        "members.view_pairingreview",
        "members.view_trainingrecord",
    }
)
_SEGMENTS = frozenset({f"members.{verb}_segment" for verb in ("view", "add", "change", "delete")})
_OWN = frozenset({"members.view_profilechange", "members.view_subjectrequest", "members.view_consenttext"})
GRANTS: dict[Role, frozenset[str]] = {
    Role.UNION_STAFF: _READ
    | _DUES
    | _LIFE
    | _PEOPLE
    | _SEGMENTS
    | _OWN
    | {
        "members.decide_profilechange",
        "members.answer_subjectrequest",
        "members.add_consenttext",
        "members.erase_member",
        "members.export_member",
        "members.add_body",
        "members.change_body",
        "members.add_post",
        "members.change_post",
        "members.compare_roles",
        "members.add_honour",
        "members.score_home",
        "members.add_pairing",
        "members.add_trainingrecord",
        "members.view_familymember",
        "members.reveal_familymember",
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
        "members.view_feedrun",
        "members.add_feedrun",
        "members.view_feedchange",
        "members.change_feedchange",
        "members.view_duplicatepair",
        "members.change_duplicatepair",
        "members.view_mergerecord",
        "members.merge_member",
        "members.reveal_member",
        "members.reveal_membersecret",
    },
    Role.CHAIR: _READ
    | _DUES
    | _LIFE
    | _PEOPLE
    | _SEGMENTS
    | _OWN
    | {"members.export_member", "members.reveal_member", "members.compare_roles"},
    # The list is made by the staff and booked by the accountant: nobody does both (TRUST.md 3).
    Role.ACCOUNTANT: _DUES | {"members.add_duespayment"},
    Role.AUDITOR: _DUES,
    # Grants follow posts, never the other way: he sees where they differ.
    Role.SECURITY_ADMIN: frozenset({"members.view_body", "members.compare_roles"}),
    Role.BRANCH_OFFICER: frozenset({"members.export_own_branch"}),
}


def can_print_roll(user, branch) -> bool:
    """The branch's own officer, and who may see the whole roll."""
    return branch.pk in user.branch_ids or user.holds(Role.UNION_STAFF, Role.CHAIR)
