"""Complete the evidence of a failure: what was expected, and the file and line that the failure is about."""

from __future__ import annotations

import dataclasses
import re

from wizard.checklist.evidence import Evidence, Status
from wizard.checklist.model import Item, Task
from wizard.project.places import Places
from wizard.project.project import Project

SETTING = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b|\b(?:DATABASES|LOGGING|MIDDLEWARE|STORAGES|DEBUG)\b")
FILE = re.compile(r"(?<![\w./:-])((?:[\w.-]+/)*(?:[\w-]*\.[\w.-]*\w|Procfile|Dockerfile|Pipfile))(?![\w/])")
SCANNED = 4_000
"""Characters of each text that are searched."""


def completed(evidence: Evidence, item: Item, task: Task, project: Project) -> Evidence:
    """*evidence* of a failure with its missing parts: the item's text as what was expected, and a place.

    The place is the first file and line that the evidence names, else the first setting or file.
    """
    if evidence.status is not Status.FAILED:
        return evidence
    expected = evidence.expected or item.text
    return dataclasses.replace(
        evidence, expected=expected, where=evidence.where or _place(evidence, item, task, project)
    )


def _place(evidence: Evidence, item: Item, task: Task, project: Project) -> str:
    texts = [text[:SCANNED] for text in (evidence.showed, evidence.expected, item.text, evidence.ran)]
    for text in texts:
        if place := Places(project).written_in(text):
            return place
    places = (place for text in texts for place in (_setting_in(text, project), _file_in(text, task, project)))
    return next(filter(None, places), "")


def _setting_in(text: str, project: Project) -> str:
    return next(filter(None, (_setting(name, project) for name in SETTING.findall(text))), "")


def _file_in(text: str, task: Task, project: Project) -> str:
    for name in FILE.findall(text):
        if path := Places(project).file_called(name):
            return project.display_path(path)
        if name in task.files and not name.endswith(".py"):
            return str(name)  # a file that the task creates, and that is missing
    return ""


def _setting(name: str, project: Project) -> str:
    """The line that sets *name*, as `settings.py:17`. Loads nothing."""
    if project.is_loaded and (origin := project.origin(name)):
        return origin
    definition = project.settings.definition(name)
    return f"{project.display_path(definition.path)}:{definition.line}" if definition else ""
