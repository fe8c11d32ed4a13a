"""Which tests share a process when `./run test` runs in two (pytest-xdist): those of a file, and whole systems."""

from xdist.scheduler import LoadScopeScheduling

SYSTEMS = ("tests/launch/", "tests/crash/")  # each starts half a dozen programs: one after the other


class ByFile(LoadScopeScheduling):
    """A file's tests share what its fixtures set up; the files with most tests are begun first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "systems" if file.startswith(SYSTEMS) else file
