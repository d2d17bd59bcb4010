"""The report of a project in one of several formats, made from its state alone: no code runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wizard.checklist.model import Checklist
from wizard.engine.events import NotChecked
from wizard.reporting import ci_formats, html_report, json_report, markdown_report
from wizard.state.state_file import State

RENDERERS: dict[str, Callable[[Path, Checklist, State, Sequence[NotChecked]], str]] = {
    "md": markdown_report.render,
    "html": html_report.render,
    "json": json_report.render,
    "sarif": ci_formats.sarif,
    "junit": ci_formats.junit,
}
FORMATS = tuple(RENDERERS)


def render(form: str, root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    """The report of the project at *root* in one of FORMATS. *errors* ended checks of the run that it is about."""
    return RENDERERS[form](root, checklist, state, errors)
