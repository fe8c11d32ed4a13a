"""The tables of the register, by aggregate."""

from members.models.branches import Branch, BranchAlias
from members.models.dues import DuesLine, DuesList, DuesPayment, PayBasis, PayrollAuthorisation
from members.models.imports import ImportedPerson, ImportRow, ImportRun, SavedMapping
from members.models.joining import JoinApplication
from members.models.life import CardCounter, KeptMembership, MembershipAct
from members.models.people import Member, MemberSecret, Membership

__all__ = [
    "Branch",
    "BranchAlias",
    "CardCounter",
    "DuesLine",
    "DuesList",
    "DuesPayment",
    "ImportRow",
    "ImportRun",
    "ImportedPerson",
    "JoinApplication",
    "KeptMembership",
    "Member",
    "MemberSecret",
    "Membership",
    "MembershipAct",
    "PayBasis",
    "PayrollAuthorisation",
    "SavedMapping",
]
