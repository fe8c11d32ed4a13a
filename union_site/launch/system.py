"""System packages that wheels cannot bring: Redis, the PDF libraries, Chinese fonts, for tests Chromium."""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from union_site.launch.home import Home, Refused, say

FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
# A policy-rc.d keeps the packages from starting services of their own: ours are started by us, on ports of their own.
INSTALL = """
set -e
if [ ! -e /usr/sbin/policy-rc.d ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
fi
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
apt-get update -qq || echo 'apt-get update failed, trying with the known lists' >&2
apt-get install -y -qq --no-install-recommends "$@" > /dev/null
if [ -d /run/systemd/system ]; then
    case " $* " in *" redis-server "*) systemctl disable --quiet redis-server ;; esac
fi
"""


def missing(*, browser: bool = False) -> list[str]:
    """The Debian packages whose files are not on this machine."""
    libraries = {
        "libpango-1.0-0": "libpango-1.0.so.0",
        "libpangocairo-1.0-0": "libpangocairo-1.0.so.0",
        "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
        "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
    }
    wanted = [package for package, library in libraries.items() if not _loads(library)]
    if not shutil.which("redis-server") and not os.environ.get("REDIS_URL"):
        wanted.insert(0, "redis-server")
    if not any(_has_noto(folder) for folder in FONTS):
        wanted.append("fonts-noto-cjk")
    if browser and not chromium():
        wanted.append("chromium")
    if importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv" if sys.executable == "/usr/bin/python3" else _venv_package())
    return wanted


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def prepare(home: Home, *, browser: bool = False) -> None:
    """Install what is missing where we may; else leave a notice that says which one command adds it."""
    wanted = missing(browser=browser)
    root = _root_prefix() if wanted else None
    names = " ".join(wanted)
    if wanted and root is not None and home.stamp("apt-failed") != names:
        say(f"正在安装系统软件包：{names}")
        done = subprocess.run([*root, "sh", "-c", INSTALL, "install", *wanted], stdin=subprocess.DEVNULL)
        wanted = missing(browser=browser)
        if done.returncode or wanted:
            home.set_stamp("apt-failed", names)
    if any("venv" in package for package in wanted):
        raise Refused(f"缺少 Python 的 venv 模块，请先执行：\n  {_command(wanted)}")
    home.set_stamp("notice", _notice(wanted))


def _notice(wanted: list[str]) -> str:
    if not wanted:
        return ""
    lost = {
        "redis-server": "任务队列改用文件夹（较慢）",
        "fonts-noto-cjk": "PDF 中的汉字可能缺失",
        "libharfbuzz-subset0": "生成 PDF 很慢",
        "chromium": "无法运行浏览器测试",
    }
    effects = [text for package, text in lost.items() if package in wanted]
    if any(package.startswith("libpango") for package in wanted):
        effects.append("无法生成 PDF")
    return f"系统缺少软件包，{'；'.join(effects)}。补齐只需一条命令：\n  {_command(wanted)}"


def _command(wanted: list[str]) -> str:
    return f"sudo apt-get install --no-install-recommends {' '.join(wanted)}"


def _root_prefix() -> list[str] | None:
    """How to run something as root without asking, or None."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_noto(folder: str) -> bool:
    return next(Path(folder).expanduser().rglob("NotoSansCJK*"), None) is not None


def _venv_package() -> str:
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
