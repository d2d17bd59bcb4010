"""Where visitors sign up, log in, log out and reset their passwords: from the code, and from the links of pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from wizard.journeys.attempts import matching_form
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.field_values import MAIL, PASSWORD
from wizard.journeys.html_page import Page
from wizard.journeys.operations import STAFF_AREA
from wizard.journeys.sample_values import words_of
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Input, Surface, View


def _words_of_task(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.IGNORECASE)


WORDS = {
    "signup": _words_of_task(r"sign_?up|register|registration|create_?account|join\b|create_?user|new_?user"),
    "login": _words_of_task(
        r"log_?in|sign_?in|token_?obtain|obtain_?token|token_?auth|auth_?token|jwt_?create|token_?create",
        r"create_?token|authenticate|session_?create|(?:^|/)(?:token|session)/?(?=\s|$)",
        r"send_?otp|otp_?send|request_?(?:otp|code)|(?:otp|code)_?request|otp/(?:send|request)|magic_?link|send_?code",
    ),
    "logout": _words_of_task(r"log_?out|sign_?out|log_?off|token_?destroy|token_?blacklist"),
    "reset": _words_of_task(
        r"password_?reset|reset_?password|forgot|recover|lost_?password", r"password_?request|password/request"
    ),
    "reset-confirm": _words_of_task(
        r"reset_?(password)?_?(confirm|complete|key)|set_?password|new_?password|password_?reset|password/reset|reset"
    ),
    "confirm": _words_of_task(r"verif|confirm|activat|otp|code"),
}
"""Words of addresses, names and mutations, with `-` as `_`, by what visitors do there."""
OTHERS = {
    "signup": _words_of_task(
        r"log_?in|verif|confirm|resend|complete|closed|done|activat|event|cart|newsletter|device|unregister"
    ),
    "login": _words_of_task(
        r"refresh|verify|social|log_?out|code/confirm|reauth|blacklist|provider|done|by_code|2fa|mfa|webauthn"
    ),
    "logout": _words_of_task(r"done|success"),
    "reset": _words_of_task(r"confirm|complete|done|from_key|sent|/key"),
    "reset-confirm": _words_of_task(r"done|complete|sent|username"),
    "confirm": _words_of_task(r"resend|send|request|password|reset|done|sent|token_verify|jwt|country|coupon|promo"),
}
"""Words of other addresses that have some of WORDS, too."""
ELSEWHERE = re.compile(
    r"social|oauth|google|facebook|github|openid|saml|__debug__|schema|swagger|redoc|browsable", re.I
)
SENDING = frozenset({"django", "allauth", "dj_rest_auth", "djoser"})
"""Libraries whose views send their mail before they answer."""
STAFF = re.compile(r"(?:^|[/_])(?:admin\w*|dashboard|staff|back_?office|manage(?:r|ment)?|cms|internal|control)/", re.I)
"""Words of the addresses where staff logs in, which may refuse everybody else."""
OLD_PASSWORD = re.compile(r"(?:old|current|existing)[_-]?pass", re.I)
SAYS_SIGN_UP = re.compile(r"sign_?up|regist|(?:^|/)join|create_?account|new_?account", re.I)
DOES = {"signup": "signup", "login": "login", "confirm": "code"}
CREDENTIALS = (Input("username"), Input("email", "email"), Input("password", "password"))
GUESSED = {
    "signup": CREDENTIALS,
    "login": (CREDENTIALS[0], CREDENTIALS[2]),
    "logout": (),
    "reset": (CREDENTIALS[1],),
    "confirm": (),
    "reset-confirm": (),
}
"""The inputs of a data view whose form is not known. A refusal names the others."""


@dataclass(frozen=True)
class Door:
    """An address where visitors do one thing with their account.

    Arguments:
        form: as the code describes it, or as it is guessed.
        data: whether it is an API and has no page.
        where: the view's file and line.
        methods: the HTTP methods in small letters; empty if they are not known.
    """

    path: str
    form: Form
    data: bool
    where: str = ""
    methods: tuple[str, ...] = ()
    known: bool = False
    """Whether the code describes the form."""
    sends: bool = False
    """Whether the view sends mail before it answers, as far as its code tells."""


def doors(surface: Surface, task: str, pages: Iterable[Page] = ()) -> list[Door]:
    """The addresses for *task*, a key of WORDS: those in the code first, the surest before, then links."""
    ranked: list[tuple[int, Door]] = []
    for view in surface.views:
        if _is_admin(view, surface) or ELSEWHERE.search(view.url.route + view.url.view):
            continue
        if view.package and STAFF_AREA.search(view.url.route):
            continue  # the log-in of an installed app's pages for staff, which refuses visitors
        for form in _forms(view, task):
            if (rank := _rank(view, form, task)) is not None:
                ranked.append((rank, _door(view, form, task)))
    ranked.sort(key=lambda each: each[0])
    found = {door.path + door.form.action: door for _, door in reversed(ranked)}
    sure = [door for _, door in ranked if found.pop(door.path + door.form.action, None) is not None]
    paths = {each.path for each in sure}
    return sure + [each for each in _linked(pages, task) if each.path not in paths]


def _forms(view: View, task: str) -> Iterator[Form | None]:
    """The forms of the view that can be sent; None for one without."""
    unsafe = [each for each in view.forms if each.method != "get"]
    graphql = [each for each in unsafe if each.encoding == "graphql"]
    yield from graphql
    others = [each for each in unsafe if each.encoding != "graphql"]
    if not graphql:
        yield others[0] if others else None


def _rank(view: View, form: Form | None, task: str) -> int | None:
    """How sure it is that the view is for *task*, 0 for certain; None if it is not."""
    if form is not None and form.encoding == "graphql":
        return 1 if WORDS[task].search(_words(form.action)) and not OTHERS[task].search(_words(form.action)) else None
    if "<" in view.url.route or "(?P" in view.url.route:
        return None
    own = 0 if not view.library else 1
    if task == "login" and STAFF.search(_words(view.url.route)):
        own += 10
    if task == "confirm" and re.search("mail|activat", _words(view.url.route), re.I):
        own -= 1
    if task == "confirm" and re.search("reauth", view.url.route):
        return None
    if task == "signup" and not _takes_new_visitors(view, form):
        return None
    if task == "login" and form is not None and not any(PASSWORD.search(words_of(each.name)) for each in form.inputs):
        # What checks a code comes after what sends it.
        own += 4 if any(re.search("code|otp|token|pin", each.name) for each in form.inputs) else 2
    words = f"{_words(view.url.route)} {_words(view.url.name or '')} {_words(view.url.function)}"
    named = bool(WORDS[task].search(words)) and not OTHERS[task].search(words)
    if view.role:
        return own if view.role == task or (named and task in ("reset-confirm", "confirm", "login")) else None
    if DOES.get(task) in view.url.does:
        return own
    if not named:
        return None
    methods = view.url.methods
    can_send = methods is None or {"post", "put", "delete"} & {each.lower() for each in methods} or task == "logout"
    return 2 + own if can_send else None


def _takes_new_visitors(view: View, form: Form | None) -> bool:
    """Whether somebody without an account may sign up at the view: it asks for no log-in, and for no old password."""
    if form is not None and any(OLD_PASSWORD.search(each.name) for each in form.inputs):
        return False
    closed = view.requires in ("login", "staff") or STAFF.search(_words(view.url.route))
    return not closed or says_sign_up(view.url.route)


def closed_sign_up(surface: Surface) -> str:
    """Why a view that makes accounts is for nobody who has none; empty without such a view."""
    for view in surface.views:
        makes = view.role == "signup" or "signup" in view.url.does
        form = next(iter(_forms(view, "signup")), None)
        if makes and not _is_admin(view, surface) and not _takes_new_visitors(view, form):
            if form is not None and any(OLD_PASSWORD.search(each.name) for each in form.inputs):
                return f"{view.url.shown} asks for the old password"
            return f"{view.url.shown} {'asks for a log-in' if view.requires == 'login' else 'is for staff'}"
    return ""


def says_sign_up(path: str) -> bool:
    """Whether an address speaks of signing up, so that it is for visitors even if it refuses them."""
    return bool(SAYS_SIGN_UP.search(_words(path)))


def _words(text: str) -> str:
    r"""*text* as WORDS expect it: `password-reset/` and `PasswordReset` as `password_reset/`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", re.sub(r"\\Z|[\^$]", "", text)).replace("-", "_")


