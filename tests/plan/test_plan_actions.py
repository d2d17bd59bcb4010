"""Actions describe themselves without secrets, and a user can leave them out or change files."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.secrets import remember
from wizard.plan.actions import (
    Assist,
    Choice,
    CommitFiles,
    Finding,
    GenerateSecrets,
    InstallPackages,
    MakeDirectory,
    Plan,
    RunCommand,
    WriteFile,
    key,
)

ENV, SETTINGS = Path("/shop/.env"), Path("/shop/settings.py")


def test_the_preview_of_a_file_is_a_diff_without_known_secrets():
    remember("an-old-key-in-the-code")
    action = WriteFile(SETTINGS, b"KEY = 'an-old-key-in-the-code'\n", b"KEY = os.environ['KEY']\n", "rotate the key")
    assert action.describe() == "Edit settings.py: rotate the key"
    assert action.preview().splitlines()[3:] == ["-KEY = '[hidden]'", "+KEY = os.environ['KEY']"]


def test_the_preview_of_a_secret_file_shows_names_and_no_values():
    action = WriteFile(ENV, None, b"# Keys\nKEY=abc\nEMPTY=\n", secret=True)
    assert action.describe() == "Create .env"
    assert action.preview().splitlines()[3:] == ["+# Keys", "+KEY=\u2026", "+EMPTY="]


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (MakeDirectory(Path("/shop/logs"), "for the log"), "Create folder logs/: for the log"),
        (RunCommand(("/venv/bin/python", "manage.py", "check"), Path("/shop")), "Run python manage.py check"),
        (InstallPackages(("gunicorn", "whitenoise")), "Install gunicorn, whitenoise"),
        (CommitFiles((SETTINGS,), "Fix DEBUG\n\nWhy.", ("pre-commit",)),
         "Commit settings.py: Fix DEBUG; your pre-commit runs"),
        (GenerateSecrets(ENV, None, (("KEY", 50),), kept=(("OLD", "x"),)), "Generate KEY, and keep OLD, in .env"),
    ],
)  # fmt: skip
def test_an_action_is_described_in_one_line(action, text):
    assert action.describe() == text


def test_the_repr_of_an_action_has_no_secret_values():
    assert "hunter22" not in repr(GenerateSecrets(ENV, None, (), kept=(("OLD", "hunter22"),)))


def test_an_action_lists_every_path_that_it_may_change():
    assert WriteFile(ENV, None, b"").touches() == (ENV,)
    assert CommitFiles((ENV, SETTINGS), "Both").touches() == (ENV, SETTINGS)
    assert RunCommand(("x",), Path("/shop"), outputs=(Path("/shop/static"),)).touches() == (Path("/shop/static"),)
    assert InstallPackages(("gunicorn",)).touches() == ()


def test_a_plan_is_empty_without_actions_and_leaves_manual_changes_to_the_user():
    assist = Assist("7.1", "urls.py", "path(...)", "the routes are computed")
    assert not Plan.nothing("DEBUG is off already")
    assert Plan.of(None, assist) and Plan.of(None, assist).work == ()


def test_a_choice_leaves_out_actions_and_replaces_the_content_of_files():
    env, settings = WriteFile(ENV, b"", b"A=1\n"), WriteFile(SETTINGS, b"X = 1\n", b"X = 2\n")
    install = InstallPackages(("gunicorn",))
    plan = Plan.of(env, settings, install, remarks=("Read this.",))
    chosen = Choice(frozenset({key(install)}), {SETTINGS: b"X = 3\n"}).of(plan)
    assert chosen.actions == (env, WriteFile(SETTINGS, b"X = 1\n", b"X = 3\n"))
    assert chosen.remarks == ("Read this.",)
    assert Choice(written={SETTINGS: b"X = 1\n"}).of(plan).actions == (env, install), "the file has it already"


def test_action_keys_are_stable_when_a_task_is_planned_again():
    assert key(WriteFile(ENV, b"", b"A=1\n")) == key(WriteFile(ENV, b"", b"A=2\n"))
    assert key(WriteFile(ENV, None, b"")) != key(MakeDirectory(ENV))
    assert key(InstallPackages(("a",))) != key(InstallPackages(("b",)))


def test_a_finding_names_file_and_line():
    assert str(Finding("DEBUG is on", SETTINGS, 3)) == "/shop/settings.py:3: DEBUG is on"
    assert str(Finding("DEBUG is on", SETTINGS)) == "/shop/settings.py: DEBUG is on"
    assert str(Finding("no git")) == "no git"
