"""Find what changed since an item was ticked: the commit, file and line that its drift probably comes from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import PurePath

from wizard.base import git_history
from wizard.base.errors import StepError
from wizard.base.git import Git
from wizard.engine.changed_lines import ChangedLines
from wizard.engine.drift import Causes, Change
from wizard.project.project import Project
from wizard.project.tick_content import UNREADABLE
from wizard.state.tick_points import TickPoint

NAMED = 3
"""The most changes that a drift names."""
NAME = re.compile(r"[A-Z][A-Z0-9_]{3,}|(?<![a-z0-9])[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
"""Names of settings, variables and functions in a text."""


@dataclass
class DriftCauses:
    """Compares the *project* as it is *now* with the *points* at which its items were ticked.

    Without *now*, which can't always be read, nothing is known.
    """

    project: Project
    points: Mapping[str, TickPoint]
    now: TickPoint | None
    latest: TickPoint | None = None
    """The point of the latest tick of any item."""

    def __post_init__(self) -> None:
        self._found: dict[int, list[Change]] = {}
        self._lines: dict[int, ChangedLines] = {}
        self._in_files: set[Change] = set()

    def of(self, item: str, text: str, where: str = "") -> Causes:
        """The changes since *item* was ticked that *text*, its evidence, is about. Without any: all changes.

        Later tasks change the project too, so what changed since the latest tick comes first.
        """
        then = self.points.get(item)
        if then is None or self.now is None:
            return Causes()
        bases = [base for base in (self.latest, then) if base]
        choices = [(base, *self._chosen(self._since(base, self.now), base, text, where)) for base in bases]
        base, _, chosen = max(choices, key=lambda choice: (choice[1], bool(choice[2])))  # the first of equal ones
        lines, names = self._lines_since(base), set(NAME.findall(text))
        named = tuple(self._placed(change, lines, names) for change in chosen[:NAMED])
        return Causes(named, len(chosen) - len(named))

    def _since(self, then: TickPoint, now: TickPoint) -> list[Change]:
        if id(then) not in self._found:
            self._found[id(then)] = []
            with suppress(StepError):
                # A report has only what all clones share.
                self._found[id(then)] = self._changes(then, now.shared() if then == then.shared() else now)
        return self._found[id(then)]

    def _lines_since(self, then: TickPoint) -> ChangedLines:
        return self._lines.setdefault(id(then), ChangedLines(self.project.top, self.project.git, then))

    def _chosen(self, changes: list[Change], then: TickPoint, text: str, where: str) -> tuple[bool, list[Change]]:
        """Whether there are changes that *text* names, or whose lines have a name of it; and these, or else all."""
        scores = {change: _score(change, text, where) for change in changes}
        if not any(scores.values()):
            lines, names = self._lines_since(then), set(NAME.findall(text))
            in_files = [change for change in changes if change in self._in_files]
            scores |= {change: int(lines.has(change.path, names)) for change in in_files}
        best = max(scores.values(), default=0)
        return best > 0, [change for change in changes if scores[change] == best]

    def _placed(self, change: Change, lines: ChangedLines, names: set[str]) -> Change:
        """*change* with its line and its commit, if it is one of a file that git does not ignore."""
        git, now = self.project.git, self.now
        if now is None or change not in self._in_files:
            return change
        line = lines.line(change.path, names) if change.what == CHANGED else 0
        if git is None or not now.head or f"file {change.path}" in now.contents:
            return replace(change, line=line, uncommitted=git is not None)
        last = git_history.last_change(git, change.path, line, lines.then.head)
        if last is None and change.what in {CHANGED, ADDED, MODE}:
            return replace(change, line=line, what=RESET)
        if last is None:  # a file that was never committed is gone
            return replace(change, uncommitted=True)
        subject, date, day = last.subject, last.date, last.day
        return replace(change, line=line, commit=last.commit, subject=subject, date=date, day=day)

    def _changes(self, then: TickPoint, now: TickPoint) -> list[Change]:
        in_files = self._file_changes(then, now)
        self._in_files |= set(in_files)
        changes = [*in_files, *_env_changes(then, now)]
        for name in sorted(_differing(then.contents, now.contents, "package ")):
            before, after = (point.contents.get(f"package {name}", "not installed") for point in (then, now))
            changes.append(Change(name, f"{before} → {after}"))
        for name in sorted(_differing(then.contents, now.contents, "ignored ")):
            if f"ignored {name}" in now.contents:
                changes.append(Change(name, CHANGED))
            elif not (self.project.top / name).exists():
                changes.append(Change(name, DELETED))
        gone = (name for name in then.contents if name.startswith("folder ") and name not in now.contents)
        return [*changes, *(Change(f"{name.removeprefix('folder ')}/", DELETED) for name in gone)]

    def _file_changes(self, then: TickPoint, now: TickPoint) -> list[Change]:
        names = _differing(then.contents, now.contents, "file ")
        git = self.project.git
        if git and then.head and now.head and then.head != now.head:
            names |= git_history.changed_files(git, then.head, now.head)
        before, after = _digests(git, then, names), _digests(git, now, names)
        different = sorted(name for name in names if before[name] != after[name])
        changes = {name: _kind(before[name], after[name]) for name in different}
        for old, new in _renamed(different, before, after).items():
            changes[old] = f"was renamed to {new}"
            del changes[new]
        return [Change(name, what) for name, what in changes.items()]


RESET = "was reset to the last commit"
CHANGED, ADDED, DELETED, MODE = "was changed", "was added", "was deleted", "has other permissions"


def _differing(before: Mapping[str, str], after: Mapping[str, str], kind: str) -> set[str]:
    names = {name for name in before.keys() | after.keys() if name.startswith(kind)}
    return {name.removeprefix(kind) for name in names if before.get(name) != after.get(name)}


def _digests(git: Git | None, point: TickPoint, names: Iterable[str]) -> dict[str, str]:
    """The digest of each file at *point*; empty for one that did not exist."""
    known = {name: point.contents.get(f"file {name}") for name in names}
    unknown = [name for name, digest in known.items() if digest is None]
    committed = git_history.digests(git, point.head, unknown) if git and point.head and unknown else {}
    return {name: committed.get(name, "") if digest is None else digest for name, digest in known.items()}


def _kind(before: str, after: str) -> str:
    if not after:
        return DELETED
    if after == UNREADABLE:
        return "can't be read"
    if not before:
        return ADDED
    return MODE if before.split(" ", maxsplit=1)[0] == after.split(" ", maxsplit=1)[0] else CHANGED


def _renamed(names: list[str], before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The new name of each file that was renamed without a change."""
    added = {after[name]: name for name in names if not before[name] and after[name]}
    gone = (name for name in names if not after[name])
    return {name: added.pop(before[name]) for name in gone if before[name] in added}


