"""What this machine lacks leaves an item open, and a failed deployment is tried once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.base.errors import CommandError, NotYetError, ToolError
from wizard.base.secrets import HIDDEN, remember
from wizard.checklist.answers import Answers
from wizard.targets.local import deployed_site, postgres_programs
from wizard.targets.local.postgres_programs import PROGRAMS, find_binaries
from wizard.targets.local.rehearsal import Rehearsal


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with the installations that a test makes with `install`."""
    monkeypatch.setattr(postgres_programs, "WHEELS", ())
    monkeypatch.setattr(postgres_programs, "FOLDERS", (str(tmp_path / "lib"),))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def install(folder, programs=PROGRAMS, script="#!/bin/sh\nexit 1\n"):
    folder.mkdir(parents=True, exist_ok=True)
    for name in programs:
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder


def test_a_link_to_the_server_leads_to_the_folder_of_the_other_programs(machine):
    folder = install(machine / "opt" / "pgsql" / "bin")
    (machine / "bin" / "postgres").symlink_to(folder / "postgres")
    assert find_binaries() == folder


def test_an_installation_of_links_is_used(machine):
    for name in PROGRAMS:
        install(machine / "store" / name, [name])
        (machine / "bin" / name).symlink_to(machine / "store" / name / name)
    assert find_binaries() == machine / "bin"


def test_the_newest_complete_installation_is_used(machine):
    install(machine / "lib" / "17" / "bin", ["postgres", "initdb"])
    install(machine / "lib" / "9.6" / "bin")
    folder = install(machine / "lib" / "16" / "bin")
    assert find_binaries() == folder


def open_item(machine):
    project = SimpleNamespace(work=machine, root=machine, settings=SimpleNamespace(mentions=lambda word: False))
    observation = Rehearsal(project, print, Answers(), None, None).database_status()
    assert observation.holds is None
    return observation.ran


def test_an_incomplete_installation_leaves_the_item_open_and_is_named(machine):
    install(machine / "bin", [name for name in PROGRAMS if name not in {"pg_isready", "psql"}])
    assert find_binaries() is None
    assert f"PostgreSQL is incomplete: {machine / 'bin'} lacks pg_isready, psql" in open_item(machine)


@pytest.mark.parametrize("script", ["#!/bin/sh\necho no shared library >&2; exit 127\n", "\x7fELF of another machine"])
def test_a_server_that_does_not_start_leaves_the_item_open_with_its_error(machine, monkeypatch, script):
    install(machine / "bin", script=script)
    monkeypatch.setattr("os.geteuid", lambda: 1000)  # as root it starts as a user who can't read this folder
    described = open_item(machine)
    assert "SQLite (initdb failed: no shared library" in described or "initdb can't be used: Exec format" in described
    assert "Stopped" not in described and not list(machine.glob("golive-postgres-*"))


class Service:
    """A service whose start fails until `healthy` is set."""

    def __init__(self):
        self.starts, self.healthy, self.running, self.log, self.port = 0, False, False, [], 1
        self.network = self.traffic = None
        self.folder, self.server_only = Path("/no-such-folder"), []

    def build(self, earlier=None):
        return 1

    def run_build(self, environment):
        pass

    def take_log(self):
        taken, self.log = self.log, []
        return taken

    def source(self):
        return SimpleNamespace(pre_deploy=())

    def stop(self):
        self.running = False
        return True

    def start(self, environment, *, server_only=False):
        self.starts += 1
        self.server_only.append(server_only)
        if not self.healthy:
            raise CommandError("The deployment did not become healthy", "ModuleNotFoundError: celery")
        self.running = True


@pytest.fixture
def rehearsal(monkeypatch):
    target = Rehearsal(SimpleNamespace(work=Path("/no-such-folder")), print, Answers(), None, None)
    target.deployment = Service()
    target.servers = SimpleNamespace(edge=SimpleNamespace(upstream=0))
    target.state = "before"
    monkeypatch.setattr(Rehearsal, "_state", lambda target: target.state)
    monkeypatch.setattr(Rehearsal, "_install", lambda target: None)
    monkeypatch.setattr(Rehearsal, "environment", lambda target: {})
    return target


def fails_in(rehearsal, number, error):
    rehearsal.task_number = number
    with pytest.raises(error) as caught:
        rehearsal.deployed()
    return caught.value


