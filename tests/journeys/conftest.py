"""The sites that run while the tests of journeys do."""

import subprocess
from pathlib import Path

import pytest

from tests.journeys.shelf import running

ACCOUNT_SITE = Path(__file__).with_name("account_site.py")


@pytest.fixture(scope="session")
def shelf(python, tmp_path_factory):
    """A bookshop."""
    with running(tmp_path_factory.mktemp("shelf"), python) as site:
        yield site


@pytest.fixture(scope="module")
def port(python, tmp_path_factory):
    """The port of a site with accounts."""
    command = [python, ACCOUNT_SITE, tmp_path_factory.mktemp("accounts")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        yield int(server.stdout.readline())
        server.kill()
