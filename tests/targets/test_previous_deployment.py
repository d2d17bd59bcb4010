"""The running version in a rehearsal: a deployed commit as it is, or the project's files with the old apps."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace

import pytest

from tests.steps.real_project import opened, write
from tests.steps.test_migration_safety import FILES
from wizard.project import previous_version
from wizard.targets.local.previous_deployment import PreviousDeployment
from wizard.targets.local.side_rehearsal import SideRehearsal

NEW = {
    "polls/models.py": "# new models\n",
    "polls/views.py": "# new views\n",
    "polls/migrations/0002_more.py": "# new migration\n",
    "settings_extra.py": "# not committed\n",
    "blog/__init__.py": "",
    "blog/migrations/0001_initial.py": "# of a new app\n",
}


@pytest.fixture(scope="module")
def polls(tmp_path_factory, python):
    folder = tmp_path_factory.mktemp("polls")
    with opened(folder, python, {**FILES, "start.txt": "é\r\n"}, 'INSTALLED_APPS += ["polls"]\n') as (project, _):
        write(folder, NEW)
        (folder / "start.txt").write_text("changed")
        yield project


def built(project, folder, named="", deployed=""):
    previous = previous_version.find(project.git, named, deployed)
    new = previous_version.new_migrations(project, previous)
    deployment = PreviousDeployment(project, folder / "previous", print, previous, new)
    count = deployment.build()
    files = {
        path.relative_to(deployment.folder).as_posix(): path.read_bytes()
        for path in deployment.folder.rglob("*")
        if path.is_file()
    }
    assert count == len(files)
    return files


def test_a_deployed_commit_is_built_as_it_is(polls, tmp_path):
    files = built(polls, tmp_path, deployed=polls.git.head())
    listed = subprocess.check_output(["git", "ls-files"], cwd=polls.top, text=True).split()
    assert sorted(files) == sorted(listed)
    assert files["start.txt"] == "é\r\n".encode() and b"class Party" in files["polls/models.py"]


def test_of_a_commit_that_was_not_deployed_only_the_apps_are_old(polls, tmp_path):
    files = built(polls, tmp_path)
    assert files["start.txt"] == b"changed" and "settings_extra.py" in files
    assert b"class Party" in files["polls/models.py"]
    assert not {"polls/views.py", "polls/migrations/0002_more.py"} & files.keys()
    assert "blog/migrations/0001_initial.py" in files, "the running version has no such app, so nothing of it can break"


def test_without_a_commit_it_is_the_project_itself(polls, tmp_path):
    deployment = PreviousDeployment(polls, tmp_path / "previous", print, None, [])
    assert deployment.build() == len(polls.copy.files())
    assert (deployment.folder / "polls/views.py").read_text() == "# new views\n"


def test_a_stop_ends_the_deployments_of_a_target_beside_the_own_one(tmp_path, python):
    ended = []
    with opened(tmp_path, python, FILES) as (_, sandbox):
        side = SimpleNamespace(interrupt=lambda: ended.append("side"))
        other = sandbox.beside(side)
        assert other.target is side and sandbox.active_target is None
        sandbox.interrupt()
    assert ended == ["side"]


def test_a_side_rehearsal_interrupts_what_it_has_started():
    started = SimpleNamespace(interrupt=lambda: ended.append("service"))
    ended = []
    SideRehearsal.interrupt(SimpleNamespace(services=lambda: [started, started]))
    assert ended == ["service", "service"]
