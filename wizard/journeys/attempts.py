"""Send a form until the site accepts it, learning from each refusal, at most four rounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from wizard.base.secrets import excerpt
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.filling import Filler
from wizard.journeys.html_page import Page
from wizard.journeys.improving import Improver
from wizard.journeys.refusals import refusals_of
from wizard.journeys.sample_files import Upload
from wizard.journeys.sent_form import Attempt
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form

ROUNDS = 4


def attempt(
    visitor: Visitor,
    filler: Filler,
    form: Form,
    path: str = "",
    *,
    given: Mapping[str, Any] | None = None,
    formsets: Iterable[Form] = (),
    also: Callable[[Answer], bool] = lambda answer: True,
    rounds: int = ROUNDS,
    csrf: bool = True,
) -> Attempt:
    """Fill *form* and send it to *path*. The page at *path* is read before, as a browser would.

    *given* are values that must be used. *also* says whether an answer without refusals means success.

    Raises:
        SiteError: as `Visitor.request` does.
    """
    path = path or form.path
    page, shown = page_with(visitor, form, path)
    filled = filler.fill(form, shown, given, formsets)
    made = Attempt(None, filled, False, shown.path if shown is not None and shown.path else path, page)
    improver = Improver(filler, visitor, frozenset(given or ()))
    seen: set[str] = set()
    for turn in range(rounds):
        if made.filled.problem:
            made.why = made.filled.problem
            return made
        seen.add(_signature(made))
        answer = made.answer = visitor.send(made.filled, made.path, csrf=csrf)
        made.refusals = refusals_of(answer, made.filled, page)
        if answer.status >= 500:
            made.why, made.broken = f"{answer.status} {excerpt(answer.page.title or answer.text, 120)}", True
            return made
        made.accepted = not made.refusals and also(answer)
        if made.accepted:
            made.why = ""
            return made
        made.why = "; ".join(map(str, made.refusals[:4])) or f"the site answered {answer.status}"
        if turn == rounds - 1 or not improver.improve(made) or _signature(made) in seen:
            break
    made.broken = made.broken or improver.no_token
    return made


def page_with(visitor: Visitor, form: Form, path: str) -> tuple[Page, Form | None]:
    """The page at *path*, and its form for *form*; an empty page for a form that no page has.

    Raises:
        SiteError: as `Visitor.get` does.
    """
    if form.source.startswith("page") or form.encoding not in ("form", "multipart") or form.method == "get":
        return Page(path), None
    answer = visitor.get(path)
    if not answer.is_page or answer.status >= 400:
        return Page(path), None
    return answer.page, matching_form(answer.page, form, path)


def matching_form(page: Page, form: Form, path: str) -> Form | None:
    """The form of *page* that is sent to *path*, or else the one with the most inputs of *form*; None without."""
    names = {each.name for each in form.inputs}

    def common(shown: Form) -> int:
        return len(names & {each.name for each in shown.inputs})

    # A form for another site, such as a newsletter's, is none of this one.
    candidates = [each for each in page.forms if each.method == form.method and "://" not in each.path]
    own = [each for each in page.forms_to(path) if each.method == form.method] or candidates
    best = max(own, key=common, default=None)
    if best is None or (names and not common(best)):
        best = max(candidates, key=common, default=None)
    if best is None:
        return None
    # A page without one of the code's inputs has another form, for example a search in its head.
    return best if common(best) or not names else None


def _signature(made: Attempt) -> str:
    """What is sent, so that nothing is sent twice. CSRF tokens differ and don't count."""

    def shortened(value: object) -> str:
        return hashlib.sha256(value.content).hexdigest() + value.name if isinstance(value, Upload) else str(value)

    values = {name: value for name, value in made.filled.values.items() if name != CSRF_FIELD}
    text = json.dumps(values, sort_keys=True, default=shortened)
    form = made.filled.form
    return f"{form.method} {made.path} {form.encoding} {len(form.headers)} {text}"
