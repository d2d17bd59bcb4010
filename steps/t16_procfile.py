"""Task 16, Create Procfile: how the platform starts the service.

The checklist's line, with what it lacks: nothing else collects the static files, and without `exec` the shell keeps
SIGTERM to itself and every restart ends in a kill. Source: Railpack's source; measured with sh, bash and gunicorn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from steps.shared import added_modules, packages
from steps.shared.commits import is_uncommitted, plan_commit
from wizard.base import files
from wizard.base.errors import StepError
from wizard.base.git import PUSH_HOOKS
from wizard.checklist.answers import Answers, Question
from wizard.checklist.evidence import Evidence, shown, waiting
from wizard.plan.actions import Action, Assist, CommitFiles, Finding, Plan, PushCommits, WriteFile
from wizard.project.project import Project
from wizard.step import Step
from wizard.targets.local.deployment import web_command
from wizard.targets.sandbox import Sandbox

MIGRATE = "python manage.py migrate --noinput"
CACHE_TABLES = "python manage.py createcachetable"
"""No migration makes the tables of Django's database cache. Source: Django's documentation of its caches."""
COLLECT = "python manage.py collectstatic --noinput"
SERVERS = re.compile(
    r"^(exec\s+)?(\S*/)?(gunicorn|uvicorn|daphne|hypercorn|waitress-serve|granian|python -m (gunicorn|uvicorn))\b"
)
RETIRED = ("railway.json", "railway.toml")
MESSAGE = "Add the Procfile"


class Procfile(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = (
            "start: migrations run whenever the service starts, right for one replica. pre-deploy: once before each "
            "deployment, right for several; set the command in the service's settings."
        )
        asked = [Question("migrate", "When do migrations run?", "start", why, ("start", "pre-deploy"))]
        if project.git and project.git.has_remote():
            asked.append(
                Question("push", "Push after the commit?", "no", "The platform may build from it.", ("no", "yes"))
            )
        return asked

    def inspect(self, project: Project) -> list[Finding]:
        found = [
            Finding(
                f"{name} is read no more from 2026-12-01 on: its settings belong into the service", path, warning=True
            )
            for name in RETIRED
            if (path := project.root / name).is_file()
        ]
        if docker := _dockerfile(project):
            found.append(Finding("Railway builds this, and then reads no Procfile", docker, warning=True))
        path = project.root / "Procfile"
        return [*found, Finding("there is a Procfile", path) if path.is_file() else Finding("no Procfile yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path = project.root / "Procfile"
        before = files.read(path)
        actions, made = list[Action](), ""
        if not _application(project, "wsgi") and not _application(project, "asgi"):
            entry, made = _entry(project)
            actions.append(entry)
        after = wanted(project, answers, before, made)
        if not made and not serves_wsgi(project):
            actions += packages.add_packages(project, ("uvicorn",), "it serves the ASGI application", answers)
        if after != before:
            actions.append(WriteFile(path, before, after, "how the platform starts the service"))
        if after != before or is_uncommitted(project, path):
            actions.append(plan_commit(project, answers, "16.2", (path,), MESSAGE))
        if answers.get("push") == "yes" and project.git and project.git.has_remote():
            commits = any(isinstance(each, CommitFiles) for each in actions)
            if commits or not project.git.is_pushed():
                actions.append(PushCommits(project.git.hooks(PUSH_HOOKS)))
        remarks = []
        if b"release:" in (before or b""):
            remarks.append("`release` is not run beside `web`: migrations belong into `web` or a pre-deploy command.")
        if _dockerfile(project):
            start = after.decode().partition("web: ")[2].splitlines()[0]
            remarks.append(
                f"The Dockerfile is built, and its CMD started, unless the service's start command is: {start}"
            )
        return Plan.of(*actions, remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        path = project.root / "Procfile"
        try:
            command = web_command(path)
        except StepError as error:
            yield shown("16.1", False, "file", "Procfile", str(error))
            return
        lacks = [name for name, part in (("exec", "exec "), ("collectstatic", "collectstatic")) if part not in command]
        yield shown(
            "16.1",
            not lacks,
            "file",
            "Procfile, read as YAML",
            f"web: {command}" + (f"; lacks {lacks}" if lacks else ""),
        )
        yield self._committed(project, answers, path)

    def _committed(self, project: Project, answers: Answers, path: Path) -> Evidence:
        git = project.git
        if git is None or is_uncommitted(project, path):
            action = plan_commit(project, answers, "16.2", (path,), MESSAGE)
            return waiting("16.2", "Procfile", action.why if isinstance(action, Assist) else "it is not committed")
        if not git.has_remote():
            told = f"committed in {git.head()[:10]}; there is no remote to push to"
            return shown("16.2", True, "git", "git show HEAD", told)
        if git.is_pushed():
            return shown("16.2", True, "git", "git rev-list @{upstream}..HEAD", "committed and pushed")
        return waiting("16.2", "git", "it is committed and waits for `git push` (answer push: yes lets Golive do it)")


def _caches_in_database(project: Project) -> bool:
    caches = (project.value("CACHES") or {}).values()
    return any(str(each.get("BACKEND")).endswith("db.DatabaseCache") for each in caches)


def _dockerfile(project: Project) -> Path | None:
    """The Dockerfile that the platform would take. Source: Railway's documentation of Dockerfiles."""
    return next((path for path in (project.root / "Dockerfile",) if path.is_file()), None)


