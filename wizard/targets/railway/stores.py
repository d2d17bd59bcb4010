"""Caches, sessions and channel layers at Railway: one process inside the service keeps a value, another one finds it.

Both run before the start of a new deployment of the current image, as a pre-deploy command. If the value is lost, that
deployment fails and the one before keeps running.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from wizard.base import files
from wizard.base.errors import CommandError
from wizard.base.secrets import excerpt
from wizard.checklist.evidence import now
from wizard.project.interpreter import AGENT
from wizard.project.project import Project
from wizard.state.state_file import Facts
from wizard.targets.base import Observation
from wizard.targets.railway.deployments import Deployments

FACT = "railway.stores"
"""The fact with what the last check showed, as JSON."""
KEEP, FIND = "GOLIVE_KEEP", "GOLIVE_FIND"
"""Variables with the code of the two processes. They are removed afterwards."""
PATH = "/tmp/golive-kept.json"  # noqa: S108 - inside the container of the service, for one command
SETTINGS = ("CACHES", "CHANNEL_LAYERS", "SESSION_ENGINE", "SESSION_CACHE_ALIAS")
RAN = "kept by one process inside the service, and read by another"


@dataclass
class Stores:
    project: Project
    facts: Facts
    deployments: Deployments

    def are_wanted(self) -> bool:
        """Whether the settings keep a cache, sessions or messages on Redis."""
        return any("redis" in str(self.project.value(name)).lower() for name in SETTINGS)

    def fingerprint(self) -> str:
        """Return a hash of the settings that the check is about."""
        values = [str(self.project.value(name)) for name in SETTINGS]
        return hashlib.sha256("\n".join(values).encode()).hexdigest()

    def record(self) -> Mapping[str, str]:
        """Return what the last check of these settings showed. Empty without one."""
        try:
            found = json.loads(self.facts.get(FACT) or "null")
        except ValueError:  # changed by hand
            return {}
        return found if isinstance(found, dict) and found.get("of") == self.fingerprint() else {}

    def check(self, host: str) -> None:
        """Let the two processes run inside the service, and keep the result as a fact."""
        token, module = secrets.token_hex(8), (files.read(AGENT.with_name("background_stores.py")) or b"").decode()
        keep = f"{module}\nimport json\njson.dump(keep({token!r}), open({PATH!r}, 'w'))\n"
        find = (
            f"{module}\nimport json\nkept = dict(json.load(open({PATH!r})))\n"
            f"found = dict(find({token!r}, kept.get('session', '')))\n"
            "lost = [name for name in kept if not found.get(name)]\n"
            "assert kept and not lost, 'not found again: %s' % lost\n"
        )
        command = " && ".join(
            f"""python manage.py shell -c 'import os; exec(os.environ["{name}"])'""" for name in (KEEP, FIND)
        )
        error = ""
        try:
            self.deployments.run_once(command, {KEEP: keep, FIND: find}, host)
        except CommandError as failed:
            error = excerpt(failed.why or failed.what, 300)
        self.facts.put(FACT, json.dumps({"of": self.fingerprint(), "at": now(), "error": error}))

    def status(self) -> Observation:
        record = self.record()
        if not record:
            why = "not checked at Railway yet: the answer `background: yes` lets Golive deploy once more for it"
            return Observation(None, "service", RAN, why, absent=True)
        if error := record.get("error"):
            return Observation(False, "service", RAN, error)
        return Observation(True, "service", RAN, f"the same value was found in each on {record.get('at')}")
