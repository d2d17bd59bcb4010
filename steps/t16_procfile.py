"""Task 16, Create Procfile: the command with which the platform starts the service.

Golive adds two parts to the checklist's line. `collectstatic`, since the platform does not run it. `exec`, since
otherwise the shell does not forward SIGTERM and every restart kills the server. Source: Railpack's source code;
measured with sh, bash and gunicorn.
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
from wizard.targets.local.start_command import web_command
from wizard.targets.sandbox import Sandbox

MIGRATE = "python manage.py migrate --noinput"
CACHE_TABLES = "python manage.py createcachetable"
"""Migrations don't create the tables of Django's database cache. Source: Django's documentation of its caches."""
COLLECT = "python manage.py collectstatic --noinput"
SERVERS = re.compile(
    r"^(exec\s+)?(\S*/)?(gunicorn|uvicorn|daphne|hypercorn|waitress-serve|granian|python -m (gunicorn|uvicorn))\b"
)
RETIRED = ("railway.json", "railway.toml")
MESSAGE = "Add the Procfile"


class Procfile(Step):
    def questions(self, project: Project, sandbox: Sandbox) -> list[Question]:
        why = (
            "start: at each start of the service, for a single replica. pre-deploy: once before each deployment, for "
            "several replicas. Set that command in the service's settings."
        )
        questions = [Question("migrate", "When do migrations run?", "start", why, ("start", "pre-deploy"))]
        if project.git and project.git.has_remote():
            why = "The platform may deploy what you push."
            questions.append(Question("push", "Push after the commit?", "no", why, ("no", "yes")))
        return questions

    def inspect(self, project: Project) -> list[Finding]:
        found = [
            Finding(
                f"Railway stops reading {name} on 2026-12-01. Move its settings to the service.", path, warning=True
            )
            for name in RETIRED
            if (path := project.root / name).is_file()
        ]
        if docker := _dockerfile(project):
            found.append(Finding("Railway builds the Dockerfile and ignores the Procfile", docker, warning=True))
        path = project.root / "Procfile"
        return [*found, Finding("There is a Procfile", path) if path.is_file() else Finding("There is no Procfile yet")]

    def plan(self, project: Project, sandbox: Sandbox, answers: Answers) -> Plan:
        path = project.root / "Procfile"
        before = files.read(path)
        actions, application = list[Action](), ""
        if not _application(project, "wsgi") and not _application(project, "asgi"):
            wsgi_module, application = _wsgi_module(project)
            actions.append(wsgi_module)
        after = render_procfile(project, answers, before, application)
        if not application and not serves_wsgi(project):
            actions += packages.add_packages(project, ("uvicorn",), "it serves the ASGI application", answers)
        if after != before:
            actions.append(WriteFile(path, before, after, "the command with which the platform starts the service"))
        if after != before or is_uncommitted(project, path):
            actions.append(plan_commit(project, answers, "16.2", (path,), MESSAGE))
        if answers.get("push") == "yes" and project.git and project.git.has_remote():
            commits = any(isinstance(action, CommitFiles) for action in actions)
            if commits or not project.git.is_pushed():
                actions.append(PushCommits(project.git.hooks(PUSH_HOOKS)))
        remarks = []
        if b"release:" in (before or b""):
            remarks.append("Railway does not run `release`. Run migrations in `web` or in a pre-deploy command.")
        if _dockerfile(project):
            start = after.decode().partition("web: ")[2].splitlines()[0]
            remarks.append(f"Railway runs the Dockerfile's CMD. Set the service's start command to: {start}")
        return Plan.of(*actions, remarks=tuple(remarks))

    def verify(self, project: Project, sandbox: Sandbox, answers: Answers) -> Iterator[Evidence]:
        path = project.root / "Procfile"
        try:
            command = web_command(path)
        except StepError as error:
            yield shown("16.1", False, "file", "Procfile", str(error))
            return
        missing = [part.strip() for part in ("exec ", "collectstatic") if part not in command]
        showed = f"web: {command}" + (f" (missing: {', '.join(missing)})" if missing else "")
        yield shown("16.1", not missing, "file", "Procfile, read as YAML", showed)
        yield self._committed(project, answers, path)

    def _committed(self, project: Project, answers: Answers, path: Path) -> Evidence:
        git = project.git
        if git is None or is_uncommitted(project, path):
            action = plan_commit(project, answers, "16.2", (path,), MESSAGE)
            return waiting("16.2", "Procfile", action.why if isinstance(action, Assist) else "it is not committed")
        if not git.has_remote():
            showed = f"committed in {git.head()[:10]}; the repository has no remote"
            return shown("16.2", True, "git", "git show HEAD", showed)
        if git.is_pushed():
            return shown("16.2", True, "git", "git rev-list @{upstream}..HEAD", "committed and pushed")
        return waiting("16.2", "git", "committed, not pushed. Run `git push`, or answer push: yes to let Golive do it")


