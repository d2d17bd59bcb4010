"""What visitors can send to a site: the forms of its views, the fields in them, and the models behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wizard.project.urls import Url

KINDS = (
    "text", "email", "password", "url", "slug", "phone", "integer", "decimal", "float", "boolean", "choice", "date",
    "datetime", "time", "duration", "uuid", "json", "file", "image", "reference", "object", "address", "captcha",
    "hidden",
)  # fmt: skip
"""The kinds of an input. A `reference` names a row of a model, an `object` has inputs of its own, an `address` is an IP
address."""


@dataclass(frozen=True)
class Input:
    """One field of a form.

    Arguments:
        name: its name in the request.
        kind: one of KINDS.
        many: whether it takes a list.
        choices: the values that it accepts, without the empty one, at most 50. Empty if any value goes.
        minimum, maximum: the limits of a number.
        shortest, longest: the limits of a text's length, in characters; of a file's size, in bytes.
        pattern: a regular expression that the text must match.
        model: the label of the model that a `reference` is about, for example `shop.Book`.
        lookup: the model's field by which a `reference` names a row, or `url` for the row's own address in the API.
        inputs: those of an `object`.
        initial: the value that the page has already.
        label: the text beside it.
        extensions: the file names' ends that it accepts, without a dot.
        chosen: those of the choices that the page has selected already, of a field that takes several.
        places: how many digits a `decimal` may have behind the point.
        type: its GraphQL type, for example `[BookInput!]!`; `base64` for a file inside of JSON; else empty.
    """

    name: str
    kind: str = "text"
    required: bool = True
    many: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    model: str = ""
    lookup: str = "pk"
    inputs: tuple[Input, ...] = ()
    initial: str = ""
    label: str = ""
    extensions: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    places: int | None = None
    type: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Input:
        """The input that the agent describes in *row*."""
        values = dict(row)
        values["inputs"] = tuple(cls.of(each) for each in values.get("inputs", ()))
        for name in ("choices", "extensions", "chosen"):
            values[name] = tuple(str(each) for each in values.get(name, ()))
        return cls(**values)


@dataclass(frozen=True)
class Button:
    """A button that sends a page's form. Only the pressed one is part of the request, if it has a name."""

    name: str
    value: str
    label: str = ""


@dataclass(frozen=True)
class Form:
    """What a view accepts in one kind of request.

    Arguments:
        method: the HTTP method in small letters.
        encoding: `form`, `multipart`, `json` or `graphql`.
        source: where it was found, for example `serializer shop.api.BookSerializer`.
        model: the label of the model whose row it creates or changes. Empty if that is not known.
        action: the method of a viewset, or the name of a GraphQL mutation.
        path: the address to which a page sends it. Empty for a form that was found in the code: the view's own.
        outputs: the names of the fields in the answer, where they are known. Those of GraphQL have their path before
            them, for example `book.author.id`.
        formset: the prefix of the formset whose rows the inputs belong to.
        buttons: those of a page's form. Enter presses the first.
        headers: what a page's script sends with it, for example htmx's.
        title: the heading or the button's text, of a page's form.
    """

    method: str
    encoding: str
    inputs: tuple[Input, ...]
    source: str
    model: str = ""
    action: str = ""
    path: str = ""
    outputs: tuple[str, ...] = ()
    formset: str = ""
    buttons: tuple[Button, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    title: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Form:
        """The form that the agent describes in *row*."""
        values = dict(row)
        values["inputs"] = tuple(Input.of(each) for each in values.get("inputs", ()))
        values["outputs"] = tuple(values.get("outputs", ()))
        return cls(**values)


@dataclass(frozen=True)
class View:
    """A URL with what visitors can do there.

    Arguments:
        forms: what it accepts, the best description first.
        model: the label of the model whose rows it shows or changes.
        role: `list`, `detail`, `create`, `update`, `delete`, `login`, `logout`, `signup`, `reset`, `password`, `upload`
            or empty. A URL has one view for each action of a viewset, each method of an APIView, each operation of
            django-ninja and each query or mutation of GraphQL.
        requires: `login`, `staff`, `nobody` for an open view, or empty if the code does not tell.
        parameters: the names of the route's parameters, each with the field of `model` that it is compared to, or with
            `app.Model.field` for another model's. The field is empty if it is not known.
        library: the package that the view comes from, for example `allauth`. Empty for the project's own, and for the
            pages of installed apps such as a shop or a forum.
        templates: the templates that it names.
        methods: the HTTP methods that it handles, in small letters.
        action: the method of a viewset, or the name of a GraphQL query or mutation.
        outputs: the names of the fields in its answer, as in Form.
        authentication: the names of the classes by which an API recognises its visitors.
        csrf_exempt: whether it takes forms without a CSRF token.
        where: the file and line of its code, relative to manage.py's folder. Its dotted name for a page of an installed
            app. Empty for a library's.
        package: the installed app that a page of the site comes from, for example `oscar`. Empty for the project's own.
    """

    url: Url
    forms: tuple[Form, ...] = ()
    model: str = ""
    role: str = ""
    requires: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    library: str = ""
    templates: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    action: str = ""
    outputs: tuple[str, ...] = ()
    authentication: tuple[str, ...] = ()
    csrf_exempt: bool = False
    where: str = ""
    package: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any], url: Url) -> View:
        """The view of *url* that the agent describes in *row*."""
        values = {**row, "url": url, "forms": tuple(Form.of(each) for each in row.get("forms", ()))}
        for name in ("templates", "methods", "outputs", "authentication"):
            values[name] = tuple(row.get(name, ()))
        return cls(**values)


