"""The admin: the superuser logs in, and changes one row of a project's model by the admin's own forms."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Any

from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filled
from wizard.journeys.html_page import Page
from wizard.journeys.result import Verdict
from wizard.journeys.rows import RowsError
from wizard.journeys.saved_rows import values_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input, Model, Surface

OF_ADMIN = re.compile(r"^django\.contrib\.admin\.(sites|options)\.(AdminSite\.)?login$")
"""The view with which the admin logs in."""
MODELS = 4
"""Models that are tried until a row of one can be changed."""


def log_in(context: Context) -> bool:
    """Log the superuser in at the admin. Returns whether that worked."""
    admin, login = context.surface.admin, _login_address(context.surface)

    def body(visitor: Visitor) -> str:
        if not context.superuser.get("password"):
            raise Unfinished("there is no superuser")
        page = visitor.get(f"{login}?next={admin}")
        context.check_status(page, f"GET {login}")
        form = next((each for each in page.page.forms if _password_of(each)), None)
        if form is None:
            if page.status == 200 and page.redirects and not is_login_page(page):
                return f"GET {admin} shows the admin: the superuser is logged in"
            raise Unfinished(f"GET {page.path} has no form with a password ({page.status})")
        for name in _names(form, context.superuser):
            answer = visitor.send(_credentials(form, context.superuser, name), page.path)
            context.check_status(answer, f"POST {login}")
            if not is_login_page(answer):
                break
        if is_login_page(answer):
            why = "; ".join(answer.page.alerts or tuple(each.message for each in answer.page.errors))
            raise Unfinished(f"the admin does not accept the superuser: {why or 'it shows its login again'}")
        if answer.status != 200:
            raise Contradiction(
                f"POST {login} led to {answer.path} with status {answer.status}", "the index of the admin"
            )
        return f"POST {login} → {answer.first}; {answer.path} shows {answer.page.title[:60]!r}"

    result = context.run("admin-login", "The superuser logs in to the admin", "admin-login", "admin", "staff", body)
    return result.verdict is Verdict.WORKS


def _login_address(surface: Surface) -> str:
    """Where the admin logs in: some projects give it another address than the usual one."""
    paths = [view.url.path for view in surface.views if OF_ADMIN.search(view.url.view)]
    return next((path for path in paths if path.startswith(surface.admin)), f"{surface.admin}login/")


def _password_of(form: Form) -> Input | None:
    return next((each for each in form.inputs if each.kind == "password"), None)


def is_login_page(answer: Answer) -> bool:
    return any(_password_of(form) for form in answer.page.forms)


def _names(form: Form, account: Any) -> list[str]:
    """What may identify the superuser: the name, or the address where the page asks for it or takes no names."""
    names = [account["username"], account.get("email") or account["username"]]
    return names[1:] if _identifier(form).kind == "email" else list(dict.fromkeys(names))


def _identifier(form: Form) -> Input:
    return next((each for each in form.inputs if each.kind in ("text", "email")), Input("username"))


def _credentials(form: Form, account: Any, name: str) -> Filled:
    values: dict[str, Any] = {each.name: each.initial for each in form.inputs if each.kind == "hidden"}
    password = _password_of(form)
    assert password is not None
    return Filled(form, {**values, _identifier(form).name: name, password.name: account["password"]})


def change(context: Context) -> None:
    """Change one field of a row in the admin, and change it back."""
    models = [model for model in context.surface.models if model.in_admin and model.label != context.surface.user_model]
    models.sort(key=lambda model: not any(_is_changeable(each) for each in model.inputs))
    lists = [model for model in models if "checklist" in model.label.lower()]
    if models:
        _change_one(context, "admin-change", models)
    if lists and lists != models[:1]:
        _change_one(context, "admin-change-checklist", lists)


def _change_one(context: Context, name: str, models: list[Model]) -> None:
    """Change a row of the first of *models* whose row can be changed."""

    def body(visitor: Visitor) -> str:
        reasons = []
        for model in models[:MODELS]:
            try:
                return _change(context, model, visitor)
            except Unfinished as error:
                reasons.append(f"{model.label}: {error}")
        raise Unfinished("; ".join(reasons[:2]))

    title = (
        "The superuser changes a row in the admin" if name == "admin-change" else "The superuser changes a checklist"
    )
    context.run(name, title, "admin-change", models[0].label, "staff", body)


def _is_changeable(each: Input) -> bool:
    return (
        each.kind == "text" and not each.choices and not each.pattern and (each.longest is None or each.longest >= 20)
    )


def open_list(context: Context, model: Model, visitor: Visitor) -> tuple[str, Answer]:
    """The address and the page of the admin's list of *model*.

    Raises:
        Contradiction: it got an error of the site.
        Unfinished: the admin does not show it to the visitor.
    """
    app, name = model.label.lower().split(".")
    listed = f"{context.surface.admin}{app}/{name}/"
    page = visitor.get(listed)
    context.check_status(page, f"GET {listed}")
    if page.status != 200 or is_login_page(page):
        raise Unfinished(f"GET {listed} → {page.status}")
    return listed, page


def is_kept(new: str, kept: str) -> bool:
    """Whether a field has the value *new*. A field may change its case, as one of capitalised names does."""
    return new.casefold() in kept.casefold()


def _change(context: Context, model: Model, visitor: Visitor) -> str:
    listed, page = open_list(context, model, visitor)
    row = _row(context, model, page.page, listed)
    path = f"{listed}{row.key}/change/"
    shown = visitor.get(path)
    context.check_status(shown, f"GET {path}")
    form = next(
        (
            each
            for each in shown.page.forms
            if each.method == "post" and len(each.inputs) > 2 and "logout" not in each.path
        ),
        None,
    )
    if shown.status != 200 or form is None:
        raise Unfinished(f"GET {path} → {shown.status}, without a form to change the row")
    field = _field(form, model)
    old, new = field.initial, _new_value(field)
    answer = visitor.send(as_shown(form, {field.name: new}), path)
    context.check_status(answer, f"POST {path}")
    if answer.page.errors or not answer.redirects:
        errors = "; ".join(each.message for each in answer.page.errors[:2])
        raise Unfinished(f"the admin does not accept the row as it is: {errors or answer.status}")
    kept = values_of(context, row).get(field.name) if context.rows else new
    if field.name in values_of(context, row) and not is_kept(new, str(kept)):
        raise Contradiction(f"POST {path} → {answer.first}, but {field.name} is {str(kept)[:60]!r}", f"{new!r}")
    again = visitor.get(path)
    back = next((each for each in again.page.forms if each.path == form.path and len(each.inputs) > 2), form)
    value = next((each.initial for each in back.inputs if each.name == field.name), "")
    if len(value.strip()) != len(new) or not is_kept(new, value):
        raise Contradiction(f"GET {path} shows {value[:60]!r} as {field.name} after it was changed", f"{new!r}")
    restored = visitor.send(as_shown(back, {field.name: old}), path)
    if not restored.redirects:
        raise Unfinished(
            f"{field.name} of {model.label} {row.key} was changed, and the admin did not accept its old value"
        )
    return f"POST {path} → {answer.first}; {field.name} was {new!r} and has its old value again"


def _row(context: Context, model: Model, page: Page, listed: str) -> Row:
    """A row of *model*: one that the admin lists, or a new one."""
    keys = [found[1] for link in page.links if (found := re.match(rf"{re.escape(listed)}([^/?]+)/change/", link.path))]
    if context.rows is not None:
        try:
            return Row(model.label, context.rows.make(model.label, user=context.accounts.get("first")))
        except RowsError as error:
            if not keys:
                raise Unfinished(str(error)) from error
    if not keys:
        raise Unfinished("the admin lists no row")
    return Row(model.label, keys[0])


def _field(form: Form, model: Model) -> Input:
    names = {each.name for each in model.inputs if _is_changeable(each)}
    found = [each for each in form.inputs if each.name in names and each.kind == "text"]
    if not found:
        raise Unfinished("its form has no text to change")
    return next((each for each in found if re.search(r"title|name|text|description", each.name)), found[0])


def _new_value(field: Input) -> str:
    text = f"Zoë Ångström {secrets.token_hex(4)}"
    return text[: field.longest or None]


def as_shown(form: Form, changed: dict[str, str]) -> Filled:
    """The form as a browser sends it when only the values in *changed* are edited and *Save* is pressed."""
    values: dict[str, Any] = {}
    for each in form.inputs:
        if each.name.startswith("_") or each.kind in ("file", "image"):
            continue
        if each.kind == "boolean":
            if each.initial:
                values[each.name] = each.initial
        elif each.many:
            values[each.name] = list(each.chosen)
        else:
            values[each.name] = each.initial
    return Filled(replace(form, buttons=()), {**values, "_save": "Save", **changed})
