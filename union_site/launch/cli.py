"""The command line of `./run`. Exit status 0 done, 1 refused, 2 wrong usage."""

import argparse
import os
import sys
from pathlib import Path

from union_site.launch import serve, tools
from union_site.launch.home import REPO, Home, Refused

USAGE = """\
./run [--port N]                          启动整个系统（默认端口 8000 或环境变量 PORT）
./run manage ARGS                         在同一环境中执行 manage.py
./run test [--nightly|--release] [ARGS]   运行测试（两个进程，-n 0 为一个），ARGS 交给 pytest
./run lint                                代码检查
./run bench [JOB]                         性能测试
./run lock                                更新 requirements*.lock
数据目录：环境变量 UNION_HOME（默认 var/）。外部服务：DATABASE_URL、DATABASE_OWNER_URL、REDIS_URL。
"""


def main(arguments: list[str]) -> int:
    home = Home(Path(os.environ.get("UNION_HOME") or REPO / "var"))
    os.umask(0o022)
    try:
        match arguments:
            case ["manage", *rest]:
                return tools.manage(home, rest)
            case ["test", *rest]:
                arguments, tier = _tier(rest)
                return tools.test(home, arguments, tier=tier)
            case ["lint"]:
                return tools.lint(home)
            case ["bench", *rest]:
                return tools.bench(home, rest)
            case ["lock"]:
                return tools.lock(home)
            case ["-h" | "--help" | "help"]:
                print(USAGE, end="")
                return 0
            case _:
                return serve.serve(home, port=_port(arguments))
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _port(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./run", usage=USAGE)
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or 8000)
    return parser.parse_args(arguments).port


def _tier(arguments: list[str]) -> tuple[list[str], str]:
    for tier in ("nightly", "release"):
        if f"--{tier}" in arguments:
            return [argument for argument in arguments if argument != f"--{tier}"], tier
    return arguments, "pr"
