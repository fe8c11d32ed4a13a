import pytest

from tests.finance.factories import Fund, make_fund


@pytest.fixture
def fund(db) -> Fund:
    return make_fund()
