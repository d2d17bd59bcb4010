"""A deployment that failed, for which the later tasks wait."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.errors import BlockedError

MOST_OF_AN_ERROR = 200
"""The number of characters of a deployment's error that other tasks repeat."""


@dataclass(frozen=True)
class DeploymentFailure:
    """A deployment that failed. Other tasks wait for it instead of trying it again. *state* is a hash of its files."""

    task: int
    error: str
    state: str

    def as_waiting(self) -> BlockedError:
        why = self.error if len(self.error) <= MOST_OF_AN_ERROR else self.error[:MOST_OF_AN_ERROR] + "…"
        hint = f"Correct the cause, then run task {self.task} again."
        return BlockedError(f"The deployment failed in task {self.task}", why, hint)
