"""Real projects for the tests: the sample, and one virtual environment for all tests that install nothing."""

from __future__ import annotations

import compileall
import fcntl
import gc
import getpass
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.pathlib import LOCK_TIMEOUT, cleanup_numbered_dir

from tests import agent_copies, schedule
from tests.cli_runner import golive, uv, with_uv
from wizard.cli.main import GC_THRESHOLDS
from wizard.project.trust import trust

HERE = Path(__file__).parents[1]
SAMPLE = Path(__file__).parent / "projects" / "election_cart"
FAST_LOGINS = """
from django.contrib.auth.hashers import PBKDF2PasswordHasher

PBKDF2PasswordHasher.iterations = 1000
"""
"""Lines for the settings. In a whole run, a tenth of the time would go into passwords."""

NEED_A_PROJECT = {
    "python", "shop", "rehearsed", "internet", "installed", "wheel", "reader", "clone", "planted", "journey",
}  # fmt: skip
"""Fixtures that take seconds to make."""
SLOW_PLACES = {
    "screens", "crash", "fuzz", "targets", "test_day_one.py", "test_matrix.py", "test_docs.py", "test_install.py",
    "test_release.py", "test_push.py",
}  # fmt: skip

CONFIGURED = "GOLIVE_TESTS_CONFIGURATION"
"""The variable with the folder that replaces the user's configuration. All workers share it and its signing key."""


def pytest_configure(config):
    """Give the tests their own configuration, in which temporary folders are trusted."""
    gc.set_threshold(*GC_THRESHOLDS)  # as Golive does
    if CONFIGURED not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="golive-tests-configuration-"))
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ |= {CONFIGURED: str(folder), "XDG_CONFIG_HOME": str(folder)}
        trust(Path(tempfile.gettempdir()))
        # Golive's children write no bytecode, so hundreds of agents would compile these modules again.
        compileall.compile_dir(HERE / "wizard/project/agent", quiet=2)
    os.environ.setdefault("GOLIVE_OSV_URL", "http://127.0.0.1:9")  # nobody answers there
    os.environ.setdefault("GOLIVE_TESTS", "no")  # the sample's own tests take seconds; some tests turn them on
    os.environ.pop("CI", None)  # Golive treats CI as consent to run a project's code
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:  # it runs no test itself
        threading.Thread(target=delete_folders_of_earlier_runs, daemon=True).start()
    if schedule.VARIABLE in os.environ and "PYTEST_XDIST_WORKER" not in os.environ:
        config.pluginmanager.register(schedule.Recorder())


