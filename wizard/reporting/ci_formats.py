"""The state of a project as CI systems read it: SARIF 2.1.0 and JUnit XML.

SARIF has only failed and drifted items, because code scanning shows each result as an alert. Sources: OASIS SARIF
2.1.0; for JUnit, the documentation of Jenkins and GitLab.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from wizard import __version__
from wizard.base import files
from wizard.base.git import Git
from wizard.checklist.evidence import BAD, Status
from wizard.checklist.model import Checklist, Item, Task
from wizard.engine.events import NotChecked
from wizard.reporting.drift_text import not_checked_line
from wizard.reporting.item_text import item_text, one_line
from wizard.state.state_file import State

SKIPPED = {Status.OPEN, Status.WAIVED, Status.NOT_APPLICABLE}
LOCATION = re.compile(r"([\w./-]{1,300}\.\w{1,20}):(\d{1,9})(?!\d)")
SCANNED = 4_000
"""Characters of the evidence that are searched for a location."""


def sarif(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    git, root = Git.of(root), root.resolve()
    top = git.top if git else root
    results, inapplicable = [], []
    for _, item in checklist.items():
        text = item_text(item, state)
        if text.status is Status.NOT_APPLICABLE:
            inapplicable.append(one_line(item.id))
        if text.status in BAD:
            results.append(
                {
                    "ruleId": one_line(item.id),
                    "level": "error",
                    "message": {"text": _message(f"{item.text}: {text.status}. {text.evidence}")},
                    "locations": [location(top, root, text.evidence, text.where)],
                    "partialFingerprints": {"item": one_line(item.id)},
                }
            )
    driver = {"name": "golive", "version": __version__, "rules": [_rule(*each) for each in checklist.items()]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "results": results,
                "invocations": [_invocation(errors)],
                # Code scanning shows an alert for every result, so items that don't apply are a property of the run.
                "properties": {"notApplicable": inapplicable},
            }
        ],
    }
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _invocation(errors: Sequence[NotChecked]) -> dict[str, Any]:
    """The run of a check: whether it was complete, and the errors that ended checks. Source: SARIF 2.1.0, 3.20."""
    notifications = [
        {
            "level": "error",
            "message": {"text": _message(not_checked_line(error))},
            "descriptor": {"id": "not-checked"},
        }
        for error in errors
    ]
    return {"executionSuccessful": not errors, "toolExecutionNotifications": notifications}


def location(top: Path, root: Path, evidence: str, where: str = "") -> dict[str, Any]:
    """The file and line in *where*, or that *evidence* names, relative to the repository's *top*.

    Without one, it is manage.py: code scanning does not show results without a location.
    """
    named, _, line = where.partition(":")
    places = [(named, line if line.isdecimal() else "1"), *LOCATION.findall(evidence[:SCANNED])]
    candidates = ((Path(name), line) for name, line in places if name)
    existing = ((path, line) for path, line in candidates if _is_project_file(top, path))
    path, line = next(existing, ((root / "manage.py").relative_to(top), "1"))
    uri = quote(os.fsencode(path))  # encodes a colon too, so that the reference stays relative
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, int(line))}}}


def _is_project_file(top: Path, path: Path) -> bool:
    """Whether *path* names a file inside *top*."""
    relative = not path.is_absolute() and ".." not in path.parts
    # Path.is_file raises an error if a name is too long.
    return relative and os.path.isfile(top / path) and files.inside(top / path, top)  # noqa: PTH113


def _rule(task: Task, item: Item) -> dict[str, Any]:
    rule = {"id": one_line(item.id), "name": f"Task{task.number}", "shortDescription": {"text": _message(item.text)}}
    return rule | ({"fullDescription": {"text": _message(task.why)}} if task.why else {})


def _message(text: str) -> str:
    """*text* as a SARIF message, in which `[text](address)` would be a link. Source: SARIF 2.1.0, 3.11.6."""
    return one_line(text).replace("](", "] (")


def junit(root: Path, checklist: Checklist, state: State, errors: Sequence[NotChecked] = ()) -> str:
    not_checked = {item.id: not_checked_line(error) for error in errors for item in error.items}
    suites = ElementTree.Element("testsuites", name=one_line(f"golive {root.name}"))
    for task in checklist.begun_tasks(state.evidence):
        _add_suite(suites, task, state, not_checked)
    ElementTree.indent(suites, " ")
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_suite(suites: ElementTree.Element, task: Task, state: State, not_checked: Mapping[str, str]) -> None:
    """Add the suite of *task*. *not_checked* are items whose check an error ended, with that error."""
    pairs = [(item, item_text(item, state)) for item in task.items]
    suite = ElementTree.SubElement(
        suites, "testsuite", name=one_line(f"{task.number}. {task.title}"), tests=str(len(pairs)),
        errors=str(sum(item.id in not_checked for item in task.items)),
        failures=str(sum(text.status in BAD and item.id not in not_checked for item, text in pairs)),
        skipped=str(sum(text.status in SKIPPED and item.id not in not_checked for item, text in pairs)),
        time=f"{state.spent.get(str(task.number), 0):.1f}",
    )  # fmt: skip
    for item, text in pairs:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"task-{task.number}", name=one_line(f"{item.id} {item.text}")
        )
        if error := not_checked.get(item.id):
            ElementTree.SubElement(case, "error", message="not checked").text = one_line(error)
        elif text.status in BAD:
            ElementTree.SubElement(case, "failure", message=text.status.value).text = text.evidence
        elif text.status in SKIPPED:
            ElementTree.SubElement(case, "skipped", message=f"{text.status}: {text.evidence}")
        else:
            ElementTree.SubElement(case, "system-out").text = f"{text.status}: {text.evidence}"
