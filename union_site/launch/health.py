"""`python -m union_site.launch.health`: exit 0 while the web process in this container answers."""

import http.client
import os
import sys

# As the proxy in front would ask: a host that is ours, over TLS.
HEADERS = {
    "Host": os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip("."),
    "X-Forwarded-Proto": "https",
}


def healthy(port: int) -> bool:
    """``/health/`` says that the process reaches its database."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        asked.request("GET", "/health/", headers=HEADERS)
        return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(8000) else 1)
