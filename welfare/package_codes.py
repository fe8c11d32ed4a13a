"""Why a package, its offer or a choice is refused, as tests and logs call it. Leaf."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class PackageRefusal(StrEnum):
    NOT_OFFERED = "package_not_offered"
    CLOSED = "package_choice_closed"
    NOT_YET = "package_choice_open"
    NOT_DUE = "package_not_due"
    SOLD_OUT = "package_sold_out"
    POINT = "package_point_unknown"
    PRICE = "package_price"
    STOCK = "package_stock_below_taken"
    NAME = "package_name_taken"
    DEFAULT = "package_default"
    CHOSEN = "package_chosen_already"
    NO_DEFAULT = "package_no_default"
    PAST = "package_closes_in_the_past"
    RUN_OVER = "package_run_over"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    PackageRefusal.NOT_OFFERED: _("这次福利没有这个套餐可选。"),
    PackageRefusal.CLOSED: _("选择已经截止，没有改动。"),
    PackageRefusal.NOT_YET: _("选择还没有截止，截止后再分配默认套餐。"),
    PackageRefusal.NOT_DUE: _("您已领取，或不在这次的名单上，不能再选。"),
    PackageRefusal.SOLD_OUT: _("这个套餐已经选完，请选其他套餐。"),
    PackageRefusal.POINT: _("请从列出的领取点中选择。"),
    PackageRefusal.PRICE: _("采购单价须大于零，不超过每人标准。"),
    PackageRefusal.STOCK: _("数量不能少于已选的份数。"),
    PackageRefusal.NAME: _("这次福利已有同名套餐。"),
    PackageRefusal.DEFAULT: _("默认套餐只能有一个，且不限数量。"),
    PackageRefusal.CHOSEN: _("已有人选了这个套餐，只能改数量。"),
    PackageRefusal.NO_DEFAULT: _("还没有默认套餐，请先设定。"),
    PackageRefusal.PAST: _("截止时间须在现在之后。"),
    PackageRefusal.RUN_OVER: _("这次福利已结清或取消，不能再改。"),
}


class CannotChoose(DomainError):
    """Allowed, but against a rule; ``code`` is a ``PackageRefusal``. Nothing was changed."""
