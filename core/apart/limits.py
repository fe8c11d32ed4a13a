"""What a process apart may take, and the only lines of it that run before a stranger's bytes are read."""

import resource

MEGABYTE = 1 << 20
MEMORY = 512 * MEGABYTE  # address space
SECONDS = 20  # of the processor
WAIT = 3 * SECONDS  # by the wall clock, for one that neither works nor ends


def limit_this_process() -> None:
    """Address space and processor time; no core file, which would hold people's data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
