"""Save a row as a draft, where a form offers that: the site leads its author to a page that answers."""

from __future__ import annotations

import re
import secrets

from wizard.journeys.attempts import attempt
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import WHO
from wizard.journeys.made import Made
from wizard.journeys.resources import Resource
from wizard.journeys.result import Verdict
from wizard.journeys.row_address import address
from wizard.journeys.row_inputs import marked_given
from wizard.journeys.saved_rows import before, new_row
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form

DRAFT = re.compile(r"^(draft|entwurf|brouillon|borrador|rascunho|bozza|concept|szkic|utkast)$", re.I)
"""Values of a choice that make a row a draft, in several languages."""


def check_draft(context: Context, resource: Resource, role: str) -> None:
    """Check that a visitor who saves a row as a draft is not led to a page that does not exist."""
    operation = resource.operation("create")
    if operation is None or operation.form is None or context.rows is None or operation.is_api:
        return
    choice = draft_choice(operation.form)
    if not choice:
        return
    form = operation.form

    def body(visitor: Visitor) -> str:
        mark, filler, then = secrets.token_hex(4), context.fillers[visitor.role], before(context, resource.label)
        path = address(context, operation, None, visitor.role)
        known = {**context.prepare(form, visitor.role), **choice}
        marked = marked_given(filler, form, mark, given=known)
        went = attempt(visitor, filler, form, path, given={**known, **marked}, rounds=1)
        answer = went.answer
        if answer is None or not marked or context.rows is None or not context.rows.find(resource.label, mark):
            raise Unfinished(went.why or "the site saves no draft")
        if made := new_row(context, then, went, mark):
            context.made.append(Made(resource, visitor.role, made))
        if answer.redirects and answer.status == 404:
            raise Contradiction(
                f"POST {path} saved a draft of {resource.one} and led its author to {answer.path}, which got 404",
                "a page that its author can open",
            )
        context.check_status(answer, f"POST {path}")
        return f"POST {path} → {answer.first}; {answer.path} answers {answer.status}"

    title = f"{WHO[role]} saves {resource.one} as a draft"
    context.run(f"{resource.name}-draft", title, "create", resource.label, role, body, operation.where)
    if context.results[-1].verdict is Verdict.OPEN:
        context.results.pop()


def draft_choice(form: Form) -> dict[str, object]:
    """The input of *form* that can make the row a draft, with that value. Empty without one."""
    for each in form.inputs:
        for value in each.choices if not each.many else ():
            if DRAFT.search(str(value)):
                return {each.name: value}
    return {}