def _entry(project: Project) -> tuple[Action, str]:
    """A wsgi.py beside the root urls.py, for a project that has nothing a server could load; and its application."""
    folder = project.urls_file.parent if project.urls_file else project.root
    text = added_modules.render(project, "wsgi.py").replace("config.settings", project.production_module)
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    entry = WriteFile(folder / "wsgi.py", files.read(folder / "wsgi.py"), text.encode(), "what a server loads")
    return entry, f"{package}.wsgi:application".lstrip(".")


def serves_wsgi(project: Project) -> bool:
    return bool(_application(project, "wsgi"))


def server(project: Project, made: str = "") -> str:
    """The command that serves the project's real application.

    Raises:
        StepError: there is neither a WSGI nor an ASGI application.
    """
    if application := made or _application(project, "wsgi"):
        return f"gunicorn {application} --bind 0.0.0.0:${{PORT:-8000}} --access-logfile -"
    if application := _application(project, "asgi"):
        return f"uvicorn {application} --host 0.0.0.0 --port ${{PORT:-8000}} --lifespan off"
    raise StepError(
        "There is nothing to serve",
        "the settings name no WSGI_APPLICATION and no ASGI_APPLICATION, and there is no wsgi.py or asgi.py",
        "Add a wsgi.py beside urls.py, as `django-admin startproject` makes it.",
    )


def _application(project: Project, kind: str) -> str:
    """`package.wsgi:application`, by the settings or the file there is; empty if there is none. *kind*: wsgi, asgi."""
    if dotted := str(project.value(f"{kind.upper()}_APPLICATION") or ""):
        module, _, name = dotted.rpartition(".")
        return f"{module}:{name}"
    found = sorted(project.root.glob(f"*/{kind}.py"))
    if not found and (project.root / f"{kind}.py").is_file():
        return f"{kind}:application"
    return f"{found[0].parent.name}.{kind}:application" if found else ""


def wanted(project: Project, answers: Answers, before: bytes | None, made: str = "") -> bytes:
    """The Procfile as it should be; of one that is there, only the start command is completed."""
    at_start = answers.get("migrate", "start") == "start"
    text = (before or b"").decode()
    line = re.search(r"^web:[ \t]+(.+?)[ \t]*\r?$", text, re.MULTILINE)
    if line is None:
        tables = [CACHE_TABLES] if _caches_in_database(project) else []
        parts = [*([MIGRATE] if at_start else []), *tables, COLLECT, f"exec {server(project, made)}"]
        glue = "\n" if text and not text.endswith("\n") else ""
        return (text + glue + f"web: {' && '.join(parts)}\n").encode()
    parts = [part.strip() for part in line[1].split("&&")]
    if not SERVERS.match(parts[-1]):
        return text.encode()  # a script of the project's own: what it does is seen when it runs
    if not any("collectstatic" in part for part in parts):
        parts.insert(len(parts) - 1, COLLECT)
    if at_start and not any(" migrate" in part for part in parts):
        parts.insert(0, MIGRATE)
    if _caches_in_database(project) and not any("createcachetable" in part for part in parts):
        parts.insert(len(parts) - 1, CACHE_TABLES)
    if not parts[-1].startswith("exec "):
        parts[-1] = f"exec {parts[-1]}"
    return (text[: line.start(1)] + " && ".join(parts) + text[line.end(1) :]).encode()


STEP = Procfile
