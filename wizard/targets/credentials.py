"""Tokens of the services: from the environment, the project's .env files or the keyring, and stored only there."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.errors import StepError
from wizard.base.secrets import remember
from wizard.project.project import Project

KEYRING = "golive"
"""The name under which the keyring keeps Golive's tokens."""
ADDRESSES = {
    "railway": ("GOLIVE_RAILWAY_URL", "https://backboard.railway.com/graphql/v2"),
    "sentry": ("SENTRY_URL", "https://sentry.io"),
    "uptimerobot": ("GOLIVE_UPTIMEROBOT_URL", "https://api.uptimerobot.com/v3"),
    "razorpay": ("GOLIVE_RAZORPAY_URL", "https://api.razorpay.com/v1"),
    "cloudinary": ("GOLIVE_CLOUDINARY_URL", "https://api.cloudinary.com"),
}
"""Where each service is asked, and the variable that says otherwise: a region, a server of one's own, a proxy."""


def address(service: str) -> str:
    name, usual = ADDRESSES[service]
    return os.environ.get(name, usual).rstrip("/")


@dataclass
class Credentials:
    """Looks a token up once; where it came from is told, its value never."""

    project: Project
    _found: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    def get(self, *names: str) -> str:
        """The first of *names* that has a value; empty if none has."""
        return next((value for name in names if (value := self._look(name)[0])), "")

    def source(self, *names: str) -> str:
        """Where `get` found it: `SENTRY_AUTH_TOKEN of the environment`."""
        return next((f"{name} of {place}" for name in names if (place := self._look(name)[1])), "")

    def _look(self, name: str) -> tuple[str, str]:
        if name not in self._found:
            self._found[name] = self._sought(name)
            remember(self._found[name][0])
        return self._found[name]

    def _sought(self, name: str) -> tuple[str, str]:
        if value := os.environ.get(name, "").strip():
            return value, "the environment"
        for path in (self.project.production_env, self.project.development_env):
            if path.is_file() and (value := self.project.env_values(path).get(name, "").strip()):
                return value, path.name
        value = _from_keyring(name)
        return (value, "the keyring") if value else ("", "")

    def forget(self) -> None:
        """Look again: the person may have given one meanwhile."""
        self._found.clear()

    def store(self, name: str, value: str) -> str:
        """Keep a token in the system's keyring; returns where it is now.

        Raises:
            StepError: there is no keyring here; says where to put the token instead.
        """
        import keyring
        from keyring.errors import KeyringError

        remember(value)
        try:
            keyring.set_password(KEYRING, name, value)
        except KeyringError as error:
            path: Path = self.project.production_env
            hint = f"Write {name}=… into {path.name}; it is never committed, and not sent to the site."
            raise StepError("This machine has no keyring to keep the token in", str(error), hint) from error
        self.forget()
        return "the keyring"


def _from_keyring(name: str) -> str:
    import keyring
    from keyring.errors import KeyringError

    try:
        return (keyring.get_password(KEYRING, name) or "").strip()
    except KeyringError:  # locked, or none on this machine
        return ""
