"""Production at Railway, with Sentry and UptimeRobot beside it, each found before it is made.

What was made is kept as facts: names and ids. The command does what it can say the end of; the API tells the rest.
Source: Railway's public schema, its documentation, and the source of its command.
"""

from __future__ import annotations

from functools import cached_property

from wizard.base import files, process
from wizard.base.browser import far_away
from wizard.base.errors import NotYetError, StepError
from wizard.base.log_errors import errors_in
from wizard.checklist.answers import Question
from wizard.plan.actions import Action, CallService, GenerateSecrets
from wizard.services import razorpay
from wizard.services.razorpay import Razorpay
from wizard.site.session import Site
from wizard.targets.base import Observation, Stage
from wizard.targets.credentials import address
from wizard.targets.external_services import ExternalServices
from wizard.targets.railway.api import GOOD, ByLogin, ByToken, RailwayApi
from wizard.targets.railway.command import INSTALL, RailwayCli, RailwayError
from wizard.targets.railway.resources import Place
from wizard.targets.railway.service import Service

OWNER = "DJANGO_SUPERUSER_"


class Railway(ExternalServices):
    """The real production."""

    # ---- how each service is asked

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
    def at(self) -> Place:
        """The project, its services and its database at Railway."""
        return Place(self.cli, self.api, self.answers, self.facts, self.project, self.checklist.prices)

    @cached_property
    def service(self) -> Service:
        """The service of the site: its settings, variables and deployments."""
        return Service(self.at, self.project, self.answers, self.on_line)

    # ---- what plans may want to do

    def questions(self, stage: Stage) -> list[Question]:
        if stage is Stage.PLATFORM:
            return self.at.questions()
        if stage is Stage.VARIABLES and (names := self.reads(r"CORS\w*ORIGINS$")):
            given = self.given().get(names[0], "")
            why = "Browsers only let pages of this address use the site's API."
            usual = given if given.startswith("https://") else ""
            return [Question("frontend", "Where is the frontend?", usual, why, pattern=r"(https://[^\s/,]+/?)?")]
        if stage is Stage.DEPLOY:
            text = "Go back to the last good deployment when the new one fails?"
            why = "One that fails its health check leaves the one before running; one that crashes later does not."
            return [Question("rollback", text, "no", why, ("no", "yes"))]
        if stage is Stage.TEST and self.extras.seed:
            why = (
                f"The flows look for data; {self.extras.seed} is the fixture that golive.yaml names for the rehearsal."
            )
            return [Question("seed", "Load the rehearsal's fixture into production?", "no", why, ("no", "yes"))]
        return []

    def remarks(self, stage: Stage) -> tuple[str, ...]:
        if stage is Stage.PLATFORM and self.at.missing():
            return (self.checklist.prices.description(),)
        if stage is Stage.ERRORS:
            return ("The view that raises is deployed for a moment, and the site deployed again without it.",)
        return ()

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        found = super().actions(stage, changed=changed)
        match stage:
            case Stage.ACCOUNTS:
                found = self._to_enter()
            case Stage.PLATFORM:
                found = self.at.actions()
            case Stage.VARIABLES if self.at.service:
                found = self.service.settling(self.wanted())
            case Stage.DEPLOY | Stage.SECURITY | Stage.ERRORS if self.at.service and self.facts.get("railway.host"):
                if stage is Stage.DEPLOY or self.facts.get("railway.deployment"):
                    stale = changed or stage is Stage.ERRORS or self.service.stale() or self.service.ended_badly()
                    found = [CallService("Railway", "deployment", "deploy what the project is now")] if stale else []
            case Stage.TEST if self.facts.get("railway.deployment"):
                found = self._for_the_owner()
        return found

    def _to_enter(self) -> list[Action]:
        """What a person can be helped with before Railway knows them."""
        try:
            self.cli.version()
            self.at.whoami()
        except RailwayError as error:
            if error.kind in {"missing", "old"} and (self.interact or self.answers.get("railway.install") == "yes"):
                return [CallService("Railway", "cli", f"install its command: {' '.join(INSTALL)}")]
            if error.kind == "login" and self.interact and not self.cli.tokens:
                return [CallService("Railway", "login", "log in, in this terminal: railway login")]
        return []

    def _for_the_owner(self) -> list[Action]:
        from_env = self.project.env_values(self.project.production_env)
        made = self.facts.get("railway.owner")
        if made and from_env.get(f"{OWNER}PASSWORD"):
            return []
        what = "make the superuser inside, before the next start" + (" and load the fixture" if self.seeding else "")
        return [CallService("Railway", "owner", what)]

    @property
    def seeding(self) -> bool:
        return bool(self.extras.seed) and self.answers.get("seed") == "yes"

    def owner_secrets(self, fields: dict[str, str]) -> Action | None:
        path = self.project.production_env
        there = self.project.env_values(path)
        if there.get(f"{OWNER}PASSWORD"):
            return None
        kept = tuple((f"{OWNER}{name.upper()}", self.answers.get(f"superuser.{name}", value))
                     for name, value in fields.items())  # fmt: skip
        before = files.read(path)
        return GenerateSecrets(path, before, ((f"{OWNER}PASSWORD", 24),), "the owner's account on the site", kept)

    # ---- doing it

    def do(self, part: str) -> dict[str, str]:
        match part:
            case "cli":
                process.run(INSTALL, cwd=self.project.root, env=self.cli.environment(), on_line=self.on_line)
                self.cli.version()  # npm's exit code proves nothing; the command itself does
            case "login":
                self._log_in()
            case "project" | "service" | "database" | "domain" | "backups":
                getattr(self.at, f"make_{part}")()
            case "variables":
                self.service.settle(self.wanted())
            case "deployment":
                self._deploy()
            case "owner":
                self._make_owner()
            case _:
                super().do(part)
        return {name: fact for name, fact in self.facts.state.facts.items() if name.startswith("railway.")}

    def _log_in(self) -> None:
        if self.interact is None:
            raise RailwayError("login", "Nobody is logged in at Railway", "", "Run `railway login` in a terminal.")
        argv = [self.cli.path, "login", *(["--browserless"] if far_away() else [])]
        if code := self.interact(argv):
            raise RailwayError("login", "The login at Railway was not finished", f"exit code {code}",
                               "Run the task again.")  # fmt: skip
        self.at.whoami()

    def _make_owner(self) -> None:
        values = self.project.env_values(self.project.production_env)
        owner = {name: value for name, value in values.items() if name.startswith(OWNER)}
        if not owner.get(f"{OWNER}PASSWORD"):
            raise StepError("The superuser has no password yet", f"{OWNER}PASSWORD is not in .env.production",
                            "Run task 18 again.")  # fmt: skip
        # createsuperuser fails where the account is there already; whether its password fits, the login says.
        command = "(python manage.py createsuperuser --noinput || true)"
        if self.seeding:
            command = f"python manage.py loaddata {self.extras.seed} && {command}"
        self.service.once(command, owner, self.host)
        self.facts.put(
            "railway.owner", next((value for name, value in owner.items() if "PASSWORD" not in name), "made")
        )

    def wanted(self) -> dict[str, str]:
        """The variables the service should have; references to other services unresolved.

        Raises:
            StepError: the settings insist on one that has no value.
        """
        self.project.inspect_settings()
        values = {**self.service.defaults(), **self.given()}
        for name in self.reads(r"ALLOWED_HOSTS$"):
            own = [self.host, self.platform.health_host]
            given = [each for each in values.get(name, "").split(",") if each and each not in own]
            values[name] = ",".join([*own, *given])
        for name in self.reads(r"SENTRY\w*DSN$") if self._own_sentry else ():
            values[name] = self._own_sentry.dsn() if self._own_sentry else ""
        if frontend := self.answers.get("frontend").rstrip("/"):
            for name in self.reads(r"CORS\w*ORIGINS$"):
                values[name] = frontend
        if payments := self.razorpay:
            self._refuse_live(payments)
        if missing := [name for name in self.project.unset if not values.get(name)]:
            path = self.project.production_env
            have = "have no value" if len(missing) > 1 else "has no value"
            raise StepError(f"{', '.join(missing)} {have}", f"the settings insist on it, and {path.name} lacks it",
                            f"Put it into {path.name}, then run it again.")  # fmt: skip
        return values

    def _refuse_live(self, payments: Razorpay) -> None:
        environment = self.facts.get("railway.environment_name")
        if razorpay.key_mode(payments.key_id) == "live" and environment not in {"", "production"}:
            raise StepError("Live keys of Razorpay have no place off production",
                            f"the environment is {environment}, RAZORPAY_KEY_ID a live one",
                            "Put test keys (rzp_test_…) into .env.production.")  # fmt: skip

    # ---- what was seen

    @property
    def host(self) -> str:
        if host := self.facts.get("railway.host"):
            return host
        raise NotYetError("The site has no address at Railway yet", "", "Task 12 gives it one.")

    @property
    def name(self) -> str:
        return self.at.name

    def platform_account(self) -> Observation:
        version = ".".join(map(str, self.cli.version()))
        return Observation(True, "service", f"railway {version}: who asks", self.at.whoami())

    def project_status(self) -> Observation:
        return self.at.told_project()

    def database_status(self) -> Observation:
        return self.at.told_database()

    def database_url_status(self) -> Observation:
        return self.at.told_address()

    def backups(self) -> Observation | None:
        return self.at.told_backups()

    def connection_status(self) -> Observation | None:
        if not self.facts.get("railway.deployment"):
            return None
        with Site(0, self.host, public=True) as site:
            answer = site.get("/health/")
        told = f"{answer.status_code} {answer.text[:40]}"
        return Observation(
            answer.status_code == 200, "request", f"{self.health}, which asks the service's own database", told
        )

    def variables(self) -> dict[str, str]:
        if not self.at.service:
            raise NotYetError("There is no service at Railway yet", "", "Task 12 makes it.")
        return self.service.variables()

    def environment(self, **extra: str) -> dict[str, str]:
        """What the service's process gets: what Railway holds, and what it sets itself."""
        platform = {
            "RAILWAY_ENVIRONMENT_NAME": self.facts.get("railway.environment_name"),
            "RAILWAY_ENVIRONMENT_ID": self.facts.get("railway.environment"),
            "RAILWAY_PUBLIC_DOMAIN": self.host,
            "PORT": "8000",
        }
        return process.marked(process.bare_environment(**platform, **self.variables(), **extra), self.project.root)

    def _deployed(self) -> None:
        """See that what the project is now is what runs.

        Raises:
            NotYetError: nothing was deployed yet.
        """
        if not self.facts.get("railway.deployment"):
            raise NotYetError("Nothing is deployed at Railway yet", "", "Task 17 deploys it.")
        if self.acting and self.service.stale():
            self._deploy()

    def _deploy(self) -> None:
        self.service.settle(self.wanted())
        self.service.deploy(self.host)

    def deployment_status(self) -> Observation:
        if not (name := self.facts.get("railway.deployment")):
            return Observation(None, "service", "Railway's deployments", "nothing is deployed yet")
        status = self.service.status(name)
        told = status + ("" if not self.service.stale() else "; the project has changed since")
        return Observation(status in GOOD, "service", f"deployment {name[:8]}", told)

    def error_lines(self) -> list[str]:
        if not self.has("service"):
            return []
        if self.service.told:
            return errors_in(self.service.told.splitlines()) or self.service.told.splitlines()[-1:]
        return errors_in(self.service.log()) if self.facts.get("railway.deployment") else []

    def logged(self) -> Observation:
        self._deployed()
        lines = self.service.log()
        errors = errors_in(lines)
        told = f"{len(lines)} lines, no error" if not errors else errors[0][:200]
        return Observation(not errors, "record", "the log of the running service", told)

    def site(self) -> Site:
        self._deployed()
        return Site(0, self.host, self.csrf(), public=True)

    def owner(self, fields: dict[str, str]) -> dict[str, str]:
        values = self.project.env_values(self.project.production_env)
        password = values.get(f"{OWNER}PASSWORD", "")
        if not self.facts.get("railway.owner") or not password:
            return {"failed": "there is no superuser yet: task 18 makes it"}
        return {**{name: values.get(f"{OWNER}{name.upper()}", value) for name, value in fields.items()},
                "password": password}  # fmt: skip

    def load_seed(self) -> None:
        """The fixture went in with the superuser, where that was wanted."""
