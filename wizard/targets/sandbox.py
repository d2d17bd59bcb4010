"""What verifications look at: the project run on this machine as production would run it, and production itself.

On this machine that is a copy, a scratch database and real servers, whichever production there is.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.base import files, process
from wizard.base.errors import CommandError, SiteError, StepError
from wizard.base.log_errors import raised_in
from wizard.base.process import Completed
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.checklist.evidence import Evidence, rehearsed, shown, waiting
from wizard.checklist.model import Checklist
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.project.settings_lookup import settings_named_in
from wizard.site.session import Site
from wizard.state.state_file import Facts
from wizard.targets.registry import kind

if TYPE_CHECKING:
    from wizard.targets.base import Observation, Target

LOGGED = 8 << 20
"""Bytes of a log's end that are looked at."""
UNTRUSTED_EDGE = "192.0.2.254"
"""gunicorn trusts headers from loopback, where a rehearsal's edge is; from a remote proxy it would not."""

QUICK_PASSWORDS = """
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
"""Throw-away users in a throw-away database: the slow hash of a real site, many logins over, protects nothing here."""
SCRATCH = """
DATABASES = {{
    alias: {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": {folder!r} + "/" + alias + ".sqlite3",
        "ATOMIC_REQUESTS": options.get("ATOMIC_REQUESTS", False),
        "OPTIONS": {{"timeout": 30}},
    }}
    for alias, options in (globals().get("DATABASES") or {{"default": {{}}}}).items()
}}
"""
SCRATCH_CACHES = """
if globals().get("CACHES"):
    CACHES = {{
        alias: {{
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": {folder!r} + "/cache-" + alias,
        }}
        if any(word in str(options.get("BACKEND", "")).lower() for word in ("redis", "memcache"))
        else options
        for alias, options in CACHES.items()
    }}
"""
"""A person's Redis is as little to be written to as their database, and may not be there."""
SCRATCH_NAME = "golive_scratch"
"""The one database that is emptied without asking: ours, on a server of our own."""
SCRATCH_ON_POSTGRES = """
DATABASES = {{
    alias: {{
        "ENGINE": {engine!r},
        "NAME": {name!r},
        "USER": {user!r},
        "PASSWORD": {password!r},
        "HOST": "127.0.0.1",
        "PORT": {port!r},
        "ATOMIC_REQUESTS": options.get("ATOMIC_REQUESTS", False),
    }}
    for alias, options in (globals().get("DATABASES") or {{"default": {{}}}}).items()
}}
"""
SETTLED = """from django.conf import settings

settings.DEBUG  # loaded now: a wsgi.py that sets DJANGO_SETTINGS_MODULE comes too late to change them
"""
DJANGO_ITSELF = """from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()"""
AS_NAMED = "django.contrib.staticfiles.storage.StaticFilesStorage"
"""The storage that leaves file names as they are."""
DELIBERATE = "raised by the rehearsal to see the error page"
TEST_RECORD = "a test record of Golive: "
RAISING = """
class Raising:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if request.path == "/golive-raises/":
            raise RuntimeError({deliberate!r})
        if request.path == "/golive-missing/":
            from django.http import Http404
            raise Http404
        return self.get_response(request)
"""


