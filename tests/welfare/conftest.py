import pytest

from tests.welfare.factories import Office, make_office


@pytest.fixture
def office(db) -> Office:
    return make_office()
