"""The way out of the house by mail: one SMTP connection for a chunk, one bad address never stops the others."""

from contextlib import suppress
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPServerDisconnected
from types import TracebackType

from django.conf import settings
from django.core import mail

from notices.services.wording import Letter, footer

SENT = "sent"
UNREACHABLE = "unreachable"
_CLOSING = 421  # "service not available, closing transmission channel" (RFC 5321)


class Round:
    """A context manager that connects when the first letter comes and gives up when nobody answers."""

    def __init__(self) -> None:
        self.connection = mail.get_connection(fail_silently=False, timeout=settings.EMAIL_TIMEOUT)
        self.is_open = self.is_down = False

    def __enter__(self) -> "Round":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._hang_up()

    def send(self, letter: Letter) -> str:
        """SENT, UNREACHABLE, or the server's refusal as ``smtp_<code>`` (``smtp_lost``: broke off, may have gone)."""
        if self.is_down or not self._connect():
            return UNREACHABLE
        try:
            self.connection.send_messages([_message(letter)])
        except SMTPRecipientsRefused as refused:
            return f"smtp_{next(iter(refused.recipients.values()))[0]}"
        except SMTPResponseException as refused:
            if refused.smtp_code == _CLOSING:
                self._hang_up()
                self.is_down = True
                return UNREACHABLE
            return f"smtp_{refused.smtp_code}"
        except (SMTPServerDisconnected, OSError):
            self._hang_up()
            return "smtp_lost"
        except (SMTPException, UnicodeError, ValueError):  # an address or a header that no server takes
            return "smtp_unsendable"
        return SENT

    def _connect(self) -> bool:
        if not self.is_open:
            try:
                self.connection.open()
            except (OSError, SMTPException):
                self.is_down = True
                return False
            self.is_open = True
        return True

    def _hang_up(self) -> None:
        if self.is_open:
            self.is_open = False
            with suppress(OSError, SMTPException):  # it is gone either way
                self.connection.close()


def _message(letter: Letter) -> mail.EmailMessage:
    return mail.EmailMessage(
        subject=letter.subject,
        body=f"{letter.body}\n\n-- \n{footer(letter)}\n",
        to=[letter.address],
        headers={"Message-ID": letter.message_id, "Auto-Submitted": "auto-generated"},
    )


def mail_domain() -> str:
    """Right-hand side of our Message-IDs: that of the sender's address."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
