"""`python -m union_site.launch.health`: exit 0 while the web process in this container answers."""

import os
import sys
import urllib.request

# As the proxy in front would ask: a host that is ours, over TLS.
HEADERS = {
    "Host": os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip("."),
    "X-Forwarded-Proto": "https",
}


def healthy(port: int) -> bool:
    """``/health/`` says that the process reaches its database."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/health/", headers=HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:
            return answer.status == 200
    except OSError:  # URLError is one
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(8000) else 1)
