"""The Railway target: production at Railway, with Sentry and UptimeRobot.

Golive searches for every resource before it creates one, and keeps ids as facts. It uses the `railway` command where
the command reports results reliably, and the API elsewhere.
Source: Railway's public schema, its documentation, and the source of its command.
"""

from __future__ import annotations

from collections.abc import Collection

from wizard.base import process
from wizard.base.errors import CommandError, NotYetError, StepError
from wizard.base.log_errors import errors_in
from wizard.base.secrets import excerpt
from wizard.checklist.answers import Question
from wizard.plan.actions import Action, CallService
from wizard.project import site_addresses
from wizard.project.env_lists import join_list, split_list
from wizard.project.hosts import is_local
from wizard.services.razorpay import check_key_mode
from wizard.site.session import Site
from wizard.targets import frontend
from wizard.targets.base import Observation, Stage
from wizard.targets.deployment_failure import DeploymentFailure
from wizard.targets.railway import installation, superuser
from wizard.targets.railway.api import GOOD
from wizard.targets.railway.background_target import BackgroundAtRailway
from wizard.targets.railway.command import INSTALL
from wizard.targets.railway.provisioning import PARTS
from wizard.targets.railway.railway_error import RailwayError
from wizard.targets.railway.stay_live import RailwayStayLive
from wizard.targets.railway.upload_target import UploadTarget
from wizard.targets.verification.expected_errors import unexpected_errors


