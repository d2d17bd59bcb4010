"""Scheduled backups, and a copy of them at another provider: a workflow of GitHub Actions, if the user wants it.

A platform's own backups are gone with its account. Secrets are named in the workflow, and never written by Golive.
Source: the documentation of GitHub's scheduled workflows and secrets, of pg_dump, and of the AWS command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from steps.shared.commits import is_uncommitted
from wizard.base import files, process, yaml_file
from wizard.base.errors import CommandError, NotYetError, Stopped
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, waiting
from wizard.plan.actions import Action, WriteFile
from wizard.project import cron_jobs
from wizard.project.project import Project
from wizard.services.github_cli import GithubCli
from wizard.targets.base import Observation
from wizard.targets.sandbox import Sandbox

ANSWER, GITHUB = "backup_copy", "github"
WORKFLOW = Path(".github/workflows/golive-backup.yml")
SECRETS = (
    "BACKUP_DATABASE_URL", "BACKUP_DATABASE_PASSWORD", "BACKUP_PASSPHRASE", "BACKUP_BUCKET", "BACKUP_ENDPOINT_URL",
    "BACKUP_ACCESS_KEY_ID", "BACKUP_SECRET_ACCESS_KEY",
)  # fmt: skip
TEMPLATE = Path(__file__).parents[1] / "templates" / "backup.yml"
SECRET = re.compile(rb"\bsecrets\.(\w+)")
DUMP = "Dump the database"
"""The step of the workflow that is tried on this machine."""
LOCAL = {
    "pg_dump", "pg_dumpall", "pg_restore", "psql", "apt", "apt-get", "pip", "openssl", "gpg", "age", "gzip", "zstd",
    "xz", "bzip2", "tar", "zip", "rm", "mv", "cp", "mkdir", "chmod", "ls", "du", "stat", "echo", "printf", "cat", "cd",
    "set", "export", "test", "[", "true", "false", "exit", "sha256sum", "md5sum", "date", "sleep", "fi",
}  # fmt: skip
"""Commands that send no file elsewhere."""
BEFORE = re.compile(r"^(?:(?:\w+=\S*|sudo|if|then|else|!)\s+)+")
"""What may come before the name of a command."""
DOWNLOADS = re.compile(r"(?:curl|wget)\b(?!.*\s(?:-T|-F|-d|-X|--upload-file|--form|--data|--post|--request))")
NEVER = re.compile(
    r"(\$\{\{)?\s*(false|github\.event_name\s*==\s*['\"]workflow_dispatch['\"])\s*(\}\})?", re.IGNORECASE
)
"""Conditions that no scheduled run fulfils."""
RAN = "the schedule of backups, and the copy elsewhere"
SECONDS = 300.0


def question() -> Question:
    why = (
        "The platform keeps its own backups, and loses them with the project. github: a workflow dumps the database "
        "every night, encrypts the dump and stores it in a bucket of yours. Its secrets are yours to set at GitHub."
    )
    return Question(ANSWER, "Keep a copy of the backups elsewhere?", "none", why, ("none", GITHUB))


def path_of(project: Project) -> Path:
    return project.top / WORKFLOW


def actions(project: Project, answers: Answers) -> list[Action]:
    path = path_of(project)
    if answers.get(ANSWER) != GITHUB or files.read(path) is not None:
        return []
    return [WriteFile(path, None, TEMPLATE.read_bytes(), "back the database up every night, to a bucket")]


def remarks(project: Project, answers: Answers) -> Iterator[str]:
    if answers.get(ANSWER) == GITHUB:
        yield f"Set these secrets at GitHub, with `gh secret set NAME`: {', '.join(SECRETS)}."
        yield "BACKUP_DATABASE_URL is the public URL of the database without its password: postgresql://user@host:port/name"


def evidence(project: Project, sandbox: Sandbox) -> Iterator[Evidence]:
    """Evidence for 29.4: the platform's schedule, and the workflow, whose dump is tried here."""
    schedule, where = sandbox.target.backup_schedule_status(), WORKFLOW.as_posix()
    expected = "backups on a schedule, and a copy elsewhere"
    if schedule and schedule.holds is False:
        showed = f"{schedule.ran}: {schedule.showed}"
        yield sandbox.evidence("29.4", False, "service", RAN, showed, expected=expected, where="the platform")
        return
    content = files.read(path_of(project))
    if content is None:
        why = f"{_described(schedule)}; no copy elsewhere. Answer {ANSWER}: {GITHUB}, or confirm a copy of your own"
        yield waiting("29.4", RAN, why)
        return
    problem, often = _workflow_problem(content), " or ".join(map(_often, _crons(_parsed(content))))
    showed = f"{_described(schedule)}; {where} dumps the database {often}"
    if not problem:
        problem, tried = _try(project, sandbox, content)
        showed += f"; {tried}"
    if problem:
        yield sandbox.evidence("29.4", False, "file", where, problem, expected=expected, where=f"{where}:1")
    elif project.git is None or is_uncommitted(project, path_of(project)):
        yield waiting("29.4", where, "it is not committed, so GitHub does not run it")
    elif sandbox.target.real:
        yield _at_github(project, sandbox, content, showed)
    else:
        yield sandbox.evidence("29.4", True, "file", where, showed, real=False)