def test_later_tasks_wait_for_a_failed_deployment_and_name_it(rehearsal):
    fails_in(rehearsal, 17, CommandError)
    for number in (18, 20, 24):
        rehearsal.state = f"edited by task {number}"
        waiting = fails_in(rehearsal, number, NotYetError)
        assert str(waiting) == (
            "The deployment failed in task 17: The deployment did not become healthy: ModuleNotFoundError: celery. "
            "Correct the cause, then run task 17 again."
        )
    assert rehearsal.deployment.starts == 1


def test_the_task_that_failed_deploys_again_and_then_the_others_go_on(rehearsal):
    fails_in(rehearsal, 17, CommandError)
    rehearsal.deployment.healthy = True
    rehearsal.deployed()
    rehearsal.task_number = 18
    assert rehearsal.deployed().running
    assert rehearsal.deployment.starts == 2


@pytest.fixture
def beside(rehearsal, monkeypatch):
    """The deployment that starts beside the service for a temporary change, which is deployed already."""
    made = Service()
    made.port = 2
    monkeypatch.setattr(deployed_site, "Deployment", lambda *_: made)
    rehearsal.deployment.healthy, rehearsal.task_number = True, 17
    rehearsal.deployed()
    rehearsal.temporary, rehearsal.state = True, "with a temporary view"
    return made


def test_a_temporary_change_starts_beside_the_service_which_is_not_started_again(rehearsal, beside):
    service, edge = rehearsal.deployment, rehearsal.servers.edge
    beside.healthy = True
    assert rehearsal.deployed() is beside and edge.upstream == 2
    assert service.running and beside.server_only == [True], "its folder is a copy, so its commands have run"
    beside.log.append("RuntimeError: of the temporary view")
    rehearsal.state = "before"
    assert rehearsal.deployed() is service and edge.upstream == 1
    assert service.starts == 1 and not beside.running
    assert "1 error line" in rehearsal.run_log_status().showed, "its log belongs to that of the run"


def test_a_service_that_ended_meanwhile_is_deployed_again(rehearsal, beside):
    service, beside.healthy = rehearsal.deployment, True
    rehearsal.deployed()
    service.running, rehearsal.temporary, rehearsal.state = False, False, "before"
    assert rehearsal.deployed() is service
    assert service.starts == 2 and service.server_only == [False, False] and not beside.running


def test_a_failure_of_a_temporary_change_does_not_stop_the_tasks_after_it(rehearsal, beside):
    fails_in(rehearsal, 23, CommandError)
    rehearsal.state, rehearsal.task_number, rehearsal.temporary = "before", 24, False
    assert rehearsal.deployed().running
    assert rehearsal.deployment.starts == 1


def test_a_deployment_that_the_user_stopped_is_tried_again(rehearsal):
    from wizard.targets.sandbox import Sandbox

    fails_in(rehearsal, 17, CommandError)
    Sandbox.forget_failure(SimpleNamespace(_target=rehearsal))
    fails_in(rehearsal, 18, CommandError)


BROKEN = ["Traceback (most recent call last):", '  File "views.py", line 9, in basket', "KeyError: 'total'"]
RAISED = [
    "Internal Server Error: /golive-broken-on-purpose/",
    "Traceback (most recent call last):",
    '  File "urls.py", line 9, in golive_broken_on_purpose',
    "RuntimeError: broken on purpose, by task 23",
]


@pytest.mark.parametrize(("log", "holds"), [(BROKEN, False), (RAISED, True), ([], True)])
def test_the_errors_of_the_whole_run_count_and_not_those_made_on_purpose(rehearsal, log, holds):
    rehearsal.deployment.healthy = True
    rehearsal.deployed()
    rehearsal.deployment.log.extend(log)
    rehearsal.redeploy()
    assert rehearsal.log_status().holds, "the log of the running service is empty"
    observed = rehearsal.run_log_status()
    assert observed.holds is holds
    assert holds or "in this run, the first: Traceback" in observed.showed or "KeyError" in observed.showed


def test_the_evidence_of_a_log_shows_no_half_of_a_secret(rehearsal):
    remember("a-password-in-a-long-log-line")
    rehearsal.deployment.healthy = True
    rehearsal.deployed()
    line = "ERROR: ".ljust(190, "x")
    rehearsal.deployment.log.append(f"{line}a-password-in-a-long-log-line")
    shown = f"{line}{HIDDEN}"
    assert rehearsal.log_status().showed == shown[:200]
    assert rehearsal.run_log_status().showed == f"1 error line in this run, the first: {shown}"[: 200 + 37]


def test_a_missing_git_is_an_error_with_its_name(tmp_path, monkeypatch):
    from wizard.base.git import Git

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="git can't be used: No such file or directory"):
        Git(tmp_path).run("status")
