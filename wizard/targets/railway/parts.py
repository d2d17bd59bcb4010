"""The parts of the Railway target: its command, its API, and what they work on. Each starts when it is first used."""

from __future__ import annotations

from functools import cached_property

from wizard.targets.credentials import address
from wizard.targets.external_services import ExternalServices
from wizard.targets.railway.api import ByLogin, ByToken, RailwayApi
from wizard.targets.railway.background import BackgroundServices
from wizard.targets.railway.command import RailwayCli
from wizard.targets.railway.deployment_progress import DeploymentProgress
from wizard.targets.railway.deployments import Deployments
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.project_status import ProjectStatus
from wizard.targets.railway.provisioning import Provisioning
from wizard.targets.railway.service_config import ServiceConfig
from wizard.targets.railway.stores import Stores


class RailwayParts(ExternalServices):
    @cached_property
    def cli(self) -> RailwayCli:
        names = ("RAILWAY_TOKEN", "RAILWAY_API_TOKEN")
        tokens = {name: value for name in names if (value := self.credentials.get(name))}
        return RailwayCli(self.project.root, tokens, self.on_line)

    @cached_property
    def api(self) -> RailwayApi:
        if token := self.credentials.get("RAILWAY_TOKEN"):
            headers = {"Project-Access-Token": token}
        elif token := self.credentials.get("RAILWAY_API_TOKEN"):
            headers = {"Authorization": f"Bearer {token}"}
        else:
            return RailwayApi(ByLogin(self.cli))
        return RailwayApi(ByToken(self._client("railway", address("railway"), headers)))

    @cached_property
    def railway_project(self) -> RailwayProject:
        return RailwayProject(self.cli, self.api, self.answers, self.facts, self.project)

    @cached_property
    def provisioning(self) -> Provisioning:
        return Provisioning(self.railway_project, self.answers, self.facts, self.checklist.prices)

    @cached_property
    def _project_status(self) -> ProjectStatus:
        return ProjectStatus(self.railway_project, self.provisioning)

    @cached_property
    def service_config(self) -> ServiceConfig:
        return ServiceConfig(self.railway_project, self.project, self.answers)

    @cached_property
    def stores(self) -> Stores:
        return Stores(self.project, self.facts, self.deployments)

    @cached_property
    def deployments(self) -> Deployments:
        progress = DeploymentProgress(self.railway_project, self.on_line)
        return Deployments(
            self.railway_project, self.service_config, progress, self.project, self.answers, self.on_line
        )

    @cached_property
    def background_services(self) -> BackgroundServices:
        return BackgroundServices(self.railway_project, self.service_config, self.deployments, self.on_line)
