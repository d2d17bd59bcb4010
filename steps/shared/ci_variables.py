"""Variables for the GitHub workflows that run the project.

A clone on GitHub has no .env file, so a variable that the settings have needed only since a change is set in the
workflow, with a value for tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.base import files, yaml_file
from wizard.editing.text import line_end
from wizard.plan.draft import Draft
from wizard.project import placeholders
from wizard.project.project import Project

RUNS_PROJECT = re.compile(r"manage\.py|\bpytest\b|\btox\b|django-admin")
_BLOCK = re.compile(r"^env:[ \t]*(?:#.*)?\r?\n(?P<indent>[ \t]+)(?=\S)", re.MULTILINE)
_JOBS = re.compile(r"^jobs:", re.MULTILINE)


def give(project: Project, draft: Draft, values: Mapping[str, str], debug: str) -> None:
    """Set *values* in the workflows that run the project and do not mention them. Secrets get placeholders.

    *debug* is the name of the variable for DEBUG, whose value is no secret.
    """
    for path in sorted((project.top / ".github" / "workflows").glob("*.y*ml")):
        if not path.is_file() or not files.inside(path, project.top):
            continue
        content = draft.content(path)
        text = content.decode("utf-8", "replace")
        if text.encode() != content:
            continue
        wanted = {
            name: value if name == debug else placeholders.by_name(name)
            for name, value in values.items()
            if not re.search(rf"\b{re.escape(name)}\b", text)
        }
        if wanted and RUNS_PROJECT.search(text) and (changed := with_variables(text, wanted)):
            draft.put(path, changed.encode(), f"set {', '.join(wanted)} for the tests")


def with_variables(text: str, values: Mapping[str, str]) -> str:
    """The workflow *text* with *values* in its top-level `env`. Empty if they can't be added safely."""
    newline, block, jobs = line_end(text), _BLOCK.search(text), _JOBS.search(text)
    indent = block["indent"] if block else "  "
    lines = newline.join(f'{indent}{name}: "{value}"' for name, value in values.items())
    if block:
        at = block.start("indent")
        changed = f"{text[:at]}{lines}{newline}{text[at:]}"
    elif jobs and not re.search(r"^env:", text, re.MULTILINE):
        changed = f"{text[: jobs.start()]}env:{newline}{lines}{newline}{newline}{text[jobs.start() :]}"
    else:
        return ""
    try:
        document = yaml_file.load(changed.encode())
    except yaml_file.InvalidYamlError:
        return ""
    return changed if values.items() <= document["env"].items() else ""