class Sandbox:
    """Runs *project* for verification; everything started ends with the `with` block it was started for.

    *name* says which production is meant, one of `kinds.names()`.
    """

    def __init__(
        self,
        project: Project,
        name: str,
        facts: Facts,
        checklist: Checklist,
        answers: Answers,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.project, self.name, self.on_line = project, name, on_line
        self.facts, self.checklist, self.answers = facts, checklist, answers
        self.acting = True
        self.interact: Callable[[list[str]], int] | None = None
        self._migrated = self._collected = self._scratch = self._static = ""
        self.log_start = 0
        self.scratch_note = ""
        self._target: Target | None = None

    @property
    def target(self) -> Target:
        """Production, as far as it is known; its parts start, or are asked, when they are needed."""
        if self._target is None:
            self._target = kind(self.name)(self.project, self.on_line, self.answers, self.facts, self.checklist)
            self._target.acting, self._target.interact = self.acting, self.interact
        return self._target

    @property
    def started(self) -> Target | None:
        """Production, if anything was asked of it."""
        return self._target

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Leave no traces where customers are: a mere look sends no orders, errors or deployments."""
        self.acting = self.target.acting = not self.target.real
        try:
            yield
        finally:
            self.acting = True
            if self._target is not None:
                self._target.acting = True

    def evidence(self, item: str, holds: bool, kind: str, ran: str, showed: str, *, real: bool = True) -> Evidence:
        """Evidence of what was seen in production; a rehearsal of it, or of a part that is not *real*, is less."""
        return (shown if self.target.real and real else rehearsed)(item, holds, kind, ran, showed)

    def evidence_of(self, item: str, what: Observation) -> Evidence:
        """Evidence of what was looked at; an item that waits for a person stays open."""
        if what.holds is None:
            return waiting(item, what.ran, what.showed)
        return self.evidence(item, what.holds, what.kind, what.ran, what.showed, real=what.real)

    def interrupt(self) -> None:
        """Let whoever waits for the deployment see it end."""
        if self._target is not None:
            self._target.interrupt()

    def close(self) -> None:
        if self._target is not None:
            self._target.close()
            self._target = None

    # ---- the project's commands, in place

    def manage(self, *arguments: str, environment: str = "development") -> Completed:
        """Run `manage.py` with *arguments*: where the project is, in the person's environment, or in production's with
        what would be deployed, since settings that git ignores stay here."""
        process.spent.interpreters += 1
        manage, root = self.project.manage, self.project.root
        if environment == "production":
            self.project.inspect_settings()  # brings the copy up to date
            manage, root = self.project.copy.at(manage), self.project.copy.at(root)
        argv = [str(self.project.python.path), str(manage), *arguments]
        before = set(root.glob("*.sqlite3"))
        done = process.run(argv, cwd=root, env=environment_for(self.project, environment), on_line=self.on_line)
        for made in set(root.glob("*.sqlite3")) - before:
            if not made.stat().st_size:  # a check that only opened the database
                made.unlink()
        return done

    # ---- the project's application, in the copy

    def database(self) -> str:
        """Settings lines that give every database alias a scratch SQLite file, migrated once per state of the code, and
        every cache on a server a scratch folder; throw-away users have passwords that are checked quickly."""
        folder = self.project.work / "databases"
        folder.mkdir(parents=True, exist_ok=True)
        state = str(self.project.inspect_settings().get("settings", {}).get("INSTALLED_APPS"))
        if self._migrated != state:
            self._scratch = SCRATCH.format(folder=str(folder))
            self.scratch_note = self._migrate(self._scratch, fallback=True)
            if self.scratch_note:
                self._try_postgres()
            self._migrated = state
        return self._scratch + SCRATCH_CACHES.format(folder=str(folder)) + QUICK_PASSWORDS

    def _try_postgres(self) -> None:
        """Take a scratch database on PostgreSQL instead, where that has what SQLite lacks."""
        for models in (False, True):
            lines = self._scratch_on_postgres()
            note = self._migrate(lines, models=models) if lines else "none"
            if not note:
                self._scratch, self.scratch_note = lines, "it was made from the models alone" if models else ""
                return

    def _migrate(self, lines: str, **how: Any) -> str:
        """Make the tables of a scratch database; returns what was wrong with it, empty for nothing."""
        answer = self.project.ask("migrate", overrides=lines, **how)
        if error := AgentError.of(answer):
            return f"the scratch database lacks tables ({error.brief(160)})"
        if error := AgentError.of(answer, "note"):
            return f"the migrations don't apply to an empty database ({error.brief(160)})"
        return ""

    def _scratch_on_postgres(self) -> str:
        """Settings lines for a scratch database on a real PostgreSQL, for projects that use what only it has; empty
        where there is no server or no driver."""
        engine = str(((self.project.value("DATABASES") or {}).get("default") or {}).get("ENGINE"))
        if "postg" not in engine:
            engine = "django.db.backends.postgresql"
        installed = self.project.installed()["versions"]
        if not any(name.lower().startswith("psycopg") for name in installed):
            return ""
        server = self.target.database.server
        if server is None:
            return ""
        server.sql(f"DROP DATABASE IF EXISTS {SCRATCH_NAME} WITH (FORCE)")
        server.sql(f"CREATE DATABASE {SCRATCH_NAME} OWNER {server.role}")
        return SCRATCH_ON_POSTGRES.format(
            engine=engine, name=SCRATCH_NAME, user=server.role, password=server.password, port=str(server.port)
        )

    def static(self) -> str:
        """Settings lines for a storage whose names come from a manifest: collected once, as a deployment would.

        Without a manifest every page with a {% static %} tag would answer 500, so where nothing can be collected, names
        are left as they are: that is task 9's to mend. Source: Django's documentation.
        """
        storages = self.project.value("STORAGES") or {}
        names = f"{storages.get('staticfiles', {})} {self.project.value('STATICFILES_STORAGE')}"
        if "Manifest" not in names:
            return ""
        folder = self.project.work / "static"
        lines = static_root_at(folder)
        state = f"{names} {self.project.value('STATICFILES_DIRS')} {self.project.value('INSTALLED_APPS')}"
        if self._collected != state:
            failed = "error" in self.project.ask("collect", overrides=lines, references=[])
            self._static = self._names_left() if failed else lines
            self._collected = state
        return self._static

    def _names_left(self) -> str:
        """Settings lines for plain names, in the place where the project names its storage."""
        if self.project.django < (4, 2) or "STATICFILES_STORAGE" in self.project.inspect_settings()["overridden"]:
            return f"STATICFILES_STORAGE = {AS_NAMED!r}\n"
        return f"STORAGES = {{**STORAGES, 'staticfiles': {{'BACKEND': {AS_NAMED!r}}}}}\n"

    def mark_log(self) -> None:
        """What the project's processes log from here on belongs to the verification that begins."""
        self.project.interpreter.keep_log()
        log = self.project.interpreter.log
        self.log_start = log.stat().st_size if log.is_file() else 0

    def logged(self) -> str:
        """What they logged since `mark`."""
        self.project.interpreter.keep_log()
        log = self.project.interpreter.log
        size = log.stat().st_size if log.is_file() else 0
        return files.tail(log, min(LOGGED, max(0, size - self.log_start))).decode("utf-8", "replace")

    @contextmanager
    def running(self, overrides: str = "", *, database: bool = True) -> Iterator[Site]:
        """The application under production's environment, with *overrides* to the settings."""
        lines = (self.database() if database else "") + self.static() + overrides
        answer = self.project.ask("serve", overrides=lines)
        if error := AgentError.of(answer):
            place = f" ({error.place[0]}:{error.place[1]})" if error.place else ""
            raise StepError(
                f"The project doesn't start with DEBUG=False{place}",
                str(error),
                "Its application must load under production's environment.",
            )
        site = self._site(answer["port"])
        try:
            yield site
        finally:
            site.close()
            self.project.interpreter.stop(answer["id"])

    def _site(self, port: int) -> Site:
        return Site(port, self.project.host, str(self.project.value("CSRF_COOKIE_NAME") or "csrftoken"))

    @contextmanager
    def serving(self, environment: Mapping[str, str]) -> Iterator[Site]:
        """The application under *environment*, on the database that names."""
        answer = self.project.ask("serve", environment=environment)
        if error := AgentError.of(answer):
            raise StepError("The project doesn't start", str(error))
        site = self._site(answer["port"])
        try:
            yield site
        finally:
            site.close()
            self.project.interpreter.stop(answer["id"])

    def error_page_settings(self) -> str:
        """Settings lines under which /golive-raises/ raises and /golive-missing/ is not found, before a middleware of
        the project can turn them away."""
        _, folder = self.project.wrapper("")
        module = "golive_rehearsal_middleware"
        (folder / f"{module}.py").write_text(RAISING.format(deliberate=DELIBERATE), encoding="utf-8")
        return f"MIDDLEWARE = [{module + '.Raising'!r}, *MIDDLEWARE]\n"

    @contextmanager
    def gunicorn(self, workers: int, overrides: str = "", **extra: str) -> Iterator[Site]:
        """The application served by gunicorn with *workers*, as the platform would start it; *extra* are variables.

        Raises:
            CommandError: it doesn't start; carries the end of its log.
        """
        module, folder = self.project.wrapper(self.database() + self.static() + overrides)
        root = self.project.copy.at(self.project.root)
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        log_path = self.project.work / "gunicorn.log"
        environment = self.project.production_environment(
            DJANGO_SETTINGS_MODULE=module,
            PYTHONPATH=os.pathsep.join([str(folder), str(root)]),
            FORWARDED_ALLOW_IPS=UNTRUSTED_EDGE,
            **extra,
        )
        process.spent.interpreters += 1
        argv = [
            str(self.project.python.path), "-m", "gunicorn.app.wsgiapp", self._served(folder),
            "--workers", str(workers), "--bind", f"fd://{listener.fileno()}", "--no-control-socket", "--timeout", "60",
        ]  # fmt: skip
        if not self._knows_control_socket():
            argv.remove("--no-control-socket")
        server = subprocess.Popen(
            argv, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pass_fds=[listener.fileno()], start_new_session=True,
        )  # fmt: skip
        printed = process.keep_log(server, log_path)
        port = listener.getsockname()[1]
        listener.close()
        site = self._site(port)
        try:
            try:
                site.get("/golive-is-it-up/")
            except SiteError as error:
                process.stop_group(server)
                printed.join(1.0)
                tail = redact(files.tail(log_path, 1500).decode("utf-8", "replace"))
                raise CommandError(
                    "gunicorn doesn't serve the project", tail.strip() or str(error), "Its log says why."
                ) from error
            yield site
        finally:
            site.close()
            process.stop_group(server)
            printed.join(1.0)

    def last_error(self) -> str:
        """`: OperationalError: no such table: x`, the last that gunicorn's log holds; empty without any."""
        log = self.project.work / "gunicorn.log"
        raised = raised_in(files.tail(log, LOGGED).decode("utf-8", "replace").splitlines())
        return f": {redact(raised[-1])[:200]}" if raised else ""

    def _knows_control_socket(self) -> bool:
        versions = self.project.installed()["versions"]
        number = next((version for name, version in versions.items() if name.lower() == "gunicorn"), "0")
        return int(number.split(".")[0]) >= 25

    def application(self) -> tuple[str, str]:
        """Module and name of the application, by the settings or the wsgi.py there is; empty for an ASGI project."""
        dotted = str(self.project.value("WSGI_APPLICATION") or "")
        if dotted:
            module, _, name = dotted.rpartition(".")
            return module, name
        for path in sorted(self.project.root.glob("*/wsgi.py")):
            if settings_named_in(path):
                return f"{path.parent.name}.wsgi", "application"
        if settings_named_in(self.project.root / "wsgi.py"):
            return "wsgi", "application"
        return "", ""

    def _served(self, folder: Path) -> str:
        """What gunicorn loads: a module in *folder* that settles the settings before the project's wsgi.py does."""
        module, name = self.application()
        lines = f"from {module} import {name} as application" if module else DJANGO_ITSELF
        (folder / "golive_rehearsal_wsgi.py").write_text(SETTLED + lines + "\n", encoding="utf-8")
        return "golive_rehearsal_wsgi:application"

    def ask(self, op: str, *, overrides: str = "", **more: Any) -> Answer:
        """A question about the copy, on the scratch database.

        Raises:
            StepError: the project raised.
        """
        answer = self.project.ask(op, overrides=self.database() + overrides, **more)
        if op != "collect" and (error := AgentError.of(answer)):
            raise StepError(f"The rehearsal could not {op.replace('_', ' ')}", str(error))
        return answer


def database_nowhere(project: Project) -> str:
    """Settings lines under which no database can be reached."""
    nowhere = str(project.work / "no-such-folder" / "db.sqlite3")
    return f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {nowhere!r}}}}}\n'


