"""Tokens for services, from the environment, the project's .env files or the system's keyring."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.errors import StepError
from wizard.base.secrets import remember
from wizard.project.project import Project
from wizard.services.mail_providers import PROVIDERS

KEYRING = "golive"
"""The keyring's service name for Golive's tokens."""
PUBLIC = {"SENTRY_ORG"}
"""Names of values that are no secrets, so that messages may quote them."""
ADDRESSES = {
    "railway": ("GOLIVE_RAILWAY_URL", "https://backboard.railway.com/graphql/v2"),
    "sentry": ("SENTRY_URL", "https://sentry.io"),
    "uptimerobot": ("GOLIVE_UPTIMEROBOT_URL", "https://api.uptimerobot.com/v3"),
    "razorpay": ("GOLIVE_RAZORPAY_URL", "https://api.razorpay.com/v1"),
    "cloudinary": ("GOLIVE_CLOUDINARY_URL", "https://api.cloudinary.com"),
    **{name: (f"GOLIVE_{name.upper()}_URL", provider.url) for name, provider in PROVIDERS.items()},
    "osv": ("GOLIVE_OSV_URL", "https://api.osv.dev"),
}
"""The base URL of each service, and the variable that overrides it: for a region, a self-hosted server or a proxy."""


def address(service: str) -> str:
    """Return the base URL of *service*, without a slash at the end."""
    variable, default = ADDRESSES[service]
    return os.environ.get(variable, default).rstrip("/")


@dataclass
class Credentials:
    """Looks tokens up by name and caches them. Messages name a token's source, never its value."""

    project: Project
    _found: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    def get(self, *names: str) -> str:
        """Return the first value among *names*, or an empty text."""
        return next((value for name in names if (value := self._find(name)[0])), "")

    def source(self, *names: str) -> str:
        """Return where `get` found the value, as `SENTRY_AUTH_TOKEN of the environment`."""
        return next((f"{name} of {source}" for name in names if (source := self._find(name)[1])), "")

    def _find(self, name: str) -> tuple[str, str]:
        if name not in self._found:
            self._found[name] = self._search(name)
            if name not in PUBLIC:
                remember(self._found[name][0])
        return self._found[name]

    def _search(self, name: str) -> tuple[str, str]:
        if value := os.environ.get(name, "").strip():
            return value, "the environment"
        for path in (self.project.production_env, self.project.development_env):
            if path.is_file() and (value := self.project.env_values(path).get(name, "").strip()):
                return value, path.name
        value = _from_keyring(name)
        return (value, "the keyring") if value else ("", "")

    def forget(self) -> None:
        """Clear the cache, so that tokens added since are found."""
        self._found.clear()

    def store(self, name: str, value: str) -> str:
        """Save a token in the system's keyring and return where it is now.

        Raises:
            StepError: this machine has no keyring. Says where to put the token instead.
        """
        import keyring
        from keyring.errors import KeyringError

        remember(value)
        try:
            keyring.set_password(KEYRING, name, value)
        except KeyringError as error:
            path: Path = self.project.production_env
            hint = f"Add {name}=… to {path.name}. That file is never committed, and the token is not sent to the site."
            raise StepError("The token can't be saved: this machine has no keyring", str(error), hint) from error
        self.forget()
        return "the keyring"


def _from_keyring(name: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return (keyring.get_password(KEYRING, name) or "").strip()
    except KeyringError:  # no keyring, or a locked one
        return ""