class Railway(RailwayStayLive, UploadTarget, BackgroundAtRailway):
    # ---- plans

    def questions(self, stage: Stage) -> list[Question]:
        if stage is Stage.PLATFORM:
            return self.provisioning.questions()
        if stage is Stage.VARIABLES:
            names = [*self.settings_variables(frontend.ORIGINS), *frontend.address_variables(self.project)]
            return [frontend.question(self.env_file_values().get(names[0], ""))] if names else []
        if stage is Stage.DEPLOY:
            text = "Roll back to the last good deployment if a new one fails?"
            why = (
                "If a new deployment fails its health check, Railway keeps the previous one active. If it crashes "
                "later, Railway does not."
            )
            return [Question("rollback", text, "no", why, ("no", "yes"))]
        if stage is Stage.TEST and self.config.seed:
            why = f"The journeys need data. {self.config.seed} is the rehearsal's fixture in golive.yaml."
            return [Question("seed", "Load the rehearsal's fixture into production?", "no", why, ("no", "yes"))]
        return super().questions(stage)

    def remarks(self, stage: Stage) -> tuple[str, ...]:
        if stage is Stage.PLATFORM and self.provisioning.missing():
            return (self.checklist.prices.description(),)
        if stage is Stage.ERRORS:
            return ("Golive deploys a view that raises an error, then deploys the site again without it.",)
        return super().remarks(stage)

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        actions = super().actions(stage, changed=changed)
        match stage:
            case Stage.ACCOUNTS:
                actions = self._login_actions()
            case Stage.PLATFORM:
                actions = self.provisioning.actions()
            case Stage.VARIABLES if self.railway_project.service_id:
                actions = self.service_config.actions(self.wanted_variables())
            case Stage.DEPLOY | Stage.SECURITY | Stage.ERRORS if self.railway_project.service_id and self.facts.get(
                "railway.host"
            ):
                if stage is Stage.DEPLOY or (self.facts.get("railway.deployment") and not self.failure):
                    actions = self._deploy_actions(always=changed or stage is Stage.ERRORS)
            case Stage.TEST if self.facts.get("railway.deployment"):
                actions = self._superuser_actions()
        return actions

    def _login_actions(self) -> list[Action]:
        """Return the action that gives access to Railway: installing the command, or logging in."""
        try:
            self.cli.version()
            self.railway_project.whoami()
        except RailwayError as error:
            if error.kind in {"missing", "old"} and (self.interact or self.answers.get("railway.install") == "yes"):
                return [CallService("Railway", "cli", f"install the railway command: {' '.join(INSTALL)}")]
            if error.kind == "login" and self.interact and not self.cli.tokens:
                return [CallService("Railway", "login", "log in, in this terminal: railway login")]
        return []

    def _deploy_actions(self, *, always: bool) -> list[Action]:
        if not (always or self.deployments.is_stale() or self.deployments.has_failed()):
            return []
        return [CallService("Railway", "deployment", "deploy the project")]

    def _superuser_actions(self) -> list[Action]:
        if self.facts.get("railway.owner") and superuser.variables(self.project).get(superuser.PASSWORD):
            return []
        what = "create the superuser before the next start" + (" and load the fixture" if self._loads_seed else "")
        return [CallService("Railway", "owner", what)]

    @property
    def _loads_seed(self) -> bool:
        return bool(self.config.seed) and self.answers.get("seed") == "yes"

    def superuser_password_action(self, fields: dict[str, str]) -> Action | None:
        return superuser.password_action(self.project, self.answers, fields)

    def perform(self, part: str) -> dict[str, str]:
        match part:
            case "cli":
                installation.install(self.cli)
            case "login":
                installation.log_in(self.cli, self.interact)
                self.railway_project.whoami()
            case "variables":
                self.service_config.apply(self.wanted_variables())
            case "deployment":
                self._deploy()
            case "owner":
                fixture = self.config.seed if self._loads_seed else ""
                name = superuser.create(self.project, self.deployments, self.host, fixture=fixture)
                self.facts.put("railway.owner", name)
            case "rollback":
                self.try_rollback()
            case _ if part in PARTS:
                self.provisioning.create(part)
            case _:
                super().perform(part)
        return {name: fact for name, fact in self.facts.state.facts.items() if name.startswith("railway.")}

    def wanted_variables(self) -> dict[str, str]:
        """Return the variables that the service should have, with references to other services unresolved.

        Raises:
            StepError: a variable that the settings require has no value.
        """
        self.project.inspect_settings()
        references = {**self.background_services.redis_references(), **self.upload_variables()}
        values = {**self.service_config.defaults(), **references, **self.env_file_values()}
        for name in self.settings_variables(r"ALLOWED_HOSTS$"):
            required = [self.host, self.platform.health_host]
            others = [host for host in split_list(values.get(name, "")) if host not in required]
            values[name] = join_list(self.project.settings, name, [*required, *others])
        if sentry := self._own_sentry:
            for name in self.settings_variables(r"SENTRY\w*DSN$"):
                values[name] = sentry.dsn()
        if origin := self.answers.get("frontend").rstrip("/"):
            for name in self.settings_variables(frontend.ORIGINS):
                values[name] = join_list(self.project.settings, name, [origin])
        known = site_addresses.known_frontends(self.project)
        values.update(self._addresses(origin or (known[0] if known else ""), values))
        if payments := self.razorpay:
            check_key_mode(payments, self.facts.get("railway.environment_name"))
        if missing := [name for name in self.project.unset if not values.get(name)]:
            file = self.project.production_env.name
            have, require = ("have", "them") if len(missing) > 1 else ("has", "it")
            raise StepError(f"{', '.join(missing)} {have} no value", f"the settings require {require}",
                            f"Add a value to {file}, then run the task again.")  # fmt: skip
        return values

    def _addresses(self, origin: str, values: dict[str, str]) -> dict[str, str]:
        """Return the site's own addresses, except for those that are set at Railway already."""
        found = site_addresses.derived(self.project, self.host, origin, values)
        current = self.service_config.variables() if found else {}
        return {name: value for name, value in found.items() if not current.get(name) or is_local(current[name])}

    # ---- observations

    @property
    def host(self) -> str:
        if host := self.facts.get("railway.host"):
            return host
        raise NotYetError("The site has no address at Railway yet", "", "Task 12 creates one.")

    @property
    def name(self) -> str:
        return self.railway_project.name

    def platform_account(self) -> Observation:
        version = ".".join(map(str, self.cli.version()))
        return Observation(True, "service", f"railway {version}: whoami", self.railway_project.whoami())

    def project_status(self) -> Observation:
        return self._project_status.project()

    def database_status(self) -> Observation:
        return self._project_status.database()

    def database_url_status(self) -> Observation:
        return self._project_status.database_url()

    def connection_status(self) -> Observation | None:
        if not self.facts.get("railway.deployment"):
            return None
        with Site(0, self.host, public=True) as site:
            response = site.get("/health/")
        ran = f"{self.health_url}, which queries the service's own database"
        showed = f"{response.status_code} {excerpt(response.text, 40)}"
        return Observation(response.status_code == 200, "request", ran, showed)

    def variables(self) -> dict[str, str]:
        if not self.railway_project.service_id:
            raise NotYetError("There is no service at Railway yet", "", "Task 12 creates it.")
        return self.service_config.variables()

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment of the service's process: its variables, and those that Railway adds."""
        platform = {
            "RAILWAY_ENVIRONMENT_NAME": self.facts.get("railway.environment_name"),
            "RAILWAY_ENVIRONMENT_ID": self.facts.get("railway.environment"),
            "RAILWAY_PUBLIC_DOMAIN": self.host,
            "PORT": "8000",
            **self.volume_variables(),
        }
        return process.marked(process.bare_environment(**platform, **self.variables(), **extra), self.project.root)

    # ---- the service

    def _ensure_deployed(self) -> None:
        """Deploy the project if it changed since the last deployment.

        Raises:
            NotYetError: nothing was deployed yet, or it failed in an earlier task.
        """
        if not self.facts.get("railway.deployment"):
            raise NotYetError("Nothing is deployed at Railway yet", "", "Task 17 deploys it.")
        if self.may_write and self.deployments.is_stale():
            deployed = bool(self.facts.get("railway.deployed"))
            self.require_no_failure(self.deployments.fingerprint(), deployed=deployed)
            self._deploy()

    def _deploy(self) -> None:
        self.service_config.apply(self.wanted_variables())
        try:
            with self.watched_rollover():
                self.deployments.deploy(self.host)
        except CommandError as error:
            self.failure = DeploymentFailure(self.task_number, str(error), self.deployments.fingerprint())
            raise
        self.failure = None
        self.remember_commit()

    def deploy_if_changed(self) -> None:
        self.service_config.apply(self.wanted_variables())
        self._ensure_deployed()

    def deployment_status(self) -> Observation:
        if not (deployment_id := self.facts.get("railway.deployment")):
            return Observation(None, "service", "Railway's deployments", "nothing is deployed yet")
        status = self.deployments.status(deployment_id)
        showed = f"{status}; the project has changed since" if self.deployments.is_stale() else status
        return Observation(status in GOOD, "service", f"deployment {deployment_id[:8]}", showed)

    def log_error_lines(self) -> list[str]:
        if not self.is_started("service_config"):
            return []
        if failure := self.deployments.progress.failure_log:
            return errors_in(failure.splitlines()) or failure.splitlines()[:1]
        return errors_in(self.deployments.log()) if self.facts.get("railway.deployment") else []

    def log_status(self) -> Observation:
        self._ensure_deployed()
        lines = self.deployments.log()
        errors = errors_in(lines)
        showed = excerpt(errors[0], 200) if errors else f"{len(lines)} lines, no error"
        return Observation(not errors, "record", "the log of the running service", showed)

    def run_log_status(self, known: Collection[str] = ()) -> Observation:
        self._ensure_deployed()
        earlier = [each for each in self.deployments.made if each != self.facts.get("railway.deployment")]
        lines = [line for each in (*earlier, "") for line in self.deployments.log(each)]
        errors = unexpected_errors(lines, known)
        showed = excerpt(errors[0], 200) if errors else f"{len(lines)} lines of this run, no error"
        return Observation(not errors, "record", "the logs of this run's deployments", showed)

    def site(self) -> Site:
        self._ensure_deployed()
        return Site(0, self.host, self.csrf_cookie_name(), public=True)

    def ensure_superuser(self, fields: dict[str, str]) -> dict[str, str]:
        account = superuser.account(self.project, fields)
        if not self.facts.get("railway.owner") or not account["password"]:
            return {"failed": "there is no superuser yet: task 18 creates it"}
        return account

    def load_seed(self) -> None:
        """Do nothing: the fixture is loaded when the superuser is created, if the user wants that."""
