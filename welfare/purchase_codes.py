"""Why a supplier or a purchase is refused, as tests and logs call it. Leaf."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class PurchaseRefusal(StrEnum):
    NAME = "supplier_name_taken"
    CODE = "supplier_credit_code"
    CODE_TAKEN = "supplier_credit_code_taken"
    MOBILE = "supplier_phone_is_a_mobile"
    SUPPLIER_OFF = "purchase_supplier_off"
    RUN_OFF = "purchase_run_cancelled"
    PACKAGE = "purchase_package_of_another_run"
    WHAT = "purchase_of_nothing"
    QUANTITY = "purchase_quantity"
    PRICE = "purchase_price"
    AREA = "purchase_platform_without_area"
    TO_COME = "purchase_to_come"
    CANCELLED = "purchase_cancelled_already"
    NO_REASON = "purchase_no_reason"
    NOTHING_TO_DELIVER = "delivery_before_the_list"

    @property
    def label(self) -> str:
        return str(_WORDS[self])


_WORDS = {
    PurchaseRefusal.NAME: _("已有同名供货商。"),
    PurchaseRefusal.CODE: _("统一社会信用代码有误，请核对（18 位，GB 32100）。"),
    PurchaseRefusal.CODE_TAKEN: _("已有供货商使用这个统一社会信用代码。"),
    PurchaseRefusal.MOBILE: _("请登记单位电话，不登记个人手机号码。"),
    PurchaseRefusal.SUPPLIER_OFF: _("这个供货商已停用。"),
    PurchaseRefusal.RUN_OFF: _("这次发放已取消，不能登记采购。"),
    PurchaseRefusal.PACKAGE: _("这个套餐不属于这次发放。"),
    PurchaseRefusal.WHAT: _("请填写物品/规格，或选择套餐。"),
    PurchaseRefusal.QUANTITY: _("数量须为正整数。"),
    PurchaseRefusal.PRICE: _("采购单价须大于零，最多两位小数，金额不超过十二位。"),
    PurchaseRefusal.AREA: _("经 832 平台采购的须填写产地。"),
    PurchaseRefusal.TO_COME: _("采购日期不能晚于今天。"),
    PurchaseRefusal.CANCELLED: _("这条采购记录已经作废。"),
    PurchaseRefusal.NO_REASON: _("请填写作废原因。"),
    PurchaseRefusal.NOTHING_TO_DELIVER: _("名单还没有批准，不能打印配送单。"),
}


class CannotPurchase(DomainError):
    """Allowed, but against a rule; ``code`` is a ``PurchaseRefusal``. Nothing was changed."""