@dataclass(frozen=True)
class Model:
    """A model of the project's own apps, or of an installed app whose pages the site shows.

    Arguments:
        label: for example `shop.Book`.
        title: its verbose name.
        plural: its verbose name in the plural. Django adds an s where the project gives none.
        inputs: its fields, as a form would have them.
        owner: the field that refers to the user to whom a row belongs, as a filter of the ORM names it: `author`, or
            `customer__user` where a profile is between them. Empty without one.
        unique: the names of fields whose values are unique.
        in_admin: whether the admin can add a row.
        table: the name of its database table.
        key: the name of its primary key.
    """

    label: str
    title: str
    inputs: tuple[Input, ...] = ()
    owner: str = ""
    unique: tuple[str, ...] = ()
    in_admin: bool = False
    table: str = ""
    key: str = ""
    plural: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Model:
        """The model that the agent describes in *row*."""
        inputs = tuple(Input.of(each) for each in row.get("inputs", ()))
        return cls(**{**row, "inputs": inputs, "unique": tuple(row.get("unique", ()))})


@dataclass(frozen=True)
class Surface:
    """All that visitors can do on the site.

    Arguments:
        problems: what could not be read, each as one line, for example a schema that raises an error.
        user_model: the label of the user model.
        username: the name of its field that identifies a user.
        admin: the path of the admin. Empty without one.
    """

    views: tuple[View, ...] = ()
    models: tuple[Model, ...] = ()
    problems: tuple[str, ...] = ()
    user_model: str = ""
    username: str = "username"
    admin: str = ""
    kept: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What journeys find in it once, by a name."""

    @cached_property
    def by_label(self) -> Mapping[str, Model]:
        """The models by their labels."""
        return {model.label: model for model in self.models}

    @cached_property
    def labels_of_class(self) -> Mapping[str, Sequence[str]]:
        """The labels of the models by the names of their classes in small letters."""
        found: dict[str, list[str]] = {}
        for label in self.by_label:
            found.setdefault(label.rpartition(".")[2].lower(), []).append(label)
        return found

    @cached_property
    def by_place(self) -> Mapping[str, Sequence[View]]:
        """The views by the place of their code."""
        return _grouped(self.views, lambda view: view.where)

    @cached_property
    def by_model(self) -> Mapping[str, Sequence[View]]:
        """The views by the label of their model."""
        return _grouped(self.views, lambda view: view.model)

    def once(self, name: str, find: Callable[[], Any]) -> Any:
        """What *find* returns. It is called once, and the result is kept under *name*."""
        if name not in self.kept:
            self.kept[name] = find()
        return self.kept[name]

    def model(self, label: str) -> Model | None:
        """The model *label*. None if it is not one of the site's."""
        return self.by_label.get(label)

    def owner_of(self, label: str) -> str:
        """The field by which rows of the model *label* belong to a user. Empty without one."""
        model = self.model(label)
        return model.owner if model is not None else ""


def _grouped(views: Sequence[View], key: Callable[[View], str]) -> dict[str, list[View]]:
    """The *views* by their *key*, without those whose key is empty."""
    found: dict[str, list[View]] = {}
    for view in views:
        if name := key(view):
            found.setdefault(name, []).append(view)
    return found
