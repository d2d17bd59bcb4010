"""What visitors can do with the rows of one model: the operations behind the views of a site."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from wizard.journeys import addresses
from wizard.project.inputs import Form, Surface, View

VERBS: Mapping[str, frozenset[str]] = {
    "create": frozenset({"new", "create", "add", "submit", "write", "compose", "publish"}),
    "update": frozenset({"edit", "update", "change", "modify", "partial"}),
    "delete": frozenset({"delete", "remove", "destroy", "del", "cancel", "unsubscribe"}),
    "list": frozenset({"list", "all", "index", "browse"}),
    "detail": frozenset({"detail", "details", "view", "show", "retrieve", "read", "get"}),
}
ACTIONS = {
    "create": "create",
    "update": "update",
    "partial_update": "update",
    "destroy": "delete",
    "list": "list",
    "retrieve": "detail",
}
"""The methods of a viewset that Django REST framework names, with their roles."""
ROLES = ("list", "detail", "create", "update", "delete")
OF_ADMIN = re.compile(r"\.(changelist|change|changeform|add|delete|history|autocomplete|user_change_password)_view$")
"""Views of a model's admin, also of an admin that the project has changed."""
AVOIDED = frozenset({"logout", "account", "exit", "mail"})
"""What a page must not do when it is opened: the journeys after it need the visitor, the site and the mailbox."""
UNSAFE = ("post", "put", "patch", "delete")
STAFF_AREA = re.compile(
    r"(^|/)\^?(dashboard|admin|staff|manage|orga|moderat|back_?-?office|control|cms)", re.IGNORECASE
)
"""Addresses in which an installed app keeps its pages for staff."""
NOISE = frozenset({"api", "rest", "v1", "v2", "v3", "view", "views", "viewset", "page", "html", "form"})
TOKENS = frozenset({"refresh", "refresh_token", "access", "token"})
"""What an API takes that exchanges or checks a token, which is no row."""
NOT_ROWS = frozenset({"login", "logout", "signup", "reset", "password"})
"""Roles of views about accounts."""


def words_of(text: str) -> list[str]:
    """The words of a route or name in small letters: `BookList` has `book` and `list`."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", re.sub(r"\(\?P<\w+>[^)]*\)|<[^>]*>|\\[A-Za-z]", " ", text))
    return re.findall(r"[a-z]+\d*|\d+", text.lower())


def singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


@dataclass(frozen=True)
class Operation:
    """One thing that a view does with the rows of a model.

    Arguments:
        role: `list`, `detail`, `create`, `update`, `delete` or `other`.
        form: what it accepts. None for an operation without a body.
        model: the label of the model. Empty if it is not known.
    """

    role: str
    view: View
    method: str = "get"
    form: Form | None = None
    model: str = ""

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return addresses.parameters(self.view.url.route)

    @property
    def is_api(self) -> bool:
        url = self.view.url
        forms = [self.form] if self.form else list(self.view.forms)
        return url.drf or any(each.encoding in ("json", "graphql") for each in forms) or "api" in words_of(url.route)

    @property
    def where(self) -> str:
        """The view's file and line, or the dotted name of an installed app's view."""
        url = self.view.url
        return f"{url.file}:{url.line}" if url.file and url.line else url.file or self.view.where

    @property
    def base(self) -> str:
        """The words of the route without verbs and parameters: `book/review` for `books/<pk>/reviews/add/`."""
        verbs = frozenset().union(*VERBS.values())
        return "/".join(singular(word) for word in words_of(self.view.url.route) if word not in verbs)

    @property
    def names_no_row(self) -> bool:
        """Whether it changes or shows a row that its address does not name: the visitor's own, or all of them."""
        of_row = self.role in ("detail", "update", "delete")
        return of_row and not self.parameters and not self.is_graphql and not self.names_row_in_body

    @property
    def names_row_in_body(self) -> bool:
        return self.form is not None and any(re.fullmatch(r"id|pk|\w+_(id|pk)", each.name) for each in self.form.inputs)

    @property
    def is_guessed(self) -> bool:
        """Whether neither the code nor a word tells the role, so that a result that does not fit says nothing."""
        told = self.view.role or role_by_words(self.view) or self.is_graphql or self.view.url.drf
        return self.role in ("list", "create") and not told and not (self.form is not None and self.form.model)

    @property
    def is_graphql(self) -> bool:
        return self.form is not None and self.form.encoding == "graphql"

    @property
    def address_words(self) -> str:
        """What its address or the name of its query tells about it, as `my-items`."""
        if self.form is not None and self.is_graphql:
            return "-".join(words_of(self.form.action))
        return self.view.url.route

    def request(self, path: str) -> str:
        """The request to *path* for display, with the name of a mutation."""
        action = f" ({self.form.action})" if self.form is not None and self.is_graphql else ""
        return f"{self.method.upper()} {path}{action}"

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.view.url.shown}"


