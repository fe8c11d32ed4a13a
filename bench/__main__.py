"""``python -m bench JOB [options]``; without a job: the list of them."""

import sys
from importlib import import_module

from bench import JOBS


def main(words: list[str]) -> int:
    if not words or words[0] not in JOBS:
        print("用法：bench JOB [选项]，JOB 为：" + "、".join(JOBS), file=sys.stderr)
        return 2
    return import_module(JOBS[words[0]]).main(words[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