def _is_admin(view: View, surface: Surface) -> bool:
    admin = surface.admin.lstrip("/")
    return (bool(admin) and view.url.route.startswith(admin)) or (view.url.name or "").startswith("admin:")


def _door(view: View, form: Form | None, task: str) -> Door:
    url = view.url
    data = (
        url.drf
        or view.library in ("dj_rest_auth", "djoser", "knox", "ninja", "rest_framework_simplejwt")
        or "headless" in url.view
    )
    data = data or (form is not None and form.encoding in ("json", "graphql"))
    methods = tuple(each.lower() for each in url.methods or ())
    guessed = Form("post", "json" if data else "form", GUESSED[task], "guess")
    where = (f"{url.file}:{url.line}" if url.line else url.file) if url.file else ""
    path = form.path if form and form.path else url.path
    sends = view.library in SENDING and "mail" in url.does
    return Door(path, form or guessed, data, where, methods, form is not None, sends)


def _linked(pages: Iterable[Page], task: str) -> Iterator[Door]:
    """The addresses of links and forms on *pages* whose words speak of *task*."""
    seen: set[str] = set()
    for page in pages:
        for form in page.forms:
            if form.method != "get" and _is_link(form.path, form.title, task) and form.path not in seen:
                seen.add(form.path)
                yield Door(form.path, form, False, methods=(form.method,), known=True)
        for link in page.links:
            if _is_link(link.path, link.text, task) and link.path not in seen:
                seen.add(link.path)
                yield Door(link.path, Form("post", "form", GUESSED[task], "guess"), False)