def static_root_at(folder: Path) -> str:
    """Settings lines that move STATIC_ROOT to *folder*, of the type it has: projects build paths from it."""
    return f'STATIC_ROOT = type(globals().get("STATIC_ROOT") or "")({str(folder)!r})\n'


def environment_for(project: Project, kind: str) -> dict[str, str]:
    """The environment of a command run in place: the person's own, or production's as far as it is known."""
    if kind == "production":
        return project.production_environment(DJANGO_SETTINGS_MODULE=project.production_module)
    # For a manage.py that names none by itself, and has it from a variable that may be set elsewhere only.
    named = {"DJANGO_SETTINGS_MODULE": project.settings_module}
    own = {**named, **missing_variables(project), **process.own_environment(), "PYTHONDONTWRITEBYTECODE": "1"}
    return process.marked(own, project.root)


def missing_variables(project: Project) -> dict[str, str]:
    """Placeholders for what the settings insist on and this machine has no value for, as after a clone without .env."""
    values = dict(project.placeholders)
    if not project.development_status()[0]:  # what production has got a value for is missing here all the same
        insisted = {name for _, name, _, default in project.settings.reads() if default is None}
        for name in insisted & project.env_values(project.production_env).keys():
            values.setdefault(name, project.placeholder(name))
    present = _development_names(project) | process.own_environment().keys()
    return {name: value for name, value in values.items() if name not in present}


def _development_names(project: Project) -> set[str]:
    path: Path = project.development_env
    return set(project.env_values(path)) if path.is_file() and project.reads_env_file else set()
