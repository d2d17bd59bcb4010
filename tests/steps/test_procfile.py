"""Task 16: the Procfile has to contain all parts, and to be committed and pushed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps import t16_procfile as t16
from tests.steps.deployed import by_item
from tests.steps.served import Served
from wizard.checklist.answers import Answers
from wizard.plan.actions import Assist

LINE = (
    "web: python manage.py migrate && python manage.py collectstatic --noinput && exec gunicorn shop.wsgi:application\n"
)


def verify(tmp_path, content, git=None):
    project = Served(tmp_path, {"Procfile": content}, git=git)
    return by_item(t16.Procfile(None).verify(project, None, Answers({})))


@pytest.mark.parametrize(
    ("content", "status", "showed"),
    [
        (LINE, "done", LINE.strip()),
        (LINE.replace("exec ", ""), "failed", "missing: exec, in `web: "),
        (LINE.replace("python manage.py migrate && ", ""), "failed", "missing: migrate, in `web: "),
        ("web: gunicorn shop.wsgi:application\n", "failed", "missing: exec, migrate, collectstatic"),
    ],
)
def test_the_command_must_contain_exec_migrate_and_collectstatic(tmp_path, monkeypatch, content, status, showed):
    monkeypatch.setattr(t16, "plan_commit", lambda *arguments: Assist("16.2", "in git", "", "commit it"))
    evidence = verify(tmp_path, content)
    assert evidence["16.1"][0] == status and showed in evidence["16.1"][1]
    assert evidence["16.2"] == ("open", "commit it")


def test_a_missing_procfile_fails_without_a_question_about_git(tmp_path):
    evidence = verify(tmp_path, None)
    assert list(evidence) == ["16.1"] and evidence["16.1"][0] == "failed"


@pytest.mark.parametrize(
    ("uncommitted", "remote", "pushed", "status", "showed"),
    [
        (True, False, False, "open", "it is not committed"),
        (False, False, False, "done", "committed in 0123456789; the repository has no remote"),
        (False, True, False, "open", "committed, not pushed"),
        (False, True, True, "done", "committed and pushed"),
    ],
)
def test_a_push_is_required_if_there_is_a_remote_and_a_commit_otherwise(
    tmp_path, monkeypatch, uncommitted, remote, pushed, status, showed
):
    git = SimpleNamespace(has_remote=lambda: remote, is_pushed=lambda: pushed, head=lambda: "0123456789abcdef",
                          at_head=lambda path: None)  # fmt: skip
    monkeypatch.setattr(t16, "is_uncommitted", lambda project, path: uncommitted)
    monkeypatch.setattr(t16, "plan_commit", lambda *arguments: None)
    evidence = verify(tmp_path, LINE, git)
    assert evidence["16.2"][0] == status and evidence["16.2"][1].startswith(showed)


@pytest.mark.parametrize(
    ("files", "texts"),
    [
        ({}, ["There is no Procfile yet"]),
        ({"Procfile": LINE}, ["There is a Procfile"]),
        (
            {"Dockerfile": "FROM python:3.12\nCMD gunicorn shop.wsgi\n", "railway.toml": ""},
            [
                "Railway stops reading railway.toml on 2026-12-01. Move its settings to the service.",
                "Railway builds the Dockerfile and ignores the Procfile",
                "The start command is in Dockerfile, CMD",
            ],
        ),
        (
            {"nixpacks.toml": '[start]\ncmd = "gunicorn shop.wsgi"\n'},
            ["New services are built by Railpack, which ignores nixpacks.toml", "There is no Procfile yet"],
        ),
    ],
)
def test_files_that_affect_the_start_command_are_found(tmp_path, files, texts):
    assert [finding.text for finding in t16.Procfile(None).inspect(Served(tmp_path, files))] == texts


def test_migrations_before_the_deployment_need_no_place_in_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(t16, "plan_commit", lambda *arguments: Assist("16.2", "in git", "", "commit it"))
    project = Served(tmp_path, {"Procfile": LINE.replace("python manage.py migrate && ", "")}, git=None)
    evidence = by_item(t16.Procfile(None).verify(project, None, Answers({"migrate": "pre-deploy"})))
    assert evidence["16.1"][0] == "done"
