"""Who may read the files of a claim: whoever sees the claim."""

from core import attachments

attachments.owner("finance.expense")
