"""One row of the project's URL configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Url:
    """A URL pattern and its view.

    Arguments:
        route: the whole pattern, as Django joins it from the included URL configurations.
        name: its name with namespaces, or None.
        view: the dotted name of the function or class.
        file: the view's file relative to manage.py's folder. None for views of libraries.
        kind: `function`, `method`, `class`, `viewset` or `api_view`.
        methods: the HTTP methods of a class, or those that a decorator such as `require_POST` accepts. None if they are
            not known.
        actions: HTTP method -> method of a viewset.
        drf: whether it is a view of Django REST framework.
        fields: names of the fields that its form or serializer requires.
        does: what its code does: `login` checks a password or gives access, `code` checks a code that the visitor
            types in, `signup` creates a user, `mail` sends a message to an address that the visitor gives, `order`
            creates an order.
        by_get: whether a GET request does the view's work.
        effects: what else a GET request does: `logout`, `account` and `delete` for what it deletes, `mail`, `task` for
            work in the background, `exit` ends the process.
        bare: whether the view has no arguments in the URL configuration.
        mutations: names of the mutations of a GraphQL view.
        protected: whether it requires a login.
    """

    route: str
    name: str | None
    view: str
    file: str | None
    line: int | None
    kind: str
    methods: tuple[str, ...] | None
    actions: Mapping[str, str] | None
    is_async: bool
    drf: bool
    fields: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    bare: bool = True
    mutations: tuple[str, ...] = ()
    protected: bool = False
    by_get: bool = False
    effects: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Url:
        """The URL that the agent describes in *row*."""
        values = dict(row)
        values["is_async"] = values.pop("async")
        values["methods"] = None if row["methods"] is None else tuple(row["methods"])
        for name in ("fields", "does", "mutations"):
            values[name] = tuple(row[name])
        values["effects"] = tuple(row.get("effects", ()))
        return cls(**values)

    @property
    def function(self) -> str:
        return self.view.rsplit(".", 1)[-1]

    @property
    def shown(self) -> str:
        """The route for display, without the anchors and escapes of regular expressions."""
        return "/" + re.sub(r"\\Z|[\^$]|\\(?=[./-])", "", self.route)

    @property
    def path(self) -> str:
        """The route as a path to request, with 1 for each parameter."""
        text = re.sub(r"\\Z|[\^$?]|\\(?=[./-])", "", self.route)
        text = re.sub(r"<uuid:[^>]+>", "00000000-0000-4000-8000-000000000001", text)
        text = re.sub(r"<[^>]+>", "1", text)
        return "/" + re.sub(r"\(\?P1[^)]*\)|\([^)]*\)", "1", text)
