"""What the project of a run consists of now."""

from __future__ import annotations

from contextlib import suppress

from wizard.base.errors import StateError, StepError
from wizard.engine.run_context import RunContext
from wizard.project.tick_content import tick_point
from wizard.state.state_folder import folder_of
from wizard.state.tick_points import TickPoint


def present_point(context: RunContext) -> TickPoint | None:
    """The present content of the project; None if it can't be read, which only leaves out the causes of drift."""
    with suppress(StepError, StateError):
        # A clone without a state has no key either, and is compared with a report.
        return tick_point(context.project, shared=not folder_of(context.project.root).is_dir())
    return None
