"""Rows that refer to a row which only another visitor may see: the site refuses them."""

from __future__ import annotations

import secrets

from wizard.base.wording import with_article
from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.crud import status_of
from wizard.journeys.operations import Operation
from wizard.journeys.others_rows import private_reference
from wizard.journeys.row_address import address
from wizard.journeys.row_inputs import marked_given
from wizard.journeys.visitor import Visitor


def check_reference(context: Context, operation: Operation | None, label: str, name: str, title: str) -> None:
    """Check that the second visitor can't create a row of *label* that refers to a private row of the first."""
    if operation is None or operation.form is None or not {"first", "second"} <= context.visitors.keys():
        return
    found = private_reference(context, operation, label)
    if found is None:
        return
    (each, key), form = found, operation.form

    def body(visitor: Visitor) -> str:
        assert context.rows is not None
        filler, mark = context.fillers["second"], secrets.token_hex(4)
        path = address(context, operation, None, "second")
        given = {**context.prepare(form, "second"), **marked_given(filler, form, mark, ascii_only=True)}
        keys = set(context.rows.keys(label))
        went = attempt(visitor, filler, form, path, given={**given, each.name: str(key)}, rounds=1)
        request = f"{operation.request(path)} with {each.name} {key}, which the visitor can't see"
        for made in set(context.rows.keys(label)) - keys:
            kept = (context.rows.values(label, made) or {}).get(each.name)
            if str(kept) == str(key):
                raise Contradiction(f"{request}, made a row of {label} with it", "a refusal: 400, 403 or 404")
        return f"{request} → {status_of(went)} {went.why[:80]}".strip()

    shown = f"Another visitor cannot use somebody else's row for {with_article(title)}"
    context.run(f"{name}-reference", shown, "hole", label, "second", body, operation.where)
