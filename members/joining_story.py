"""An application told to people: what happened to it, and whose turn it is."""

from django.utils.translation import gettext as _

from members.enums import JoinState
from members.models import JoinApplication
from members.querysets.life import reviewers_of
from members.steps import Step


def steps_of(application: JoinApplication) -> list[Step]:
    """What happened so far, the oldest first."""
    row = application
    steps = [Step(_("填写申请"), row.created_at, row.applicant.name)]
    if row.submitted_at:
        steps.append(Step(_("提交"), row.submitted_at, row.applicant.name))
    if row.branch_reviewer and row.branch_reviewed_at:
        steps.append(Step(_("分工会同意"), row.branch_reviewed_at, row.branch_reviewer.name, row.branch_opinion))
    if row.prepared_by and row.prepared_at:
        steps.append(Step(_("提交会议审批"), row.prepared_at, row.prepared_by.name, row.minute))
    match row.state:
        case JoinState.ADMITTED:
            steps.append(
                Step(_("批准入会"), row.decided_at, row.approved_by.name if row.approved_by else "", row.minute)
            )
        case JoinState.REJECTED:
            steps.append(Step(_("不予批准"), row.decided_at, "", row.said))
        case JoinState.WITHDRAWN:
            steps.append(Step(_("本人撤回"), row.decided_at))
        case JoinState.RETURNED:
            steps.append(Step(_("退回补正"), None, "", row.said))
    return steps


def waits_for(application: JoinApplication) -> str:
    """Whose turn it is, in words; empty when it is decided."""
    match application.state:
        case JoinState.DRAFT | JoinState.RETURNED:
            return _("申请人")
        case JoinState.SUBMITTED:
            officers = reviewers_of(application.branch_id, application.applicant_id).select_related("user")
            names = "、".join(grant.user.name for grant in officers)
            return _("分工会负责人（%(names)s）") % {"names": names} if names else _("校工会干事")
        case JoinState.BRANCH_APPROVED:
            return _("校工会主席") if application.is_prepared else _("校工会干事")
    return ""
