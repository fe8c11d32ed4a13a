"""Who may take which step of an application: applicant, branch reviewer, preparer and approver are four people."""

from core.enums import Role
from core.models import User
from members.enums import JoinState
from members.models import JoinApplication
from members.querysets.life import reviewers_of


def is_reviewer(user: User, application: JoinApplication) -> bool:
    """An officer of the branch, never of his own application; union staff where the branch has nobody else."""
    if application.applicant_id in user.counts_as:
        return False
    if application.branch_id in user.branch_ids:
        return True
    return user.holds(Role.UNION_STAFF) and not reviewers_of(application.branch_id, application.applicant_id).exists()


def is_preparer(user: User, application: JoinApplication) -> bool:
    """Union staff put it before the meeting."""
    return user.holds(Role.UNION_STAFF) and application.applicant_id not in user.counts_as


def is_approver(user: User, application: JoinApplication) -> bool:
    """The chair, for the committee, on what he has neither written, reviewed nor prepared."""
    others = (application.applicant_id, application.branch_reviewer_id, application.prepared_by_id)
    return user.holds(Role.CHAIR) and user.counts_as.isdisjoint(others)


def decides_now(user: User, application: JoinApplication) -> bool:
    """Whether the application, handed in and undecided, is on this user's desk."""
    if application.state == JoinState.SUBMITTED:
        return is_reviewer(user, application)
    if application.state == JoinState.BRANCH_APPROVED:
        step = is_approver if application.is_prepared else is_preparer
        return step(user, application)
    return False


def works_on_it(user: User, application: JoinApplication) -> bool:
    """Any of the three steps is his at some time."""
    return any(step(user, application) for step in (is_reviewer, is_preparer, is_approver))
