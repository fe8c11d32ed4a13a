"""A real HTTP server on a free port of this machine that behaves like a chat service's robot, and counts."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TAKEN = {"errcode": 0, "errmsg": "ok", "code": 0}


class Group:
    """What arrived, and how the service answers: ``status``, ``answer`` (JSON or raw bytes), ``delay`` in seconds."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status, self.delay = 200, 0.0
        self.answer: dict | bytes = TAKEN
        self.location = ""
        self.hang_up = False

    def texts(self) -> list[str]:
        return [
            body.get("text", body.get("content", {})).get("content") or body["content"]["text"]
            for body in self.bodies
        ]

    def by_text(self) -> Counter:
        return Counter(self.texts())


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        group = self.server.group  # type: ignore[attr-defined]
        group.paths.append(self.path)
        group.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(group.delay)
        if group.hang_up:
            return
        body = group.answer if isinstance(group.answer, bytes) else json.dumps(group.answer).encode()
        self.send_response(group.status)
        if group.location:
            self.send_header("Location", group.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *words) -> None:
        return None


class ChatServer:
    """``with ChatServer() as server``: ``server.group`` is what arrived, ``server.url`` the robot's address."""

    def __init__(self) -> None:
        self.group = Group()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.group = self.group  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._server.server_port}/cgi-bin/webhook/send?key=K3Y-of-the-group"

    def __enter__(self) -> "ChatServer":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error) -> None:
        self._server.shutdown()
        self._server.server_close()

    def gone(self) -> None:
        """From now on nobody listens at the address."""
        self.__exit__()
