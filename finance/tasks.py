"""What a worker says for the fund; the words stand nowhere else (core/telling.py)."""

from django.utils.translation import gettext as _

from core import telling


@telling.words("finance.expense_waits")
def expense_waits(*, expense: int) -> tuple[str, str]:
    return _("有报销单待您审批"), _("报销单 BX%(claim)06d 请在“报销审批”中办理。") % {"claim": expense}


@telling.words("finance.expense_waits_in_office")
def expense_waits_in_office(*, expense: int) -> tuple[str, str]:
    words = _("报销单 BX%(claim)06d 待您审批，请在管理后台的“报销单”中办理。")
    return _("有报销单待您审批"), words % {"claim": expense}


@telling.words("finance.expense_payable")
def expense_payable(*, expense: int) -> tuple[str, str]:
    words = _("报销单 BX%(claim)06d 已批准，请在管理后台的“付款批次”中办理支付。")
    return _("有报销单待支付"), words % {"claim": expense}


@telling.words("finance.expense_returned")
def expense_returned(*, expense: int) -> tuple[str, str]:
    words = _("报销单 BX%(claim)06d 已退回，请在“我的报销”中查看原因，补正后重新提交。")
    return _("您的报销需要补正"), words % {"claim": expense}


@telling.words("finance.expense_rejected")
def expense_rejected(*, expense: int) -> tuple[str, str]:
    words = _("报销单 BX%(claim)06d 不予报销，原因请在“我的报销”中查看。")
    return _("您的报销未获批准"), words % {"claim": expense}


@telling.words("finance.expense_approved")
def expense_approved(*, expense: int) -> tuple[str, str]:
    return _("您的报销已获批准"), _("报销单 BX%(claim)06d 已批准，等待出纳支付。") % {"claim": expense}


@telling.words("finance.expense_paid")
def expense_paid(*, expense: int) -> tuple[str, str]:
    words = _("报销单 BX%(claim)06d 已支付，到账时间以银行为准。")
    return _("您的报销已支付"), words % {"claim": expense}


@telling.words("finance.expense_bounced")
def expense_bounced(*, expense: int) -> tuple[str, str]:
    words = _(
        "报销单 BX%(claim)06d 的款项被银行退回。收款账号有误的，请在“我的报销”中收回修改；账号无误的，等待再次支付。"
    )
    return _("您的报销款被银行退回"), words % {"claim": expense}


@telling.words("finance.expense_bounced_late")
def expense_bounced_late(*, expense: int) -> tuple[str, str]:
    words = _(
        "报销单 BX%(claim)06d 的款项被银行退回。原预算年度已结束，请在“我的报销”中核对收款账号、"
        "改选本年度预算后重新提交。"
    )
    return _("您的报销款被银行退回"), words % {"claim": expense}