def of_surface(surface: Surface, without: Collection[View] = ()) -> Iterator[Operation]:
    """All operations of the project's own views, except for those *without*."""
    fields = {model.label: {each.name for each in model.inputs} for model in surface.models}
    for view in surface.views:
        if (
            view in without
            or OF_ADMIN.search(view.url.view)
            or view.library
            or view.role in NOT_ROWS
            or _takes_only_tokens(view)
            or (view.package and view.requires == "staff" and STAFF_AREA.search(view.url.route))
            or {"format"} & set(addresses.parameters(view.url.route))
        ):
            continue
        if surface.admin and addresses.fill(view.url.route, {}).startswith(surface.admin):
            continue
        yield from (each for each in of_view(view, fields) if not _harms(each))


def _takes_only_tokens(view: View) -> bool:
    names = {each.name for form in view.forms for each in form.inputs}
    return view.url.drf and not view.model and bool(names) and names <= TOKENS


def _harms(operation: Operation) -> bool:
    """Whether opening its page harms the journeys after it. One page can tell its owner by mail that it was opened."""
    effects = {*operation.view.url.effects} - ({"mail"} if operation.role == "detail" else set())
    return operation.method == "get" and bool(AVOIDED & effects)


def of_view(view: View, fields: Mapping[str, Collection[str]]) -> Iterator[Operation]:
    """The operations of one view. A page with a form is read by GET, and changes rows by POST.

    *fields* are the names of the fields of each model.
    """
    role, methods = role_of(view), methods_of(view)
    if any(form.encoding == "graphql" for form in view.forms):
        yield Operation(role or "other", view, "post", view.forms[0], view.forms[0].model or view.model)
        return
    if role in ("list", "detail") and (methods is None or "get" in methods):
        yield Operation(role, view, "get", None, view.model or _model_of_actions(view))
    seen = set[tuple[str, ...]]()
    for form in view.forms:
        if form.method not in UNSAFE:
            continue
        found = form_role(view, form, role)
        known = fields.get(form.model or view.model)
        shared = {each.name for each in form.inputs} & set(known or ())
        if found == "create" and view.role != "create" and known and not shared:
            found = "other"  # it acts on rows that exist, such as those that are ticked in a list
        # One page can change an account and its profile. Of further models, only uploads are worth a form of their own.
        key = (found, form.method, form.action, form.model if _takes_files(form) else "")
        if key not in seen:
            seen |= {key, (*key[:3], "")}
            yield Operation(found, view, form.method, form, form.model or view.model)
    deletes = any(each[0] == "delete" for each in seen)
    if role == "delete" and not deletes:
        method = next((each for each in ("post", "delete", *(methods or ())) if not methods or each in methods), "post")
        yield Operation("delete", view, method, None, view.model)
    elif methods and "delete" in methods and view.role in ("", "detail") and not deletes:
        yield Operation("delete", view, "delete", None, view.model)


def _takes_files(form: Form) -> bool:
    return any(each.kind in ("file", "image") for each in form.inputs)


def _model_of_actions(view: View) -> str:
    return next((form.model for form in view.forms if form.model), "")


def methods_of(view: View) -> tuple[str, ...] | None:
    """The HTTP methods of a view in small letters. None if they are unknown."""
    if view.methods:
        return view.methods
    if view.url.actions:
        return tuple(view.url.actions)
    return tuple(method.lower() for method in view.url.methods) if view.url.methods is not None else None


def role_by_words(view: View) -> str:
    """The role that a word of a view's name and route tells. Empty without one."""
    route = view.url.route
    of_rows = addresses.parameters(route)  # the end of `CatalogueView` says nothing about an address without a row
    function = view.url.function if of_rows else re.sub(r"(?<=[a-z])View$", "", view.url.function)
    names = [function, (view.url.name or "").rpartition(":")[2], *re.split(r"[/?$^]+", route)[-3:]]
    for name in names:
        found = [role for word in words_of(name) for role in VERBS if word in VERBS[role]]
        if found:
            return found[0]
    return ""


def role_of(view: View) -> str:
    """The role of a view: as the code tells, or by its words, or as its model lets expect. Empty if nothing tells."""
    route = view.url.route
    if found := view.role or role_by_words(view):
        return found
    if any(form.method in UNSAFE for form in view.forms) and not (view.url.drf or view.model):
        return ""
    if view.model and not view.forms:
        return "detail" if addresses.parameters(route) else "list"
    if view.model or view.url.drf:
        return "detail" if addresses.parameters(route) else "list"
    return ""


def form_role(view: View, form: Form, role: str) -> str:
    """What sending *form* to *view* does."""
    if form.action in ACTIONS:
        return ACTIONS[form.action]
    if form.action and view.url.actions:
        return "other"
    if form.method in ("put", "patch"):
        return "update"
    if form.method == "delete":
        return "delete"
    if role in ("create", "update", "delete", "upload"):
        return "create" if role == "upload" else role
    if role == "list":
        return "create"
    # A form on the page of a row is about another model's rows, such as comments, or changes this row.
    if role == "detail":
        return "create" if form.model and form.model != view.model else "other" if not view.model else "update"
    return "create" if form.model and not addresses.parameters(view.url.route) else "other"
