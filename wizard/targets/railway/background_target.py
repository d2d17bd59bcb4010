"""The part of the Railway target that runs workers, schedules and Redis beside the site."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from wizard.checklist.answers import Question
from wizard.plan.actions import Action, CallService
from wizard.targets.base import Observation, Stage
from wizard.targets.external_services import ExternalServices
from wizard.targets.railway.background import ANSWER, DONE, DUE, BackgroundServices
from wizard.targets.railway.stores import Stores


class BackgroundAtRailway(ExternalServices):
    """The part of the target that runs workers, schedulers and Redis."""

    @property
    @abstractmethod
    def background_services(self) -> BackgroundServices: ...

    @property
    @abstractmethod
    def stores(self) -> Stores: ...

    def questions(self, stage: Stage) -> list[Question]:
        wanted = stage is Stage.BACKGROUND and self.facts.get("railway.deployment")
        if wanted and (missing := self.background_services.missing()):
            text = f"Create {', '.join(missing)} at Railway? Each is a service that is billed by its use."
            why = "Without them, work that the site hands over is never done."
            return [Question(ANSWER, text, "no", why, ("no", "yes"), needed=True)]
        return super().questions(stage)

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        if stage is Stage.BACKGROUND and self.facts.get("railway.deployment"):
            actions = list(self.background_services.actions())
            record = self.stores.record()
            if self.stores.are_wanted() and self.answers.get(ANSWER) == "yes" and record.get("error", "none yet"):
                what = "deploy once more; before its start, one process keeps a value on Redis, and another reads it"
                actions.append(CallService("Railway", "stores", what))
            return actions
        return super().actions(stage, changed=changed)

    def perform(self, part: str) -> dict[str, str]:
        match part:
            case "redis":
                self.background_services.create_redis()
            case "background":
                self.deploy_if_changed()
                self.background_services.deploy()
            case "stores":
                self.deploy_if_changed()
                self.stores.check(self.facts.get("railway.host"))
            case "unused services":
                self.background_services.delete_unused()
            case _:
                return super().perform(part)
        return {}

    @abstractmethod
    def deploy_if_changed(self) -> None:
        """Deploy the site if its files or variables have changed."""

    def redis_hosts(self) -> set[str]:
        return set()

    def background_statuses(self, schedules: Sequence[bool]) -> dict[str, Any]:
        if not self.facts.get("railway.deployment"):
            nothing = Observation(
                None, "service", "the services at Railway", "nothing is deployed yet: task 17 does it"
            )
            return dict.fromkeys(("27.1", "27.2", "27.3", "27.4", "27.5", "27.6"), nothing)
        services = self.background_services
        found = {}
        if services.needs_redis() or services.redis_name():
            found["27.2"] = services.redis()
        if self.stores.are_wanted():
            found["27.6"] = self.stores.status()
        if schedules:
            found["27.1"], found["27.5"] = services.running(), services.stopping()
            found["27.3"] = services.logged(DONE, "work that was done")
        of_cron = services.scheduled()
        if of_cron and "27.1" not in found:
            found["27.1"] = services.running()
        if any(schedules) or of_cron:
            of_queue = services.logged(DUE, "an entry of the schedule") if any(schedules) else None
            both = [each for each in (of_cron, of_queue) if each]
            found["27.4"] = min(both, key=lambda each: (False, None, True).index(each.holds))
        return found
