"""The state of a project in the forms that continuous integration reads: SARIF 2.1.0 and JUnit's XML.

Only what failed or has drifted is a result in SARIF, since code scanning shows each as an alert. Source: OASIS SARIF
2.1.0; the JUnit form is the one that Jenkins and GitLab document.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from wizard import __version__
from wizard.base import files
from wizard.base.git import Git
from wizard.checklist.evidence import Status
from wizard.checklist.model import Checklist, Item, Task
from wizard.reporting.report import one_line, shown
from wizard.state.state_file import State

BAD = {Status.FAILED, Status.DRIFTED}
PLACE = re.compile(r"([\w./-]{1,300}\.\w{1,20}):(\d{1,9})(?!\d)")
SCANNED = 4_000
"""Characters of a text in which a place is looked for."""


def _place(top: Path, root: Path, told: str) -> dict[str, Any]:
    """The file, below the repository's *top*, and line that the evidence names, or manage.py: a result without a place
    is shown nowhere."""
    found = ((Path(name), line) for name, line in PLACE.findall(told[:SCANNED]))
    named = ((path, line) for path, line in found if _is_there(top, path))
    path, line = next(named, ((root / "manage.py").relative_to(top), "1"))
    uri = quote(os.fsencode(path))  # a relative reference: a colon in it, as of a scheme, is encoded too
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": max(1, int(line))}}}


def _is_there(top: Path, path: Path) -> bool:
    """Whether *path* is a file of the project, by a name that doesn't lead out of *top*."""
    plain = not path.is_absolute() and ".." not in path.parts
    # Path.is_file raises where a name is too long.
    return plain and os.path.isfile(top / path) and files.inside(top / path, top)  # noqa: PTH113


def _rule(task: Task, item: Item) -> dict[str, Any]:
    about = {"id": one_line(item.id), "name": f"Task{task.number}", "shortDescription": {"text": _message(item.text)}}
    return about | ({"fullDescription": {"text": _message(task.why)}} if task.why else {})


def _message(text: str) -> str:
    """*text* as a message in SARIF, where `[text](address)` would be a link. Source: SARIF 2.1.0, 3.11.6."""
    return one_line(text).replace("](", "] (")


def sarif(root: Path, checklist: Checklist, state: State) -> str:
    results, git = [], Git.of(root)
    top = git.top if git else root.resolve()
    for _, item in checklist.items():
        status, told, _ = shown(item, state)
        if status in BAD:
            results.append(
                {
                    "ruleId": one_line(item.id),
                    "level": "error",
                    "message": {"text": _message(f"{item.text}: {status}. {told}")},
                    "locations": [_place(top, root.resolve(), told)],
                    "partialFingerprints": {"item": one_line(item.id)},
                }
            )
    driver = {"name": "golive", "version": __version__, "rules": [_rule(*each) for each in checklist.items()]}
    whole = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def junit(root: Path, checklist: Checklist, state: State) -> str:
    suites = ElementTree.Element("testsuites", name=one_line(f"golive {root.name}"))
    for task in checklist.tasks.values():
        statuses = [state.status(item.id) for item in task.items]
        waiting = [status for status in statuses if status in {Status.OPEN, Status.WAIVED}]
        suite = ElementTree.SubElement(
            suites, "testsuite", name=one_line(f"{task.number}. {task.title}"), tests=str(len(statuses)), errors="0",
            failures=str(sum(status in BAD for status in statuses)), skipped=str(len(waiting)),
            time=f"{state.spent.get(str(task.number), 0):.1f}",
        )  # fmt: skip
        for item, status in zip(task.items, statuses, strict=True):
            told = shown(item, state)[1]
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"task-{task.number}", name=one_line(f"{item.id} {item.text}")
            )
            if status in BAD:
                ElementTree.SubElement(case, "failure", message=status.value).text = told
            elif status in waiting:
                ElementTree.SubElement(case, "skipped", message=f"{status}: {told}")
            else:
                ElementTree.SubElement(case, "system-out").text = f"{status}: {told}"
    ElementTree.indent(suites, " ")
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
