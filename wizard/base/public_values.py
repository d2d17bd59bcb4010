"""Recognise values of variables that are no secret. Everything else is masked: in doubt, a value is a secret."""

from __future__ import annotations

import re
from itertools import pairwise

from wizard.base.secrets import is_secret_name, is_sensitive_name

DOUBTFUL_NAME = re.compile(
    r"PWD|PIN|OTP|CODE|SALT|SEED|HASH|CERT|PRIVATE|AUTH|CRED|COOKIE|SESSION|HOOK|ACCESS|LICEN[CS]E|LOGIN|USER|ACCOUNT|ID$",
    re.I,
)
"""Names besides those of `is_sensitive_name` whose numbers and words may be secrets."""
PUBLIC_NAME = re.compile(
    r"(?:^|_)(?:DEBUG|HOSTS?|HOSTNAMES?|DOMAINS?|ORIGINS?|SERVERS?|PORT|MODULE|ENV|ENVIRONMENT|STAGE|LEVEL|"
    r"LANGUAGE(?:_CODE)?|LOCALE|LANG|TIME_?ZONE|TZ|BACKEND|ENGINE|WORKERS|THREADS|TIMEOUT|REGION|PYTHONPATH)$",
    re.I,
)
"""Names whose values are words, hosts or paths that anybody may read."""
BOOLEAN = re.compile(r"true|false|yes|no|on|off|none|null", re.I)
NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?")
"""Longer numbers may identify a person or a card."""
WORDS = re.compile(r"[\w*.:/\[\]+-]+(?:[,; ]+[\w*.:/\[\]+-]+)*")
"""Words, hosts with ports, dotted and file paths: one, or a list of them."""
HERE = re.compile(r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[?::1\]?)(?::\d+)?", re.I)
ADDRESS = re.compile(r"(?:https?|rediss?|amqps?)://(?P<host>\[[0-9a-f:]+\]|[\w.-]+)(?::\d+)?(?:/\d{0,2})?", re.I)
"""A URL without a user, password, query, or path: each of them may hold a secret. Redis numbers its databases."""
SQLITE = re.compile(r"sqlite3?:///[\w./-]+", re.I)
RANDOM_LENGTH = 12
"""The minimum length of a random part. Shorter ones are ordinary words and versions."""


def is_public(name: str, value: str) -> bool:
    """Whether *value* of the variable *name* is no secret, by its name and by what it looks like."""
    if not value:
        return True
    if is_secret_name(name) or looks_random(value):
        return False
    if BOOLEAN.fullmatch(value) or _is_public_address(value):
        return True
    if is_sensitive_name(name):
        return False
    if PUBLIC_NAME.search(name) and _is_list_of_words(value):
        return True
    return not DOUBTFUL_NAME.search(name) and bool(NUMBER.fullmatch(value) or HERE.fullmatch(value))


def _is_public_address(value: str) -> bool:
    return all(ADDRESS.fullmatch(part) or SQLITE.fullmatch(part) for part in re.split(r"[,; ]+", value))


def _is_list_of_words(value: str) -> bool:
    """Whether *value* consists of words, hosts and paths. A URL among them must be a public one."""
    if "://" in value:
        return _is_public_address(value)
    return bool(WORDS.fullmatch(value))


def looks_random(value: str) -> bool:
    """Whether a part of *value* was probably made by a generator: it mixes digits or capitals with other letters."""
    for part in re.findall(rf"[A-Za-z0-9+=]{{{RANDOM_LENGTH},}}", value):
        if part.isdigit():
            continue
        if re.fullmatch(r"[0-9a-fA-F]+", part):
            return True
        pairs = list(pairwise(part))
        mixed = sum(first.isdigit() != second.isdigit() for first, second in pairs)
        raised = sum(first.islower() != second.islower() for first, second in pairs if (first + second).isalpha())
        if mixed >= 3 or raised >= 6:
            return True
    return False
