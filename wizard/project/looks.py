"""Answers about how the settings load. They are kept while nothing has changed that the loading depended on.

It depends on the environment, on the installed packages, on the files that were opened, and on which files there are in
their folders, since a module may be imported only if it exists.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from wizard.base import files
from wizard.project.agent_answer import AgentError, Answer

MOST = 24
"""How many answers are kept."""
NOT_LOADED = ("requirements", "Procfile", "README", "CHANGELOG", "LICENSE", "__pycache__", ".golive", ".git")
"""The beginnings of names of files that loading the settings does not depend on, unless it opens them."""
SUFFIXES = (".pyc", ".md", ".rst", ".log", ".sqlite3", ".sqlite3-journal", ".tmp", "~")
EVERY = "*"
"""In the names of the variables that were read: all of them."""


@dataclass(frozen=True)
class Look:
    """One answer of the agent, with the files and the folders' contents that it depends on."""

    question: str
    packages: str
    environment: Mapping[str, str] = field(repr=False)
    answer: Answer = field(repr=False)
    digests: Mapping[Path, str | None]
    folders: Mapping[Path, tuple[str, ...]]
    complete: bool
    """Whether it is also about the apps and URLs."""
    version: int

    def holds(self) -> bool:
        """Whether its files are as they were."""
        return all(_names(folder) == names for folder, names in self.folders.items()) and all(
            _digest(path) == digest for path, digest in self.digests.items()
        )

    def answers(self, environment: Mapping[str, str], *, settings_only: bool) -> bool:
        """Whether it holds under *environment* too: the variables that differ were not read."""
        read = set(self.answer.get("settings_reads" if settings_only else "reads", [EVERY]))
        names = self.environment.keys() | environment.keys()
        differ = {name for name in names if self.environment.get(name) != environment.get(name)}
        return not differ or (EVERY not in read and differ.isdisjoint(read))


@dataclass
class Looks:
    """The kept answers.

    Arguments:
        ask: asks the agent several questions at once.
        packages: identifies the state of the installed packages.
        own: the project's file behind a path that the agent reports; None if it is no file of the project.
        may_keep: whether an answer depends on nothing but what is compared.
        keep_outdated: give answers from before files changed, while the changes of several tasks are planned in a row.
    """

    ask: Callable[[Sequence[Mapping[str, Any]]], list[Answer]]
    packages: Callable[[], object]
    own: Callable[[Path], Path | None]
    may_keep: Callable[[], bool]
    keep_outdated: bool = False
    _kept: list[Look] = field(default_factory=list)

    def version(self, request: Mapping[str, Any]) -> int | None:
        """The version of the project to which the known answer to *request* belongs. None if there is none."""
        look = self._look(request)
        return look.version if look else None

    def answers(self, requests: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """The answers to *requests*; only those that are not known are asked."""
        found = [self._known(request) for request in requests]
        missing = [index for index, answer in enumerate(found) if answer is None]
        if missing:
            for index, answer in zip(missing, self.ask([requests[index] for index in missing]), strict=True):
                found[index] = answer
                self._keep(requests[index], answer)
        return [answer for answer in found if answer is not None]

    def _known(self, request: Mapping[str, Any]) -> Answer | None:
        look = self._look(request)
        return copy.deepcopy(look.answer) if look else None

    def _look(self, request: Mapping[str, Any]) -> Look | None:
        question = self._question(request)
        for look in reversed(self._kept):
            if look.question != question or not (look.complete or request.get("only")):
                continue
            answers = look.answers(request["env"], settings_only=bool(request.get("only")))
            if answers and (self.keep_outdated or (look.packages == str(self.packages()) and look.holds())):
                return look
        return None

    def _keep(self, request: Mapping[str, Any], answer: Answer) -> None:
        if AgentError.of(answer) or not answer.get("files") or not self.may_keep():
            return
        paths = sorted({own for path in answer["files"] if (own := self.own(Path(path)))})
        folders = {path.parent for path in paths} | {self._own_folder(request)}
        look = Look(
            self._question(request), str(self.packages()), dict(request["env"]), copy.deepcopy(answer),
            {path: _digest(path) for path in paths}, {folder: _names(folder) for folder in folders},
            complete=request.get("only") is None, version=request.get("version", 0),
        )  # fmt: skip
        self._kept = [*self._kept[-MOST + 1 :], look]

    def _question(self, request: Mapping[str, Any]) -> str:
        """What the answer depends on besides the variables, the files and the packages."""
        parts = [request.get(name) for name in ("cwd", "module", "overrides")]
        parts.append([path for path in request.get("paths", ()) if not path.endswith("/wrappers")])
        return sha256(json.dumps(parts).encode()).hexdigest()

    def _own_folder(self, request: Mapping[str, Any]) -> Path:
        folder = Path(os.path.realpath(request["cwd"]))
        return self.own(folder) or folder


def _digest(path: Path) -> str | None:
    return files.digest_of(path) if path.is_file() else None


def _names(folder: Path) -> tuple[str, ...]:
    """The names in *folder* of what loading the settings may depend on."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return ()
    return tuple(sorted(name for name in names if not name.startswith(NOT_LOADED) and not name.endswith(SUFFIXES)))
