"""Harmless values for environment variables that the settings need and that are not set yet."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from wizard.project.agent_answer import AgentError

PLACEHOLDERS = (
    (r"DSN$", ""),  # the Sentry SDK takes an empty DSN for "do not report", and rejects an invalid one
    (r"(REDIS|BROKER|CELERY).*_UR[LI]$", "redis://127.0.0.1:1/0"),
    (r"CACHE_URL$", "locmemcache://"),
    (r"EMAIL_URL$", "consolemail://"),
    (r"CLOUDINARY_URL$", "cloudinary://1:placeholder@placeholder"),
    (r"ADMIN_URL$", "admin/"),
    (r"_(URL|URI|ORIGINS?)$", "https://placeholder.invalid"),
    (r"PORT|SIZE|TIMEOUT|COUNT|SECONDS|MINUTES|DAYS|_ID$", "1"),
    (r"DEBUG|^USE_|_ENABLED$|_TLS$|_SSL$", "False"),
    (r"SECRET", "placeholder-" + "x" * 50),
    (r"", "placeholder"),
)
"""Values by a pattern of the variable's name. The first match wins."""
PRODUCTION_NAMES = ("production", "prod", "deploy", "deployment", "live", "railway", "heroku", "render")
"""Names of production, as settings modules and values of variables have them."""
SWITCH = re.compile(next(pattern for pattern, value in PLACEHOLDERS if value == "False"))
"""Matches names of variables that switch something on or off."""
KEY_BYTES = base64.urlsafe_b64encode(b"placeholder-of-32-bytes-for-keys").decode()
LONG = "placeholder-" + "x" * 52
FITTING: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"json|Expecting value|error parsing value for field", ("{}", "[]")),
    (r"base64|binascii|padding|32 url-safe", (KEY_BYTES, "e30=")),  # the second is {}
    (r"uuid", ("00000000-0000-4000-8000-000000000000",)),
    (r"bool|truth", ("False", "True")),
    (r"int\(|integer|float|decimal|number|digit", ("1",)),
    (r"unknown level|log.?level", ("INFO",)),
    (r"time ?zone", ("UTC",)),
    (r"hexadecimal", ("00" * 32,)),
    (r"e-?mail", ("placeholder@example.com",)),
    (r"isoformat|\bdate", ("2000-01-01",)),
    (r"unpack|index out of range", ("a:1", "a,1", "a=1")),
    (r"ipv[46]|ip address", ("127.0.0.1",)),
    (r"cache.*schem", ("locmemcache://",)),
    (r"e-?mail.*schem", ("consolemail://",)),
    (r"sequence element|dictionary update", ("a=b",)),
    (r"url|scheme|hostname", ("https://placeholder.invalid", "redis://127.0.0.1:1/0", "sqlite://:memory:")),
)
"""Values for a variable whose placeholder was refused, by a pattern of the error's type and message."""
USUAL = (LONG, "1", "False", "True", "https://placeholder.invalid", "{}", "[]", KEY_BYTES, "production", "a=b")
"""Values that are tried when the error does not suggest any."""
STAND_IN_FILES = {"placeholder.txt": LONG, "placeholder.json": "{}"}
"""Files for variables that hold a path."""
_MISSING = (
    re.compile(r"[Ss]et the ([A-Z][A-Z0-9_]*) environment variable"),
    re.compile(r"^([A-Z][A-Z0-9_]*) not found\. Declare it"),
    re.compile(r"[Ee]nvironment variable[: ]+['\"]?([A-Z][A-Z0-9_]+)"),
    re.compile(
        r"['\"]?\b([A-Z][A-Z0-9_]{3,})['\"]? (?:environment variable|env var|must be set|(?:is )?not set|is required)"
    ),
    re.compile(r"^(\w+)\n\s+Field required", re.MULTILINE),
)
"""Messages for a missing variable: of django-environ, python-decouple, environs, hand-written checks and pydantic."""


def placeholder(variable: str, env_files: Iterable[Mapping[str, str]], work: Path) -> str:
    """A harmless value for *variable*: from the project's own .env files, else guessed from its name.

    A database never comes from a .env file: it is a SQLite file in *work*.
    """
    if variable.endswith("DATABASE_URL"):
        return "sqlite:///" + str(work / "placeholder.sqlite3")
    written = (values.get(variable) for values in env_files)
    return next((value for value in written if value), None) or by_name(variable)


def by_name(variable: str) -> str:
    """A harmless value for *variable*, guessed from its name."""
    return next(value for pattern, value in PLACEHOLDERS if re.search(pattern, variable))


def missing_variable(error: AgentError) -> str | None:
    """The environment variable that *error* reports as missing."""
    if error.type == "KeyError":
        match = re.search(r"^'?([A-Z][A-Z0-9_]*)'?$", error.message)
        return match[1] if match else None
    for pattern in _MISSING:
        if match := pattern.search(error.message):
            return match[1].upper()
    return None


def alternatives(variable: str, error: AgentError, constants: Iterable[str], own_files: Path) -> Iterator[str]:
    """Further harmless values for *variable*, whose placeholder led to *error*; the likeliest first.

    Arguments:
        constants: texts in the failing statement. The value may have to be one of them, or begin with one.
        own_files: the folder for files that the settings want to open.
    """
    text = f"{error.type}: {error.message} {error.cause}".lower()
    if error.type == "FileNotFoundError":
        yield from (str(own_files / name) for name in STAND_IN_FILES)
    for pattern, values in FITTING:
        if re.search(pattern, text):
            yield from values
    if re.search(r"\bpem\b|deserialize", text):
        yield _private_key()
    yield by_name(variable)
    quoted = re.findall(r"'([^'\s]{1,40})'", error.message)  # Input should be 'eu' or 'us'
    constants = [*constants, *quoted]
    words = [word for word in constants if re.fullmatch(r"[\w.:/+@-]+", word)]
    yield from sorted(words, key=lambda word: word.lower() not in PRODUCTION_NAMES)
    yield from (f"{word}{LONG}" for word in words)
    yield from USUAL


def _private_key() -> str:
    """A key that nobody uses."""
    import trustme

    return trustme.CA().private_key_pem.bytes().decode()


def fields(error: AgentError) -> dict[str, str]:
    """The fields of a settings class of pydantic that *error* is about, each with its message."""
    if named := re.search(r'parsing value for field "(\w+)"', error.message):
        return {named[1]: f"json {error.message}"}
    return (
        dict(re.findall(r"^(\w+)\n {2}(.+)", error.message, re.MULTILINE))
        if "validation error" in error.message
        else {}
    )


def rejected_variable(error: AgentError, placeholders: Mapping[str, str]) -> str | None:
    """The variable whose placeholder has the wrong type, so that *error* quotes it."""
    text = f"{error.message} {error.cause}"
    return next((name for name, value in placeholders.items() if len(value) > 1 and value in text), None)