def _at_github(project: Project, sandbox: Sandbox, content: bytes, showed: str) -> Evidence:
    """Evidence that the workflow has its secrets, and has stored a backup."""
    where, github = WORKFLOW.as_posix(), GithubCli(project.top)
    wanted = sorted({name.decode() for name in SECRET.findall(content)} - {"GITHUB_TOKEN"})
    try:
        known = github.secret_names()
        if missing := [name for name in wanted if name not in known]:
            commands = "; ".join(f"gh secret set {name}" for name in missing)
            return waiting("29.4", where, f"{showed}. GitHub lacks its secrets. Run: {commands}")
        last = github.last_run(WORKFLOW.name)
    except Stopped:
        raise
    except (NotYetError, CommandError) as error:
        why = f"whether it runs is not visible here: {error}. {error.hint}"
        return waiting("29.4", where, f"{showed}; {why} Then check `gh secret list` and `gh run list`")
    if last.get("status") != "completed":
        return waiting("29.4", where, f"{showed}; its secrets are set. Run it once: gh workflow run {WORKFLOW.name}")
    holds = last.get("conclusion") == "success"
    showed += f"; its run of {last.get('createdAt')} at GitHub ended with {last.get('conclusion')}"
    expected = "a run that succeeds"
    return sandbox.evidence("29.4", holds, "service", "gh run list", showed, expected=expected, where=where)


def _described(schedule: Observation | None) -> str:
    if schedule is None:
        return "a rehearsal has no schedule of its own"
    return f"{schedule.ran}: {schedule.showed}"


def _parsed(content: bytes) -> dict[Any, Any]:
    try:
        parsed = yaml_file.load(content)
    except yaml_file.InvalidYamlError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _crons(parsed: dict[Any, Any]) -> list[str]:
    triggers = parsed.get("on") or parsed.get(True) or {}  # YAML 1.1 reads `on` as true
    listed = triggers.get("schedule") if isinstance(triggers, dict) else None
    crons = [each.get("cron") for each in listed or [] if isinstance(each, dict)]
    return [cron for cron in crons if isinstance(cron, str)]


def _often(cron: str) -> str:
    return "every night" if cron.split()[2:] == ["*", "*", "*"] else f"on the schedule {cron!r}"


def _steps(parsed: dict[Any, Any]) -> list[dict[Any, Any]]:
    """The steps that run on a schedule, of all jobs."""
    jobs = parsed.get("jobs")
    kept = [job for job in (jobs.values() if isinstance(jobs, dict) else ()) if isinstance(job, dict)]
    steps = [step for job in kept if not _is_off(job) for step in job.get("steps") or []]
    return [step for step in steps if isinstance(step, dict) and not _is_off(step)]


def _is_off(part: dict[Any, Any]) -> bool:
    """Whether the condition of a job or a step keeps it from running on a schedule."""
    return bool(NEVER.fullmatch(str(part.get("if", "")).strip()))


def _dump_command(content: bytes) -> str:
    """The command of the step that dumps the database."""
    return next((str(step.get("run")) for step in _steps(_parsed(content)) if step.get("name") == DUMP), "")


def _is_stored(step: dict[Any, Any]) -> bool:
    """Whether *step* may send the dump elsewhere: by an action of others, or by a command that is not known."""
    if "uses" in step:
        return "/checkout" not in str(step["uses"])
    script = str(step.get("run") or "").replace("\\\n", " ")
    commands = [BEFORE.sub("", each.strip()) for each in re.split(r"&&|\|\||[|;\n]", script)]
    unknown = [each for each in commands if each and each[0] != "#" and each.split()[0] not in LOCAL]
    return any(not DOWNLOADS.match(each) for each in unknown)


def _workflow_problem(content: bytes) -> str:
    """Why GitHub would not run the workflow every night, or it makes no copy; empty if it does."""
    parsed = _parsed(content)
    if not parsed:
        return "it is no YAML"
    refused = [cron_jobs.problem_of(cron) for cron in _crons(parsed)]
    if all(refused):
        return f"it has no schedule{f' that GitHub runs: {refused[0]}' if refused else ''}"
    if written := re.search(rb"postgres(?:ql)?://[^\s${]+:[^\s${]+@", content):
        line = content.count(b"\n", 0, written.start()) + 1
        return f"it has a password in line {line}"
    if not _dump_command(content):
        return f"it has no step {DUMP!r} that runs on the schedule"
    if not any(map(_is_stored, _steps(parsed))):
        return "no step that runs on the schedule stores the dump elsewhere, so it is gone at the end of the run"
    return ""


def _try(project: Project, sandbox: Sandbox, content: bytes) -> tuple[str, str]:
    """Run the dump of the workflow on the database of this machine. Returns what is wrong, and what was seen."""
    server = sandbox.target.database.server
    if server is None:
        return "", "its dump was not tried: there is no PostgreSQL on this machine"
    with TemporaryDirectory(dir=project.work) as folder:
        environment = process.marked(process.bare_environment(
            BACKUP_DATABASE_URL=server.url(password="").replace(":" + server.password, ""), PGPASSWORD=server.password,
            PATH=f"{server.bin}{os.pathsep}{os.environ.get('PATH', '')}",
        ), project.root)  # fmt: skip
        done = process.run(["/bin/sh", "-ec", _dump_command(content)], cwd=Path(folder), env=environment,
                           timeout=SECONDS)  # fmt: skip
        if done.returncode:
            return f"its dump fails: {excerpt(done.last_lines(2), 200)}", ""
        dumps = [path for path in Path(folder).iterdir() if path.is_file()]
        for path in dumps:
            listed = process.run([str(server.bin / "pg_restore"), "--list", str(path)], cwd=Path(folder),
                                 env=environment)  # fmt: skip
            tables = len(re.findall(r"TABLE DATA", listed.output))
            if not listed.returncode and tables:
                return "", f"its dump, tried here, has {tables} tables"
        return "its dump can't be restored: pg_restore finds no tables in it", ""
