"""The rehearsal: production on this machine, with the service deployed from a copy behind a TLS edge.

Its parts start when they are first used and end with `close`. Observations count as rehearsed.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wizard.base.errors import GoliveError, NotYetError, StepError
from wizard.base.log_errors import errors_in, without_early_reads
from wizard.base.secrets import excerpt, remember
from wizard.base.wording import plural
from wizard.checklist.answers import Question
from wizard.project import release_copy, site_addresses
from wizard.project.agent_answer import AgentError
from wizard.project.env_lists import join_list
from wizard.project.file_storages import Copied, RowFile, copy_files
from wizard.project.start_sources import Kind
from wizard.services.cloudinary import Cloudinary
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.session import Site
from wizard.targets import frontend
from wizard.targets.base import Database, Observation, Stage
from wizard.targets.capacity import Disk
from wizard.targets.contradictions import Contradiction
from wizard.targets.local import backup, database, running_process, service_variables, upload_stores
from wizard.targets.local.background import BackgroundSite
from wizard.targets.local.backup import Origin
from wizard.targets.local.deployed_site import BESIDE, SERVICE
from wizard.targets.local.edge import TrafficShape
from wizard.targets.verification.expected_errors import unexpected_errors

if TYPE_CHECKING:
    from wizard.targets.local.servers import LocalServers


class Rehearsal(BackgroundSite):
    real = False
    _seeded = False

    @property
    def host(self) -> str:
        return self.project.platform.public_host

    def questions(self, stage: Stage) -> list[Question]:
        return [frontend.question("")] if stage is Stage.VARIABLES and frontend.address_variables(self.project) else []

    # ---- parts

    @cached_property
    def database(self) -> Database:
        return database.start_database(self.project, self._closers)

    @cached_property
    def _volume(self) -> Path:
        return upload_stores.empty_volume(self.project.work)

    @property
    def sentry(self) -> Sentry:
        return self.servers.sentry_client()

    @property
    def uptimerobot(self) -> UptimeRobot:
        return self.servers.uptimerobot_client()

    @property
    def cloudinary(self) -> Cloudinary:
        return self.servers.cloudinary_client()

    @property
    def checkout_url(self) -> str:
        return self.servers.razorpay.url

    # ---- observations

    def account_statuses(self) -> Iterator[Observation]:
        files = len(self.project.copy.files())
        yield Observation(files > 0, "service", "the files to deploy", f"{files} files")
        sentry = self.sentry
        yield Observation(sentry.project_exists(), "service", "the error collector's projects", sentry.project)
        account = self.uptimerobot.account()
        showed = f"{account['email']}, {account['monitorsCount']} of {account['monitorLimit']} monitors"
        yield Observation(bool(account["email"]), "service", "the uptime monitor's account", showed)

    def project_status(self) -> Observation:
        count = self.deployment.build()
        private = [path.name for path in self.deployment.folder.rglob(".env*") if path.name in release_copy.LOCAL]
        showed = f"{count} files, including {', '.join(private)}" if private else f"{count} files, no .env file"
        return Observation(count > 0, "file", "a copy of the files to deploy", showed)  # 1.5 is about .env files

    def database_status(self) -> Observation:
        return database.database_status(self.database)

    def database_url_status(self) -> Observation:
        url = database.url_without_password(self.database.url)
        return Observation(bool(urlsplit(url).scheme), "service", "DATABASE_URL", url)

    def connection_status(self) -> Observation | None:
        return None

    def deployment_status(self) -> Observation:
        self.redeploy()
        obeyed = self.deployment.stop()
        self.restart(server_only=True)
        placeholders = ", ".join(self.project.unset)
        showed = f"healthy on {self.database.description}, {self._installed}"
        showed += f", with placeholders for {placeholders}" if placeholders else ""
        showed += f"; {uses}" if (uses := running_process.description(self.deployment)) else ""
        showed += f"; {self.egress_description(self.deployment)}"
        showed += "; stops by SIGTERM" if obeyed else "; SIGTERM does not reach the server: put `exec` before it"
        source = self.deployment.source()
        ran = "the Procfile's web command" if source.kind is Kind.PROCFILE else f"the command in {source.title}"
        return Observation(obeyed, "command", ran, showed)

    def contradictions(self) -> list[Contradiction]:
        started = self.project.start_variables
        known = running_process.contradictions(self.deployment, lambda: self.environment(**started))
        return list(known) or (super().contradictions() if self.deployment.running else [])

    def log_error_lines(self) -> list[str]:
        return errors_in(self.deployment.log) if self.is_started("deployment") else []

    def log_status(self) -> Observation:
        deployment = self.deployed()
        lines = deployment.log
        errors = errors_in(without_early_reads(lines))
        showed = excerpt(errors[0], 200) if errors else f"{len(lines)} lines, no error"
        return Observation(not errors, "record", "the log of the running service", showed)

    def run_log_status(self, known: Collection[str] = ()) -> Observation:
        """Return whether the logs of all deployments of this run are free of errors, except those made on purpose."""
        deployment = self.deployed()
        lines = [*self._earlier_lines, *deployment.log]
        errors = unexpected_errors(without_early_reads(lines), known)
        showed = f"{len(lines)} lines of this run, no error"
        if errors:
            showed = f"{plural(len(errors), 'error line')} in this run, the first: {excerpt(errors[0], 200)}"
        return Observation(not errors, "record", "the log of the service", showed)

    def health_monitor(self) -> dict[str, Any]:
        return self.uptimerobot.find_or_create_monitor(f"https://{self.host}/health/")

    def alert_status(self, monitor: dict[str, Any]) -> Observation:
        """Let the edge answer 502, as when the service has stopped, then let it pass again. Wait for a mail about each.

        Pausing the monitor would prove nothing: a paused monitor sends no alert. Source: UptimeRobot's published
        OpenAPI description.
        """
        robot, edge = self.uptimerobot, self.servers.edge
        self.deployed()
        edge.cut = True
        try:
            down = robot.wait_for_status(monitor, "DOWN")
            alerted = down and robot.wait_for(lambda: len(robot.alerts(monitor)) >= 1)
        finally:
            edge.cut = False
        up = robot.wait_for_status(monitor, "UP")
        recovered = up and robot.wait_for(lambda: len(robot.alerts(monitor)) >= 2)
        subjects = [str(mail["Subject"]) for mail in self.servers.mailbox.mails]
        holds = alerted and recovered and len(subjects) >= 2
        showed = f"the edge answered 502, then the service again: {'; '.join(subjects) or 'no mail arrived'}"
        return Observation(holds, "service", "an outage of the rehearsal's edge", showed)

    def data_status(self) -> Observation:
        return database.data_status(self.project, self.environment(), self.database.description)

    @contextmanager
    def backup_origin(self) -> Iterator[Origin]:
        server = self.database.server
        if server is None:
            raise NotYetError("There is no PostgreSQL on this machine", "", "pip install 'django-golive[postgres]'")
        yield Origin(self.database.description, {**server.client_environment(), "PGDATABASE": server.database})

    def backup_restore_status(self) -> Observation | None:
        server = self.database.server
        if server is None:
            return None
        with self.backup_origin() as origin:
            return backup.status(origin, server, self.project.work)

    # ---- limits

    def open_connections(self) -> int | None:
        server = self.database.server
        return server.open_connections() if server else None

    def connection_limit(self) -> int | None:
        server = self.database.server
        return server.connection_limit() if server else None

    def disks(self) -> list[Disk]:
        server = self.database.server
        return [Disk(self.database.description, server.megabytes())] if server else []

    def local_servers(self) -> LocalServers:
        return self.servers

    # ---- the service's environment

    def variables(self) -> dict[str, str]:
        """Return .env.production with the variables that the platform and the services would add."""
        values = {**self.project.placeholders, **self.project.service_values()}
        values["DATABASE_URL"] = self.database.url
        values["WEB_CONCURRENCY"] = service_variables.WORKERS
        values |= self.redis_values()
        for name in self.settings_variables(r"^SENTRY_DSN$|SENTRY.*DSN$"):
            values[name] = self.servers.error_collector.dsn
        for name in self.settings_variables(r"ALLOWED_HOSTS$"):
            values[name] = service_variables.hosts(self.project, name, self.host)
        known, given = site_addresses.known_frontends(self.project), self.answers.get("frontend").rstrip("/")
        for name in self.settings_variables(frontend.ORIGINS):
            if given or (not known and service_variables.has_no_origin(values.get(name, ""))):
                values[name] = join_list(self.project.settings, name, [given or service_variables.FRONTEND])
        values.update(site_addresses.derived(self.project, self.host, given or (known[0] if known else ""), values))
        values.update(
            {
                name: service_variables.fill_references(text, self.servers)
                for name, text in self.config.environment.items()
            }
        )
        return values

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the service's environment. Keys of Razorpay are replaced with those of the stub, where it is used."""
        values = super().environment(**extra)
        if names := service_variables.live_key_ids(values):
            values = service_variables.replace_live_keys(values, names, self.servers.razorpay)
            self.on_line(f"Live keys in {', '.join(names)}: the rehearsal uses test keys instead")
        if service_variables.uses_razorpay(self.project, self.config):
            names = sorted({*self.settings_variables("RAZORPAY"), *values})
            values |= service_variables.stub_keys(names, self.servers.razorpay)
        return values | self._upload_variables(values)

    def _upload_variables(self, values: Mapping[str, str]) -> dict[str, str]:
        """The variables of the stubs and of the volume, as far as the project uses them."""
        found, mount = dict[str, str](), self.project.platform.volume_variable
        names = sorted({*self.settings_variables(""), *values})
        if upload_stores.uses_bucket(self.project):
            found |= upload_stores.bucket_variables(names, self.servers.bucket)
        if upload_stores.uses_cloudinary(self.project, self.config):
            self.servers.cloudinary.pictures_only = True
            found |= upload_stores.cloudinary_variables(names, self.servers.cloudinary)
        if mount and self.settings_variables(f"^{mount}$"):
            found[mount] = str(self._volume)
        return found

    def deploy_again(self) -> str:
        self.redeploy()
        return "the files were deployed again, into an empty folder"

    def volume_mount(self) -> str:
        return str(self._volume)

    def copy_uploads(self, files: Mapping[RowFile, Path], *, compare: bool = False) -> list[Copied]:
        values, deployed = self.storage_environment(), str(self.deployment.root)
        return copy_files(self.project, values, deployed, files, compare=compare)

    def storage_environment(self) -> dict[str, str]:
        """Return the service's environment. Clients trust the stub of Cloudinary, which delivers over TLS."""
        authority = self.project.work / "authority.pem"
        self.servers.edge.write_authority(authority)
        return self.environment(REQUESTS_CA_BUNDLE=str(authority), SSL_CERT_FILE=str(authority))

    # ---- accounts and data

    def load_seed(self) -> None:
        """Load the fixture of `rehearsal.seed` in golive.yaml, once."""
        if self.config.seed and not self._seeded:
            self.deployed()
            deployed = str(self.deployment.root)
            answer = self.project.ask(
                "loaddata", environment=self.environment(), deployed=deployed, fixture=self.config.seed
            )
            if raised := AgentError.of(answer):
                what, hint = f"The fixture {self.config.seed} can't be loaded", "Correct rehearsal.seed in golive.yaml."
                raise StepError(what, raised.brief(300), hint)
            self._seeded = True

    def site(self) -> Site:
        self.deployed()
        edge = self.servers.edge
        return Site(
            edge.https_port, self.host, self.csrf_cookie_name(), tls=edge.client_context(), plain_port=edge.http_port
        )

    @contextmanager
    def throttled_site(self, shape: TrafficShape) -> Iterator[Site]:
        with self.site() as site:
            self.servers.edge.shape = shape
            try:
                yield site
            finally:
                self.servers.edge.shape = None

    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        """Create the superuser on first use. Its password is kept in memory only."""
        if not self.superuser:
            password = secrets.token_urlsafe(18)
            remember(password)
            environment = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in fields.items()}
            done = self.manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_PASSWORD=password, **environment)
            if done.returncode:
                return {"failed": done.last_lines(2)}
            self.superuser = {**fields, "password": password}
        return self.superuser

    def close(self) -> None:
        """Stop the service, then all other parts. If one can't be stopped, the others are still stopped."""
        if self.is_started("deployment"):
            self._closers += [deployment.stop for deployment in self.deployments()]
            self._record_wanted_hosts()
        self._close_parts()
        for folder in (SERVICE, BESIDE, upload_stores.VOLUME):
            shutil.rmtree(self.project.work / folder, ignore_errors=True)

    def _close_parts(self) -> None:
        """Stop all parts, the latest first. If one can't be stopped, the others are still stopped."""
        while self._closers:
            try:
                self._closers.pop()()
            except (GoliveError, OSError, TimeoutError) as error:
                self.on_line(f"A part of the rehearsal could not be stopped: {error}")
