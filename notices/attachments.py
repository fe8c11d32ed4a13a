"""Who may read the files of an announcement: whoever sees it."""

from core import attachments

attachments.owner("notices.announcement")
