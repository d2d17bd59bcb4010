"""Which items of the checklist the journeys prove, and which do not apply because the site lacks their subject."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from wizard.journeys import vocabulary
from wizard.journeys.judgement import LENGTH, Judgement, cut, judgement, names_of
from wizard.journeys.result import NOT_FOR_VISITORS, JourneyResult, Verdict
from wizard.journeys.subjects import Subjects, has_parameter
from wizard.journeys.vocabulary import singular, topic_of, words_in
from wizard.project.inputs import Surface

LARGE = ("5 mb", "large")
"""Words in the name or title of a journey that uploads a large file."""
REFUSES = "the site refuses a file"
"""How the effect of such a journey begins where the site has a limit for files, and says so."""


@dataclass(frozen=True)
class Rule:
    """How one item is proven.

    Arguments:
        noun: its subject, as in "no cart in 31 URLs".
        words: what was searched for.
        proves: whether a journey proves it.
        address: where the site has its subject; empty if it does not.
    """

    item: str
    noun: str
    words: str
    proves: Callable[[Subjects, JourneyResult], bool]
    address: Callable[[Subjects], str]


def _topic(*pairs: str) -> Callable[[Subjects, JourneyResult], bool]:
    """Journeys of a kind about a topic, each as `topic:kind`; `*:kind` for any topic."""

    def proves(subjects: Subjects, result: JourneyResult) -> bool:
        topic = subjects.of_subject(result.subject)
        return f"*:{result.kind}" in pairs or f"{topic}:{result.kind}" in pairs

    return proves


def _visitors(rule: Callable[[Subjects, JourneyResult], bool]) -> Callable[[Subjects, JourneyResult], bool]:
    return lambda subjects, result: result.visitor != "staff" and rule(subjects, result)


def _staff(rule: Callable[[Subjects, JourneyResult], bool]) -> Callable[[Subjects, JourneyResult], bool]:
    return lambda subjects, result: result.visitor == "staff" and rule(subjects, result)


def _adds(campaign: bool) -> Callable[[Subjects, JourneyResult], bool]:
    def proves(subjects: Subjects, result: JourneyResult) -> bool:
        topic = subjects.of_subject(result.subject)
        added = result.kind == "cart-add" or (result.kind == "create" and topic == "cart")
        return added and campaign is (topic == "campaign")

    return proves


def _is_large(result: JourneyResult) -> bool:
    return any(word in f"{result.name} {result.title}".lower() for word in LARGE)


def _refuses(result: JourneyResult) -> bool:
    """Whether *result* shows that the site has a limit for files on purpose, so that none so large can be uploaded."""
    return result.verdict is Verdict.WORKS and _is_large(result) and result.why.lower().startswith(REFUSES)


def _uploads(large: bool) -> Callable[[Subjects, JourneyResult], bool]:
    return lambda _, result: result.kind == "upload" and (_is_large(result) if large else not _refuses(result))


def _assigns(subjects: Subjects, result: JourneyResult) -> bool:
    field = subjects.field_of("order", vocabulary.ASSIGNMENT)
    about = subjects.of_subject(result.subject) == "order" and result.kind in {"admin-change", "update"}
    sent = " ".join(
        [result.name, result.title, result.why, *(f"{each.request} {each.sent}" for each in result.requests)]
    )
    return about and bool(re.search(r"assign", sent, re.IGNORECASE) or (field and field in sent))


def _path(topic: str, *, detail: bool | None = None) -> Callable[[Subjects], str]:
    return lambda subjects: next(iter(subjects.addresses(topic, detail=detail)), "")


def _new_order(subjects: Subjects) -> str:
    """Where an order is created: a form, a view that does it, or an address with such a word."""
    words = {"create", "new", "place", "make", "add", "checkout", "book", "reserve", "buy", "submit"}
    for view in subjects.views_of("order"):
        named = {word for text in (view.url.route, view.url.name or "", view.url.function) for word in words_in(text)}
        posts = view.role == "create" or "order" in view.url.does
        posts = posts or (not view.role and any(form.method == "post" for form in view.forms))
        if posts or named & words:
            return view.url.shown
    return ""


def _order_page(subjects: Subjects) -> str:
    """Where orders are shown: an address with a parameter, in the plural, or with a word such as `history`."""
    words = {"list", "detail", "details", "history", "my", "mine", "show", "all"}
    for view in subjects.views_of("order"):
        named = [word for text in (view.url.route, view.url.name or "", view.url.function) for word in words_in(text)]
        several = any(topic_of(word) == "order" and singular(word) != word for word in named)
        if view.role in {"list", "detail"} or has_parameter(view) or several or words & {*named}:
            return view.url.shown
    return ""


def _if_any(topic: str) -> Callable[[Subjects], str]:
    """The first address of *topic*, or its first model: part of a page may be about it."""

    def address(subjects: Subjects) -> str:
        return _path(topic)(subjects) or next((model.label for model in subjects.models(topic)), "")

    return address


def _cart(subjects: Subjects) -> str:
    return _if_any("cart")(subjects) or ("the templates" if subjects.exists("cart") else "")


def _campaign_in_cart(subjects: Subjects) -> str:
    campaigns = [model for model in subjects.models("campaign") if "category" not in model.label.lower()]
    referred = any(
        each.model in {model.label for model in campaigns} for model in subjects.models("cart") for each in model.inputs
    )
    named = subjects.field_of("cart", frozenset({"campaign", "promotion", "offer"}))
    return _cart(subjects) if campaigns and (referred or named) else ""


def _payment(subjects: Subjects) -> str:
    elsewhere = ", ".join(subjects.services) or "the models"
    return _if_any("payment")(subjects) or (elsewhere if subjects.takes_payments() else "")


def _orders_for_staff(subjects: Subjects) -> str:
    found = next((f"{model.label} in the admin" for model in subjects.models("order") if model.in_admin), "")
    return found or _orders_of_library(subjects)


def _assignment(subjects: Subjects) -> str:
    if subjects.models("order"):
        return subjects.field_of("order", vocabulary.ASSIGNMENT)
    return _orders_of_library(subjects)


def _orders_of_library(subjects: Subjects) -> str:
    """Where orders are whose model is not known: that of a library, which may be in the admin."""
    known = subjects.models("order") or not subjects.surface.admin
    views = [view for view in subjects.views_of("order") if view.library or view.package or not subjects.surface.models]
    return "" if known or not views else views[0].url.shown


def _account(role: str, words: frozenset[str]) -> Callable[[Subjects], str]:
    return lambda subjects: subjects.account_address(role, words)


_SIGN_UP, _LOG_IN = _account("signup", vocabulary.SIGN_UP), _account("login", vocabulary.LOG_IN)
_LOG_OUT = _account("logout", vocabulary.LOG_OUT)
_SEARCHED = vocabulary.SEARCHED
_PRODUCT, _CAMPAIGN, _CARTS = _SEARCHED["product"], _SEARCHED["campaign"], _SEARCHED["cart"]
_ORDERS, _PAY, _FILES = _SEARCHED["order"], _SEARCHED["payment"], _SEARCHED["upload"]
_LIST_KINDS = ("product:list", "product:search")
_CART_KINDS = ("*:cart-show", "cart:list", "cart:detail")
_ORDER_KINDS = ("*:orders", "order:list", "order:detail")
RULES = (
    Rule("18.7", "upload", _FILES, _uploads(large=False), Subjects.upload_address),
    Rule("18.8", "payment", _PAY, _topic("*:payment"), _payment),
    Rule("21.1", "sign-up", "sign up, register", _topic("*:signup", "*:confirm"), _SIGN_UP),
    Rule("21.2", "login for visitors", "log in, sign in, token", _topic("*:login"), _LOG_IN),
    Rule("21.3", "logout", "log out, sign out, revoke", _topic("*:logout"), _LOG_OUT),
    Rule("21.4", "login for visitors", "log in, sign in, token", _topic("*:login-again"), _LOG_IN),
    Rule("21.5", "list of products", _PRODUCT, _topic(*_LIST_KINDS), _path("product", detail=False)),
    Rule("21.6", "campaign", _CAMPAIGN, _topic("campaign:list", "campaign:detail"), _path("campaign")),
    Rule("21.7", "page of one product", _PRODUCT, _topic("product:detail"), _path("product", detail=True)),
    Rule("21.8", "cart", _CARTS, _adds(campaign=False), _cart),
    Rule("21.9", "campaign in a cart", f"{_CARTS}; {_CAMPAIGN}", _adds(campaign=True), _campaign_in_cart),
    Rule("21.10", "cart", _CARTS, _topic(*_CART_KINDS), _cart),
    Rule("21.11", "quantity in a cart", f"{_CARTS}; quantity, count", _topic("*:cart-change", "cart:update"),
         lambda subjects: subjects.field_of("cart", vocabulary.QUANTITY)),
    Rule("21.12", "cart", _CARTS, _topic("*:cart-remove", "cart:delete"), _cart),
    Rule("21.13", "order", _ORDERS, _topic("*:order", "order:create"), _new_order),
    Rule("21.14", "payment", _PAY, _topic("*:payment"), _payment),
    Rule("21.15", "upload", _FILES, _uploads(large=False), Subjects.upload_address),
    Rule("21.16", "page of an order", _ORDERS, _visitors(_topic(*_ORDER_KINDS)), _order_page),
    Rule("21.17", "admin", "the admin", _topic("*:admin-login"), lambda subjects: subjects.surface.admin),
    Rule("21.18", "order in the admin", _ORDERS, _staff(_topic(*_ORDER_KINDS, "order:admin-change", "order:update")),
         _orders_for_staff),
    Rule("21.19", "field that assigns an order", "assign, staff, handler, agent", _staff(_assigns), _assignment),
    Rule("21.20", "checklist", _SEARCHED["checklist"], _topic("checklist:admin-change", "checklist:update"),
         lambda subjects: "its model" if subjects.has_checklist() else ""),
    Rule("22.2", "upload", _FILES, _uploads(large=True), Subjects.upload_address),
)  # fmt: skip
HOLES = {
    "product": "21.7", "campaign": "21.6", "cart": "21.10", "order": "21.16", "payment": "21.14", "checklist": "21.20",
    "upload": "21.15", "staff": "21.17", "account": "21.2", "accounts": "21.2",
}  # fmt: skip
"""The item that a hole fails, by the topic of its subject; `staff` are pages for staff, `accounts` those to log in."""


PAYMENTS = ("18.8", "21.14")
AFTER = {
    "21.3": "21.2", "21.4": "21.2", "21.9": "21.8", "21.10": "21.8", "21.11": "21.8", "21.12": "21.8", "21.13": "21.8",
    "21.14": "21.13", "18.8": "21.13", "21.16": "21.13", "22.2": "18.7",
}  # fmt: skip
"""The item without which a journey for another one is not begun."""
WORDS = {Verdict.BROKEN: "broken", Verdict.OPEN: "open", Verdict.WORKS: "done", None: "not applicable"}


@dataclass(frozen=True)
class Journeys:
    """The *results* of all journeys on a site with *surface*, by item.

    *reads_only*: no journey was allowed to change anything, so what needs that is only open. *services* are the payment
    services that the dependencies or the settings name.
    """

    surface: Surface
    results: tuple[JourneyResult, ...]
    reads_only: bool = False
    services: tuple[str, ...] = ()

    @cached_property
    def subjects(self) -> Subjects:
        return Subjects(self.surface, self.services)

    @cached_property
    def _by_item(self) -> dict[str, list[JourneyResult]]:
        """The results by the items that they are about."""
        found: dict[str, list[JourneyResult]] = {}
        for result in self.results:
            for item in self.items_of(result):
                found.setdefault(item, []).append(result)
        return found

    def items_of(self, result: JourneyResult) -> list[str]:
        """The items that *result* is about; empty if it belongs to a resource that no item names."""
        subjects = self.subjects
        if result.kind == "hole":
            account = "account" if result.subject == self.surface.user_model else result.subject
            item = HOLES.get(subjects.of_subject(result.subject)) or HOLES.get(account)
            return [item] if item else []
        found = [rule.item for rule in RULES if rule.proves(subjects, result)]
        if not found and result.kind == "admin-change":
            return ["21.17"]
        return found

    def package_of(self, result: JourneyResult) -> str:
        """The installed app whose pages *result* is about. Empty for the project's own."""
        views = self.surface.by_place.get(result.where) or self.surface.by_model.get(result.subject, ())
        packages = {view.package for view in views}
        return packages.pop() if len(packages) == 1 else ""

    def judge(self, item: str) -> Judgement | None:
        """What the journeys and the search show about *item*; None for an item that they say nothing about."""
        rule = next((rule for rule in RULES if rule.item == item), None)
        if rule is None:
            return None
        about = self._by_item.get(item, [])
        refused = next((result.why for result in about if _refuses(result)), "")
        if refused and not any(result.verdict is not Verdict.WORKS for result in about):
            return Judgement(item, None, names_of(about), cut(refused))
        if about and all(result.why.startswith(NOT_FOR_VISITORS) for result in about):
            return Judgement(item, None, names_of(about), cut(about[0].why))
        if any(rule.proves(self.subjects, result) or result.verdict is Verdict.BROKEN for result in about):
            return judgement(item, about)
        return self._without_journey(rule)

    def hole(self, item: str) -> Judgement | None:
        """The failure of *item* by what must not work and does; None without one."""
        found = [
            result
            for result in self._by_item.get(item, ())
            if result.kind == "hole" and result.verdict is Verdict.BROKEN
        ]
        return judgement(item, found) if found else None

    def _without_journey(self, rule: Rule) -> Judgement:
        if closed := self._closed_to_visitors(rule.item):
            return closed
        ran, address = f"searched for {rule.words}", rule.address(self.subjects)
        if not self.surface.views:
            why = next(iter(self.surface.problems), "the views of the project could not be read")
            return Judgement(rule.item, Verdict.OPEN, ran, cut(why))
        if not address:
            return Judgement(rule.item, None, ran, f"no {rule.noun} in {self.subjects.searched()}")
        if rule.item in PAYMENTS and self._sells_without_payment:
            return Judgement(
                rule.item, None, ran, "an order is placed without a payment, and no payment service is named"
            )
        if blocker := self._blocker(rule.item):
            why = (
                f"not tried, because item {blocker.item} comes first, and is {WORDS[blocker.verdict]}: {blocker.showed}"
            )
            return Judgement(rule.item, Verdict.OPEN, blocker.ran, cut(why, 2 * LENGTH))
        if self.reads_only:
            why = f"found {address}. Golive changes nothing at a real site without the answer `journeys: full`"
        else:
            why = f'found {address}, but no journey could use it. Add a flow with item: "{rule.item}" to golive.yaml'
        return Judgement(rule.item, Verdict.OPEN, ran, why)

    @property
    def _sells_without_payment(self) -> bool:
        """Whether visitors place orders, and neither code nor settings name a service that takes payments."""
        placed = any(result.kind == "order" and result.verdict is Verdict.WORKS for result in self.results)
        return placed and not self.subjects.names_payment_service()

    def _closed_to_visitors(self, item: str) -> Judgement | None:
        """That *item* does not apply, because an item before it is not for visitors of this site; None otherwise."""
        before = AFTER.get(item, "")
        for result in self._by_item.get(before, ()):
            if result.why.startswith(NOT_FOR_VISITORS):
                return Judgement(item, None, names_of([result]), cut(result.why))
        return None

    def _blocker(self, item: str) -> Judgement | None:
        """What the journeys show about an item that comes before *item*, and that they could not carry to its end."""
        while item := AFTER.get(item, ""):
            about = [result for result in self._by_item.get(item, ()) if result.kind != "hole"]
            if about and not any(result.verdict is Verdict.WORKS for result in about):
                return judgement(item, about)
        return None
