"""Questions, and their answers from flags, the answers file, GOLIVE_ variables, earlier runs or the terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base.errors import EditError, UsageError


@dataclass(frozen=True)
class Question:
    """A question that a plan depends on. *name* is its key in the answers file, such as `rates.login`."""

    name: str
    text: str
    default: str
    why: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    needed: bool = False
    """Whether the task cannot start without an answer."""
    secret: bool = False
    """Whether to hide the answer while it is typed. Golive keeps it in the keyring only."""
    labels: tuple[str, ...] = ()
    """What each of the choices does, in words. By default the choice itself."""

    def label(self, choice: str) -> str:
        """The words for *choice*, one of the choices: `Yes`."""
        labels = dict(zip(self.choices, self.labels, strict=False))
        return labels.get(choice) or choice[:1].upper() + choice[1:]

    def problem_with(self, answer: str) -> str:
        """Why *answer* is not valid; empty if it is."""
        if self.choices and answer not in self.choices:
            return f"{answer!r} is not one of {', '.join(self.choices)}"
        if self.pattern and not re.fullmatch(self.pattern, answer):
            return f"{answer!r} does not have the expected form. {self.why}"
        return ""


@dataclass
class Answers:
    """Answers by the names of their questions.

    *given* are those of this run: from flags, the answers file and the terminal. *remembered* are those of an earlier
    run. *present* is true in an interactive session.
    """

    given: dict[str, str] = field(default_factory=dict)
    remembered: dict[str, str] = field(default_factory=dict)
    present: bool = False

    def get(self, name: str, default: str = "") -> str:
        """The answer to *name*: from this run, the environment or an earlier run, in this order, or else *default*."""
        if name in self.given:
            return self.given[name]
        from_environment = os.environ.get("GOLIVE_" + name.replace(".", "_").upper())
        return from_environment or self.remembered.get(name, default)

    def fingerprint(self) -> str:
        """All answers of this run as one string. It differs from that of the last run if any answer does."""
        environment = {name: value for name, value in os.environ.items() if name.startswith("GOLIVE_")}
        return repr((sorted(self.given.items()), sorted(environment.items())))

    def validated(self, questions: list[Question]) -> dict[str, str]:
        """The answers to *questions*, without the unanswered ones.

        Raises:
            UsageError: an answer is not one of the choices, or does not have the expected form.
        """
        found = {question.name: answer for question in questions if (answer := self.get(question.name))}
        for question in questions:
            if question.name in found and (wrong := question.problem_with(found[question.name])):
                raise UsageError(
                    f"Invalid answer {question.name}", wrong, "Correct the flag, the variable or the answers file."
                )
        return found


def read(path: Path) -> dict[str, str]:
    """Read an answers file: YAML with values by name. The names of nested sections are joined with dots.

    Raises:
        UsageError: the file can't be read, or is not a mapping of names to values.
    """
    from wizard.base import files, yaml_file

    try:
        document = files.read(path)
        if document is None:
            raise UsageError(
                f"The answers file {path} can't be read", "no such file", "Check the path after --answers."
            )
        content = yaml_file.load(document)
    except EditError as error:
        raise UsageError(f"The answers file {error.what}", error.why, "Check the path after --answers.") from error
    except yaml_file.InvalidYamlError as error:
        raise UsageError(
            f"{path}:{error.line}: the answers file is not valid YAML", error.problem, "Correct this line."
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(
            f"{path}:1: the answers file is not a mapping",
            f"it contains a {type(content).__name__}",
            "Write names with values, such as `rates: {login: 5/m}`.",
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
                f"{path}: the answer {prefix}{name} has an unsupported type",
                f"it is a {type(value).__name__}",
                "Write a string, a number, yes or no.",
            )
    return found
