"""Benefit runs: what is given for which occasion, and the frozen list of who is due it."""

from welfare.models.benefits import Benefit
from welfare.models.entitlements import BenefitException, Entitlement
from welfare.models.handouts import Handout
from welfare.models.packages import Package, PackageChoice, PackageOffer
from welfare.models.purchases import Purchase, Supplier

__all__ = [
    "Benefit",
    "BenefitException",
    "Entitlement",
    "Handout",
    "Package",
    "PackageChoice",
    "PackageOffer",
    "Purchase",
    "Supplier",
]
