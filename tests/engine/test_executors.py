"""Every action has an executor, undo imports neither project nor target, and a failed command says what to do."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wizard.base.errors import CommandError
from wizard.engine.actions.executor import Executor
from wizard.engine.actions.registry import EXECUTORS
from wizard.plan.actions import Action, Assist, RunCommand


def test_every_action_but_assist_has_an_executor():
    assert set(EXECUTORS) == {action.__name__ for action in Action.__subclasses__() if action is not Assist}


@pytest.mark.parametrize("kind", EXECUTORS)
def test_an_executor_implements_prepare_and_apply(kind):
    executor = type(EXECUTORS[kind])
    assert executor.__name__ == f"{kind}Executor"
    assert executor.prepare is not Executor.prepare
    assert executor.apply is not Executor.apply


def test_undo_imports_neither_the_project_nor_a_target():
    code = "import sys, wizard.engine.undo; print(*sorted(sys.modules), sep='\\n')"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "wizard.engine.actions.run_command" in modules
    heavy = {"django", "tomlkit", "dotenv", "httpx", "black", "wizard.project.project", "wizard.editing.requirements"}
    assert not heavy & set(modules)
    assert not [name for name in modules if name.startswith("wizard.targets")]


def test_a_command_that_fails_says_what_to_do(repo):
    argv = (sys.executable, "-c", "raise SystemExit('no solution found')")
    with pytest.raises(CommandError) as failed:
        repo.apply(30, RunCommand(argv, repo.root, environment="production", hint="Loosen it, then run again."))
    assert str(failed.value).endswith("no solution found. Loosen it, then run again.")
