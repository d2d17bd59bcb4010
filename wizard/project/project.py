"""The Django project being worked on: found without importing it, asked through its own interpreter."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from wizard.base import files, process
from wizard.base.errors import EditError, MissingModule, SettingsError
from wizard.base.git import Git
from wizard.base.secrets import is_sensitive_name, parts, redact, remember
from wizard.editing import dotenv
from wizard.plan.actions import Finding
from wizard.project import release_copy, settings
from wizard.project.agent_answer import ENDED, TOO_MUCH, AgentError, Answer
from wizard.project.dependencies import DependencyFile, providing
from wizard.project.dependencies import find as find_dependencies
from wizard.project.interpreter import LOAD_VARIABLE, Interpreter, PythonEnvironment
from wizard.project.platform import RAILWAY, Platform
from wizard.project.secret_literals import in_settings, remember_secrets
from wizard.project.settings import SettingsFiles

PRODUCTION_ENV = ".env.production"
TRACED = (
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "LOGGING", "MIDDLEWARE", "STORAGES",
    "STATICFILES_STORAGE", "STATIC_ROOT", "DATABASES", "CACHES", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER",
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "X_FRAME_OPTIONS", "SECURE_REFERRER_POLICY",
    "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_BROWSER_XSS_FILTER",
)  # fmt: skip
"""Settings whose winning assignment the evidence names."""
CONFIGURED = """import os
os.environ["DJANGO_SETTINGS_MODULE"], os.environ["DJANGO_CONFIGURATION"] = {module!r}, {configuration!r}
from configurations import importer
importer.install()
"""
"""django-configurations makes settings of a class while the module is imported by this name."""
STAND_IN_KEY = "SECRET_KEY = 'placeholder-until-production-has-a-key-of-its-own'\n"
PLACEHOLDERS = (
    (r"DSN$", ""),  # the Sentry SDK takes an empty one for "report nothing", and refuses what is none
    (r"(REDIS|BROKER|CELERY).*_UR[LI]$", "redis://127.0.0.1:1/0"),
    (r"CACHE_URL$", "locmemcache://"),
    (r"EMAIL_URL$", "consolemail://"),
    (r"CLOUDINARY_URL$", "cloudinary://1:placeholder@placeholder"),
    (r"ADMIN_URL$", "admin/"),
    (r"_(URL|URI|ORIGINS?)$", "https://placeholder.invalid"),
    (r"PORT|SIZE|TIMEOUT|COUNT|SECONDS|MINUTES|DAYS|_ID$", "1"),
    (r"DEBUG|^USE_|_ENABLED$|_TLS$|_SSL$", "False"),
    (r"SECRET", "placeholder-" + "x" * 50),
    (r"", "placeholder"),
)
"""Harmless values for variables the settings insist on, by name; the first that matches."""


@dataclass(frozen=True)
class Url:
    """One row of the project's URL configuration: *route* as Django joins it, the view's dotted name and place."""

    route: str
    name: str | None
    view: str
    file: str | None
    line: int | None
    kind: str
    methods: tuple[str, ...] | None
    actions: Mapping[str, str] | None
    is_async: bool
    drf: bool
    fields: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    bare: bool = True
    mutations: tuple[str, ...] = ()
    protected: bool = False

    @property
    def function(self) -> str:
        return self.view.rsplit(".", 1)[-1]

    @property
    def shown(self) -> str:
        """The route as a person reads it: without what a regular expression holds on by."""
        return "/" + re.sub(r"\\Z|[\^$]|\\(?=[./-])", "", self.route)

    @property
    def path(self) -> str:
        """The route as a path to request, parameters filled with 1."""
        text = re.sub(r"\\Z|[\^$?]|\\(?=[./-])", "", self.route)
        text = re.sub(r"<uuid:[^>]+>", "00000000-0000-4000-8000-000000000001", text)
        text = re.sub(r"<[^>]+>", "1", text)
        return "/" + re.sub(r"\(\?P1[^)]*\)|\([^)]*\)", "1", text)


@dataclass
class Project:
    """What was detected. `look()` asks the interpreter; `refresh()` forgets what a change may have made untrue."""

    root: Path
    manage: Path
    git: Git | None
    settings_module: str
    production_module: str
    found: PythonEnvironment
    work: Path
    interpreter: Interpreter
    copy: release_copy.Copy
    platform: Platform = RAILWAY
    configuration: str = ""
    """The class that holds production's settings, and that of development, with django-configurations; else empty."""
    development_configuration: str = ""
    placeholders: dict[str, str] = field(default_factory=dict)
    originals: dict[Path, bytes | None] = field(default_factory=dict)
    extra_files: dict[Path, str] = field(default_factory=dict)
    _look: Answer | None = None
    _installed: Answer | None = None
    _env_seen: dict[Path, int] = field(default_factory=dict, repr=False)
    _here: Answer = field(default_factory=dict)
    _wrappers: int = 0
    _keyless: bool = False

    @property
    def top(self) -> Path:
        return self.copy.top

    # ---- files

    @cached_property
    def settings(self) -> SettingsFiles:
        """The files behind the production settings module."""
        return self._files_of(self.production_module, self.configuration)

    @cached_property
    def development(self) -> SettingsFiles:
        """The files behind the module that manage.py names."""
        return self._files_of(self.settings_module, self.development_configuration)

    def _files_of(self, module: str, configuration: str) -> SettingsFiles:
        roots = self._roots()
        main = next((path for root in roots if (path := settings.module_file(root, module))), None)
        if main is None:
            raise SettingsError(
                f"The settings module {module} was not found below {self.root}",
                f"{self.manage.name} or wsgi.py names it",
                "Correct the name, or give the module with --settings.",
            )
        return SettingsFiles(module, main, roots, (self.manage, *self._wsgi_files()), configuration)

    def _roots(self) -> tuple[Path, ...]:
        nearby = (self.root / name for name in ("src", "apps", "project"))
        return (self.root, *(folder for folder in nearby if folder.is_dir()), self.root.parent)

    def _wsgi_files(self) -> Iterator[Path]:
        yield from sorted(self.root.glob("*/wsgi.py"))
        yield from sorted(self.root.glob("*/*/wsgi.py"))

    @cached_property
    def dependencies(self) -> DependencyFile:
        return find_dependencies(self.root, self.top)

    @property
    def development_env(self) -> Path:
        """The .env file the project reads: beside manage.py, or where one is already."""
        candidates = self._usual_env_files()
        if self._look is not None:
            read = [path for each in self._look["env_files"] if _is_local(path := Path(each))]
            candidates = [*read, *candidates]
            if not any(path.is_file() for path in candidates) and self.root / ".env" in read:
                return self.root / ".env"  # where a search goes upwards, beside manage.py is the usual place
        return next((path for path in candidates if path.is_file()), candidates[0])

    def _usual_env_files(self) -> list[Path]:
        main = self.settings.main.parent
        return [self.root / ".env", main / ".env", main.parent / ".env", self.top / ".env"]

    @property
    def reads_env_file(self) -> bool:
        """Whether the settings look for a .env file, on this machine or in production."""
        return bool(self.inspect_settings()["env_files"]) or self.settings.environment.loads

    @property
    def production_env(self) -> Path:
        return self.root / PRODUCTION_ENV

    def env_values(self, path: Path) -> dict[str, str]:
        """What a .env file holds; its values are hidden from everything shown from now on.

        Raises:
            EditError: it is a folder, or a link that leads out of the project.
        """
        self.guard(path)
        content = files.read(path)
        values = dotenv.values(content) if content else {}
        for name, value in values.items():
            if is_sensitive_name(name):
                remember(value)
        return values

    def guard(self, path: Path) -> None:
        """Refuse a place that is not a plain file of the project.

        Raises:
            EditError: it is a folder, or its path has a link that leads out of the project.
        """
        if path.is_dir():
            raise EditError(f"{path} is a folder", "Golive needs a file there", "Move the folder away, then run again.")
        if not files.inside(path, self.top):
            raise EditError(
                f"{path} {'is' if path.is_symlink() else 'lies behind'} a link that leads out of the project",
                f"it is {os.path.realpath(path)}",
                "Put a file of its own there; Golive writes nothing outside of the project.",
            )

    # ---- asking

    def service_values(self) -> dict[str, str]:
        """What .env.production holds for the service; what stands there for Golive alone is none of its business."""
        values = self.env_values(self.production_env)
        return {name: value for name, value in values.items() if not process.PRIVATE.match(name)}

    def production_environment(self, **extra: str) -> dict[str, str]:
        """The environment production would have, as far as it is known here; nothing of the person's own."""
        own = {"DJANGO_CONFIGURATION": self.configuration} if self.configuration else {}
        values = {**own, **self.placeholders, **self.platform.environment, **self.service_values(), **extra}
        return process.marked(process.bare_environment(**values), self.root)

    def request(
        self, op: str, *, overrides: str = "", environment: Mapping[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """A question about the copy under production's environment; *overrides* are lines after the settings."""
        paths = [str(self.copy.at(self.root))]
        module = self.production_module
        overrides = (STAND_IN_KEY if self._keyless else "") + overrides
        if overrides or self.configuration:
            module, folder = self.wrapper(overrides)
            paths.insert(0, str(folder))
        return {
            "op": op,
            "env": dict(environment or self.production_environment()),
            "cwd": str(self.copy.at(self.root)),
            "paths": paths,
            "moved": [[os.path.realpath(self.top), str(self.copy.folder)]],
            "settings": module,
            **more,
        }

    def ask(self, op: str, *, overrides: str = "", environment: Mapping[str, str] | None = None, **more: Any) -> Answer:
        """The agent's answer to one question about the copy. See `request` for the arguments.

        The answer carries `error` where the project raised.
        """
        return self.interpreter.ask_all([self.request(op, overrides=overrides, environment=environment, **more)])[0]

    def wrapper(self, overrides: str) -> tuple[str, Path]:
        """A settings module that takes over the project's own and then changes something for the rehearsal."""
        self._wrappers += 1
        folder = self._wrappers_folder()
        name = f"golive_rehearsal_{self._wrappers}"
        text = self._imported(self.production_module, self.configuration)
        (folder / f"{name}.py").write_text(f"{text}{overrides}\n", encoding="utf-8")
        return name, folder

    def _wrappers_folder(self) -> Path:
        """Only its owner's: a rehearsal's database password may stand in a wrapper."""
        folder = self.work / "wrappers"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _imported(self, module: str, configuration: str) -> str:
        """Lines that take over the settings of *module*, out of its class *configuration* where it has one."""
        text = f"from {module} import *\n"
        return CONFIGURED.format(module=module, configuration=configuration) + text if configuration else text

    def inspect_settings(self) -> Answer:
        """What the project's interpreter sees under production's environment; asked once until `refresh`.

        Raises:
            EditError: a .env file is not a regular file, or too large.
            SettingsError: the settings, or something they load, raise.
        """
        if self._look is None:
            assert self.settings.sources
            for path in (*self._usual_env_files(), self.production_env):
                if not path.is_dir():  # a virtual environment may have that name
                    files.check(path)  # before the settings read it
            self._remember_secrets()
            self.copy.sync()
            self._env_seen = self._env_files()
            self._look = self._asked()
        return self._look

    def _remember_secrets(self) -> None:
        """Hide what the project's code may print, before any of it runs: .env files, the settings, the environment."""
        remember_secrets(self.root, self.top)
        for value in os.environ.values():
            for part in parts(value):
                remember(part)
        with suppress(EditError, SettingsError):  # each is told where the file is needed
            for path in self._env_files():
                self.env_values(path)
            for behind in (self.settings, self.development):
                in_settings(behind)
                for _, name, _, _ in behind.reads():
                    remember(os.environ.get(name) if is_sensitive_name(name) else None)

    def _asked(self) -> Answer:
        for _ in range(40):
            answer, here = self.interpreter.ask_all(
                [self.request("look", names=TRACED), self._development_request(only="settings")]
            )
            error, error_here = AgentError.of(answer), AgentError.of(here)
            self._here = here
            if not error and error_here and error_here.type == TOO_MUCH:  # each later look would take as long
                raise self._unreadable(error_here, self.development)
            if not error:
                for message in answer["messages"]:
                    for part in ("text", "hint", "about"):
                        message[part] = self._homeward(message[part])
                here_read = (Path(each) for each in here.get("env_files", ()))
                there_read = (self.own(Path(each)) for each in answer["env_files"])
                own = [path for path in (*here_read, *there_read) if path and path.is_relative_to(self.top)]
                answer["env_files"] = [str(path) for path in dict.fromkeys(own)]
                return answer
            if "SECRET_KEY setting must not be empty" in error.message and not self._keyless:
                self._keyless = True  # the first task gives production a key
                continue
            variable = _missing_variable(error)
            if variable and variable not in self.placeholders:
                self.placeholders[variable] = self.placeholder(variable)
                continue
            if guessed := self._mistyped(error):
                self.placeholders[guessed] = "1"
                continue
            if error.missing_file and self._lend(Path(error.missing_file)):
                continue
            if error.missing_module and self._lend_module(error.missing_module):
                continue
            if package := self._package_of(error.missing_module):
                raise MissingModule(package, str(self._unreadable(error)))
            break
        assert error
        raise self._unreadable(error)

    def _development_request(self, **more: Any) -> dict[str, Any]:
        """A question about the project in place, as its developer runs it."""
        own = {**process.own_environment(), "PYTHONDONTWRITEBYTECODE": "1"}
        return self.in_place("look", self.settings_module, self.development_configuration, own, **more)

    def in_place(
        self, op: str, module: str, configuration: str, environment: Mapping[str, str], **more: Any
    ) -> dict[str, Any]:
        """A question about the project where it is, under the settings *module* and *environment*."""
        paths = [str(self.root)]
        if configuration:
            folder = self._wrappers_folder()
            (folder / "golive_in_place.py").write_text(self._imported(module, configuration), encoding="utf-8")
            module, paths = "golive_in_place", [str(folder), *paths]
        environment = process.marked(environment, self.root)
        return {"op": op, "env": environment, "cwd": str(self.root), "paths": paths, "settings": module, **more}

    def development_status(self) -> tuple[bool, object]:
        """Whether the settings load on this machine, as manage.py would load them, and whether DEBUG is on there."""
        self.inspect_settings()
        return AgentError.of(self._here) is None, (self._here.get("settings") or {}).get("DEBUG")

    def why_not_here(self) -> str:
        return str(AgentError.of(self._here) or "DEBUG would be off")

    def origin(self, name: str) -> str:
        """`settings.py:17`: the line whose assignment of *name* won; empty where it was none of the project's."""
        found = self.inspect_settings()["origins"].get(name)
        if not found:
            return ""
        path = self.copy.back(self.copy.at(self.root) / found[0])
        return f"{self.display_path(path)}:{found[1]}"

    def set_by(self, name: str) -> str:
        """`; set in settings.py:17` for the evidence of a setting; empty where no line of the project's set it."""
        origin = self.origin(name)
        return f"; set in {origin}" if origin else ""

    def installed(self, *, anew: bool = False) -> Answer:
        """The packages of the environment by name: `versions`, `requires`, and `top`, those that no other needs; asked
        *anew* where pip was at work."""
        if self._installed is None or anew:
            self._installed = self.interpreter.ask(
                "installed", env=process.bare_environment(), cwd=str(self.root), paths=[]
            )
        return self._installed

    def _homeward(self, text: str) -> str:
        """*text* with paths of the copy told as places in the repository."""
        for folder in (self.copy.folder, self.copy.folder.resolve()):
            text = text.replace(f"{folder}/", "")
        return text

    def placeholder(self, variable: str) -> str:
        """A harmless value for a variable the settings insist on: from the project's own .env files, else by name."""
        for path in (self.development_env, self.root / ".env.example", self.top / ".env.example"):
            value = self.env_values(path).get(variable) if path.is_file() else None
            if value and not variable.endswith("DATABASE_URL"):
                return value
        if variable.endswith("DATABASE_URL"):
            return "sqlite:///" + str(self.work / "placeholder.sqlite3")
        return next(value for pattern, value in PLACEHOLDERS if re.search(pattern, variable))

    def _mistyped(self, error: AgentError) -> str | None:
        return next(
            (name for name, value in self.placeholders.items() if len(value) > 1 and value in error.message), None
        )

    def _lend(self, there: Path) -> bool:
        """Give the copy a folder or a file that the project needs and git doesn't hold; False if there is none."""
        here = self.own(there)
        if here is None or there in self.extra_files:
            return False
        if not there.parent.is_dir():
            there.parent.mkdir(parents=True)
            self.extra_files[there.parent] = (
                f"{self.display_path(here.parent)}/ is needed and not in git: a fresh clone can't start"
            )
            return True
        if not here.is_file():
            return False
        # A .env that has to be there may be empty; what it would say comes from the environment.
        there.write_bytes(b"" if here.name.startswith(".env") else files.read(here) or b"")
        self.extra_files[there] = f"{self.display_path(here)} is needed and not in git: production will not have it"
        return True

    def _package_of(self, module: str) -> str:
        """The requirement, out of the project's dependency files, that *module* comes from; empty if none does."""
        return providing(module, self.root, self.top) if module else ""

    @property
    def absent(self) -> list[str]:
        """Requirements the project wrote down for production that this environment lacks, and a server would load."""
        return sorted(
            {package for module in self.inspect_settings()["absent"] if (package := self._package_of(module))}
        )

    def _lend_module(self, module: str) -> bool:
        """Give the copy a module of the project that git doesn't hold: a secrets.py, a local_settings.py."""
        for base in self._roots():
            here = settings.module_file(base, module)
            if here and here.is_relative_to(self.top) and not self.copy.at(here).exists():
                there = self.copy.at(here)
                return self._lend(there) and (there.is_file() or self._lend(there))
        return False

    def _unreadable(self, error: AgentError, loaded: SettingsFiles | None = None) -> SettingsError:
        """The error to tell of an *answer* that holds one, about the settings that were *loaded*: production's."""
        main = (loaded or self.settings).main
        place = f"{self.root / error.place[0]}:{error.place[1]}" if error.place else main
        what = {
            "settings": "the settings raise",
            "setup": "the project's apps raise",
            "urls": "the URL configuration raises",
        }
        hint = "Make `manage.py check` pass in the project's own environment first; Golive reads the same settings."
        if error.type in {ENDED, TOO_MUCH}:
            more = f" Set {LOAD_VARIABLE}=600 if the project only needs more time." * (error.type == TOO_MUCH)
            return SettingsError(
                f"{place}: the settings can't be loaded",
                error.message,
                f"What they printed is in .golive/runs/agent.log. {hint}{more}",
            )
        if error.type == "ModuleNotFoundError":
            hint = f"Install what {self.production_module} needs into the project's environment: {self._installation()}"
        return SettingsError(
            f"{place}: {what.get(error.stage, 'the project raises')} {error.type}", redact(error.message), hint
        )

    def _installation(self) -> str:
        """The command that installs what the dependency file names."""
        where, pip = self.dependencies, f"{self.found.path} -m pip install"
        command = {"poetry": "poetry install", "pipfile": "pipenv install", "pep621": f"{pip} ."}.get(
            where.kind, f"{pip} -r {self.display_path(where.path)}"
        )
        return f"`{command}`, or name another module with --settings."

    def refresh(self) -> None:
        """Forget what was read; the next question reads it anew."""
        self._look = self._installed = None
        self._keyless = False
        for folder in [path for path in self.extra_files if path.is_dir()]:  # a change may have made it needless
            shutil.rmtree(folder)
            del self.extra_files[folder]
        for name in ("settings", "development", "dependencies"):
            self.__dict__.pop(name, None)

    def catch_up(self) -> None:
        """Forget what was read, where a person has changed files meanwhile."""
        if self._look is None:
            return
        known, self._env_seen = self._env_seen, self._env_files()
        if self.copy.sync() or known != self._env_seen:
            self.refresh()

    def _env_files(self) -> dict[Path, int]:
        paths = (self.development_env, self.production_env)
        return {path: path.stat().st_mtime_ns for path in paths if path.is_file()}

    @property
    def unset(self) -> list[str]:
        """Variables the settings insist on that .env.production has no value for; the platform gives DATABASE_URL."""
        given = self.env_values(self.production_env)
        return sorted(name for name in self.placeholders if name not in given and name != "DATABASE_URL")

    @property
    def values(self) -> dict[str, Any]:
        """The settings under production's environment, secrets as length and fingerprint."""
        values: dict[str, Any] = self.inspect_settings()["settings"]
        return values

    def value(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    @property
    def django(self) -> tuple[int, ...]:
        """Django's version: (4, 2, 30)."""
        return tuple(int(part) for part in re.findall(r"\d+", str(self.interpreter.start()["django"]))[:3])

    @property
    def urls(self) -> list[Url]:
        rows = []
        for row in self.inspect_settings()["urls"]:
            methods = tuple(row["methods"]) if row["methods"] is not None else None
            places = (row["route"], row["name"], row["view"], row["file"], row["line"])
            kind = (row["kind"], methods, row["actions"], row["async"], row["drf"])
            more = (tuple(row["fields"]), tuple(row["does"]), row["bare"], tuple(row["mutations"]), row["protected"])
            rows.append(Url(*places, *kind, *more))
        return rows

    @property
    def urls_file(self) -> Path | None:
        path = self.inspect_settings().get("urls_file")
        return self.own(Path(path)) if path else None

    def own(self, path: Path) -> Path | None:
        """The project's file behind one of the copy; None if it belongs to a library."""
        real, folder = path.resolve(), self.copy.folder.resolve()
        return self.top / real.relative_to(folder) if real.is_relative_to(folder) else None

    @property
    def served_module(self) -> str:
        """The settings module a server loads when nothing sets DJANGO_SETTINGS_MODULE: what wsgi.py names.

        Empty where it names none: it insists on the variable.
        """
        named = [settings.settings_named_in(path) for path in self._wsgi_files()]
        return next(filter(None, named), "" if named else self.settings_module)

    @property
    def base_folder(self) -> Path | None:
        """Where the settings' BASE_DIR leads, if it is a folder of the project."""
        value = str(self.value("BASE_DIR") or "")
        return self.own(Path(value)) if value.startswith("/") and self.settings.binds("BASE_DIR") else None

    def template_folders(self) -> list[Path]:
        """Folders of the project where templates are looked up, in order."""
        found = (self.own(Path(each)) for each in self.inspect_settings()["template_dirs"])
        return [path for path in found if path and "site-packages" not in path.parts]

    @property
    def host(self) -> str:
        """A host name production would accept."""
        allowed = [str(host) for host in self.value("ALLOWED_HOSTS") or []]
        if self.platform.public_host in allowed or "*" in allowed:
            return self.platform.public_host
        usable = [
            host for host in allowed if host not in {self.platform.health_host, "localhost", "127.0.0.1", "[::1]"}
        ]
        if usable:
            return f"www{usable[0]}" if usable[0].startswith(".") else usable[0]
        return allowed[0] if allowed else self.platform.public_host

    def original(self, path: Path) -> bytes | None:
        """What the file held before Golive first changed it."""
        return self.originals[path] if path in self.originals else files.read(path)

    def display_path(self, path: Path) -> str:
        """*path* as a person would say it: relative to the repository."""
        return str(path.relative_to(self.top)) if path.is_relative_to(self.top) else str(path)

    def findings(self) -> list[Finding]:
        """What detection saw, for the welcome screen and the start of a run."""
        hello = self.interpreter.start()
        found = [
            Finding(f"Django {hello['django']} on Python {hello['python']} ({self.found.how})"),
            Finding(f"production settings: {self.production_module}", self.settings.main),
            Finding(
                f"dependencies: {self.display_path(self.dependencies.path)}"
                + ("" if self.dependencies.exists else " (to be made)")
            ),
            Finding(f"environment: {self._reader()}, .env is {'read' if self.reads_env_file else 'not read'}"),
            Finding(f"git: {self.git.top}" if self.git else "git: no repository", warning=self.git is None),
        ]
        if self.placeholders:
            names = ", ".join(sorted(self.placeholders))
            found.append(Finding(f"variables the settings insist on, and production needs: {names}", warning=True))
        found += [Finding(text, warning=True) for text in self.extra_files.values()]
        told = "outside of the project: Golive makes nothing there, but the site may write to it"
        found += [Finding(f"{name} is {path}, {told}", warning=True) for name, path in self._outside()]
        found += [Finding(f"{self.display_path(path)} {why}", warning=True) for path, why in self.copy.left_out.items()]
        for folder in self.git.environments() if self.git else []:
            name = self.display_path(folder)
            found.append(
                Finding(
                    f"{name}/ is a virtual environment in git: `git rm -r --cached {name}`, and ignore it", warning=True
                )
            )
        return found

    def _outside(self) -> Iterator[tuple[str, Path]]:
        """Settings that lead out of the repository, and where to."""
        handlers = (self.value("LOGGING") or {}).get("handlers") or {}
        files_of_logs = [("LOGGING", each.get("filename")) for each in handlers.values() if isinstance(each, dict)]
        for name, value in [("MEDIA_ROOT", self.value("MEDIA_ROOT")), *files_of_logs]:
            path = Path(str(value)) if value else None
            if path and path.is_absolute() and not (self.own(path) or files.inside(path, self.top)):
                yield name, path

    def _reader(self) -> str:
        return "pydantic-settings" if self.settings.fields else self.settings.environment.kind

    def close(self) -> None:
        """End the interpreter and remove the copies; for whoever holds the project's lock: all runs share the place."""
        self.interpreter.close()
        process.stop_leftovers(self.root)  # what the project's code started in sessions of its own
        self.copy.remove()
        shutil.rmtree(self.work, ignore_errors=True)


_MISSING = (
    re.compile(r"[Ss]et the ([A-Z][A-Z0-9_]*) environment variable"),
    re.compile(r"^([A-Z][A-Z0-9_]*) not found\. Declare it"),
    re.compile(r"[Ee]nvironment variable[: ]+['\"]?([A-Z][A-Z0-9_]+)"),
    re.compile(
        r"['\"]?\b([A-Z][A-Z0-9_]{3,})['\"]? (?:environment variable|env var|must be set|(?:is )?not set|is required)"
    ),
    re.compile(r"^(\w+)\n\s+Field required", re.MULTILINE),
)
"""How os.environ wrappers say that a variable is missing: Django's habit, decouple, environs, pydantic."""


def _is_local(path: Path) -> bool:
    """Whether a .env file is one for this machine, by its name."""
    return not re.search(r"prod|example|sample|template|dist$", path.name)


def _missing_variable(error: AgentError) -> str | None:
    """The environment variable whose absence an error tells of."""
    if error.type == "KeyError":
        found = re.search(r"^'?([A-Z][A-Z0-9_]*)'?$", error.message)
        return found[1] if found else None
    for pattern in _MISSING:
        if match := pattern.search(error.message):
            return match[1].upper()
    return None
