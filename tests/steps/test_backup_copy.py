"""Item 29.4: a schedule of backups, and a workflow that keeps a copy elsewhere, whose dump is tried here."""

from __future__ import annotations

import json
import subprocess
from types import SimpleNamespace

import pytest

from steps.shared import backup_copy
from steps.t29_backup import BackupThatRestores
from tests.conftest import in_git
from tests.steps.deployed import make_sandbox, observe
from wizard.base import yaml_file
from wizard.base.git import Git
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Status
from wizard.services import github_cli
from wizard.targets.local.postgres import Postgres
from wizard.targets.local.postgres_programs import find_binaries

WORKFLOW = backup_copy.TEMPLATE.read_text()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if find_binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    running = Postgres(tmp_path_factory.mktemp("postgres"), find_binaries())
    running.start()
    table = "CREATE TABLE votes (n int); INSERT INTO votes VALUES (1)"
    running.sql(table, database=running.database, role=running.role, password=running.password)
    yield running
    running.stop()


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project").mkdir()
    (tmp_path / "work").mkdir()
    top = (tmp_path / "project").resolve()
    (top / "manage.py").write_text("")
    in_git(top)
    return SimpleNamespace(top=top, root=top, work=tmp_path / "work", git=Git(top), display_path=str)


def commit(project, text):
    path = backup_copy.path_of(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for command in (["add", "--all"], ["commit", "--quiet", "-m", "Back up"]):
        subprocess.run(["git", *command], cwd=project.top, check=True)


def evidence(project, server=None, schedule=None, *, real=False):
    sandbox = make_sandbox(real=real, database=SimpleNamespace(server=server), backup_schedule_status=lambda: schedule)
    [found] = backup_copy.evidence(project, sandbox)
    return found


def test_the_plan_writes_the_workflow_only_if_it_is_wanted(project):
    step = BackupThatRestores(None)
    assert not step.plan(project, None, Answers()).actions
    plan = step.plan(project, None, Answers({"backup_copy": "github"}))
    [write] = plan.actions
    assert write.path == project.top / ".github/workflows/golive-backup.yml"
    assert all(name in plan.remarks[0] for name in backup_copy.SECRETS)
    commit(project, WORKFLOW)
    assert not step.plan(project, None, Answers({"backup_copy": "github"})).actions


def test_the_workflow_names_its_secrets_and_holds_none():
    parsed = yaml_file.load(WORKFLOW.encode())
    used = {word.split()[0] for word in WORKFLOW.split("secrets.")[1:]}
    assert used == set(backup_copy.SECRETS)
    assert parsed["permissions"] == {}
    assert backup_copy._workflow_problem(WORKFLOW.encode()) == ""


def test_without_a_copy_the_item_waits(project):
    found = evidence(project)
    assert found.status is Status.OPEN and "Answer backup_copy: github" in found.showed


def test_the_dump_of_the_workflow_is_tried(project, server, monkeypatch):
    monkeypatch.setattr(github_cli.shutil, "which", lambda name: None)
    commit(project, WORKFLOW)
    found = evidence(project, server, observe(showed="daily"), real=True)
    assert found.status is Status.OPEN and "gh is not installed" in found.showed
    assert "daily" in found.showed and "its dump, tried here, has 1 tables" in found.showed
    assert not list(project.work.iterdir())


def test_a_workflow_that_is_not_committed_does_not_run(project, server):
    path = backup_copy.path_of(project)
    path.parent.mkdir(parents=True)
    path.write_text(WORKFLOW)
    found = evidence(project, server)
    assert found.status is Status.OPEN and "not committed" in found.showed


def test_a_platform_without_a_schedule_is_told(project, server):
    commit(project, WORKFLOW)
    found = evidence(project, server, observe(False, "none"), real=True)
    assert found.status is Status.FAILED and "none" in found.showed


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('    - cron: "17 2 * * *"', "", "it has no schedule"),
        ('"17 2 * * *"', '"02:17"', "it has no schedule"),
        ("Dump the database", "Do it", "it has no step 'Dump the database'"),
        ("pg_dump --format=custom", "pg_dmp --format=custom", "its dump fails"),
        ("--format=custom", "--format=custom --schema-only", "its dump can't be restored"),
        ("--format=custom", "--format=plain", "its dump can't be restored"),
        ("${{ secrets.BACKUP_DATABASE_URL }}", "postgresql://me:hunter2@db.example/shop", "it has a password in line"),
        ("name: Backup", "name: [", "it is no YAML"),
        ('"17 2 * * *"', '"17 2 31 2 *"', "it has no schedule that GitHub runs: '17 2 31 2 *' is a date"),
        ("    runs-on:", "    if: false\n    runs-on:", "it has no step 'Dump the database' that runs on the schedule"),
        (
            "aws s3 cp database.dump.enc",
            "curl --silent https://aws.example/install.sh || echo",
            "stores the dump elsewhere",
        ),
        ("          aws s3 cp", "          # aws s3 cp", "no step that runs on the schedule stores the dump elsewhere"),
        (
            "      - name: Store it in the bucket\n",
            "      - name: Store it in the bucket\n        if: ${{ github.event_name == 'workflow_dispatch' }}\n",
            "no step that runs on the schedule stores the dump elsewhere",
        ),
    ],
)
def test_a_workflow_that_would_not_back_up_is_told(project, server, old, new, says):
    assert old in WORKFLOW
    commit(project, WORKFLOW.replace(old, new, 1))
    found = evidence(project, server)
    assert found.status is Status.FAILED and says in found.showed and "hunter2" not in found.showed


