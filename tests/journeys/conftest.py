"""A bookshop that runs while the tests of journeys do."""

import pytest

from tests.journeys.shelf import running


@pytest.fixture(scope="session")
def shelf(python, tmp_path_factory):
    with running(tmp_path_factory.mktemp("shelf"), python) as site:
        yield site
