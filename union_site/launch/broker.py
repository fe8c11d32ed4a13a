"""The embedded Redis: on 127.0.0.1 with a password, every second on disk, never evicting a message."""

import shutil
import signal
import socket

from union_site.launch.home import Home, write_private
from union_site.launch.processes import Child


class Redis:
    def __init__(self, home: Home):
        self.home = home
        self.program = shutil.which("redis-server")
        self.folder = home.path / "redis"
        self.port = 0

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.port = self.home.port("redis")
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.home.password('redis')}",
            f'dir "{self.folder}"',
            "daemonize no",
            "appendonly yes",
            "appendfsync everysec",
            "maxmemory-policy noeviction",
            'save ""',
        ]
        write_private(self.folder / "redis.conf", "\n".join(lines) + "\n")

    def adopt(self) -> None:
        """Use the server that another process runs on this home."""
        self.port = self.home.known_ports()["redis"]

    @property
    def url(self) -> str:
        return f"redis://:{self.home.password('redis')}@127.0.0.1:{self.port}/0"

    def child(self, environment: dict[str, str]) -> Child:
        return Child(
            self.home,
            "redis",
            [str(self.program), str(self.folder / "redis.conf")],
            environment=environment,
            cwd=self.folder,
            death_signal=signal.SIGTERM,
        )

    def ready(self) -> bool:
        """It answers a PING, its data loaded."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.home.password('redis')}\r\nPING\r\n".encode())
                answer = line.recv(100)
                while answer.count(b"\n") < 2 and (more := line.recv(100)):
                    answer += more
        except OSError:
            return False
        return b"+PONG" in answer
