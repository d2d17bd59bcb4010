"""What GitHub's own command knows about a repository: the names of its secrets, and the last run of a workflow.

Values of secrets can't be read, by nobody. Source: the manual of `gh secret list` and of `gh run list`.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.base import process
from wizard.base.errors import NotYetError
from wizard.base.secrets import excerpt

SECONDS = 30.0
QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}


@dataclass(frozen=True)
class GithubCli:
    """The command `gh`, in the repository at *folder*."""

    folder: Path

    def secret_names(self) -> set[str]:
        """The names of the repository's secrets for workflows.

        Raises:
            NotYetError: the command is missing, not logged in, or the repository is not at GitHub.
        """
        return {str(each.get("name")) for each in self._listed("secret", "list", "--json", "name")}

    def last_run(self, workflow: str) -> dict[str, str]:
        """The state of the last run of *workflow*: `status`, `conclusion`, `createdAt`. Empty if it has not run yet.

        Raises:
            NotYetError: as for `secret_names`, or GitHub does not have the workflow.
        """
        fields = "status,conclusion,createdAt"
        found = self._listed("run", "list", "--workflow", workflow, "--limit", "1", "--json", fields)
        return {name: str(value) for name, value in found[0].items()} if found else {}

    def _listed(self, *arguments: str) -> list[dict[str, Any]]:
        program = shutil.which("gh")
        if program is None:
            raise NotYetError("GitHub's command gh is not installed", "", "Install it, and run `gh auth login`.")
        environment = process.marked({**process.own_environment(), **QUIET}, self.folder)
        done = process.run(
            [program, *arguments], cwd=self.folder, env=environment, timeout=SECONDS, capture_stdout=True
        )
        try:
            found = json.loads(done.output) if not done.returncode else None
        except ValueError:
            found = None
        if not isinstance(found, list):
            why = excerpt(done.last_lines(2) or done.errors.strip(), 200)
            raise NotYetError(f"`gh {' '.join(arguments[:2])}` failed", why, "Run `gh auth status`.")
        return [each for each in found if isinstance(each, dict)]
