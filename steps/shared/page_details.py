"""Details of the site that its visitors must not see: request headers, settings, paths, versions and errors."""

from __future__ import annotations

import html
import re
import socket
from collections.abc import Iterable, Iterator, Mapping

import httpx

from wizard.base.secrets import excerpt, is_sensitive_name
from wizard.project.project import Project
from wizard.targets.verification.settings import DELIBERATE

HEADER = "X-Golive-Probe"
"""A request header that only a page with all request headers shows."""
DEBUG_PAGE = re.compile(r"Using the URLconf|have <code>DEBUG = True</code>|have DEBUG\s*=\s*True")
"""Texts of Django's debug pages. Source: Django's templates technical_404.html and technical_500.html."""
TRACEBACK = re.compile(r"Traceback \(most recent call last\)|File \"[^\"]+\", line \d+")
REQUEST = re.compile(
    r"\bHTTP_(HOST|USER_AGENT|COOKIE|ACCEPT\w*|CONNECTION|X_\w+)\b|\bwsgi\.(version|input|errors|url_scheme)\b"
    r"|\b(SERVER_SOFTWARE|GATEWAY_INTERFACE|REMOTE_ADDR)\b|<(WSGI|ASGI)Request\b"
)
"""Names in request.META, and how Python prints a request."""
URL_PATTERNS = re.compile(r"<URL(Pattern|Resolver)\b|'tried': \[")
"""How Python prints the URL patterns that Django tried."""
SETTINGS = re.compile(
    r"\b(DJANGO_SETTINGS_MODULE|SECRET_KEY|DATABASES|INSTALLED_APPS|ROOT_URLCONF|WSGI_APPLICATION|STATICFILES_STORAGE|PASSWORD_HASHERS)\b"
    r"|django\.(db\.backends|contrib|middleware|core|template)\.\w+|<(UserSettingsHolder|Settings|LazySettings) "
)
PATH = re.compile(
    r"(?<![\w.:/-])/(home|Users|root|srv|opt|tmp|usr/(local|lib|src|share)|var/(www|lib|task|folders))/[\w.-]+/[\w.-]+"
    r"|\bsite-packages\b|(?<![\w./-])[\w./-]*/\w+\.py\b|\b[A-Z]:\\\w+"
)
VERSION = re.compile(
    r"\b(Django|C?Python|gunicorn|uvicorn|daphne|WSGIServer|PostgreSQL|psycopg2?|WhiteNoise|nginx|Werkzeug)"
    r"[\s/:=v\"'-]{1,4}\d+\.\d+",
    re.IGNORECASE,
)
PYTHON = re.compile(r"\b3\.\d+\.\d+ \((main|default|tags|v3)|\[(GCC|Clang) \d")
"""How Python prints `sys.version`."""
OBJECT = re.compile(r"<[\w.]+( [\w.]+)* at 0x[0-9a-f]+>")
ADDRESSES = re.compile(
    r"(\b(href|src|srcset|action|content|poster)|(?<![\w-])(?=[\w-]*\bdata-[\w-])[\w-]+)"
    r"\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.I,
)
CODE = re.compile(r"<(script|style)\b.*?(?P<end></\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
"""Scripts and styles. The text after one that does not end is matched too, so that it is searched only once."""
MARKUP = re.compile(r"<(script|style|template)\b.*?(?:</\1\s*>|\Z)|<[^>]*(?:>|\Z)", re.DOTALL | re.IGNORECASE)
SHOWN_WITHOUT_TEXT = re.compile(r"<(img|svg|picture|video|script|iframe|object|embed)\b", re.IGNORECASE)
SHORTEST = 6
"""Shorter values are too common to be recognised."""
SHOWN = 60
"""The most characters of a detail that are shown."""


def probe() -> dict[str, str]:
    """The headers of a request whose response is searched for details."""
    return {HEADER: "golive-shows-headers", "Cookie": "golive_probe=golive-shows-cookies"}


def found_details(project: Project, response: httpx.Response) -> str:
    """Describe the first detail in the body of *response* that visitors must not see; empty if there is none."""
    return next(_details(project, response.text), "")


def _details(project: Project, body: str) -> Iterator[str]:
    text = html.unescape(body)
    plain = ADDRESSES.sub(" ", CODE.sub(lambda code: " " if code["end"] else code[0], text))
    if "golive-shows-headers" in text or "golive-shows-cookies" in text:
        yield "the request's headers"
    for pattern, what in (
        (TRACEBACK, "a traceback"), (DEBUG_PAGE, "Django's debug page"), (REQUEST, "request.META"),
        (URL_PATTERNS, "URL patterns"), (SETTINGS, "settings"),
    ):  # fmt: skip
        if match := pattern.search(text):
            yield f"{what}: {excerpt(match[0], SHOWN)}"
    if DELIBERATE in text or "RuntimeError" in text:
        yield "the error's message"
    yield from _values(project, text)
    for pattern, what in (
        (PATH, "a path of the server"), (VERSION, "a version"), (PYTHON, "a version"), (OBJECT, "a Python object"),
    ):  # fmt: skip
        if match := pattern.search(plain):
            yield f"{what}: {excerpt(match[0], SHOWN)}"


def _values(project: Project, text: str) -> Iterator[str]:
    """Values of this project that must not be on a page: secrets, names of modules, folders and versions."""
    environment = project.env_values(project.production_env)
    for name, value in environment.items():
        if is_sensitive_name(name) and len(value) >= SHORTEST and value in text:
            yield f"the value of {name}"
    names = [name for name in environment if "_" in name and re.search(rf"\b{re.escape(name)}\b", text)]
    if len(names) > 1:
        yield f"environment variables: {', '.join(sorted(names)[:3])}"
    modules = {"the settings module": project.production_module, "ROOT_URLCONF": project.value("ROOT_URLCONF")}
    for what, module in modules.items():
        if module and "." in str(module) and _contains(text, str(module)):
            yield f"{what}: {module}"
    for folder in {str(project.root), str(project.top), str(project.copy.at(project.root))}:
        if len(folder) >= SHORTEST and folder in text:
            yield f"a path of the server: {excerpt(folder, SHOWN)}"
    machine = socket.gethostname()
    if len(machine) >= SHORTEST and machine != "localhost" and _contains(text, machine):
        yield "the name of the machine"
    version = ".".join(map(str, project.django))
    if version.count(".") >= 2 and _contains(text, version):
        yield f"the version of Django: {version}"


def database_values(databases: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    """The names, users and hosts in the setting DATABASES that an answer must not show."""
    for options in databases.values():
        for key in ("NAME", "USER", "HOST"):
            value = str(options.get(key) or "")
            if len(value) >= SHORTEST and value not in {"localhost", "127.0.0.1", "postgres", "default"}:
                yield value


def is_blank(response: httpx.Response) -> bool:
    """Whether a visitor sees nothing: there is neither text, an image nor a script on the page."""
    text = response.text
    return not (html.unescape(MARKUP.sub("", text)).strip() or SHOWN_WITHOUT_TEXT.search(text))


def _contains(text: str, value: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.]*\w)", text) is not None
