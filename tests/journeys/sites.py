"""Sites of the sample projects, on which journeys run: the project's own application on an empty database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.conftest import in_git
from tests.journeys.planted import Planted, copy
from wizard.journeys.explore import Given, explore
from wizard.journeys.result import JourneyResult
from wizard.journeys.rows import Rows
from wizard.project.agent_answer import Answer
from wizard.project.detection import detect
from wizard.project.project import Project
from wizard.project.surface import surface
from wizard.site.session import Site
from wizard.targets.local.servers import LocalServers
from wizard.targets.local.traffic import Traffic

PRODUCTION = """

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
"""Settings that are added to each project: what production has behind its edge, and a hasher that is fast."""
SUPERUSER = ("root", "root@golive.example", "rehearsal-passphrase-1")
SECONDS = 120.0
"""How long all journeys of a site may take together."""


@dataclass
class Started:
    """A site with what journeys need of it."""

    project: Project
    site: Site
    rows: Rows
    servers: LocalServers

    def explore(self, log: Callable[[str], None] = lambda line: None, seconds: float = SECONDS) -> list[JourneyResult]:
        found = surface(self.project)
        traffic = self.project.interpreter.traffic
        assert traffic is not None
        given = Given(
            rows=self.rows,
            superuser=lambda: self._superuser(found.username),
            mails=lambda: list(self.servers.site_mailbox.mails),
            log=log,
            read_log=self._log,
            wanted_hosts=lambda: [f"{each.host}:{each.port}" for each in Traffic(traffic).attempts()],
            seconds=seconds,
        )
        return explore(self.site, found, given)

    def _superuser(self, field: str) -> dict[str, str]:
        name, email, password = SUPERUSER
        username = email if field == "email" else name
        self.rows.account(username, password, email, staff=True)
        return {"username": username, "email": email, "password": password}

    def _log(self) -> list[str]:
        self.project.interpreter.keep_log()
        log = self.project.interpreter.log
        return log.read_text(errors="replace").splitlines() if log.is_file() else []


@contextmanager
def started(name: str, folder: Path, python: str, fault: Planted | None = None, url: str = "") -> Iterator[Started]:
    """Serve the project *name* with *fault* in the new *folder*.

    Arguments:
        python: an interpreter with `planted.REQUIREMENTS`.
        url: that of an empty database. By default, a file in *folder*.
    """
    root = copy(name, folder / name, fault)
    with ExitStack() as stack:
        project = stack.enter_context(closing(detect(root, python=python)))
        settings = root / f"{project.settings_module.replace('.', '/')}.py"
        with settings.open("a") as file:
            file.write(PRODUCTION)
        in_git(folder / name)
        servers = LocalServers(project.host, closers := [])
        stack.callback(_close, closers)
        traffic = project.interpreter.traffic
        assert traffic is not None
        Traffic(traffic).configure(allowed=[], mail=servers.site_mailbox.port)
        url = url or f"sqlite:///{folder / 'db.sqlite3'}"
        environment = project.production_environment(**database(url), DEBUG="False")
        _checked(project.ask("migrate", environment=environment, deployed=True))
        answer = _checked(project.ask("serve", environment=environment, guarded=True))
        stack.callback(project.interpreter.stop, answer["id"])
        site = stack.enter_context(Site(answer["port"], project.host))
        rows = stack.enter_context(closing(Rows(project, environment)))
        yield Started(project, site, rows, servers)


def database(url: str) -> dict[str, str]:
    """The variables by which a project finds its database: as an URL, or by its parts."""
    parts = urlsplit(url)
    engine = "postgresql" if parts.scheme == "postgresql" else "sqlite3"
    name = parts.path[1:]
    named = {"DB_ENGINE": f"django.db.backends.{engine}", "DB_NAME": name, "DB_HOST": parts.hostname or ""}
    login = {"DB_USER": unquote(parts.username or ""), "DB_PASSWORD": unquote(parts.password or "")}
    return {"DATABASE_URL": url, **named, **login, "DB_PORT": str(parts.port or "")}


def _checked(answer: Answer) -> Answer:
    assert not answer.get("error"), answer
    return answer


def _close(closers: list[Callable[[], object]]) -> None:
    for close in reversed(closers):
        close()
