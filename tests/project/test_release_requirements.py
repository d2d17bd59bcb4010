"""What a builder installs: requirements of each kind of file, pins of lock files, and the line behind an error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.project.test_needed_packages import written
from wizard.project import dependencies, install_errors, release_requirements, table_requirements
from wizard.project.install_errors import Place
from wizard.project.locks import Lock


def requirements_of(folder, below="."):
    found = release_requirements.of(dependencies.find(folder / below, folder), folder)
    return found, [(str(place.path.relative_to(folder)), place.line, place.text) for place in found.lines]


def test_included_files_continued_lines_hashes_and_options_are_kept_with_their_places(tmp_path):
    files = {
        "requirements.txt": "--extra-index-url https://a.example/s\n-r requirements/base.txt  # all\n\ngunicorn==1",
        "requirements/base.txt": "-c limits.txt\ndjango==5 \\\n    --hash=sha256:ab\n\nDj_Database.URL\n",
        "requirements/limits.txt": "sqlparse<1\n",
    }
    found, lines = requirements_of(written(tmp_path, files))
    assert lines == [
        ("requirements.txt", 1, "--extra-index-url https://a.example/s"),
        ("requirements/base.txt", 2, "django==5 --hash=sha256:ab"),
        ("requirements/base.txt", 5, "Dj_Database.URL"),
        ("requirements.txt", 4, "gunicorn==1"),
    ]
    assert found.constraints == ["sqlparse<1"]
    assert [place.name for place in found.lines] == ["", "django", "dj-database-url", "gunicorn"]


def test_packages_in_folders_of_the_project_bring_their_requirements_and_are_imported_from_there(tmp_path):
    files = {
        "requirements.txt": "-e ./libs/prices\ndjango\n",
        "libs/prices/pyproject.toml": '[project]\nname = "prices"\ndependencies = ["money==1"]\n',
        "libs/prices/src/prices.py": "",
    }
    found, lines = requirements_of(written(tmp_path, files))
    assert lines == [("requirements.txt", 2, "django"), ("libs/prices/pyproject.toml", 3, "money==1")]
    assert found.import_folders == [tmp_path / "libs/prices/src"]


UV_LOCK = """
version = 1

[[package]]
name = "django"
version = "5.2.1"
source = { registry = "https://index.example/simple" }
dependencies = [{ name = "sqlparse" }]

[[package]]
name = "sqlparse"
version = "0.5.3"
source = { registry = "https://index.example/simple" }

