"""Journeys as flows of golive.yaml: their text, and where it goes in a file whose other bytes stay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from wizard.base import yaml_file
from wizard.base.errors import ChecklistError, UsageError
from wizard.base.secrets import HIDDEN
from wizard.checklist.model import OVERLAY
from wizard.journeys.result import JourneyResult, Verdict
from wizard.journeys.store import DERIVED, StoredJourney
from wizard.site.journey_reader import parse_config
from wizard.site.journey_variables import names_in

ACCOUNT_KINDS = frozenset({"signup", "confirm", "login"})
GIVEN = frozenset(
    {"random", "name", "email", "password", "admin", "admin_password", "admin_path", "razorpay", "site", "csrf"}
)
"""Variables that every flow has."""
NEW_FILE = "version: 1\n\n# User journeys that Golive runs against the deployed site in tasks 18, 21 and 22.\n"
TO_REPLACE = "replace this with a text that the answer must have"
"""What the last step of a flow expects if its journey does not work."""
Flow = dict[str, Any]


class _Dumper(yaml.SafeDumper):
    """Writes lists that are indented in their mapping."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, indentless=False)


def flow_of(journey: StoredJourney) -> Flow | None:
    """*journey* as a flow. None if golive.yaml can't hold it: it has no item, a secret, or no request to send again."""
    result, steps = journey.result, list[dict[str, Any]]()
    for sent in result.requests:
        if not sent.replay or sent.learned:  # what the site refused is not sent again
            continue
        if HIDDEN in str(sent.replay):
            return None
        step = dict(sent.replay)
        if step.get("as") == _visitor(result):
            del step["as"]
        steps.append(step)
    item = next((item for item in journey.items if item.startswith("21.")), next(iter(journey.items), ""))
    if not steps or not item or result.kind == "hole":
        return None
    if result.verdict is not Verdict.WORKS:
        steps = _to_complete(steps)
    flow = {"flow": result.name, "item": item, "title": result.title, "as": _visitor(result), "steps": steps}
    return flow if is_valid(flow) else None


def _to_complete(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The *steps* of a journey that does not work. What it saw must not pass, so the user says what the end must be."""
    kept = [step for step in steps[:-1] if not _is_refused(step)]
    return [*kept, {**steps[-1], "expect": {"text": TO_REPLACE}}]


def _is_refused(step: Mapping[str, Any]) -> bool:
    expect = step.get("expect", {})
    return isinstance(expect, Mapping) and any(status >= 400 for status in _statuses(expect.get("status", ())))


def _statuses(given: Any) -> list[int]:
    return [status for status in (given if isinstance(given, list | tuple) else [given]) if isinstance(status, int)]


def is_valid(flow: Flow) -> bool:
    """Whether golive.yaml accepts *flow*."""
    try:
        parse_config(Path(OVERLAY), add_flows(None, [flow]))
    except UsageError:
        return False
    return True


def _visitor(result: JourneyResult) -> str:
    return result.visitor or "visitor"


def with_needs(chosen: Sequence[StoredJourney], known: Sequence[StoredJourney]) -> list[StoredJourney]:
    """*chosen* with the journeys that they need, in the order of *known*.

    They need those that log the same visitor in, and those that keep a value which they use.
    """
    wanted, waiting = {each.name for each in chosen}, list(chosen)
    while waiting:
        journey = waiting.pop()
        before = known[: known.index(journey)] if journey in known else []
        missing = _used(journey.result) - _kept(journey.result) - GIVEN
        for each in before:
            same = each.result.visitor == journey.result.visitor and each.result.kind in ACCOUNT_KINDS
            works = each.source == DERIVED and each.result.verdict is Verdict.WORKS
            if works and each.name not in wanted and (same or missing & _kept(each.result)):
                wanted.add(each.name)
                waiting.append(each)
    return [each for each in known if each.name in wanted]


def _used(result: JourneyResult) -> set[str]:
    return set[str]().union(*(names_in(each.replay) for each in result.requests if not each.learned))


def _kept(result: JourneyResult) -> set[str]:
    kept = (each.replay.get("keep") for each in result.requests)
    return {str(name) for each in kept if isinstance(each, Mapping) for name in each}


def add_flows(before: bytes | None, flows: Sequence[Flow]) -> bytes:
    """The content of golive.yaml *before* with *flows* after its own. All its bytes stay.

    Raises:
        UsageError: it can't be extended safely. It says why, and what to write.
        ChecklistError: it is not valid YAML.
    """
    content = before if before is not None else NEW_FILE.encode()
    try:
        newline = "\r\n" if b"\r\n" in content else "\n"
        old = _flows(content)
        after = _extended(content.decode("utf-8"), flows, newline).encode()
    except UnicodeDecodeError as error:
        raise _refused("it is not UTF-8") from error
    except yaml_file.InvalidYamlError as error:
        raise ChecklistError(f"{OVERLAY}:{error.line}", f"invalid YAML: {error.problem}") from error
    try:
        new = _flows(after)
    except yaml_file.InvalidYamlError:
        new = []
    if new != [*old, *flows]:
        raise _refused("it is written in an unusual way")
    return after


def _flows(content: bytes) -> list[Any]:
    found = yaml_file.load(content)
    flows = found.get("flows") if isinstance(found, dict) else None
    return flows if isinstance(flows, list) else []


def _extended(text: str, flows: Sequence[Flow], newline: str) -> str:
    root = yaml_file.compose(text.encode())
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise _refused("it is not a mapping with one key a line")
    pairs = root.value if root is not None else []
    value = next((value for key, value in pairs if key.value == "flows"), None)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += newline
    if root is None:
        lines.append(f"version: 1{newline}")
    if value is None:
        return "".join([*lines, newline if lines else "", f"flows:{newline}", _text(flows, 2, newline)])
    if isinstance(value, yaml.SequenceNode) and value.value and not value.flow_style:
        place, indent = _last_line(value) + 1, value.start_mark.column
        while place < len(lines) and re.match(rf" {{{indent + 1},}}#", lines[place]):  # a comment about the last flow
            place += 1
    elif isinstance(value, yaml.ScalarNode) and not value.value:
        place, indent = value.start_mark.line + 1, 2
    else:
        raise _refused(f"its `flows` in line {value.start_mark.line + 1} are written in one line")
    return "".join([*lines[:place], _text(flows, indent, newline), *lines[place:]])


def _last_line(node: yaml.Node) -> int:
    """The number of the last line of *node*, counted from 0, without comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        parts = last if isinstance(last, tuple) else (last,)
        return max(_last_line(part) for part in parts)
    end = node.end_mark
    return int(end.line) - 1 if end.column == 0 and end.line > node.start_mark.line else int(end.line)


def _text(flows: Sequence[Flow], indent: int, newline: str) -> str:
    text = yaml.dump(list(flows), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    shifted = re.sub(r"^(?=.)", " " * indent, text, flags=re.MULTILINE)
    return shifted.replace("\n", newline)


def _refused(why: str) -> UsageError:
    hint = "Write `flows:` on a line of its own, with each flow below it, or remove the file and save again."
    return UsageError(f"Flows can't be added to {OVERLAY}", why, hint)
