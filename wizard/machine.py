"""The state of a project in the forms that continuous integration reads: SARIF 2.1.0 and JUnit's XML.

Only what failed or has drifted is a result in SARIF, since code scanning shows each as an alert. Source: OASIS SARIF
2.1.0; the JUnit form is the one that Jenkins and GitLab document.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from wizard import __version__
from wizard.checklist import Checklist, Item, Task
from wizard.evidence import Status
from wizard.git import Git
from wizard.report import shown
from wizard.state import State
from wizard.terminal import harmless

BAD = {Status.FAILED, Status.DRIFTED}
PLACE = re.compile(r"([\w./-]+\.\w+):(\d+)")


def _place(top: Path, root: Path, told: str) -> dict[str, Any]:
    """The file, below the repository's *top*, and line that the evidence names, or manage.py: a result without a place
    is shown nowhere."""
    named = ((name, line) for name, line in PLACE.findall(told) if (top / name).is_file() and name[0] != "/")
    name, line = next(named, (str((root / "manage.py").relative_to(top)), "1"))
    return {"physicalLocation": {"artifactLocation": {"uri": name}, "region": {"startLine": max(1, int(line))}}}


def _rule(task: Task, item: Item) -> dict[str, Any]:
    about = {"id": item.id, "name": f"Task{task.number}", "shortDescription": {"text": item.text}}
    return about | ({"fullDescription": {"text": task.why}} if task.why else {})


def sarif(root: Path, checklist: Checklist, state: State) -> str:
    results, git = [], Git.of(root)
    top = git.top if git else root.resolve()
    for _, item in checklist.items():
        status, told, _ = shown(item, state)
        if status in BAD:
            told = harmless(told)
            results.append(
                {
                    "ruleId": item.id,
                    "level": "error",
                    "message": {"text": f"{item.text}: {status}. {told}"},
                    "locations": [_place(top, root.resolve(), told)],
                    "partialFingerprints": {"item": item.id},
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
    suites = ElementTree.Element("testsuites", name=f"golive {root.name}")
    for task in checklist.tasks.values():
        statuses = [state.status(item.id) for item in task.items]
        waiting = [status for status in statuses if status in {Status.OPEN, Status.WAIVED}]
        suite = ElementTree.SubElement(
            suites, "testsuite", name=f"{task.number}. {task.title}", tests=str(len(statuses)), errors="0",
            failures=str(sum(status in BAD for status in statuses)), skipped=str(len(waiting)),
            time=f"{state.spent.get(str(task.number), 0):.1f}",
        )  # fmt: skip
        for item, status in zip(task.items, statuses, strict=True):
            told = harmless(shown(item, state)[1])
            case = ElementTree.SubElement(
                suite, "testcase", classname=f"task-{task.number}", name=f"{item.id} {item.text}"
            )
            if status in BAD:
                ElementTree.SubElement(case, "failure", message=status.value).text = told
            elif status in waiting:
                ElementTree.SubElement(case, "skipped", message=f"{status}: {told}")
            else:
                ElementTree.SubElement(case, "system-out").text = f"{status}: {told}"
    ElementTree.indent(suites, " ")
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
