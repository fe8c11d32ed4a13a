"""The register in the browser admin."""

from members.admin.branches import BranchAdmin
from members.admin.dues import DuesLineAdmin, DuesListAdmin, PayBasisAdmin
from members.admin.imports import ImportRunAdmin
from members.admin.joining import JoinApplicationAdmin
from members.admin.life import MembershipActAdmin
from members.admin.people import MemberAdmin

__all__ = [
    "BranchAdmin",
    "DuesLineAdmin",
    "DuesListAdmin",
    "ImportRunAdmin",
    "JoinApplicationAdmin",
    "MemberAdmin",
    "MembershipActAdmin",
    "PayBasisAdmin",
]