def delete_folders_of_earlier_runs():
    """Do during the tests what pytest does at its end: there are 100,000 files, and nothing else runs then."""
    folder = Path(os.environ.get("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())) / f"pytest-of-{getpass.getuser()}"
    cleanup_numbered_dir(folder, "pytest-", 2, time.time() - LOCK_TIMEOUT)  # beside these two, pytest makes a third


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items):
    """Mark what `./dev quick` runs, tests that need no project, terminal or server, and distribute all tests."""
    for item in items:
        needed = NEED_A_PROJECT & set(item.fixturenames)
        if not needed and not SLOW_PLACES & set(item.path.parts) and not item.get_closest_marker("slow"):
            item.add_marker("quick")
    yield  # pytest deselects tests by their marks
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    order = schedule.arrange([item.nodeid for item in items], schedule.recorded(), workers)
    items[:] = [items[index] for index in order]


def in_git(folder: Path) -> None:
    for command in (
        ["init", "--quiet"],
        ["config", "user.name", "A developer"],
        ["config", "user.email", "developer@example.com"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "Before"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)


@contextmanager
def made_once(tmp_path_factory, name):
    """Yield a folder that all workers share, and whether this worker has to make it."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = shared / f"{name}.ready"
        yield shared / name, not ready.exists()
        ready.touch()


def make_environment(interpreter, venv):
    """Make a virtual environment with the pip of *interpreter*, copied because installing it takes seconds."""
    subprocess.run([interpreter, "-m", "venv", "--without-pip", venv], check=True)
    code = "import pip, pathlib; print(pathlib.Path(pip.__file__).parent.parent)"
    found = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=False)
    if found.returncode:
        subprocess.run([venv / "bin/python", "-m", "ensurepip"], check=True, capture_output=True)
        return
    [packages] = venv.glob("lib/python*/site-packages")
    folder = Path(found.stdout.strip())
    for path in (folder / "pip", *folder.glob("pip-*.dist-info")):
        shutil.copytree(path, packages / path.name)


def installer(python):
    """The command that installs packages into the environment of *python*. It is uv, or pip, which is slower."""
    if found := uv():
        return [found, "pip", "install", "--quiet", "--compile-bytecode", "--python", python]
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The interpreter of an environment with the sample's requirements, made once for all workers."""
    with made_once(tmp_path_factory, "sample-environment") as (venv, missing):
        if missing:
            make_environment(sys.executable, venv)
            requirements = SAMPLE / "backend" / "requirements.txt"
            subprocess.run([*installer(venv / "bin/python"), "-r", requirements], check=True)
            if "COVERAGE_PROCESS_CONFIG" in os.environ:
                measure_the_agent(next(venv.glob("lib/python*/site-packages")))
    if "COVERAGE_PROCESS_CONFIG" not in os.environ:
        agent_copies.serve(str(venv / "bin/python"))
    return str(venv / "bin/python")


@pytest.fixture
def new_agents(monkeypatch):
    """Agents are started as users start them, and are no copies of a process."""
    monkeypatch.setattr(agent_copies, "served", [])


def measure_the_agent(packages):
    """Measure the coverage of the agent's processes in the environment with *packages*."""
    import coverage

    text = (Path(__file__).parent / "coverage_agent.py").read_text()
    paths = {"data": HERE / ".coverage", "agent": HERE / "wizard/project/agent",
             "packages": Path(coverage.__file__).parents[1]}  # fmt: skip
    for name, path in paths.items():
        text = text.replace(f"{{{name}}}", str(path))
    (packages / "golive_coverage_agent.py").write_text(text)
    (packages / "golive_measuring.pth").write_text("import golive_coverage_agent\n")


def pytest_collection_finish():
    """Never look for garbage among the thousands of collected tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def secrets_of_one_test():
    """Forget the secrets of a test at its end. Each line of output is searched for all known secrets."""
    from wizard.base import secrets

    known = dict(secrets._known)
    yield
    secrets._known.clear()
    secrets._known.update(known)


@pytest.fixture(scope="session")
def rehearsed(python, tmp_path_factory):
    """The sample in a repository after tasks 1 to 16, made once for all workers. Tests work on copies of it."""
    with made_once(tmp_path_factory, "rehearsed") as (folder, missing):
        if missing:
            shop = fresh(folder, python)
            day_one, result = (golive("--auto", "--only", tasks, shop, env=with_uv()) for tasks in ("1-10", "11-16"))
            _first_run(folder).write_text(json.dumps([day_one.returncode, day_one.stderr]))
            assert result.returncode == 0, result.stderr[-3000:]
    return folder


def _first_run(rehearsed):
    return rehearsed.with_name("rehearsed-day-one.json")


@pytest.fixture
def day_one(rehearsed):
    """The exit code and the messages of `golive --auto --only 1-10` on the sample, the first run of `rehearsed`."""
    return json.loads(_first_run(rehearsed).read_text())


def copied(rehearsed, folder):
    """Copy the project of `rehearsed` to *folder*. The programs of its environment start the copy's interpreter."""
    shutil.copytree(rehearsed, folder, symlinks=True, copy_function=_packages_linked)
    for program in (folder / "backend/venv/bin").iterdir():
        if not program.is_symlink():
            program.write_text(program.read_text().replace(f"{rehearsed}/", f"{folder}/"))
    return folder


def _packages_linked(source, target):
    """Link installed packages instead of copying them: no test writes to their files."""
    return (os.link if "site-packages" in source else shutil.copy2)(source, target)


def fresh(folder, python):
    """Copy the sample to *folder*, with its own environment. Returns the folder of its manage.py."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "venv", ".golive", "*.sqlite3"))
    in_git(folder)
    linked_environment(folder / "backend/venv", python)
    return folder / "backend"


def linked_environment(venv, python):
    """Make an environment with the packages of *python*'s, for a test that changes them. Returns their folder.

    Tests that run at the same time read the shared one, and Golive reads it again when it was changed.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    shared = next(Path(python).parent.parent.glob("lib/python*/site-packages"))
    own = next(venv.glob("lib/python*/site-packages"))
    shutil.copytree(shared, own, dirs_exist_ok=True, copy_function=_packages_linked)
    return own


@pytest.fixture
def shop(tmp_path):
    """A new copy of the sample in its own repository: the folder of its manage.py."""
    return sample_in_git(tmp_path / "shop")


def sample_in_git(folder):
    """Copy the sample to *folder* and commit it. Returns the folder of its manage.py."""
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__", "venv", ".golive", "*.sqlite3"))
    in_git(folder)
    return folder / "backend"
