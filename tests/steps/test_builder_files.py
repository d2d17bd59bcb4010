"""Task 8 writes the files without which a platform's builder does not find the requirements."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from steps.shared import packages
from steps.shared.builder_files import missing_files, uncommitted_files
from tests.project.test_needed_packages import written
from tests.steps.fakes import FakeProject
from wizard.project import dependencies, release_requirements


def project_in(folder, files):
    written(folder, files)
    return FakeProject(folder, dependencies=dependencies.find(folder, folder))


PRODUCTION = {"requirements/base.txt": "django\n", "requirements/production.txt": "-r base.txt\n"}
INCLUDING = {**PRODUCTION, "requirements.txt": "-r requirements/production.txt\n"}


PEP621 = '[project]\ndependencies = ["django>=5", "psycopg[binary]", "pywin32; sys_platform == \'win32\'"]\n'
HATCH = '[tool.hatch.envs.default]\ndependencies = ["django>=5", "psycopg[binary]"]\n'
CONDA = "dependencies:\n  - python=3.11\n  - django\n  - pip:\n    - psycopg[binary]\n"
SETUP_CFG = "[options]\ninstall_requires =\n    django\n    psycopg[binary]\n"
POETRY = '[tool.poetry.dependencies]\npython = "^3.11"\ndjango = "^5"\npsycopg = {extras = ["binary"], version = "*"}\n'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", PEP621), ("pyproject.toml", HATCH), ("environment.yml", CONDA), ("setup.cfg", SETUP_CFG),
        ("pyproject.toml", POETRY),
    ],
    ids=["no lock file", "hatch", "conda", "setup.cfg", "poetry without a lock file"],
)  # fmt: skip
def test_requirements_that_no_builder_installs_get_a_copy_that_is_kept_up_to_date(tmp_path, name, text):
    project = project_in(tmp_path, {name: text})
    header, record = missing_files(project, ["gunicorn"])
    assert header.after.decode() == (
        f"# The same requirements as in {name}, for builders that install only this file.\n"
    )
    assert (record.path.name, record.packages) == ("requirements.txt", ("django", "psycopg[binary]", "gunicorn"))
    record.path.write_bytes(header.after + b"django==5.2\npsycopg[binary]==3.3\n")
    project = project_in(tmp_path, {})
    assert (project.dependencies.path, project.dependencies.copy) == (tmp_path / name, record.path)
    assert missing_files(project, []) == []
    recorded = packages.record(project, ("gunicorn", "django"))
    assert [(action.path.name, action.packages) for action in recorded] == [
        (name, ("gunicorn",)), ("requirements.txt", ("gunicorn",)),
    ]  # fmt: skip
    assert project.dependencies.names() == {"django", "psycopg"}
    found = release_requirements.of(project.dependencies, tmp_path)
    assert [place.text for place in found.lines] == ["django==5.2", "psycopg[binary]==3.3"]


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
        ({"pyproject.toml": PEP621, "uv.lock": ""}, []),
        ({"Pipfile": "[packages]\n"}, []),
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
        "lock file",
        "Pipfile",
        "none",
    ],
)
def test_files_that_the_builder_needs_are_created(tmp_path, files, expected):
    actions = missing_files(project_in(tmp_path, files), [])
    assert [action.path.name for action in actions] == expected
    for action in actions:
        if action.path.name == "requirements.txt":
            assert action.after == b"-r requirements/production.txt\n"
        else:
            inputs = json.loads(action.after)["steps"]["install"]["inputs"]
            place = "base.txt" if "base.txt" in files else "requirements"
            assert inputs == ["...", {"local": True, "include": [place]}]


def test_they_lie_beside_the_file_if_that_is_above_manage_py(tmp_path):
    (tmp_path / "backend").mkdir()
    for files in ({"environment.yml": CONDA}, {"requirements/production.txt": "django\n"}):
        written(tmp_path, files)
        found = dependencies.find(tmp_path / "backend", tmp_path)
        project = FakeProject(tmp_path / "backend", top=tmp_path, dependencies=found)
        assert missing_files(project, [])[0].path == tmp_path / "requirements.txt"
        (tmp_path / "environment.yml").unlink(missing_ok=True)


def test_created_files_are_found_by_the_next_run_and_committed(tmp_path):
    for action in missing_files(project_in(tmp_path, PRODUCTION), []):
        action.path.write_bytes(action.after)
    project = project_in(tmp_path, {})
    assert missing_files(project, []) == []
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
