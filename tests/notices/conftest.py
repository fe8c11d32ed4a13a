"""Notices are tested against a real mail server."""

import pytest

from tests.notices.mailserver import MailServer


@pytest.fixture
def mail_server(settings):
    """A running SMTP server that the settings point to."""
    with MailServer() as server:
        use(settings, server)
        yield server


@pytest.fixture
def no_mail_server(settings):
    """The settings point to a port where nobody listens."""
    server = MailServer()
    use(settings, server)
    return server


def use(settings, server: MailServer) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
