"""User journeys as data: sequences of requests with expectations, from the `flows` section of golive.yaml.

    flows:
      - flow: login
        item: "21.2"                        # the checklist item this journey proves; an item can have several
        title: "A customer logs in"
        as: customer                        # whose cookies are used; one browser for each name
        steps:
          - post: /api/auth/login/
            json: {username: "{name}", password: "{password}"}
            expect: {status: 200, has: [token]}
            keep: {token: token}            # variable: dotted path in the JSON response
          - get: /api/cart/
            headers: {Authorization: "Bearer {token}"}
            expect: {status: 200}

A body is given as `json`, `form` or `files` (name: {name: poster.png, size: 5242880, type: image/png}). `csrf: true`
requests the page first and posts its CSRF token as a browser would. `repeat: 3` sends a step three times. Variables
live for the whole run, so a journey can use what an earlier one kept. {random} is different in every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fea7"
    "c4b2a50000000049454e44ae426082"
)
"""An image of one pixel."""


@dataclass(frozen=True)
class File:
    """A file to upload: an image of one pixel, padded to *size* bytes."""

    name: str = "picture.png"
    type: str = "image/png"
    size: int = len(PNG)

    def content(self) -> bytes:
        return PNG + b"\0" * max(0, self.size - len(PNG))


@dataclass(frozen=True)
class JourneyStep:
    """One request and the expected response, sent by the browser of *visitor*."""

    method: str
    path: str
    visitor: str
    json: Any = None
    form: dict[str, str] | None = None
    files: dict[str, File] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    expect: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    csrf: bool = False
    repeat: int = 1


@dataclass(frozen=True)
class Journey:
    """A sequence of steps that proves a checklist item; *location* is its file and line."""

    name: str
    item: str
    title: str
    steps: tuple[JourneyStep, ...]
    location: str


@dataclass(frozen=True)
class ProjectConfig:
    """The `flows` and `rehearsal` sections of golive.yaml: journeys, and the rehearsal's environment and fixture.

    *skip_urls* are the URLs that are not tested, such as one that raises on purpose.
    """

    journeys: tuple[Journey, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    seed: str = ""
    skip_urls: tuple[str, ...] = ()
    egress: tuple[str, ...] = ()
    """Hosts that the rehearsal may reach, each with a port or without one."""
