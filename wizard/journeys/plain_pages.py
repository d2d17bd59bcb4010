"""The pages of a site without a row: each that needs no value in its address answers without an error."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from urllib.parse import unquote

from wizard.base.errors import SiteError
from wizard.base.wording import plural
from wizard.journeys import addresses
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.operations import AVOIDED, methods_of
from wizard.journeys.people import bring_back
from wizard.journeys.visitor import Answer, RedirectLoop, Visitor
from wizard.project.inputs import View
from wizard.project.urls import Url

MOST = 40
"""Pages that are opened."""
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?", re.I)
LANGUAGES, IN_LANGUAGE = 2, 12
"""Other languages, and the pages that are opened in each."""
PATIENCE, MOST_SILENT = 6.0, 2
"""Seconds in which a page must answer, and the pages without an answer after which no further one is opened."""
ON_REAL_SITE = frozenset({"delete", "task"})
"""What a page must not do either when it is opened at a real site."""
FOR_OTHERS = frozenset({401, 403, 405})
"""Statuses of pages for other visitors or methods."""
HAS_EFFECT = re.compile(
    r"log_?-?out|delete|remove|unsubscribe|sign_?-?out|clear|reset|send|cancel|export|download|sync|import"
)
ON_PURPOSE = re.compile(
    r"sentry|error|debug|crash|raise|exception|boom|500|fail|trigger|health|stream|events|sse|webhook|callback"
)
"""Names of views that answer an error, or never end, on purpose."""

OF_NINJA = frozenset({"_sync_view", "_async_view"})
"""The names of the functions behind all addresses of a django-ninja API, which say nothing about one of them."""


def check_pages(context: Context, skipped: Collection[str] = ()) -> None:
    """Open each page as a visitor, before there are rows. *skipped* are addresses that the project leaves out.

    Pages of installed apps are opened where another page links to them, or where they are the app's first one: an app
    can have pages that the site does not use.
    """
    avoided = {*AVOIDED, *ON_REAL_SITE} if context.rows is None else AVOIDED
    views = [view for view in context.surface.views if not avoided & {*view.url.effects}]
    found = [(view, path) for view in views if (path := _path(view)) and path not in skipped]
    pages = [each for each in found if not each[0].package][:MOST]
    of_apps = [each for each in found if each[0].package]
    first = {view.package: (view, path) for view, path in reversed(of_apps)}
    pages += first.values()
    role = "first" if "first" in context.visitors else "anonymous"
    if not pages or role not in context.visitors:
        return

    def body(visitor: Visitor) -> str:
        opened = _Opened(visitor)
        if of_apps:
            opened.open("/")
        for view, path in pages:  # it grows
            if why := opened.open(path, data=view.url.drf):
                why = f"{why} ({view.where})" if view.package else why
                raise Contradiction(why, "a page, or a redirect to one", "" if view.package else _place(view.url))
            reached = [each for each in of_apps if each[1] in opened.linked and each not in pages]
            pages.extend(reached[: MOST - len(pages)] if len(pages) < MOST else ())
            if len(opened.silent) > MOST_SILENT:
                break
        for path in _others(visitor, [path for _, path in pages]):
            if why := opened.open(path):
                raise Contradiction(why, "the page in this language, too")
        return opened.result(", ".join(path for _, path in pages[:5]))

    place, before = _place(pages[0][0].url), context.visitors[role].cookies.copy()
    context.run("pages", "A visitor opens the pages of the site", "other", "pages", role, body, place)
    bring_back(context, role, before)


def _place(url: Url) -> str:
    return f"{url.file}:{url.line}" if url.file and url.line else url.file or ""


def _others(visitor: Visitor, paths: Sequence[str]) -> list[str]:
    if any(LANGUAGE.fullmatch(path.split("/")[1]) for path in paths):
        with suppress(SiteError):
            return in_other_languages(visitor.get("/"), paths)
    return []


def in_other_languages(home: Answer, paths: Sequence[str]) -> list[str]:
    """The addresses of *paths* in the other languages that the page *home* offers, where addresses begin with it."""
    own = home.path.split("/")[1].partition("?")[0]
    if not LANGUAGE.fullmatch(own):
        return []
    inputs = [each for form in home.page.forms for each in form.inputs if each.name == "language"]
    codes = {value.lower(): value for each in inputs for value in each.choices}
    rest = home.path.removeprefix(f"/{own}/")
    linked = [link.path.split("/")[1] for link in home.page.links if link.path.endswith(f"/{rest}")]
    codes |= {code.lower(): code for code in linked if f"/{code}/{rest}" in {link.path for link in home.page.links}}
    others = [code.lower() for code in codes if LANGUAGE.fullmatch(code) and code != own.lower()]
    inside = [path.removeprefix(f"/{own}/") for path in paths if path.startswith(f"/{own}/")]
    return [f"/{code}/{path}" for code in others[:LANGUAGES] for path in inside[:IN_LANGUAGE]]


def _path(view: View) -> str:
    """The address of a page that can be opened without an effect. Empty for other views."""
    url = view.url
    function = "" if url.function in OF_NINJA else url.function
    words = f"{url.route} {url.name or ''} {function}".lower()
    opens = "get" in (methods_of(view) or ("get",)) and not url.by_get
    plain = not addresses.parameters(url.route) and not re.search(r"\(", url.route)
    if view.library or not opens or not plain or HAS_EFFECT.search(words) or ON_PURPOSE.search(words):
        return ""
    return addresses.fill(url.route, {})


class _Opened:
    """The pages that *visitor* has opened: their links, those that did not answer, and how the others answered."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.linked: set[str] = set()
        self.silent: list[str] = []
        self.statuses: list[str] = []

    def open(self, path: str, *, data: bool = False) -> str:
        """What is wrong with the answer of *path*. Empty if nothing is, or if there was none.

        *data*: whether it is an API, whose pages for browsers a project need not have set up.
        """
        try:
            with self.visitor.recorder.patience(PATIENCE):
                answer = self.visitor.get(path, data=True) if data else self.visitor.get(path)
        except RedirectLoop as error:
            return "" if _is_guarded(path, error.why) else f"GET {path} redirects without an end"
        except SiteError as error:
            self.silent.append(str(error))
            return ""
        if answer.is_page:
            self.linked.update(link.path.partition("?")[0] for link in answer.page.links)
        fits = answer.status < (500 if data else 400) or answer.status in FOR_OTHERS  # an API may want parameters
        self.statuses.append("" if fits else f"GET {path} got {answer.status}")
        return self.statuses[-1] if answer.status >= 500 else ""

    def result(self, paths: str) -> str:
        """That all pages answer.

        Raises:
            Unfinished: some did not, or the site refused them all.
        """
        if self.silent:
            raise Unfinished(f"{'; '.join(self.silent)}; {plural(len(self.statuses), 'page')} answered")
        if self.statuses and all(self.statuses):
            raise Unfinished(f"the site refuses every page: {self.statuses[0]}")
        return f"{len(self.statuses)} pages answer without an error: {paths}"


def _is_guarded(path: str, way: str) -> bool:
    """Whether the circle *way* goes through a log-in that leads back to *path*.

    So it is where a page is for staff, and the log-in sends on whoever is logged in. A visitor may not open that page.
    """
    found = re.search(r"(/[^\s?]*)\?(?:\S*&)?next=(/[^\s&]*)", unquote(way))
    return found is not None and found[1] != path and found[2] == path
