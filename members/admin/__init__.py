"""The register in the browser admin."""

from members.admin.branches import BranchAdmin
from members.admin.people import MemberAdmin

__all__ = ["BranchAdmin", "MemberAdmin"]