def _is_link(path: str, text: str, task: str) -> bool:
    words = _words(path.partition("?")[0])
    if not path.startswith("/") or ELSEWHERE.search(path) or OTHERS[task].search(words):
        return False
    return bool(WORDS[task].search(words)) or bool(WORDS[task].search(text.replace(" ", "_")[:40]))


def form_on_page(page: Page, door: Door, task: str) -> Form | None:
    """The form of *page* for *task*: the one that the code describes, else the one with the fields that it needs."""
    posted = [each for each in page.forms if each.method != "get" and not WORDS["logout"].search(_words(each.path))]
    if task == "logout":
        posted = [each for each in page.forms if each.method != "get"]
    if door.known and (found := matching_form(replace_forms(page, posted), door.form, door.path)):
        return found

    def fields(form: Form, pattern: re.Pattern[str]) -> int:
        return sum(bool(pattern.search(words_of(each.name))) for each in form.inputs if each.kind != "hidden")

    if task in ("signup", "login", "reset-confirm"):
        having = [each for each in posted if fields(each, PASSWORD)]
        having.sort(key=lambda each: fields(each, PASSWORD) * 10 + len(each.inputs), reverse=task != "login")
        if having:
            return having[0]
    own = [each for each in posted if each.path.partition("?")[0] == door.path.partition("?")[0]] or posted
    if task in ("reset", "signup", "login"):
        own = [each for each in own if fields(each, MAIL) or any(one.kind in ("text", "phone") for one in each.inputs)]
    return own[0] if own else None


def has_password(form: Form) -> bool:
    """Whether a form asks for a password."""
    return any(each.kind == "password" or PASSWORD.search(words_of(each.name)) for each in form.inputs)


def replace_forms(page: Page, forms: Iterable[Form]) -> Page:
    """*page* with only these *forms*."""
    return replace(page, forms=tuple(forms))


def form_at(visitor: Visitor, door: Door, task: str) -> tuple[Form | None, Page]:
    """The form to send at *door*: the page's, with what the code says about it, or the API's; None without.

    Raises:
        SiteError: as `Visitor.get` does.
    """
    from wizard.journeys.filling import combined

    if door.data:
        return door.form, Page(door.path)
    if door.form.source.startswith("page"):
        needs_cookie = any(each.name == CSRF_FIELD for each in door.form.inputs)
        if task == "logout" or not needs_cookie or visitor.cookies.get(visitor.site.csrf_cookie):
            return door.form, Page(door.path)
        answer = visitor.get(door.path)  # the form was seen with cookies that a new browser lacks
        shown = form_on_page(answer.page, door, task) if answer.status < 400 else None
        return shown or door.form, answer.page
    answer = visitor.get(door.path)
    shown = form_on_page(answer.page, door, task) if answer.status < 400 else None
    if shown is None and not door.known and (answer.status in (404, 410) or not door.where):
        return None, answer.page  # a link that leads nowhere, or to a page without a form
    if shown is None:
        return replace(door.form, path=door.path), answer.page
    return combined(door.form, shown) if door.known else shown, answer.page
