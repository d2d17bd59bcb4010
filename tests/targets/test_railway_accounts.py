"""Access to Railway: the command, its login, account tokens and project tokens."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.targets.railway_project import evidence_texts
from wizard.base.errors import UsageError
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.engine.opening import open_engine
from wizard.engine.start_options import StartOptions


def test_the_login_of_the_command_is_used_only_through_the_command(small):
    small.tokens = {}
    small.internet.log_in()
    assert small.golive("--only", "11-12,17")[0] == 3
    assert small.status("17.3") is Status.DONE
    assert small.internet.railway.requests == 0, "the login's token is never used directly"
    assert any(call["argv"][0] == "api" for call in small.internet.cloud.calls)


def test_a_project_token_works_in_its_project_and_creates_none(small):
    cloud = small.internet.cloud
    project = cloud.make_project("theirs", cloud.workspaces[0])
    cloud.project_tokens["project-token-1"] = (project["id"], project["environments"][0]["id"])
    small.tokens = {"RAILWAY_TOKEN": "project-token-1"}
    assert small.golive("--only", "11-12")[0] == 3
    assert small.status("12.1") is Status.DONE
    assert list(cloud.projects) == [project["id"]]


def test_the_command_is_installed_only_with_the_users_consent(small):
    real = (small.internet.bin / "railway").rename(small.internet.bin / "railway-to-come")
    npm = small.internet.bin / "npm"
    # npm's exit code is not reliable: this one installs the command and fails nevertheless.
    npm.write_text(
        f'#!/bin/sh\n[ "$*" = "install -g @railway/cli" ] && mv {real} {small.internet.bin}/railway\nexit 1\n'
    )
    npm.chmod(0o755)
    assert small.golive("--only", "11")[0] == 1, "without consent"
    assert small.golive("--only", "11", GOLIVE_RAILWAY_INSTALL="yes")[0] == 3
    assert small.status("11.1") is Status.DONE


def test_a_user_at_a_terminal_logs_in_with_the_command(small):
    small.tokens = {}
    commands = []

    def interact(argv):
        commands.append([Path(argv[0]).name, *argv[1:]])
        return subprocess.run(argv, env=small.internet.environment(), check=False).returncode

    for name, value in small.internet.environment(SSH_CONNECTION="a b").items():
        small.monkeypatch.setenv(name, value)
    answers = Answers({"target": "railway"}, present=True)
    start = StartOptions(small.folder, python=small.python, target="railway")
    with open_engine(start, answers, lambda event: None) as engine:
        engine.interact = engine.sandbox.interact = interact
        with pytest.raises(UsageError, match=r"no target nowhere\. Targets are local, railway"):
            engine.select_target("nowhere")
        assert engine.run_task(engine.checklist.tasks[11])
        assert engine.state.status("11.1") is Status.DONE
    assert commands == [["railway", "login", "--browserless"]], "over SSH there is no browser"


def test_without_other_accounts_the_run_continues_and_names_the_open_items(small):
    code, events = small.golive("--only", "11")
    assert code == 3
    showed = evidence_texts(events)
    assert "https://sentry.io/signup/" in showed["11.2"] and "14.1, 14.2, 14.5" in showed["11.2"]
    assert "SENTRY_AUTH_TOKEN" in showed["11.2"] and "event:read" in showed["11.2"]
    assert "UPTIMEROBOT_API_KEY" in showed["11.3"]
