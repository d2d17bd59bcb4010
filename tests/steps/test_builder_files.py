"""Task 8 writes the files without which a platform's builder does not find the requirements."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from steps.shared.builder_files import missing_files, uncommitted_files
from tests.project.test_needed_packages import written
from tests.steps.fakes import FakeProject
from wizard.project import dependencies


def project_in(folder, files):
    written(folder, files)
    return FakeProject(folder, dependencies=dependencies.find(folder, folder))


PRODUCTION = {"requirements/base.txt": "django\n", "requirements/production.txt": "-r base.txt\n"}
INCLUDING = {**PRODUCTION, "requirements.txt": "-r requirements/production.txt\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (PRODUCTION, ["requirements.txt", "railpack.json"]),
        (INCLUDING, ["railpack.json"]),
        ({**INCLUDING, "railpack.json": "{}"}, []),
        ({**INCLUDING, "Dockerfile": "RUN pip install -r requirements.txt\n"}, []),
        ({"requirements.txt": "django\n"}, []),
        ({"requirements.txt": "-r base.txt\ndjango\n", "base.txt": "pytz\n"}, ["railpack.json"]),
        ({"requirements.txt": "-c base.txt\ndjango\n", "base.txt": "pytz<9\n"}, ["railpack.json"]),
        ({"pyproject.toml": "[project]\ndependencies = []\n"}, []),
        ({}, []),
    ],
    ids=[
        "no requirements.txt",
        "includes",
        "configured",
        "Dockerfile",
        "plain",
        "same folder",
        "constraints",
        "pyproject",
        "none",
    ],
)
def test_files_that_the_builder_needs_are_created(tmp_path, files, expected):
    actions = missing_files(project_in(tmp_path, files))
    assert [action.path.name for action in actions] == expected
    for action in actions:
        if action.path.name == "requirements.txt":
            assert action.after == b"-r requirements/production.txt\n"
        else:
            inputs = json.loads(action.after)["steps"]["install"]["inputs"]
            place = "base.txt" if "base.txt" in files else "requirements"
            assert inputs == ["...", {"local": True, "include": [place]}]


def test_created_files_are_found_by_the_next_run_and_committed(tmp_path):
    for action in missing_files(project_in(tmp_path, PRODUCTION)):
        action.path.write_bytes(action.after)
    project = project_in(tmp_path, {})
    assert missing_files(project) == []
    assert project.dependencies.path == tmp_path / "requirements/production.txt", "packages are still recorded there"
    assert [path.name for path in uncommitted_files(project)] == ["requirements.txt", "railpack.json"]
    project.git = SimpleNamespace(at_head=lambda path: path.read_bytes())
    assert uncommitted_files(project) == []


@pytest.mark.parametrize(
    ("install", "expected"),
    [
        ("RUN pip install --no-cache-dir -r requirements/production.txt", "requirements/production.txt"),
        (
            "RUN pip install -U pip && \\\n    pip3 install --requirement=/code/requirements/base.txt",
            "requirements/base.txt",
        ),
        ("RUN uv pip install --system -r /app/requirements/production.txt", "requirements/production.txt"),
        ("RUN pip install django", "requirements.txt"),
        ("RUN pip install -r missing.txt", "requirements.txt"),
    ],
)
def test_the_file_that_the_dockerfile_installs_is_the_one_that_counts(tmp_path, install, expected):
    files = {**PRODUCTION, "requirements.txt": "pytest\n", "Dockerfile": f"FROM python:3.11\nCOPY . /code\n{install}\n"}
    assert project_in(tmp_path, files).dependencies.path == tmp_path / expected