def _caches_in_database(project: Project) -> bool:
    caches = (project.value("CACHES") or {}).values()
    return any(str(cache.get("BACKEND")).endswith("db.DatabaseCache") for cache in caches)


def _dockerfile(project: Project) -> Path | None:
    """The Dockerfile that the platform would build. Source: Railway's documentation of Dockerfiles."""
    path = project.root / "Dockerfile"
    return path if path.is_file() else None


def _wsgi_module(project: Project) -> tuple[Action, str]:
    """The action that writes a wsgi.py next to the root urls.py, and the name of its application."""
    folder = project.urls_file.parent if project.urls_file else project.root
    text = added_modules.render(project, "wsgi.py").replace("config.settings", project.production_module)
    package = str(project.value("ROOT_URLCONF")).rpartition(".")[0]
    action = WriteFile(
        folder / "wsgi.py", files.read(folder / "wsgi.py"), text.encode(), "the module that a server loads"
    )
    return action, f"{package}.wsgi:application".lstrip(".")


def serves_wsgi(project: Project) -> bool:
    return bool(_application(project, "wsgi"))


def server_command(project: Project, application: str = "") -> str:
    """The command that serves *application*, by default the project's own.

    Raises:
        StepError: there is neither a WSGI nor an ASGI application.
    """
    if application := application or _application(project, "wsgi"):
        return f"gunicorn {application} --bind 0.0.0.0:${{PORT:-8000}} --access-logfile -"
    if application := _application(project, "asgi"):
        return f"uvicorn {application} --host 0.0.0.0 --port ${{PORT:-8000}} --lifespan off"
    raise StepError(
        "There is nothing to serve",
        "the settings have no WSGI_APPLICATION or ASGI_APPLICATION, and there is no wsgi.py or asgi.py",
        "Add a wsgi.py next to urls.py, like the one that `django-admin startproject` creates.",
    )


def _application(project: Project, kind: str) -> str:
    """The application as `package.wsgi:application`, from the settings or a file; else empty. *kind*: wsgi, asgi."""
    if dotted := str(project.value(f"{kind.upper()}_APPLICATION") or ""):
        module, _, name = dotted.rpartition(".")
        return f"{module}:{name}"
    found = sorted(project.root.glob(f"*/{kind}.py"))
    if not found and (project.root / f"{kind}.py").is_file():
        return f"{kind}:application"
    return f"{found[0].parent.name}.{kind}:application" if found else ""


def render_procfile(project: Project, answers: Answers, before: bytes | None, application: str = "") -> bytes:
    """The new content of the Procfile. In an existing one, only the start command is completed."""
    at_start = answers.get("migrate", "start") == "start"
    text = (before or b"").decode()
    line = re.search(r"^web:[ \t]+(.+?)[ \t]*\r?$", text, re.MULTILINE)
    if line is None:
        tables = [CACHE_TABLES] if _caches_in_database(project) else []
        parts = [*([MIGRATE] if at_start else []), *tables, COLLECT, f"exec {server_command(project, application)}"]
        separator = "\n" if text and not text.endswith("\n") else ""
        return (text + separator + f"web: {' && '.join(parts)}\n").encode()
    parts = [part.strip() for part in line[1].split("&&")]
    if not SERVERS.match(parts[-1]):
        return text.encode()  # the project's own script, which the rehearsal runs
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
