"""The place of WhiteNoise in the middleware.

It comes after SecurityMiddleware, which redirects to HTTPS, and before everything else. CorsMiddleware may be above it.
Sources: the documentation of WhiteNoise and of django-cors-headers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SECURITY = "django.middleware.security.SecurityMiddleware"
CORS = "corsheaders.middleware.CorsMiddleware"
WHITENOISE = "whitenoise.middleware.WhiteNoiseMiddleware"


def short_name(middleware: str) -> str:
    return middleware.rpartition(".")[2]


@dataclass(frozen=True)
class WhiteNoisePlace:
    """Where WhiteNoise is among the middleware *chain*. *name* is its entry, which may be a class of the project."""

    chain: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, middleware: Sequence[object] | None) -> WhiteNoisePlace:
        chain = tuple(str(each) for each in middleware or ())
        return cls(chain, next((each for each in chain if "whitenoise" in short_name(each).lower()), ""))

    @property
    def above(self) -> tuple[str, ...]:
        """The middleware above WhiteNoise."""
        return self.chain[: self.chain.index(self.name)] if self.name else ()

    @property
    def others(self) -> list[str]:
        """Middleware above WhiteNoise that may answer before it: neither of Django nor CorsMiddleware."""
        return [each for each in self.above if not each.startswith("django.") and each != CORS]

    @property
    def problem(self) -> str:
        """Why the place is wrong, whatever the other middleware does. Empty if it is right."""
        if not self.name:
            return "WhiteNoiseMiddleware is missing"
        if SECURITY in self.chain and SECURITY not in self.above:
            return "comes before SecurityMiddleware"
        late = [short_name(each) for each in self.above if each.startswith("django.") and each != SECURITY]
        return f"comes after {', '.join(late)}" if late else ""

    @property
    def anchor(self) -> str:
        """The middleware that WhiteNoise belongs directly below. Empty if it belongs first."""
        rest = [each for each in self.chain if each != self.name]
        if SECURITY not in rest:
            return CORS if rest[:1] == [CORS] else ""
        below = rest[rest.index(SECURITY) + 1 :]
        return CORS if below[:1] == [CORS] else SECURITY

    def __str__(self) -> str:
        if not self.above:
            return "first"
        names = [short_name(each) for each in self.above]
        return "right after " + names[0] if len(names) == 1 else f"after {', '.join(names[:-1])} and {names[-1]}"
