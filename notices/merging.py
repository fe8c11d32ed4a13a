"""What a merge of two members does with reminders: one per rule and occasion stands."""

from members.merging import Way, says

says("notices.InboxMessage.member", Way.WHERE_FREE)
says("notices.Reminder.member", Way.WHERE_FREE)
says("notices.NoticePreference.member", Way.WHERE_FREE)
