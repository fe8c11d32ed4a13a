"""Who may read the files of the register's rows: whoever sees the row."""

from core import attachments

attachments.owner("members.joinapplication")
attachments.owner("members.importrun")
attachments.owner("members.honour")
attachments.owner("members.profilechange")
