"""The sample with planted secrets: a new one for each test, or the record of its way through all 24 tasks."""

from __future__ import annotations

import json
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conftest import made_once
from tests.end_to_end.journey import Journey, run_journey
from tests.end_to_end.planted_secrets import PlantedProject, package_index


@contextmanager
def planted_project(python, port):
    """The planted sample in a folder that PostgreSQL's own user can enter."""
    with tempfile.TemporaryDirectory(prefix="golive-test-") as folder:
        Path(folder).chmod(0o755)
        yield PlantedProject(Path(folder), python, port)


@pytest.fixture
def index():
    with package_index() as port:
        yield port


@pytest.fixture
def planted(python, index):
    with planted_project(python, index) as project:
        yield project


@pytest.fixture(scope="session")
def journey(python, tmp_path_factory):
    """The record of the planted sample's way through all tasks and back, made once for all workers."""
    with made_once(tmp_path_factory, "journey") as (path, missing):
        if missing:
            with package_index() as port, planted_project(python, port) as project:
                path.write_text(json.dumps(asdict(run_journey(project))))
    return Journey(**json.loads(path.read_text()))
