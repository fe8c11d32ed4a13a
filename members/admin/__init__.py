"""The register in the browser admin."""

from members.admin.branches import BranchAdmin
from members.admin.changes import ProfileChangeAdmin
from members.admin.dues import DuesLineAdmin, DuesListAdmin, PayBasisAdmin
from members.admin.duplicates import DuplicatePairAdmin, MergeRecordAdmin
from members.admin.families import FamilyMemberAdmin
from members.admin.feed import FeedChangeAdmin, FeedRunAdmin
from members.admin.homes import HomeAssessmentAdmin, HomeStandardAdmin
from members.admin.honours import HonourAdmin
from members.admin.imports import ImportRunAdmin
from members.admin.joining import JoinApplicationAdmin
from members.admin.life import MembershipActAdmin
from members.admin.pairings import PairingAdmin, TrainingRecordAdmin
from members.admin.people import MemberAdmin
from members.admin.posts import BodyAdmin, PostAdmin
from members.admin.privacy import ConsentTextAdmin, SubjectRequestAdmin
from members.admin.segments import SegmentAdmin

__all__ = [
    "BodyAdmin",
    "BranchAdmin",
    "ConsentTextAdmin",
    "DuesLineAdmin",
    "DuesListAdmin",
    "DuplicatePairAdmin",
    "FamilyMemberAdmin",
    "FeedChangeAdmin",
    "FeedRunAdmin",
    "HomeAssessmentAdmin",
    "HomeStandardAdmin",
    "HonourAdmin",
    "ImportRunAdmin",
    "JoinApplicationAdmin",
    "MemberAdmin",
    "MembershipActAdmin",
    "MergeRecordAdmin",
    "PairingAdmin",
    "PayBasisAdmin",
    "PostAdmin",
    "ProfileChangeAdmin",
    "SegmentAdmin",
    "SubjectRequestAdmin",
    "TrainingRecordAdmin",
]
