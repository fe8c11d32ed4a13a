"""The tables of the register, by aggregate."""

from members.models.branches import Branch, BranchAlias
from members.models.changes import MemberCode, ProfileChange
from members.models.dues import DuesLine, DuesList, DuesPayment, PayBasis, PayrollAuthorisation
from members.models.duplicates import DuplicatePair, MergeRecord
from members.models.families import FamilyConsent, FamilyMember
from members.models.feed import FeedChange, FeedRun
from members.models.homes import HomeAssessment, HomeCriterion, HomeScore, HomeStandard
from members.models.honours import Honour, HonourHolder
from members.models.imports import ImportedPerson, ImportRow, ImportRun, SavedMapping
from members.models.joining import JoinApplication
from members.models.life import CardCounter, KeptMembership, MembershipAct
from members.models.pairings import Pairing, PairingReview
from members.models.people import Member, MemberSecret, Membership
from members.models.posts import Body, Post
from members.models.privacy import Consent, ConsentText, Erasure, SubjectRequest
from members.models.segments import Segment
from members.models.training import TrainingRecord

__all__ = [
    "Body",
    "Branch",
    "BranchAlias",
    "CardCounter",
    "Consent",
    "ConsentText",
    "DuesLine",
    "DuesList",
    "DuesPayment",
    "DuplicatePair",
    "Erasure",
    "FamilyConsent",
    "FamilyMember",
    "FeedChange",
    "FeedRun",
    "HomeAssessment",
    "HomeCriterion",
    "HomeScore",
    "HomeStandard",
    "Honour",
    "HonourHolder",
    "ImportRow",
    "ImportRun",
    "ImportedPerson",
    "JoinApplication",
    "KeptMembership",
    "Member",
    "MemberCode",
    "MemberSecret",
    "Membership",
    "MembershipAct",
    "MergeRecord",
    "Pairing",
    "PairingReview",
    "PayBasis",
    "PayrollAuthorisation",
    "Post",
    "ProfileChange",
    "SavedMapping",
    "Segment",
    "SubjectRequest",
    "TrainingRecord",
]
