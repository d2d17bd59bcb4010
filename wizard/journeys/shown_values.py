"""Whether a list shows a row by another value than its marked text."""

from __future__ import annotations

from wizard.journeys.context import Context
from wizard.journeys.evidence import Row, text_of
from wizard.journeys.operations import Operation
from wizard.journeys.row_address import answers_of
from wizard.journeys.row_inputs import texts_of
from wizard.journeys.visitor import Visitor

SHORTEST, MOST = 8, 40
"""The characters of a value that is looked for, and the number of values."""


def shown_by_another_value(context: Context, operation: Operation, row: Row, visitor: Visitor, path: str) -> str:
    """Where the list at *path* shows a value of *row* that no other row has. Empty if it does not.

    A list may have a column for the e-mail address, and none for the text that was marked.
    """
    if context.rows is None or row.key is None:
        return ""
    own = {visitor.person.name, visitor.person.email}
    values = {value for value in texts_of(row.sent).values() if len(value) >= SHORTEST and value not in own}
    shown = [text_of(answer) for answer in answers_of(context, operation, path, row, visitor)]
    for value in sorted(values)[:MOST]:
        if any(value.casefold() in text for text in shown) and context.rows.find(row.label, value) == [row.key]:
            return f"GET {path} shows {value[:60]!r}"
    return ""
