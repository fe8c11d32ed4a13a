"""Python packages from the hashed lock, npm packages from theirs. The network is needed only when a lock changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from union_site.launch.home import REPO, Home, Refused, fingerprint, locked, say

PLAIN, DEV = REPO / "requirements.lock", REPO / "requirements-dev.lock"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def prepare(home: Home, *, dev: bool = False) -> None:
    """A virtual environment and node_modules that match the locks."""
    if os.environ.get("UNION_TOOLS"):
        return
    home.tools.mkdir(parents=True, exist_ok=True)
    with locked(home.tools / "setup.lock"):
        _python_packages(home, dev=dev)
        _npm_packages(home)


def _python_packages(home: Home, *, dev: bool) -> None:
    """The development lock holds everything of the plain one, so that a venv made for tests serves `./run` too."""
    stamp = home.venv / "union.stamp"
    current = stamp.read_text() if stamp.exists() and _works(home.python) else ""
    plain, full = fingerprint(PLAIN), fingerprint(DEV, PLAIN)
    if current == full or (current == plain and not dev):
        return
    say("正在准备 Python 环境（首次约需一两分钟）……")
    if not _works(home.python):
        subprocess.run([sys.executable, "-m", "venv", "--clear", home.venv], check=True)
    stamp.unlink(missing_ok=True)
    pip = [str(home.python), "-m", "pip", "--disable-pip-version-check", "install", "-qq", "--require-hashes"]
    done = subprocess.run([*pip, "-r", str(DEV if dev else PLAIN)], env=_environment(home))
    if done.returncode:
        raise Refused("安装 Python 包失败，原因见上；请检查网络后重试。")
    stamp.write_text(full if dev else plain)


def _npm_packages(home: Home) -> None:
    manifest, lock = REPO / "package.json", REPO / "package-lock.json"
    if not lock.exists():
        return
    assets = home.tools / "assets"
    stamp = assets / "union.stamp"
    wanted = fingerprint(manifest, lock)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("正在准备前端资源……")
    assets.mkdir(exist_ok=True)
    stamp.unlink(missing_ok=True)
    for file in (manifest, lock):
        shutil.copyfile(file, assets / file.name)
    npm, environment = shutil.which("npm"), _environment(home)
    if npm is None:
        npm = str(home.venv / "bin" / "npm")
        environment["PATH"] = f"{home.venv / 'bin'}:{environment['PATH']}"
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"],
        cwd=assets,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    if done.returncode:
        raise Refused("安装前端资源失败，原因见上；请检查网络后重试。")
    stamp.write_text(wanted)


def _environment(home: Home) -> dict[str, str]:
    """Trust whom the machine trusts (a campus proxy), and cache where an account without a home folder can write."""
    environment = {**os.environ, "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "NODE_ENV": ""}
    if AUTHORITIES.exists():
        environment = {"PIP_CERT": str(AUTHORITIES), "NODE_EXTRA_CA_CERTS": str(AUTHORITIES), **environment}
    if not os.access(Path("~").expanduser(), os.W_OK):
        environment |= {"npm_config_cache": str(home.tools / "cache" / "npm"), "PIP_NO_CACHE_DIR": "1"}
    return environment


def _works(python: Path) -> bool:
    """The interpreter is there and of our version, as far as packages care: 3.11.2 and 3.11.7 are one."""
    if not python.exists():
        return False
    asked = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
    return asked.stdout.split() == [str(part) for part in sys.version_info[:2]]
