"""Variables and settings of the site's service at Railway, changed in one request each and without a deployment."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.checklist.answers import Answers
from wizard.plan.actions import Action, CallService
from wizard.project.build_steps import BuildSteps, build_steps
from wizard.project.database import postgres_variable
from wizard.project.project import Project
from wizard.project.start_sources import Kind, StartSource, find, uploaded_folder
from wizard.services.response_guard import guard_responses
from wizard.targets.railway.project import RailwayProject

HEALTH_PATH = "/health/"
HEALTH_SECONDS = 300
"""Railway's default. Source: Railway's documentation of health checks."""
MIGRATE = "python manage.py migrate --noinput"
WORKERS = "2"
PYTHON_FILES = (".python-version", "runtime.txt", ".tool-versions", "mise.toml", "Pipfile", "Dockerfile")
"""Where a project can set its version of Python. Source: Railpack's source."""


@guard_responses("Railway")
@dataclass
class ServiceConfig:
    railway: RailwayProject
    project: Project
    answers: Answers

    @property
    def ids(self) -> dict[str, str]:
        """Project, environment and service as variables of a GraphQL document."""
        return {**self.railway.ids, "serviceId": self.railway.service_id}

    # ---- variables

    def defaults(self) -> dict[str, str]:
        """Return the variables that every Django service gets, unless .env.production has another value."""
        values = {"DATABASE_URL": self.railway.database_reference("DATABASE_URL"), "WEB_CONCURRENCY": WORKERS}
        for name in self.project.unset:  # settings may require parts of DATABASE_URL as separate variables
            if found := postgres_variable(name):
                values[name] = self.railway.database_reference(found)
        if self.project.configuration:
            values["DJANGO_CONFIGURATION"] = self.project.configuration
        folders = {self.project.top, self.project.root}
        if not any((folder / name).exists() for folder in folders for name in PYTHON_FILES):
            version = str(self.project.interpreter.start()["python"])
            values["RAILPACK_PYTHON_VERSION"] = ".".join(version.split(".")[:2])
        steps = self._build_steps()
        if steps.node:
            values["RAILPACK_PACKAGES"] = "node"
        if steps.gettext and not self._source().image:
            values["RAILPACK_DEPLOY_APT_PACKAGES"] = "gettext"  # compilemessages runs at the start
        return values

    def variables(self, *, unrendered: bool = False) -> dict[str, str]:
        """Return the service's variables, with references resolved unless *unrendered*."""
        values = self.railway.api.ask("variables", **self.ids, unrendered=unrendered)["variables"]
        return {str(name): str(value) for name, value in dict(values).items()}

    def set_variables(self, values: dict[str, str]) -> None:
        self.railway.api.ask(
            "set_variables", input={**self.ids, "variables": values, "replace": False, "skipDeploys": True}
        )

    def delete_variables(self, names: list[str]) -> None:
        """Delete those of *names* that are set."""
        current = self.variables(unrendered=True)
        for name in names:
            if name in current:
                self.railway.api.ask("delete_variable", input={**self.ids, "name": name})

    # ---- settings

    def settings(self) -> dict[str, Any]:
        """Return the settings that the service should have."""
        settings: dict[str, Any] = {"healthcheckPath": HEALTH_PATH, "healthcheckTimeout": HEALTH_SECONDS}
        source, steps = self._source(), self._build_steps()
        commands = [MIGRATE] if self.answers.get("migrate") == "pre-deploy" else []
        commands = [*(self.in_project_folder(command) for command in commands), *source.pre_deploy]
        settings["preDeployCommand"] = [" && ".join(commands)] if commands else []
        if command := self._start_command(source):
            settings["startCommand"] = command
        builds = [] if source.image else [*source.builds, *steps.build]
        if builds:
            settings["buildCommand"] = " && ".join(builds)
        return settings

    def _start_command(self, source: StartSource) -> str:
        """Return the start command to set. Empty if the build finds it by itself."""
        if source.kind is Kind.PROCFILE:
            if source.path.parent == self.upload_root() or not source.path.is_file():
                return ""
            return self.in_project_folder(source.runnable())
        if source.kind is not Kind.CONFIGURATION:
            return ""
        # Services that are made today don't read that file any more. Source: Railway's documentation.
        return f"/bin/sh -c {shlex.quote(source.command)}" if source.image else source.command

    def _source(self) -> StartSource:
        return find(self.project.root, self.project.top)

    def _build_steps(self) -> BuildSteps:
        return build_steps(self.project, self._source())

    def upload_root(self) -> Path:
        """Return the folder to upload: the one with the Dockerfile or with the platform's or its builder's files.

        Without these it must contain the dependency file, for Railway's builder to find it.
        """
        return uploaded_folder(self.project.root, self.project.top)

    def project_folder(self) -> str:
        """Return the path of manage.py's folder in the uploaded folder."""
        folder, root = self.upload_root(), self.project.root
        return str(root.relative_to(folder)) if folder != root and root.is_relative_to(folder) else "."

    def in_project_folder(self, command: str) -> str:
        """Return *command* so that it runs in manage.py's folder, which a Dockerfile may have put elsewhere."""
        folder = self.project_folder()
        if image := self._source().image:
            place = image.place(self.project.root)
            folder = "." if place in {"", image.workdir} else place
            return command if folder == "." else f"/bin/sh -c {shlex.quote(f'cd {folder} && {command}')}"
        return command if folder == "." else f"cd {folder} && {command}"

    def update_settings(self, settings: dict[str, Any]) -> None:
        self.railway.api.ask(
            "update_settings", serviceId=self.railway.service_id,
            environmentId=self.railway.ids["environmentId"], input=settings,
        )  # fmt: skip

    def _changed_settings(self) -> dict[str, Any]:
        """Return the settings whose current value differs."""
        answer = self.railway.api.ask(
            "service_instance", environmentId=self.railway.ids["environmentId"], serviceId=self.railway.service_id
        )
        current = dict(answer["serviceInstance"])
        return {
            name: value for name, value in self.settings().items() if _as_list(current.get(name)) != _as_list(value)
        }

    # ---- both

    def actions(self, wanted: dict[str, str]) -> list[Action]:
        """Return an action that names the variables and settings to change, if there are any."""
        current = self.variables(unrendered=True)
        names = sorted(name for name, value in wanted.items() if current.get(name) != value)
        settings = self._changed_settings()
        if not names and not settings:
            return []
        if "healthcheckPath" in settings:
            names.append("the path of the health check")
        listed = ", ".join(names) or "the service's settings"
        return [CallService("Railway", "variables", f"set {listed}, in one change")]

    def apply(self, wanted: dict[str, str]) -> None:
        """Set variables and settings without a deployment. Values are sent in a request's body, never in arguments."""
        current = self.variables(unrendered=True)
        if changed := {name: value for name, value in wanted.items() if current.get(name) != value}:
            self.set_variables(changed)
        if settings := self._changed_settings():
            self.update_settings(settings)
        # New variables take effect with the next deployment, so they are part of the deployment's fingerprint.
        digest = hashlib.sha256(repr(sorted(wanted.items())).encode()).hexdigest()
        self.railway.facts.put("railway.variables", digest[:16])


def _as_list(value: Any) -> Any:
    """Return a setting in a comparable form: Railway returns a command as a string, as a list, or not at all."""
    return [value] if isinstance(value, str) and value else value or []