def _env_changes(then: TickPoint, now: TickPoint) -> list[Change]:
    """Changed variables and modes of .env files. A file that is gone is one change."""
    modes = {name.removeprefix("mode ") for name in then.contents if name.startswith("mode ")}
    gone = {path for path in modes if f"mode {path}" not in now.contents}
    changes = [Change(path, DELETED) for path in sorted(gone)]
    for name in sorted(_differing(then.contents, now.contents, "env ")):
        path, _, variable = name.rpartition(" ")
        if path not in gone:
            before, after = f"env {name}" in then.contents, f"env {name}" in now.contents
            what = CHANGED if before and after else "was removed" if before else ADDED
            changes.append(Change(path, what, variable))
    for path in sorted(modes - gone):
        mode = now.contents[f"mode {path}"]
        if then.contents[f"mode {path}"] != mode:
            changes.append(Change(path, f"has mode {mode} instead of {then.contents[f'mode {path}']}"))
    return changes


def _score(change: Change, text: str, where: str) -> int:
    """How clearly the evidence names the changed file, variable or package: 0 for not at all."""
    if (where and where.rpartition(":")[0] == change.path) or where == change.path:
        return 3
    path = PurePath(change.path)
    if path.name == ".gitignore":
        return 3 * ("ignore" in text)
    words = [str(path), "/".join(path.parts[-2:])] if len(path.parts) > 1 else [path.name]
    if path.suffix == ".py" and len(path.parts) > 1:
        words.append(".".join(path.with_suffix("").parts[-2:]))  # as an import names it
    if change.variable:
        return 2 * (re.search(rf"\b{re.escape(change.variable)}\b", text) is not None)
    return 2 if any(_has_word(text, word) for word in words) else 1 if _has_word(text, path.name) else 0


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(word)}(?![\w-])", text) is not None
