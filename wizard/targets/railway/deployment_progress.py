"""Follow a deployment at Railway to its end, and explain a failure from its events and logs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wizard.base import process
from wizard.base.error_output import last_error
from wizard.base.errors import CommandError, DeploymentError, SiteError
from wizard.base.log_errors import errors_in
from wizard.base.secrets import redact
from wizard.services.response_guard import guard_responses
from wizard.site.session import Site
from wizard.targets.railway.api import BAD, GOOD, nodes
from wizard.targets.railway.polling import pauses
from wizard.targets.railway.project import RailwayProject
from wizard.targets.railway.service_config import HEALTH_PATH

DEPLOY_SECONDS = 20 * 60.0
REACHABLE_SECONDS = 180.0
"""How long a new address may take until its certificate and DNS name are available."""
LOG_LINES = 500
FAILED_STEPS = {
    "HEALTHCHECK": "in its health check", "BUILD_IMAGE": "in its build", "SNAPSHOT_CODE": "in its build",
    "PRE_DEPLOY_COMMAND": "in its pre-deploy command", "CREATE_CONTAINER": "at its start",
}  # fmt: skip
"""Where a deployment failed, by the step of the event with the error. Source: Railway's public schema."""


@guard_responses("Railway")
@dataclass
class DeploymentProgress:
    """Follows deployments. `failure_log` has the reasons and the log of the last failed one."""

    railway: RailwayProject
    on_line: Callable[[str], None]
    failure_log: str = ""

    def wait_for_end(self, deployment_id: str) -> None:
        """Wait until a deployment has ended, and show its build and deploy logs in the meantime.

        Raises:
            CommandError: it failed, needs an approval, or took too long.
        """
        shown: set[tuple[str, str]] = set()
        deadline, before = time.monotonic() + DEPLOY_SECONDS, ""
        for pause in pauses():
            progress = self.railway.api.ask("progress", id=deployment_id, limit=LOG_LINES)
            for line in [*progress["buildLogs"], *progress["deploymentLogs"]]:
                if (key := (str(line["timestamp"]), str(line["message"]))) not in shown:
                    shown.add(key)
                    self.on_line(redact(key[1]))
            status = str(progress["deployment"]["status"])
            if status != before:
                self.on_line(f"Railway: {status.replace('_', ' ').lower()}")
                before = status
            if status in GOOD:
                return
            if status in BAD:
                raise self._failure(deployment_id, status, progress)
            if status == "NEEDS_APPROVAL":
                raise CommandError("The deployment needs an approval", "a member of the project has to give it",
                                   f"Approve it at {self.railway.dashboard}, then run the task again.")  # fmt: skip
            if time.monotonic() > deadline:  # other states, including unknown ones, count as in progress
                why = f"it is {status} after {DEPLOY_SECONDS / 60:.0f} minutes"
                raise CommandError("The deployment did not end", why, f"See its state at {self.railway.dashboard}.")
            process.pause(pause)

    def wait_until_reachable(self, deployment_id: str, host: str) -> None:
        """Wait until the site answers at its public address. A deployment may still crash after its success.

        Raises:
            CommandError: it crashed, or its address can't be reached.
        """
        deadline, answer = time.monotonic() + REACHABLE_SECONDS, ""
        with Site(0, host, public=True) as site:
            for pause in pauses(5.0):
                try:
                    response = site.get(HEALTH_PATH)
                    answer = str(response.status_code)
                except SiteError as error:
                    answer = error.why
                else:
                    if response.status_code == 200:
                        break
                self._check_not_crashed(deployment_id)
                if time.monotonic() > deadline:
                    raise CommandError(f"https://{host}{HEALTH_PATH} can't be reached", f"the last answer was {answer}",
                                       "Check the service's log and the DNS records of the name.")  # fmt: skip
                process.pause(pause)
        self._check_not_crashed(deployment_id)

    def _check_not_crashed(self, deployment_id: str) -> None:
        progress = self.railway.api.ask("progress", id=deployment_id, limit=LOG_LINES)
        if (status := str(progress["deployment"]["status"])) in BAD:
            raise self._failure(deployment_id, status, progress)

    def _failure(self, deployment_id: str, status: str, progress: dict[str, Any]) -> CommandError:
        """Explain where a deployment failed, from its events, and why, from its logs."""
        events = nodes(self.railway.api.ask("events", id=deployment_id)["deploymentEvents"])
        failed = [event for event in events if (event.get("payload") or {}).get("error")]
        step = str(failed[-1]["step"]) if failed else ""
        payload = (failed[-1].get("payload") or {}) if failed else {}
        reasons = dict.fromkeys(str(payload[key]) for key in ("error", "reason", "detail") if payload.get(key))
        reason = "; ".join(reasons)
        lines = [str(line["message"]) for line in [*progress["buildLogs"], *progress["deploymentLogs"]]]
        errors = errors_in(lines) or [line for line in lines if line.strip()]
        log = redact("\n".join(lines[-200:]))
        self.failure_log = f"{redact(reason)}\n{log}"
        if status in {"REMOVED", "REMOVING"}:
            what = "The deployment was removed"
        elif status == "CRASHED":
            what = "The deployment crashed"
        else:
            what = f"The deployment failed {FAILED_STEPS.get(step, '')}".rstrip()
        what = f"{what} at Railway"
        why = redact(": ".join(text for text in (reason, " / ".join(errors[-2:])) if text))[:500]
        hint = f"Read its log at {self.railway.dashboard}, correct the error, then run the task again."
        # A crash's last line is its error. A failed health check may have no error in the log: the reason says all.
        crashed = status == "CRASHED" or step in {"BUILD_IMAGE", "SNAPSHOT_CODE", "PRE_DEPLOY_COMMAND"}
        output = log if last_error(log, ended=crashed) else ""
        summary = redact(f"{what} ({status}): {reason}" if reason else f"{what} ({status})")
        return DeploymentError(what, why, hint, output=output, summary=summary)
