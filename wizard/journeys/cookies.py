"""The cookies of one visitor, kept as a browser keeps them. Source: RFC 6265, 5.3 and 5.4."""

from __future__ import annotations

import email.utils
import time
from dataclasses import dataclass, field

import httpx


@dataclass
class Cookies:
    """Cookies by name, of the site *host*."""

    host: str
    _kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def take(self, response: httpx.Response) -> None:
        """Keep and delete cookies as the response asks for."""
        for header in response.headers.get_list("set-cookie"):
            first, *attributes = header.split(";")
            name, equals, value = first.partition("=")
            if not equals or not name.strip():
                continue
            settings = {
                key.strip().lower(): text.strip() for key, _, text in (each.partition("=") for each in attributes)
            }
            domain = settings.get("domain", "").lstrip(".").lower()
            if domain and domain != self.host and not self.host.endswith(f".{domain}"):
                continue  # a browser does not keep a cookie of another site
            if _is_over(settings):
                self._kept.pop(name.strip(), None)
            else:
                path = settings.get("path", "/")
                self._kept[name.strip()] = value.strip(), path if path.startswith("/") else "/"

    def for_path(self, path: str) -> dict[str, str]:
        """Those that a browser sends to *path*."""
        return {name: value for name, (value, base) in self._kept.items() if _covers(base, path.partition("?")[0])}

    def get(self, name: str) -> str:
        """The value of the cookie *name*; empty without."""
        return self._kept.get(name, ("", ""))[0]

    def put(self, name: str, value: str) -> None:
        self._kept[name] = value, "/"

    def names(self) -> set[str]:
        return set(self._kept)

    def copy(self) -> Cookies:
        """The cookies as they are now, to try later whether the site still accepts them."""
        return Cookies(self.host, dict(self._kept))

    def add(self, others: Cookies) -> None:
        """Keep those of *others* whose names are new here."""
        self._kept = {**others._kept, **self._kept}

    def clear(self) -> None:
        self._kept.clear()


def _covers(base: str, path: str) -> bool:
    return path == base or (path.startswith(base) and (base.endswith("/") or path[len(base)] == "/"))


def _is_over(settings: dict[str, str]) -> bool:
    """Whether the attributes of a cookie delete it."""
    age = settings.get("max-age", "")
    if age.lstrip("-").isdigit():
        return int(age) <= 0
    try:
        return bool(settings.get("expires")) and (
            email.utils.parsedate_to_datetime(settings["expires"].replace("-", " ")).timestamp() < time.time()
        )
    except (ValueError, OverflowError):
        return False
