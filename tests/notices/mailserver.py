"""A real SMTP server on a free port of this machine; it keeps what it accepted and refuses whom it is told to."""

import asyncio
import socket
from collections import Counter
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

from aiosmtpd.controller import Controller


class Post:
    """Handler of the server: ``accepted`` in order of arrival, ``refuse`` address -> answer."""

    def __init__(self) -> None:
        self.accepted: list[Message] = []
        self.refuse: dict[str, str] = {}
        self.connections = 0
        self.delay = 0.0  # seconds between taking a mail and saying so

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.accepted.append(message_from_bytes(envelope.content))
        await asyncio.sleep(self.delay)
        return "250 OK"

    def by_message_id(self) -> Counter:
        return Counter(message["Message-ID"] for message in self.accepted)

    def recipients(self) -> list[str]:
        return sorted(message["To"] for message in self.accepted)

    def subjects(self) -> set[str]:
        return {str(make_header(decode_header(message["Subject"]))) for message in self.accepted}


class MailServer(Controller):
    """``with MailServer() as server``: ``server.post`` is what arrived, ``server.url`` the EMAIL_URL."""

    def __init__(self) -> None:
        self.post = Post()
        super().__init__(self.post, hostname="127.0.0.1", port=_free_port())

    @property
    def url(self) -> str:
        return f"smtp://{self.hostname}:{self.port}"

    def __enter__(self) -> "MailServer":
        self.start()
        return self

    def __exit__(self, *error) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
