"""The site's service at Railway: settings and variables in one change, deployments watched to their true end."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base import files, process
from wizard.base.errors import CommandError, SiteError
from wizard.base.log_errors import errors_in
from wizard.base.secrets import redact
from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, CallService
from wizard.project import release_copy
from wizard.project.database import part
from wizard.project.project import Project
from wizard.services.response_guard import guard_responses
from wizard.site.session import Site
from wizard.targets.local.deployment import web_command
from wizard.targets.railway.api import BAD, GOOD, nodes
from wizard.targets.railway.command import RailwayError
from wizard.targets.railway.resources import WAITS, Place

HEALTH = "/health/"
HEALTH_SECONDS = 300
MIGRATE = "python manage.py migrate --noinput"
DEPLOY_SECONDS = 20 * 60.0
REACHED_SECONDS = 180.0
"""Until the certificate and the name of a new address are everywhere."""
LINES = 500
WORKERS = "2"
PASSING_FILES = (".log", ".sqlite3", ".pyc")
"""What a run of the project leaves behind is no change of the project."""
FAILED = {
    "HEALTHCHECK": "in its health check", "BUILD_IMAGE": "in its build", "SNAPSHOT_CODE": "in its build",
    "PRE_DEPLOY_COMMAND": "in its pre-deploy command", "CREATE_CONTAINER": "at its start",
}  # fmt: skip
"""Where a deployment failed, by the step of its events that tells of an error."""
PYTHON_FILES = (".python-version", "runtime.txt", ".tool-versions", "mise.toml", "Pipfile", "Dockerfile")
"""Where a project says which Python it wants. Source: Railpack's source."""


def _plain(value: Any) -> Any:
    """A setting as it compares: a command may come as a text or as a list of one, and nothing as either."""
    return [value] if isinstance(value, str) and value else value or []


