"""Benefit runs in the browser admin: every act a page that calls a service."""

from welfare.admin.benefits import BenefitAdmin
from welfare.admin.entitlements import EntitlementAdmin
from welfare.admin.exceptions import BenefitExceptionAdmin
from welfare.admin.packages import PackageAdmin, PackageOfferAdmin
from welfare.admin.purchases import PurchaseAdmin, SupplierAdmin

__all__ = [
    "BenefitAdmin",
    "BenefitExceptionAdmin",
    "EntitlementAdmin",
    "PackageAdmin",
    "PackageOfferAdmin",
    "PurchaseAdmin",
    "SupplierAdmin",
]
