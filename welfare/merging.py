"""What a merge of two members does with welfare: frozen lists are history and stay as they are (ADR 0010).

Who asks what a person had reads his merged records too: ``members.selectors.member_ids_of``, and the ceilings' SQL.
"""

from members.merging import Way, says

says("welfare.Entitlement.member", Way.STAYS)
says("welfare.BenefitException.member", Way.STAYS)
says("welfare.BenefitException.heir", Way.STAYS)
