"""Why a hand-out, its reversal or a choice of package is refused, as tests and logs call it. Leaf."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class HandoutRefusal(StrEnum):
    NOT_HANDING_OUT = "handout_not_handing_out"
    NOT_LISTED = "handout_not_listed"
    OWN = "handout_own"
    RECEIVED = "handout_received"
    CLOSED = "handout_closed"
    KEY_USED = "handout_key_used"
    KEY_MALFORMED = "handout_key_malformed"
    PROXY = "handout_proxy"
    REVERSED = "handout_reversed"
    NO_REASON = "handout_no_reason"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    HandoutRefusal.NOT_HANDING_OUT: _("这次发放现在不在发放中，没有登记。"),
    HandoutRefusal.NOT_LISTED: _("您负责的名单上没有此人，没有登记。"),
    HandoutRefusal.OWN: _("本人的一份由另一位负责人或校工会登记。"),
    HandoutRefusal.RECEIVED: _("已经领取过了。"),
    HandoutRefusal.CLOSED: _("此人已撤出名单或已核销，没有登记。"),
    HandoutRefusal.KEY_USED: _("这一条登记过别人了，请重新扫码。"),
    HandoutRefusal.KEY_MALFORMED: _("页面已过期，请刷新后再登记。"),
    HandoutRefusal.PROXY: _("代领须同时填写代领人姓名和与本人的关系。"),
    HandoutRefusal.REVERSED: _("这次登记已经撤销过了。"),
    HandoutRefusal.NO_REASON: _("请填写原因。"),
}


class CannotHandOut(DomainError):
    """Allowed, but against a rule; ``code`` is a ``HandoutRefusal``. Nothing was changed."""
