"""Questions, and where answers come from: flags, the answers file, GOLIVE_ variables, and a person who is there."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.errors import EditError, UsageError


@dataclass(frozen=True)
class Question:
    """Something a plan would like to know. *name* is its key in the answers file: `rates.login`."""

    name: str
    text: str
    default: str
    why: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    needed: bool = False
    """Whether nothing can be done before it was answered."""
    secret: bool = False
    """Whether the answer is hidden while it is typed, and kept nowhere but in the keyring."""

    def problem_with(self, answer: str) -> str:
        """What is wrong with *answer*; empty when nothing is."""
        if self.choices and answer not in self.choices:
            return f"{answer!r} is none of {', '.join(self.choices)}"
        if self.pattern and not re.fullmatch(self.pattern, answer):
            return f"{answer!r} is not of the form asked for. {self.why}"
        return ""


@dataclass
class Answers:
    """Answers by name; what nobody answered has its question's default.

    *given* come from flags, the answers file and this session's person, *remembered* from an earlier run. Where a
    person sits (*present*), the break is a real one.
    """

    given: dict[str, str] = field(default_factory=dict)
    remembered: dict[str, str] = field(default_factory=dict)
    present: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The answer to *name*: given ones first, then the environment, then remembered ones, then *default*."""
        if name in self.given:
            return self.given[name]
        from_environment = os.environ.get("GOLIVE_" + name.replace(".", "_").upper())
        return from_environment or self.remembered.get(name, default)

    def fingerprint(self) -> str:
        """All that was said this time, for telling whether anything is different from the last time."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("GOLIVE_")}
        return repr((sorted(self.given.items()), sorted(environment.items())))

    def validated(self, questions: list[Question]) -> dict[str, str]:
        """What was answered of *questions*.

        Raises:
            UsageError: an answer is none of the choices, or has another form.
        """
        found = {question.name: answer for question in questions if (answer := self.get(question.name))}
        for question in questions:
            if question.name in found and (wrong := question.problem_with(found[question.name])):
                raise UsageError(f"The answer {question.name}", wrong, "Correct it where it was given.")
        return found


def read(path: Path) -> dict[str, str]:
    """An answers file: YAML, names to values, sections joined by dots.

    Raises:
        UsageError: it can't be read, or holds something else.
    """
    from wizard.base import files, yaml_file

    try:
        document = files.read(path)
        if document is None:
            raise UsageError(f"The answers file {path} can't be read", "there is no such file", "Check --answers.")
        content = yaml_file.load(document)
    except EditError as error:
        raise UsageError(f"The answers file {error.what}", error.why, "Check --answers.") from error
    except yaml_file.NotYamlError as error:
        raise UsageError(
            f"{path}:{error.line}: the answers file is no valid YAML", error.problem, "Correct it."
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
