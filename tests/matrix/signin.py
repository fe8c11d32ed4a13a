"""Signing in and the own account: the same for whoever is signed in; nobody else's account has an address."""

from tests.matrix.table import STRANGERS, Row, Statuses, everybody, signed_in


def stranger_only(status: int) -> Statuses:
    """Pages for people who are not signed in; the others are sent home."""
    return signed_in(302) | dict.fromkeys(STRANGERS, status)


RESET_KEY = {"uidb36": "1", "key": "set-password"}

ROWS = [
    Row("accounts/login/", get=stranger_only(200), post=stranger_only(200)),
    Row("accounts/logout/", get=signed_in(200), post=everybody(302)),
    Row("accounts/inactive/", get=everybody(200), post=everybody(405)),
    Row("accounts/invitation/", get=everybody(200), post=everybody(200)),
    # Right after a sign-in the question would be idle: allauth asks only for a method that the account has.
    Row("accounts/reauthenticate/", get=signed_in(200), post=signed_in(200)),
    Row("accounts/password/change/", get=signed_in(200), post=signed_in(200)),
    Row("accounts/password/reset/", get=everybody(200), post=everybody(200)),
    Row("accounts/password/reset/done/", get=everybody(200), post=everybody(405)),
    Row(
        "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        get=everybody(200),
        post=everybody(200),
        kwargs=lambda cast: RESET_KEY,
    ),
    Row("accounts/password/reset/key/done/", get=everybody(200), post=everybody(405)),
    Row("accounts/2fa/", get=signed_in(200), post=signed_in(405)),
    Row("accounts/2fa/authenticate/", get=everybody(302), post=everybody(302)),
    # What changes the second factor asks for a fresh sign-in first; the cast's sessions are not fresh.
    Row("accounts/2fa/reauthenticate/", get=signed_in(302), post=signed_in(302)),
    Row("accounts/2fa/totp/activate/", get=signed_in(302), post=signed_in(302)),
    # Without a second factor there is nothing to switch off and there are no codes to see.
    Row("accounts/2fa/totp/deactivate/", get=signed_in(404), post=signed_in(404)),
    Row("accounts/2fa/recovery-codes/", get=signed_in(404), post=signed_in(405)),
    Row("accounts/2fa/recovery-codes/generate/", get=signed_in(302), post=signed_in(302)),
    Row("accounts/2fa/recovery-codes/download/", get=signed_in(404), post=signed_in(404)),
]
NOT_FILLED = {"accounts/invitation/": "needs a slip; tests/core/test_invitations.py"}
