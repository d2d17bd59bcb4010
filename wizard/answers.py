"""Questions, and where answers come from: flags, the answers file, GOLIVE_ variables, and a person who is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.errors import UsageError
from wizard.secrets import remember


@dataclass(frozen=True)
class Question:
    """Something a plan would like to know. *name* is its key in the answers file: `rates.login`."""

    name: str
    text: str
    default: str
    why: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def variable(self) -> str:
        return "GOLIVE_" + self.name.replace(".", "_").upper()


@dataclass
class Answers:
    """Answers by name; what nobody answered has its question's default."""

    given: dict[str, str] = field(default_factory=dict)
    ask: Callable[[Question], str | None] | None = None

    def get(self, name: str, default: str = "") -> str:
        """The answer to *name*: given ones first, then the environment, then *default*."""
        if name in self.given:
            return self.given[name]
        return os.environ.get("GOLIVE_" + name.replace(".", "_").upper(), default)

    def chosen(self, name: str) -> bool:
        """Whether somebody answered, as opposed to a default."""
        return name in self.given or bool(self.get(name))

    def settle(self, questions: list[Question]) -> None:
        """Ask the person, if one is there, what nothing else has answered."""
        for question in questions:
            if not self.chosen(question.name) and self.ask and (answer := self.ask(question)) is not None:
                self.given[question.name] = answer
            if question.secret:
                remember(self.get(question.name))


def read(path: Path) -> dict[str, str]:
    """An answers file: YAML, names to values, sections joined by dots.

    Raises:
        UsageError: it can't be read, or holds something else.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The answers file {path} can't be read", str(error.strerror), "Check --answers.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise UsageError(
            f"{path}:{line}: the answers file is no valid YAML", str(getattr(error, "problem", error)), "Correct it."
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(
            f"{path}:1: the answers file holds {type(content).__name__}",
            "",
            "It should be names with values, such as `rates: {login: 5/m}`.",
        )
    return dict(_flat(content, path))


def _flat(content: Mapping[object, object], path: Path, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in content.items():
        if isinstance(value, dict):
            found += _flat(value, path, f"{prefix}{name}.")
        elif isinstance(value, str | int | float | bool):
            found.append((f"{prefix}{name}", ("yes" if value else "no") if isinstance(value, bool) else str(value)))
        else:
            raise UsageError(
                f"{path}: the answer {prefix}{name} is a {type(value).__name__}",
                "",
                "Answers are texts, numbers, yes or no.",
            )
    return found