[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "web"
version = "0.1.0"
source = { virtual = "apps/web" }
dependencies = [{ name = "django" }, { name = "prices" }]

[[package]]
name = "prices"
version = "0.1.0"
source = { editable = "packages/prices" }
"""
WORKSPACE = {
    "pyproject.toml": '[tool.uv.workspace]\nmembers = ["apps/*", "packages/*"]\nexclude = ["apps/old"]\n',
    "uv.lock": UV_LOCK,
    "apps/web/pyproject.toml": """
        [project]
        name = "web"
        dependencies = ["django>=5", "prices"]

        [tool.uv.sources]
        prices = { workspace = true }
        """,
    "apps/old/pyproject.toml": '[project]\nname = "old"\ndependencies = []\n',
    "packages/prices/pyproject.toml": '[project]\nname = "prices"\ndependencies = ["sqlparse"]\n',
}


def test_the_lock_of_a_workspace_above_is_found_and_uploaded(tmp_path):
    written(tmp_path, WORKSPACE)
    found = dependencies.find(tmp_path / "apps/web", tmp_path)
    assert (found.path, found.lock.path) == (tmp_path / "apps/web/pyproject.toml", tmp_path / "uv.lock")
    assert (found.lock.argv, found.folder) == (("uv", "lock"), tmp_path)
    assert found.lock.names() == {"django", "prices"}, (
        "the packages that this member requires, not all of the workspace"
    )
    assert dependencies.find(tmp_path / "apps/old", tmp_path).lock is None


def test_a_member_of_a_workspace_is_installed_with_the_pins_and_the_other_members(tmp_path):
    found, lines = requirements_of(written(tmp_path, WORKSPACE), "apps/web")
    assert lines == [("apps/web/pyproject.toml", 4, "django>=5"), ("packages/prices/pyproject.toml", 3, "sqlparse")]
    assert found.constraints == ["django==5.2.1", "sqlparse==0.5.3"], "a package in two versions is not pinned"
    assert found.import_folders == [tmp_path / "packages/prices"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("poetry.lock", '[[package]]\nname = "Django"\nversion = "5.2.1"\n'),
        ("pdm.lock", '[[package]]\nname = "django"\nversion = "5.2.1"\n'),
        ("Pipfile.lock", json.dumps({"default": {"django": {"version": "==5.2.1"}}, "develop": {"pytest": {}}})),
    ],
)
def test_every_kind_of_lock_file_gives_names_and_pins(tmp_path, name, content):
    path = written(tmp_path, {name: content}) / name
    assert (Lock(path, ()).names(), Lock(path, ()).pins()) == ({"django"}, {"django": "5.2.1"})


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("^4.2", ">=4.2,<5"), ("^0.2.3", ">=0.2.3,<0.3"), ("^0.0.3", ">=0.0.3,<0.0.4"), ("^0", ">=0,<1"),
        ("~1.2.3", ">=1.2.3,<1.3"), ("~1", ">=1,<2"), ("1.2.*", "==1.2.*"), ("1.2.3", "==1.2.3"), ("*", ""),
        (">=4.2,<5.0", ">=4.2,<5.0"), ("==5.2", "==5.2"), ("^1 || ^2", ""),
    ],
)  # fmt: skip
def test_versions_of_poetry_are_written_as_pip_reads_them(version, expected):
    assert table_requirements.specifier(version) == expected


def test_entries_of_a_table_keep_extras_markers_and_addresses():
    table = {
        "python": "^3.11",
        "psycopg": {"extras": ["binary"], "version": "^3.1"},
        "pywin32": {"version": "*", "markers": "sys_platform == 'win32'"},
        "fork": {"git": "https://example.com/fork.git", "rev": "abc"},
        "prices": {"path": "../prices"},
        "extra": {"version": "1.0", "optional": True},
    }
    assert list(table_requirements.lines(table)) == [
        "psycopg[binary]>=3.1,<4", "pywin32; sys_platform == 'win32'", "fork @ git+https://example.com/fork.git@abc",
    ]  # fmt: skip


PLACES = [
    Place(Path("requirements.txt"), 2, "Django==5.2", "django"),
    Place(Path("requirements.txt"), 7, "packaging==19.0", "packaging"),
    Place(Path("requirements.txt"), 9, "==bad", ""),
]
NO_VERSION = (
    "Collecting django\nERROR: Could not find a version that satisfies the requirement packaging==19.0 "
    "(from versions: 1.0, 2.0, 25.0)\nERROR: No matching distribution found for packaging==19.0\n"
)
CONFLICT = """
ERROR: Cannot install Django==5.2 and packaging==19.0 because these package versions have conflicting dependencies.

The conflict is caused by:
    The user requested packaging==19.0
    gunicorn 27.0.1 depends on packaging>=20
"""
UVS = (
    "  × No solution found when resolving dependencies:\n"
    "  ╰─▶ Because there is no version of packaging==19.0 and you require\n      packaging==19.0, we can conclude that "
    "your requirements are unsatisfiable.\n"
)
INVALID = "ERROR: Invalid requirement: '==bad': Expected package name (from line 3 of /x/requirements.txt)\n"


@pytest.mark.parametrize(
    ("output", "line", "cause"),
    [
        (NO_VERSION, 7, "the newest version is 25.0"),
        (CONFLICT, 7, "gunicorn 27.0.1 depends on packaging>=20"),
        (UVS, 7, "there is no version of packaging==19.0"),
        (INVALID, 9, "Expected package name"),
    ],
    ids=["no such version", "conflict", "uv", "invalid"],
)
def test_an_error_of_pip_or_uv_names_the_line(output, line, cause):
    assert install_errors.guilty(output, PLACES).line == line
    assert cause in install_errors.cause(output)
    assert not install_errors.is_unreachable(output)
    assert not install_errors.unbuilt(output)


OFFLINE = (
    "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError': Failed to establish a new "
    "connection: [Errno -3] Temporary failure in name resolution'\nERROR: Could not find a version that satisfies the "
    "requirement django (from versions: none)\nERROR: No matching distribution found for django\n"
)
UNBUILT_OLD = (
    "Collecting money\nCollecting pillow==1.0 (from -r x (line 2))\n  error: subprocess-exited-with-error\n"
    "  × Getting requirements to build wheel did not run successfully.\n"
)
UNBUILT = (
    "  error: subprocess-exited-with-error\n  × Building wheel for uwsgi (pyproject.toml) did not run successfully.\n"
    "  ERROR: Failed building wheel for uwsgi\n"
)
UNKNOWN = (
    "ERROR: Could not find a version that satisfies the requirement djagno (from versions: none)\n"
    "ERROR: No matching distribution found for djagno\n"
)


def test_a_missing_network_and_a_missing_compiler_are_no_errors_of_the_file():
    assert install_errors.is_unreachable(OFFLINE)
    assert install_errors.unbuilt(UNBUILT) == "uwsgi"
    assert install_errors.unbuilt(UNBUILT_OLD) == "pillow"
    assert install_errors.guilty(UNBUILT_OLD, [Place(Path("x"), 2, "Pillow==1.0", "pillow")]).line == 2
    assert not install_errors.is_unreachable(UNKNOWN), "the index knows no such package"


def test_a_file_that_is_not_in_the_copy_changes_nothing_elsewhere(tmp_path):
    written(tmp_path, {"requirements.txt": "-r missing.txt\n"})
    _, lines = requirements_of(tmp_path)
    assert lines == [("requirements.txt", 1, "-r missing.txt")], "pip names the missing file"
    shutil.rmtree(tmp_path)
