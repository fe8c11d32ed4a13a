"""The tables of the register, by aggregate."""

from members.models.branches import Branch, BranchAlias
from members.models.people import Member, MemberSecret, Membership

__all__ = ["Branch", "BranchAlias", "Member", "MemberSecret", "Membership"]