@pytest.mark.parametrize(
    ("command", "crons", "often"),
    [
        ("rclone copy database.dump.enc other:shop", ("30 1 * * *",), "every night"),
        ("if true; then AWS_REGION=x aws --endpoint-url y s3 cp database.dump.enc s3://z; fi", ("1 1 * * *",), "night"),
        ("curl --silent --upload-file database.dump.enc https://x.example", ("0 4 * * 1",), "schedule '0 4 * * 1'"),
        ("", ("17 2 * * *",), "every night"),
    ],
)
def test_a_copy_by_another_program_counts_as_one(project, command, crons, often):
    listed = "".join(f'    - cron: "{cron}"\n' for cron in crons)
    before = WORKFLOW.partition("      - name: Store it")[0]
    step = f"- run: {command}" if command else "- uses: actions/upload-artifact@v4"
    commit(project, before.replace('    - cron: "17 2 * * *"\n', listed) + f"      {step}\n")
    found = evidence(project)
    assert found.status is Status.REHEARSED and often in found.showed, found.showed


# ---- at GitHub

GH = """#!/bin/sh
# The forms of the real command's manual. It refuses others, and everything without a login.
[ -n "$GH_TOKEN" ] || { echo "To get started with GitHub CLI, please run:  gh auth login" >&2; exit 4; }
echo "$1 $2" >> "$0.asked"
case "$*" in
  "secret list --json name") echo '@secrets' ;;
  "run list --workflow golive-backup.yml --limit 1 --json status,conclusion,createdAt") echo '@runs' ;;
  *) echo "unknown flag" >&2; exit 1 ;;
esac
"""
ALL = json.dumps([{"name": name} for name in (*backup_copy.SECRETS, "OTHER")])
RUN = '[{"status": "%s", "conclusion": "%s", "createdAt": "2026-11-28T02:17:00Z"}]'


@pytest.fixture
def gh(project, tmp_path, monkeypatch):
    """A function that makes GitHub's command answer with these secrets and runs."""

    def make(secrets, runs, token="x"):
        program = tmp_path / "bin" / "gh"
        program.parent.mkdir()
        program.write_text(GH.replace("@secrets", secrets).replace("@runs", runs))
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
        monkeypatch.setenv("GH_TOKEN", token)
        commit(project, WORKFLOW)
        return program.with_name("gh.asked")

    return make


@pytest.mark.parametrize(
    ("secrets", "runs", "status", "says"),
    [
        (ALL, RUN % ("completed", "success"), Status.DONE, "2026-11-28T02:17:00Z at GitHub ended with success"),
        (ALL, RUN % ("completed", "failure"), Status.FAILED, "ended with failure"),
        (ALL, RUN % ("in_progress", ""), Status.OPEN, "gh workflow run golive-backup.yml"),
        (ALL, "[]", Status.OPEN, "its secrets are set. Run it once: gh workflow run golive-backup.yml"),
        ('[{"name": "BACKUP_BUCKET"}]', "[]", Status.OPEN, "gh secret set BACKUP_PASSPHRASE"),
    ],
)
def test_the_workflow_counts_once_it_has_its_secrets_and_has_run(project, gh, secrets, runs, status, says):
    asked = gh(secrets, runs)
    found = evidence(project, real=True)
    assert asked.read_text().split("\n").count("secret list") == 1, "one request for all names"
    assert (found.status, says in found.showed) == (status, True), found
    assert "gh secret set BACKUP_BUCKET" not in found.showed


def test_without_ghs_login_the_item_waits_and_a_rehearsal_does_not_ask(project, gh):
    gh(ALL, "[]", token="")
    found = evidence(project, real=True)
    assert found.status is Status.OPEN and "gh auth login" in found.showed and "gh secret list" in found.showed
    assert evidence(project).status is Status.REHEARSED
