"""Task 8 checks that the packages are installed, recorded, locked and committed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t08_dependencies import PACKAGES, Dependencies
from tests.steps.fakes import FakeProject, by_item
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.project.dependencies import DependencyFile, Lock
from wizard.project.release_environment import InstallError, ReleaseEnvironment

ALL = "".join(f"{name}\n" for name in PACKAGES)


def project_with(tmp_path, recorded=ALL, installed=PACKAGES, lock=None):
    path = tmp_path / "requirements.txt"
    path.write_text(recorded)
    locked = None
    if lock is not None:
        (tmp_path / "uv.lock").write_text("".join(f'[[package]]\nname = "{name}"\n' for name in lock))
        locked = Lock(tmp_path / "uv.lock", ("no-such-tool", "lock"))
    return FakeProject(
        tmp_path,
        dependencies=DependencyFile(path, "requirements", locked),
        installed=lambda: {"versions": dict.fromkeys(installed, "1.0"), "top": [], "requires": {}},
        python=SimpleNamespace(prefix=tmp_path),
        interpreter=SimpleNamespace(start=lambda: {"packages": str(tmp_path / "packages"), "python": "3.11.7"}),
        copy=SimpleNamespace(known=lambda: sorted(tmp_path.glob("*.py"))),
        manage=tmp_path / "manage.py",
    )  # fmt: skip


def install(folder, *names):
    """Write metadata of distributions, each with one module of its name."""
    for name in names:
        record = folder / f"{name}-1.0.dist-info" / "RECORD"
        record.parent.mkdir(parents=True)
        record.write_text(f"{name}/__init__.py,sha256=x,1\n")


def checked(project, environment=None):
    """The evidence, with *environment* as the result of an installation, or the error that it raises."""

    def release_environment():
        if isinstance(environment, InstallError):
            raise environment
        default = ReleaseEnvironment(project.root / "python", "requirements.txt", project.root / "release")
        return environment or default

    sandbox = SimpleNamespace(release_environment=release_environment)
    return by_item(Dependencies(None).verify(project, sandbox, Answers()))


def test_all_packages_are_installed_and_recorded(tmp_path):
    evidence = checked(project_with(tmp_path))["8.1"]
    showed = "requirements.txt lists all 4, and they are installed; 0 packages installed from requirements.txt alone"
    assert (evidence.status, evidence.showed) == (Status.DONE, showed)


def test_a_package_that_only_celerys_client_imports_is_recorded(tmp_path):
    project = project_with(tmp_path)
    project.values["CELERY_BROKER_URL"] = "redis://localhost"
    client = tmp_path / "packages/kombu/transport/redis.py"
    client.parent.mkdir(parents=True)
    client.write_text("from packaging.version import Version\n")
    evidence = checked(project)["8.1"]
    assert evidence.status is Status.FAILED
    assert evidence.showed == "not installed: packaging; not recorded: packaging"


def test_a_pin_that_cannot_be_installed_fails_with_its_line(tmp_path):
    error = InstallError("requirements.txt:3: pillow==1.0 can't be installed", "No matching distribution found")
    evidence = checked(project_with(tmp_path), error)["8.1"]
    assert evidence.status is Status.FAILED
    assert evidence.showed == "requirements.txt:3: pillow==1.0 can't be installed: No matching distribution found"


def test_without_the_package_index_the_item_stays_open_with_the_reason(tmp_path):
    reason = "the package index can't be reached"
    environment = ReleaseEnvironment(tmp_path, "requirements.txt", tmp_path, reason=reason)
    evidence = checked(project_with(tmp_path), environment)["8.1"]
    assert (evidence.status, evidence.showed) == (Status.OPEN, f"the file could not be tested: {reason}")


def test_a_package_that_production_imports_and_the_file_lacks_is_named(tmp_path):
    (tmp_path / "manage.py").write_text("import celery\n")
    install(tmp_path / "packages", "celery")
    project = project_with(tmp_path)
    evidence = checked(project)["8.1"]
    showed = "not installed: none; not recorded: celery; production uses celery (manage.py:1)"
    assert (evidence.status, evidence.showed) == (Status.FAILED, showed)
    [_, finding] = Dependencies(None).inspect(project)
    assert str(finding) == f"{tmp_path}/manage.py:1: production uses celery, and the dependency file lacks celery"
    project.dependencies.path.write_text(f"{ALL}celery\n")
    evidence = checked(project)["8.1"]
    showed = "manage.py:1: celery can't be imported; 0 packages installed from requirements.txt alone"
    assert (evidence.status, evidence.showed) == (Status.FAILED, showed), "the recorded celery doesn't bring it"
    install(tmp_path / "release", "celery")
    assert checked(project)["8.1"].status is Status.DONE


def test_missing_packages_are_named(tmp_path):
    evidence = checked(project_with(tmp_path, "whitenoise\ngunicorn\n", ["whitenoise", "gunicorn", "sentry-sdk"]))[
        "8.1"
    ]
    assert evidence.status is Status.FAILED
    assert evidence.showed == "not installed: dj-database-url; not recorded: dj-database-url, sentry-sdk"


def test_a_package_that_is_left_out_on_linux_is_missing(tmp_path):
    lines = ALL.replace("gunicorn", "gunicorn; sys_platform == 'win32'")
    evidence = checked(project_with(tmp_path, lines))["8.1"]
    assert evidence.status is Status.FAILED
    assert evidence.showed == "not installed: none; not recorded: gunicorn; left out on Linux: gunicorn"
    assert evidence.where == f"requirements.txt:{ALL.split().index('gunicorn') + 1}"


def test_a_file_with_hashes_stays_open_until_it_is_compiled(tmp_path):
    evidence = checked(project_with(tmp_path, "whitenoise==6 --hash=sha256:00\n"))["8.1"]
    assert evidence.status is Status.OPEN
    expected = "it pins hashes: add dj-database-url, sentry-sdk, gunicorn to its source file and compile it again"
    assert evidence.showed == expected


@pytest.mark.parametrize(
    ("lock", "status", "command"),
    [(PACKAGES, Status.DONE, "the dependency file and the environment"), (PACKAGES[1:], Status.OPEN, "uv.lock")],
)
def test_a_lock_file_without_a_package_stays_open_with_the_command(tmp_path, lock, status, command):
    evidence = checked(project_with(tmp_path, lock=lock))["8.1"]
    assert (evidence.status, evidence.ran) == (status, command)
    assert status is Status.DONE or evidence.showed == (
        "whitenoise missing, and production installs from this file: run `no-such-tool lock`"
    )


def test_the_dependency_file_is_in_the_last_commit(tmp_path):
    project = project_with(tmp_path)
    project.git = SimpleNamespace(at_head=lambda path: ALL.encode(), head=lambda: "0123456789abcdef")
    evidence = checked(project)["8.2"]
    assert (evidence.status, evidence.showed) == (Status.DONE, "requirements.txt is in commit 0123456789")


def test_an_uncommitted_change_stays_open_with_the_reason(tmp_path):
    project = project_with(tmp_path)
    evidence = checked(project)["8.2"]
    assert (evidence.status, evidence.showed) == (Status.OPEN, "the project is not in a git repository")
    project.git = SimpleNamespace(
        at_head=lambda path: b"", has_identity=lambda: True, programs_run_by_commit=lambda paths: ()
    )
    project.original = lambda path: None
    assert checked(project)["8.2"].showed == "it is not committed"