@guard_responses("Railway")
@dataclass
class Service:
    at: Place
    project: Project
    answers: Answers
    on_line: Callable[[str], None]
    told: str = ""
    """What the last failed deployment said, for the diagnosis."""
    _failed: tuple[str, CommandError] | None = None

    @property
    def id(self) -> str:
        return self.at.service

    @property
    def _here(self) -> dict[str, str]:
        return {**self.at.where, "serviceId": self.id}

    # ---- variables and settings

    def defaults(self) -> dict[str, str]:
        """Variables every Django service has here, unless .env.production says otherwise."""
        values = {"DATABASE_URL": self.at.reference_to("DATABASE_URL"), "WEB_CONCURRENCY": WORKERS}
        for name in self.project.unset:  # insisted on, although DATABASE_URL says it all
            if found := part(name):
                values[name] = self.at.reference_to(found)
        if self.project.configuration:
            values["DJANGO_CONFIGURATION"] = self.project.configuration
        top, root = self.project.top, self.project.root
        if not any((folder / name).exists() for folder in {top, root} for name in PYTHON_FILES):
            version = str(self.project.interpreter.start()["python"])
            values["RAILPACK_PYTHON_VERSION"] = ".".join(version.split(".")[:2])
        return values

    def variables(self, *, unrendered: bool = False) -> dict[str, str]:
        """What Railway holds for the service, references filled in or, *unrendered*, as they were set."""
        found = self.at.api.ask("variables", **self._here, unrendered=unrendered)["variables"]
        return {str(name): str(value) for name, value in dict(found).items()}

    def _settings(self) -> dict[str, Any]:
        wanted: dict[str, Any] = {"healthcheckPath": HEALTH, "healthcheckTimeout": HEALTH_SECONDS}
        wanted["preDeployCommand"] = [MIGRATE] if self.answers.get("migrate") == "pre-deploy" else []
        below, procfile = self._below(), self.project.root / "Procfile"
        if below != "." and procfile.is_file():
            wanted["startCommand"] = f"cd {below} && {web_command(procfile)}"
        if below != ".":
            wanted["preDeployCommand"] = [f"cd {below} && {each}" for each in wanted["preDeployCommand"]]
        return wanted

    def _below(self) -> str:
        """Where manage.py is below what is uploaded: the builder wants the dependency file at the top."""
        folder = self.project.dependencies.path.parent
        root = self.project.root
        return str(root.relative_to(folder)) if folder != root and root.is_relative_to(folder) else "."

    def _set_now(self) -> dict[str, Any]:
        found = self.at.api.ask("instance", environmentId=self.at.where["environmentId"], serviceId=self.id)
        return dict(found["serviceInstance"])

    def _unsettled(self) -> dict[str, Any]:
        held = self._set_now()
        return {name: value for name, value in self._settings().items() if _plain(held.get(name)) != _plain(value)}

    def settling(self, wanted: dict[str, str]) -> list[Action]:
        """What is still to be set, by name."""
        held = self.variables(unrendered=True)
        names = sorted(name for name, value in wanted.items() if held.get(name) != value)
        settings = ["the health check's path"] if "healthcheckPath" in self._unsettled() else []
        if not names and not self._unsettled():
            return []
        listed = ", ".join([*names, *settings]) or "the service's settings"
        return [CallService("Railway", "variables", f"set {listed}, in one change")]

    def settle(self, wanted: dict[str, str]) -> None:
        """Set variables and settings; no deployment starts by that. Values go in a request's body, never in argv."""
        held = self.variables(unrendered=True)
        changed = {name: value for name, value in wanted.items() if held.get(name) != value}
        if changed:
            self._upsert(changed)
        if unsettled := self._unsettled():
            self._change_settings(unsettled)
        # What the service was told takes effect at the next deployment, so it belongs to what makes one needed.
        told = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()
        self.at.facts.put("railway.variables", told[:16])

    def _upsert(self, values: dict[str, str]) -> None:
        given = {**self._here, "variables": values, "replace": False, "skipDeploys": True}
        self.at.api.ask("upsert", input=given)

    def _change_settings(self, wanted: dict[str, Any]) -> None:
        environment = self.at.where["environmentId"]
        self.at.api.ask("settings", serviceId=self.id, environmentId=environment, input=wanted)

    # ---- deployments

    def fingerprint(self) -> str:
        """One hash over what would be uploaded, and how it would be started."""
        total = hashlib.sha256(f"{self._settings()} {self.at.facts.get('railway.variables')}".encode())
        for path in sorted(self.project.copy.files()):
            if path.suffix not in PASSING_FILES and path.is_file():
                total.update(str(path.relative_to(self.project.top)).encode("utf-8", "surrogateescape") + b"\0")
                total.update(str(files.digest_of(path)).encode() + b"\n")
        return total.hexdigest()

    def stale(self) -> bool:
        """Whether what runs there is something else than what the project is now."""
        return self.at.facts.get("railway.deployed") != self.fingerprint()

    def ended_badly(self) -> bool:
        """Whether what was deployed last has failed, or crashed since."""
        name = self.at.facts.get("railway.deployment")
        return bool(name) and self.status(name) in BAD

    def deploy(self, host: str) -> None:
        """Upload what would be deployed, and wait for its true end.

        Raises:
            CommandError: the deployment failed; says in which step, and carries the end of its log.
            RailwayError: Railway refused it, or the connection was lost for good.
        """
        self._tidy()
        state = self.fingerprint()
        if self._failed and self._failed[0] == state:
            raise self._failed[1]  # the same again would fail the same way
        before = self._newest()
        folder = self._upload_folder()
        try:
            name = self._up(folder, before)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.at.facts.put("railway.deployment", name)
        try:
            self._followed(name, host)
        except CommandError as error:
            self._failed = (state, error)
            raise
        self.at.facts.put("railway.deployed", state)

    def _upload_folder(self) -> Path:
        """A copy of what would be deployed: no .env, no committed environment, nothing ignored."""
        folder = self.project.work / "upload"
        shutil.rmtree(folder, ignore_errors=True)
        release_copy.export(self.project.copy.files(), self.project.top, folder)
        return folder

    def _up(self, folder: Path, before: str) -> str:
        """The id of the new deployment. The command's exit code proves nothing, so only its id is taken."""
        top = self.project.root if self._below() == "." else self.project.dependencies.path.parent
        source = folder / top.relative_to(self.project.top)
        command = ("up", str(source), "--path-as-root", "--no-gitignore", "--service",
                   self.at.facts.get("railway.service_name"), "--detach", "--json")  # fmt: skip
        for attempt in (1, 2):
            try:
                return str(self.at.cli.json(*command, timeout=900)["deploymentId"])
            except RailwayError as error:
                if error.kind != "network":
                    raise
                # What arrived before the connection was cut is built all the same: it is followed, not sent again.
                if (newest := self._newest()) != before:
                    self.on_line("The connection was cut, but the upload had arrived")
                    return newest
                if attempt == 2:
                    raise
                self.on_line("The connection was cut during the upload: once more")
        raise AssertionError("the second attempt returns or raises")

    def _listed(self) -> list[dict[str, Any]]:
        return nodes(self.at.api.ask("deployments", input=self._here, first=20)["deployments"])

    def _newest(self) -> str:
        return next((str(each["id"]) for each in self._listed()), "")

    def status(self, name: str) -> str:
        return str(self.at.api.ask("status", id=name)["deployment"]["status"])

    def log(self) -> list[str]:
        """The newest lines of the running service's log."""
        name = self.at.facts.get("railway.deployment")
        return [redact(str(each["message"])) for each in self.at.api.ask("log", id=name, limit=LINES)["deploymentLogs"]]

    def _followed(self, name: str, host: str) -> None:
        """Wait for the end of a deployment; go back to the last good one if it is bad and a person wished so."""
        try:
            self._watch(name)
            self._reached(name, host)
        except CommandError as error:
            if self.answers.get("rollback") != "yes":
                raise
            if good := next((str(each["id"]) for each in self._listed()
                             if each["id"] != name and each["canRollback"]), ""):  # fmt: skip
                self.at.api.ask("rollback", id=good)
                back = self._newest()
                self._watch(back)
                self.at.facts.put("railway.deployment", back)
                raise CommandError(f"{error.what}, and the last good one runs again", error.why, error.hint,
                                   output=error.output) from error  # fmt: skip
            raise

    def _watch(self, name: str) -> None:
        """Until the deployment has an end, showing its build and deploy logs meanwhile.

        Raises:
            CommandError: the end is a bad one, or none came in time.
        """
        shown: set[tuple[str, str]] = set()
        deadline, before = time.monotonic() + DEPLOY_SECONDS, ""
        for count in range(10**6):
            seen = self.at.api.ask("progress", id=name, limit=LINES)
            for line in [*seen["buildLogs"], *seen["deploymentLogs"]]:
                if (key := (str(line["timestamp"]), str(line["message"]))) not in shown:
                    shown.add(key)
                    self.on_line(redact(key[1]))
            status = str(seen["deployment"]["status"])
            if status != before:
                self.on_line(f"Railway: {status.replace('_', ' ').lower()}")
                before = status
            if status in GOOD:
                return
            if status in BAD:
                raise self._why(name, status, seen)
            if status == "NEEDS_APPROVAL":
                raise CommandError("The deployment waits for an approval", "somebody has to allow it in the dashboard",
                                   f"Approve it at {self.at.dashboard}, then run this again.")  # fmt: skip
            if time.monotonic() > deadline:  # a word nobody knows counts as under way
                why = f"it is {status} after {DEPLOY_SECONDS / 60:.0f} minutes"
                raise CommandError("The deployment has no end", why, f"See {self.at.dashboard}.")
            process.pause(WAITS[min(count, len(WAITS) - 1)])

    def _why(self, name: str, status: str, seen: dict[str, Any]) -> CommandError:
        """Where a deployment failed, from its events, and what its logs say."""
        events = nodes(self.at.api.ask("why", id=name)["deploymentEvents"])
        broken = [each for each in events if (each.get("payload") or {}).get("error")]
        step = str(broken[-1]["step"]) if broken else ""
        payload = (broken[-1].get("payload") or {}) if broken else {}
        said = "; ".join(dict.fromkeys(str(payload[key]) for key in ("error", "reason", "detail") if payload.get(key)))
        lines = [str(each["message"]) for each in [*seen["buildLogs"], *seen["deploymentLogs"]]]
        wrong = errors_in(lines) or [line for line in lines if line.strip()]
        tail = " / ".join(wrong[-2:])
        self.told = redact("\n".join([said, *lines[-200:]]))
        what = (
            "The deployment crashed"
            if status == "CRASHED"
            else f"The deployment failed {FAILED.get(step, '')}".rstrip()
        )
        if status in {"REMOVED", "REMOVING"}:
            what = "The deployment was taken down"
        why = redact(": ".join(part for part in (said, tail) if part))[:500]
        return CommandError(what, why, "Its log says why.", output=self.told)

    def _reached(self, name: str, host: str) -> None:
        """Until the site answers at its address; a success may still turn into a crash.

        Raises:
            CommandError: it crashed, or is not to be reached.
        """
        deadline, said = time.monotonic() + REACHED_SECONDS, ""
        with Site(0, host, public=True) as site:
            for count in range(10**6):
                try:
                    answer = site.get(HEALTH)
                    said = str(answer.status_code)
                except SiteError as error:
                    said = error.why
                else:
                    if answer.status_code == 200:
                        break
                self._must_not_have_crashed(name)
                if time.monotonic() > deadline:
                    raise CommandError(f"The site is not to be reached at https://{host}{HEALTH}", f"it answers {said}",
                                       "See its log, and the name's DNS.")  # fmt: skip
                process.pause(WAITS[min(count, 3)])
        self._must_not_have_crashed(name)

    def _must_not_have_crashed(self, name: str) -> None:
        seen = self.at.api.ask("progress", id=name, limit=LINES)
        if (status := str(seen["deployment"]["status"])) in BAD:
            raise self._why(name, status, seen)

    # ---- once, inside

    def once(self, command: str, environment: dict[str, str], host: str) -> None:
        """Run *command* once inside, with *environment*, before the next start: the database is private.

        The running image is deployed again with it as pre-deploy command; command and variables are then taken away.

        Raises:
            CommandError: the deployment failed.
        """
        self._tidy()
        self.at.facts.put("railway.once", " ".join(environment))
        before, running = self._settings()["preDeployCommand"], self.at.facts.get("railway.deployment")
        inside = f"cd {self._below()} && {command}" if self._below() != "." else command
        try:
            self._upsert(environment)
            self._change_settings({"preDeployCommand": [" && ".join([*before, inside])]})
            made = self.at.api.ask("redeploy", id=running)
            name = str(made["deploymentRedeploy"]["id"])
            self.at.facts.put("railway.deployment", name)
            self._followed(name, host)
        except CommandError:
            self.at.facts.put("railway.deployment", running)  # the one before still serves
            raise
        finally:
            self._tidy()

    def _tidy(self) -> None:
        """Take away what `once` set, also after a run that was killed in between."""
        names = self.at.facts.get("railway.once").split()
        if not names:
            return
        self._change_settings({"preDeployCommand": self._settings()["preDeployCommand"]})
        held = self.variables(unrendered=True)
        for name in names:
            if name in held:
                self.at.api.ask("forget", input={**self._here, "name": name})
        self.at.facts.put("railway.once", "")
