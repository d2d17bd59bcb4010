"""Settings as JSON, with secrets as length and fingerprint. Standard library only, so that the observer can use it."""

import hashlib
import os
import re

SECRET = re.compile(r"SECRET|(?<!PUBLIC_)(?<![A-Z])KEY(?!_ID)|TOKEN|PASSW|PASSWORD|DSN|CREDENTIAL|PRIVATE", re.I)
"""Names of settings whose values do not leave the project's process. Steps need to read URLs, public keys and key ids,
so the pattern differs from `is_sensitive_name` in wizard.base.secrets, which the agent can't import.
"""


def read_settings(settings):
    """All settings as JSON, secrets as length and fingerprint, and the names of those the project sets itself."""
    values, overridden = {}, []
    for name in dir(settings):
        if not name.isupper():
            continue
        value = getattr(settings, name, None)
        if settings.is_overridden(name):
            overridden.append(name)
        if SECRET.search(name) and isinstance(value, str):
            values[name] = fingerprint(value)
        elif name == "SECRET_KEY_FALLBACKS":
            values[name] = [fingerprint(key) for key in value or ()]
        else:
            values[name] = as_json(value)
    return values, overridden


def as_json(value, depth=0):
    """A setting as JSON, secrets as length and fingerprint."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, bytes, os.PathLike)):
        return str(os.fspath(value) if isinstance(value, os.PathLike) else value)
    if depth > 6:
        return repr(type(value))
    if isinstance(value, dict):
        return {
            str(key): fingerprint(entry)
            if SECRET.search(str(key)) and isinstance(entry, str)
            else as_json(entry, depth + 1)
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(entry, depth + 1) for entry in value]
    # Lazy translations and URLs are not evaluated: they can't be before the apps are loaded.
    return "<%s>" % type(value).__name__


def fingerprint(value):
    """The length and the fingerprint of a secret."""
    text = str(value or "")
    return {"length": len(text), "fingerprint": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]}
