"""The packages that a step installs and records, and when it commits the record."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps import t13_database
from steps.shared.env_files import install_env_loader
from steps.shared.packages import add_packages, is_older
from tests.steps.fakes import FakeProject
from wizard.checklist.answers import Answers
from wizard.plan.actions import CommitFiles, InstallPackages, RecordRequirements, RunCommand
from wizard.project.dependencies import DependencyFile, Lock


def project_with(tmp_path, recorded="django\n", installed=(), tool="", **given):
    path = tmp_path / "requirements.txt"
    path.write_text(recorded)
    lock = Lock(tmp_path / "uv.lock", (tool, "lock")) if tool else None
    git = SimpleNamespace(
        at_head=lambda path: recorded.encode(), has_identity=lambda: True, programs_run_by_commit=lambda paths: ()
    )
    return FakeProject(
        tmp_path, git=git, original=lambda path: recorded.encode(), python=SimpleNamespace(prefix=tmp_path),
        dependencies=DependencyFile(path, "requirements", lock),
        installed=lambda: {"versions": dict.fromkeys(installed, "1.0"), "top": [], "requires": {}},
        interpreter=SimpleNamespace(start=lambda: {"packages": str(tmp_path / "packages"), "python": "3.11.7"}),
        **given,
    )  # fmt: skip


def kinds(actions):
    return [type(action) for action in actions]


@pytest.mark.parametrize(
    ("recorded", "installed", "expected"),
    [
        ("django\n", [], [InstallPackages, RecordRequirements]),
        ("django\n", ["sentry-sdk"], [RecordRequirements]),
        ("django\nsentry_sdk==2\n", [], [InstallPackages]),
        ("django\nsentry-sdk\n", ["sentry-sdk"], []),
        ("django --hash=sha256:00\n", ["sentry-sdk"], []),
    ],
    ids=["new", "installed", "recorded", "both", "pins hashes"],
)
def test_a_package_is_installed_and_recorded_only_if_necessary(tmp_path, recorded, installed, expected):
    assert kinds(add_packages(project_with(tmp_path, recorded, installed), ("sentry-sdk>=2",), "why")) == expected


@pytest.mark.parametrize(
    ("recorded", "wanted", "installed"),
    [
        ("gunicorn==22.0.0\n", "gunicorn", "gunicorn==22.0.0"),
        ("gunicorn[gevent]>=22,<23\n", "gunicorn", "gunicorn<23,>=22"),
        ("gunicorn\n", "gunicorn", "gunicorn"),
        ("django-csp==3.8\n", "django-csp>=4", "django-csp>=4"),
    ],
)
def test_the_version_that_production_installs_is_installed(tmp_path, recorded, wanted, installed):
    [action] = add_packages(project_with(tmp_path, recorded), (wanted,), "why")
    assert action.packages == (installed,)


def test_a_package_that_would_overwrite_a_module_of_another_one_is_not_installed(tmp_path):
    """Both django-dotenv and python-dotenv bring the module `dotenv`."""
    record = tmp_path / "packages" / "django_dotenv-1.4.2.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("dotenv.py,sha256=x,1\n")
    assert add_packages(project_with(tmp_path), ("python-dotenv",), "why") == []
    record.parent.rename(record.parent.with_name("other-1.dist-info"))
    record.parent.with_name("other-1.dist-info").joinpath("RECORD").write_text("other.py,sha256=x,1\n")
    actions = add_packages(project_with(tmp_path), ("python-dotenv",), "why")
    assert kinds(actions) == [InstallPackages, RecordRequirements]
    recorded = project_with(tmp_path, "django-dotenv==1.4.2\n")
    assert add_packages(recorded, ("python-dotenv",), "why") == [], "it is recorded, but not installed here"


def test_requirements_are_locked_and_committed_from_task_8_on(tmp_path):
    actions = add_packages(project_with(tmp_path, tool="python3"), ("sentry-sdk>=2",), "why", Answers())
    assert kinds(actions) == [InstallPackages, RecordRequirements, RunCommand, CommitFiles]
    assert actions[-1].message == "Record sentry-sdk"
    assert [path.name for path in actions[-1].paths] == ["requirements.txt", "uv.lock"]


def test_without_the_lock_tool_or_with_user_changes_nothing_is_locked_or_committed(tmp_path):
    project = project_with(tmp_path, tool="no-such-tool")
    project.git.at_head = lambda path: b"something else\n"
    assert kinds(add_packages(project, ("sentry-sdk",), "why", Answers())) == [InstallPackages, RecordRequirements]


@pytest.mark.parametrize(
    ("version", "older"), [("0.60", True), ("0.61", False), ("1.0", False), ("of-our-own", False), (None, False)]
)
def test_an_unknown_version_is_not_older(version, older):
    versions = {"Django-AllAuth": version} if version else {}
    project = SimpleNamespace(installed=lambda: {"versions": versions})
    assert is_older(project, "django-allauth", "0.61") is older


@pytest.mark.parametrize(
    ("recorded", "installed", "django", "expected"),
    [
        ("django\n", ["psycopg", "psycopg-binary"], (5, 2), "psycopg[binary]"),
        ("django\n", ["psycopg"], (5, 2), "psycopg"),
        ("django\n", ["psycopg2-binary"], (5, 2), "psycopg2-binary"),
        ("django\npsycopg2\n", ["psycopg2-binary"], (5, 2), ""),
        ("django\n", [], (5, 2), "psycopg[binary]"),
        ("django\n", [], (3, 2), "psycopg2-binary"),
    ],
)
def test_a_driver_that_only_this_machine_has_is_recorded(tmp_path, recorded, installed, django, expected):
    project = project_with(tmp_path, recorded, installed)
    project.django = django
    assert t13_database._missing_driver(project) == expected


@pytest.mark.parametrize("text", ["", "import environ\n\nenv = environ.Env()\n", "from decouple import config\n"])
@pytest.mark.parametrize("reads", [True, False])
def test_what_reads_the_env_file_is_installed_if_the_settings_do_not_read_it(tmp_path, text, reads):
    project = project_with(tmp_path, text=text, reads_env_file=reads)
    assert kinds(install_env_loader(project)) == ([] if reads else [InstallPackages, RecordRequirements])
