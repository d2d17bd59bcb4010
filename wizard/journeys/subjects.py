"""What a site is about: its views and models by topic, such as carts and orders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from wizard.base.wording import plural
from wizard.journeys import vocabulary
from wizard.journeys.vocabulary import singular, topic_of, words_in
from wizard.project.inputs import Input, Model, Surface, View

TOOLS = frozenset({"debug", "schema", "swagger", "redoc", "static", "media", "silk", "jsi"})
"""First words of paths that are not for visitors."""
ADMIN_INDEX = re.compile(
    r"^django\.contrib\.admin\.(sites|options)\.(AdminSite\.)?index$|^wagtail\.admin\.views\.home\."
)
"""The first page of an admin, or of Wagtail's pages for editors."""
PARAMETER = re.compile(r"<[^>]*>|\(\?P[^)]*\)|\([^)]*\)")


@dataclass(frozen=True)
class Subjects:
    """The views and models of *surface* by topic. *services* are payment services that the project names elsewhere."""

    surface: Surface
    services: tuple[str, ...] = ()

    def searched(self) -> str:
        """`31 URLs, 9 models, 14 templates`."""
        counts = (len({view.url.route for view in self.views}), len(self.surface.models), len(self.templates))
        return ", ".join(plural(count, noun) for count, noun in zip(counts, ("URL", "model", "template"), strict=True))

    @cached_property
    def views(self) -> tuple[View, ...]:
        """The views for visitors, without those of the admin and of developer tools."""
        return tuple(view for view in self.surface.views if not (self.in_admin(view) or _is_tool(view)))

    @cached_property
    def templates(self) -> frozenset[str]:
        return frozenset(name for view in self.surface.views for name in view.templates)

    def in_admin(self, view: View) -> bool:
        path = view.url.shown.strip("/")
        return (view.url.name or "").startswith("admin:") or any(path.startswith(root) for root in self._admins)

    @cached_property
    def _admins(self) -> tuple[str, ...]:
        """Where the admins are: a project can have several."""
        indexes = [view.url.path for view in self.surface.views if ADMIN_INDEX.search(view.url.view)]
        return tuple(filter(None, (path.strip("/") for path in (self.surface.admin, *indexes))))

    # ---- models

    @cached_property
    def _models(self) -> dict[str, str]:
        """The topic of each model of the project, by label."""
        found = {model.label: model_topic(model.label) for model in self.surface.models}
        if "product" not in found.values():
            found |= dict.fromkeys(self._ordered(found), "product")
        return found

    def _ordered(self, topics: dict[str, str]) -> Iterator[str]:
        """Models to which the rows of a cart or an order refer: what is sold, whatever its name."""
        for model in self.surface.models:
            if topics[model.label] not in {"cart", "order"}:
                continue
            for label in {each.model for each in model.inputs if each.kind == "reference"}:
                beside = label == self.surface.user_model or {*words_in(label.rpartition(".")[2])} & _BESIDE
                if topics.get(label) == "" and not beside:
                    yield label

    @cached_property
    def _sells(self) -> bool:
        """Whether the site has products, a cart or orders."""
        routes = {topic_of(part) for view in self.views for part in PARAMETER.sub("/", view.url.route).split("/")}
        return bool({"product", "item", "cart", "order"} & {*routes, *self._models.values()})

    def models(self, topic: str) -> list[Model]:
        same = _same(topic) - (set() if self._sells else {"category"})
        return [model for model in self.surface.models if self._models[model.label] in same]

    def model(self, label: str) -> Model | None:
        return self.surface.model(label)

    # ---- topics

    def of_subject(self, subject: str) -> str:
        """The topic of a journey's *subject*: a model's label, or a word from a URL; empty for none."""
        found = self._models.get(subject)
        return self._merged(model_topic(subject) if found is None else found)

    def of_view(self, view: View) -> str:
        """The topic of *view*, by its address, its names and its model; empty for none."""
        segments = [part for part in PARAMETER.sub("/", view.url.route).split("/") if words_in(part)]
        while len(segments) > 1 and {*words_in(segments[-1])} <= vocabulary.VERBS:
            segments.pop()
        names = [*segments[-1:], (view.url.name or "").rpartition(":")[2], view.url.function]
        topics = [topic_of(name) for name in names]
        for topic in ("payment", "cart", "order"):
            if topic in topics and not (topic == "order" and self._sorts(view, segments)):
                return topic
        found = self._models.get(view.model, "") or next((topic for topic in topics if topic not in {"", "order"}), "")
        return self._merged(found)

    def _sorts(self, view: View, segments: list[str]) -> bool:
        """Whether *view* is about the order of a list, as `module/order/` without a model for orders."""
        if "order" in view.url.does or "order" in self._models.values() or not self.surface.models:
            return False
        return len(segments) > 1 and segments[-1] == "order"

    def _merged(self, topic: str) -> str:
        """*topic*, with the weaker words as that of the stronger ones if the site does not use those.

        A category is about what is sold only where the site sells something: a blog and a help desk have some, too.
        """
        if topic == "category" and not self._sells:
            return ""
        return {"item": "product", "category": "campaign"}.get(topic, topic)

    # ---- addresses

    @cached_property
    def _by_topic(self) -> dict[str, list[View]]:
        found: dict[str, list[View]] = {}
        for view in self.views:
            found.setdefault(self.of_view(view), []).append(view)
        return found

    def views_of(self, topic: str) -> list[View]:
        return self._by_topic.get(topic, [])

    def addresses(self, topic: str, *, detail: bool | None = None) -> list[str]:
        """The paths of *topic*; with *detail*, those of one row, or of none."""
        paths = (
            view.url.shown
            for view in self._by_topic.get(topic, ())
            if detail is None or detail is (view.role == "detail" or has_parameter(view))
        )
        return list(dict.fromkeys(paths))

    def exists(self, topic: str) -> bool:
        """Whether the site has *topic* at all."""
        return bool(self.addresses(topic) or self.models(topic) or self._in_templates(topic))

    def _in_templates(self, topic: str) -> bool:
        return topic in {"cart", "payment"} and any(
            topic_of(name.rpartition("/")[2].partition(".")[0]) == topic for name in self.templates
        )

    def account_address(self, role: str, words: frozenset[str]) -> str:
        """The path of the view with *role*, or whose name has one of *words*; empty if there is none."""
        for view in self.views:
            if view.role == role or role in view.url.does:
                return view.url.shown
        for view in self.views:
            if role == "signup" and view.requires in ("login", "staff"):  # a till's register, not a visitor's
                continue
            parts = (PARAMETER.sub("/", view.url.route), view.url.name or "")
            named = {singular(word) for part in parts for word in words_in(part)}
            if named & words and not named & {"social", "password", "verify", "refresh"}:
                return view.url.shown
        return ""

    # ---- fields

    def upload_address(self) -> str:
        """Where a file can be sent: the path of a view, or the label of a model in the admin; empty without any."""
        for view in self.views:
            if view.role == "upload" or any(_takes_file(form.inputs) for form in view.forms):
                return view.url.shown
        for model in self.surface.models:
            if model.in_admin and _takes_file(model.inputs):
                return f"{model.label} in the admin"
        return next((path for path in self.addresses("upload") if "upload" in words_in(path)), "")

    def field_of(self, topic: str, words: frozenset[str]) -> str:
        """A field of the models and forms of *topic* whose name has one of *words*; empty without one."""
        inputs = [each for model in self.models(topic) for each in model.inputs]
        for view in self._by_topic.get(topic, ()):
            inputs += [each for form in view.forms for each in form.inputs]
        return next((each.name for each in inputs if {*words_in(each.name)} & words), "")

    def has_checklist(self) -> bool:
        """Whether an address, a view, a template, a model or a field is named after one, also after an order's."""
        views = (text for view in self.views for text in (view.url.route, view.url.name or "", view.url.function))
        models = (
            text for model in self.surface.models for text in (model.label, *(each.name for each in model.inputs))
        )
        names = [*views, *models, *self.templates]
        return any(topic_of(word) == "checklist" for name in names for word in words_in(name))

    def takes_payments(self) -> bool:
        return self.exists("payment") or self.names_payment_service()

    def names_payment_service(self) -> bool:
        """Whether the dependencies, the settings, or fields of models and forms name a service that takes payments."""
        inputs = [each for model in self.surface.models for each in model.inputs]
        inputs += [each for view in self.surface.views for form in view.forms for each in form.inputs]
        named = any(vocabulary.PAYMENT_SERVICES & {*words_in(each.name)} for each in inputs)
        return named or bool(self.services)


_BESIDE = frozenset({"user", "customer", "address", "coupon", "voucher", "status", "account", "profile", "member"})
"""Words of models that an order refers to, and that it does not sell."""


def _same(topic: str) -> set[str]:
    return {topic, *({"product": ("item",), "campaign": ("category",)}.get(topic, ()))}


def model_topic(label: str) -> str:
    """The topic of a model by its class, or by its app where the class is a row of something."""
    app, _, name = label.rpartition(".")
    found = topic_of(name)
    rows = {"item", "line", "entry", "detail"}
    if found == "checklist":
        return found
    if app and topic_of(app) in {"cart", "order"} and (found == "item" or {*words_in(name)[-1:]} & rows):
        return topic_of(app)
    return "" if found == "payment" and words_in(name)[-1:] == ("method",) else found


def has_parameter(view: View) -> bool:
    return bool(PARAMETER.search(view.url.route))


def _is_tool(view: View) -> bool:
    return bool({*words_in(view.url.shown.split("/")[1])[:1]} & TOOLS)


def _takes_file(inputs: tuple[Input, ...]) -> bool:
    return any(each.kind in {"file", "image"} or _takes_file(each.inputs) for each in inputs)
