"""What several tests of the ground need."""

import pytest

from tests.processes import processes_in


@pytest.fixture
def processes(tmp_path):
    """Starts programs on the test database and ends them all."""
    with processes_in(tmp_path) as running:
        yield running
