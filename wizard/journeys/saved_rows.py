"""What a request changed in the database: which rows are new, and whether they hold what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row, lost_fields, replaced_values
from wizard.journeys.global_ids import decoded
from wizard.journeys.row_inputs import field_of, flat
from wizard.journeys.rows import Key, Rows
from wizard.journeys.sent_form import Attempt
from wizard.project.inputs import Input

PATIENCE = 1.5
"""Seconds in which a queue may write what a request asked for."""
MOST_ROWS = 50
"""Rows whose files are compared."""
Files = dict[Key, tuple[Any, ...]]


@dataclass
class Before:
    """The rows before a request. Empty without access to the database."""

    label: str
    counts: dict[str, int] = field(default_factory=dict)
    keys: frozenset[Key] = frozenset()
    files: Files = field(default_factory=dict)


def before(context: Context, label: str) -> Before:
    if context.rows is None:
        return Before(label)
    counts = context.rows.counts(list(context.models()))
    keys = frozenset(context.rows.keys(label)) if label in counts else frozenset()
    return Before(label, counts, keys, files_of(context, label) if label in counts else {})


def files_of(context: Context, label: str) -> Files:
    """What the fields for files hold in the newest rows of a model. Empty without access to the database."""
    rows, model = context.rows, context.surface.model(label)
    if rows is None or model is None:
        return {}
    names = [each.name for each in model.inputs if each.kind in ("file", "image")]
    if not names:
        return {}
    found = {key: rows.values(label, key) or {} for key in rows.keys(label)[:MOST_ROWS]}
    return {key: tuple(values.get(name) for name in names) for key, values in found.items()}


def row_with_another_file(context: Context, label: str, then: Files) -> Row | None:
    """The row whose file a request replaced, as a visitor's own profile that its address does not name."""
    now = files_of(context, label) if then else {}
    changed = [key for key, files in now.items() if then.get(key, files) != files]
    return Row(label, changed[0]) if changed else None


def new_row(context: Context, then: Before, attempt: Attempt, mark: str) -> Row | None:
    """The row that *attempt* made. None if the database can't be read, or if no model is known and nothing was saved.

    Raises:
        Contradiction: there is none, or there are several.
    """
    rows = context.rows
    if rows is None:
        return None
    if not _grew(context, then):
        _wait_until(lambda: bool(_grew(context, then)))
    found = _made(rows, then, _grew(context, then), mark)
    if found is None:
        return _row_elsewhere(context, then, attempt, mark)
    label, keys = found
    same = [key for key in keys if not mark or key in rows.find(label, mark)] or keys
    if len(same) > 1 and _are_equal(rows, label, same):
        raise Contradiction(f"one request made {len(same)} equal rows of {label}", "one row more")
    return Row(label, same[0], mark, dict(attempt.filled.values))


def _grew(context: Context, then: Before) -> dict[str, int]:
    assert context.rows is not None
    now = context.rows.counts(list(context.models()))
    return {
        label: count - then.counts.get(label, 0) for label, count in now.items() if count > then.counts.get(label, 0)
    }


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.25)  # a queue may write the row; there is no event for it


def _made(rows: Rows, then: Before, grew: dict[str, int], mark: str) -> tuple[str, list[Key]] | None:
    """The model whose rows are new, and their keys: the expected model, or the one with *mark* in its new row."""
    if then.label in grew:
        return then.label, [key for key in rows.keys(then.label) if key not in then.keys]
    for label, count in grew.items():
        if mark and (found := rows.find(label, mark)):
            return label, found
        if not then.label or then.label not in then.counts:
            return label, rows.keys(label)[:count]
    return None


def _row_elsewhere(context: Context, then: Before, attempt: Attempt, mark: str) -> Row | None:
    """The row that has *mark* though no row of the expected model is new, as where a form changes an existing row."""
    assert context.rows is not None
    for label in [then.label, *then.counts] if mark else []:
        if label in then.counts and (found := context.rows.find(label, mark)):
            return Row(label, found[0], mark, dict(attempt.filled.values))
    if then.label not in then.counts:
        return None
    if changed := row_with_another_file(context, then.label, then.files):
        return changed  # the visitor's own row, as that of a profile, which no address names
    assert attempt.answer is not None
    status = attempt.answer.first or attempt.answer.status
    fields = {each.name for model in context.surface.models if model.label == then.label for each in model.inputs}
    if not fields & attempt.filled.values.keys() and not mark:
        raise Unfinished(f"the site answered {status}, and no row of {then.label} is new")
    raise Contradiction(f"the site answered {status}, but no row of {then.label} is new", "one row more")


def _are_equal(rows: Rows, label: str, keys: list[Key]) -> bool:
    """Whether the rows differ at most in their keys, times and unique texts."""
    first, second = (rows.values(label, key) or {} for key in keys[:2])
    names = [name for name, value in first.items() if value not in (None, "") and value != keys[0]]
    same = [name for name in names if first[name] == second.get(name)]
    return len(same) * 2 >= len(names)


def check_kept(context: Context, row: Row, attempt: Attempt) -> str:
    """Compare the row with what was sent. Returns what was compared.

    Raises:
        Contradiction: the site reported success and lost a field.
    """
    if context.rows is None or row.key is None:
        return ""
    kept = context.rows.values(row.label, row.key)
    if kept is None:
        raise Contradiction(f"the new row of {row.label} is gone again", "the row stays")
    told = row.content.get("id")
    row.content = {**row.content, **kept, **({"id": told} if decoded(told) else {})}
    pairs = sent_fields(attempt, kept)
    if lost := lost_fields(pairs, kept):
        raise Contradiction(f"the site reported success, but lost {'; '.join(lost[:3])}", "every sent field is kept")
    row.replaced = replaced_values(pairs, kept)
    compared = [each.name for each, _ in pairs if each.name in kept]
    return f"{row.label} {row.key} has {', '.join(compared[:8])}" if compared else f"{row.label} {row.key} exists"


def sent_fields(attempt: Attempt, kept: Mapping[str, Any]) -> list[tuple[Input, Any]]:
    """What was sent for each field of the row *kept*, by the names that its model uses."""
    pairs = flat(attempt.filled.form.inputs, attempt.filled.values)
    return [(replace(each, name=field_of(each.name, kept) or each.name), value) for each, value in pairs]


def values_of(context: Context, row: Row) -> dict[str, Any]:
    """The values of *row* in the database; empty without access."""
    if context.rows is None or row.key is None:
        return {}
    return context.rows.values(row.label, row.key) or {}
