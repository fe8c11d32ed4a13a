"""`./run`: everything up, supervised until Ctrl-C."""

import hashlib
import http.client
import os
import signal
import subprocess
import time

from union_site.launch import packages, programs, system
from union_site.launch.home import REPO, Home, Refused, fingerprint, is_free, say
from union_site.launch.processes import Child
from union_site.launch.servers import Servers, owned
from union_site.rooms import APPS


class Stop(Exception):
    """SIGINT, SIGTERM or SIGHUP: end everything, exit 0."""


def serve(home: Home, *, port: int) -> int:
    """Set up, start, supervise. Returns the exit status."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _stop)
    try:
        home.make()
        with owned(home, f"http://127.0.0.1:{port}/") as owns:
            if not owns:
                holder = (home.path / "owner.lock").read_text()
                raise Refused(
                    f"{home.path} 正在使用中（{holder or '另一条命令'}）；请先停止它，或用 UNION_HOME 指定其他目录。"
                )
            if not is_free(port):
                raise Refused(f"端口 {port} 已被占用；请换一个：./run --port {port + 1}")
            system.prepare(home)
            packages.prepare(home)
            return _serve(home, port)
    except Stop:
        return 0


def _serve(home: Home, port: int) -> int:
    servers = Servers(home, mode="demo", port=port)
    try:
        servers.start()
        _prepare_data(home, servers)
        _start_programs(home, servers)
        _announce(home, servers)
        while True:
            for child in servers.children:
                child.watch()
            time.sleep(0.2)
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        say("正在停止……")
        servers.stop()


def _prepare_data(home: Home, servers: Servers) -> None:
    """Migrate and collect static files when the code changed since the last start; the demo union the first time."""
    environment = servers.environment(owner=True)
    code = fingerprint(
        *(REPO / app for app in (*APPS, "union_site", "static")), packages.PLAIN, REPO / "package-lock.json"
    )
    address = "embedded" if servers.postgres else environment["DATABASE_URL"]
    database = hashlib.sha256(address.encode()).hexdigest()
    state = f"{code} {database}"
    if home.stamp("prepared") != state:
        say("正在更新数据库结构与静态文件……")
        for command in programs.upgrade():
            _manage(environment, *command[2:], "-v0")
        _manage(environment, "collectstatic", "--noinput", "-v0")
        home.set_stamp("prepared", state)
    if environment["UNION_MODE"] == "demo" and home.stamp("demo") != database:
        try:
            _load_demo(environment)
        except Refused as refused:
            say(f"演示数据未能载入，下次启动时再试。{refused}")
        else:
            home.set_stamp("demo", database)


def _load_demo(environment: dict[str, str]) -> None:
    empty = "from members.models import Member; print(Member.objects.exists())"
    if _manage(environment, "shell", "-v0", "-c", empty).strip() == "False":
        say("正在载入演示数据……")
        _manage(environment, "load_demo")


def _manage(environment: dict[str, str], *command: str) -> str:
    """Run manage.py; its output. Raises ``Refused`` with what it said."""
    with subprocess.Popen(
        ["python", "manage.py", *command],
        cwd=REPO,
        env=environment,
        executable=environment["PATH"].partition(":")[0] + "/python",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _nothing = process.communicate()
        except Stop:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise Refused(f"manage.py {command[0]} 失败：\n{said[-1500:]}")
    return said


def _start_programs(home: Home, servers: Servers) -> None:
    environment = servers.environment(owner=False)
    commands = {
        "web": programs.web(f"127.0.0.1:{servers.web_port}"),
        "worker": programs.worker(),
        "relay": programs.relay(),
        "beat": programs.beat(),
    }
    for name, command in commands.items():
        stop = signal.SIGQUIT if name == "worker" else signal.SIGTERM  # Celery: finish for a while, then hand back
        child = Child(home, name, command, environment=environment, cwd=REPO, stop_signal=stop, patience=33)
        child.start()
        servers.children.append(child)
        if name == "web":
            servers.wait(lambda: _answers(servers.web_port), what="web")


def _answers(port: int) -> bool:
    """The sign-in page answers, be it with an error. Asked directly, whatever proxy the shell has."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        asked.request("GET", "/accounts/login/")
        status = asked.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asked.close()
    if status != http.HTTPStatus.OK:
        say(f"注意：登录页返回状态 {status}，原因见 log/web.log")
    return True


def _announce(home: Home, servers: Servers) -> None:
    say(f"\n校工会系统已就绪：http://127.0.0.1:{servers.web_port}/   （Ctrl-C 停止，数据在 {home.path}）")
    accounts = home.path / "demo-accounts.txt"
    if accounts.exists():
        say(accounts.read_text())
    if home.stamp("notice"):
        say(home.stamp("notice"))


def _stop(number, frame) -> None:
    raise Stop
