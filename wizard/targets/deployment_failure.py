"""A deployment that failed, for which the later tasks wait."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.base.errors import BlockedError, EditError, StepError, ToolError

MOST_OF_AN_ERROR = 200
"""The number of characters of a deployment's error that other tasks repeat."""


@dataclass(frozen=True)
class DeploymentFailure:
    """A deployment that failed. Other tasks wait for it instead of trying it again. *state* is a hash of its files.

    *from_project*: the project is the reason, not this machine or the package index.
    """

    task: int
    error: str
    state: str
    from_project: bool = True

    @classmethod
    def of(cls, task: int, error: StepError | str, state: str) -> DeploymentFailure:
        return cls(task, str(error), state, not isinstance(error, ToolError | EditError))

    def as_waiting(self) -> BlockedError:
        why = self.error if len(self.error) <= MOST_OF_AN_ERROR else self.error[:MOST_OF_AN_ERROR] + "…"
        hint = f"Correct the cause, then run task {self.task} again."
        return BlockedError(f"The deployment failed in task {self.task}", why, hint)
