"""What changed in a repository: the content of earlier commits, the lines that differ, and who changed a line last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from wizard.base.git import Git, literal_pathspecs

MODES = {"100755": " executable", "120000": " link"}
BATCH = 500
"""The number of paths in one call."""
FORMAT = "%h%x00%aI%x00%ad%x00%s"
DATE = "--date=format:%-d %B %Y"


@dataclass(frozen=True)
class Hunk:
    """Changed lines: the number of the first one in the new content, the removed and added *text*, and how many were
    *added*."""

    line: int
    text: str
    added: int = 0


@dataclass(frozen=True)
class LastChange:
    """A commit: its short hash, the author's date (ISO 8601, and in words), and its subject."""

    commit: str
    date: str
    day: str
    subject: str


def digests(git: Git, commit: str, names: Iterable[str] = ()) -> dict[str, str]:
    """git's object names of the files in *commit*, with a mark for their mode. With *names*: of those files only.

    Raises:
        StepError: the commit is not in this clone.
    """
    listed, found = list(names), dict[str, str]()
    for start in range(0, max(1, len(listed)), BATCH):
        output = git.checked("ls-tree", "-r", "-z", commit, "--", *listed[start : start + BATCH], environment=LITERAL)
        for line in filter(None, output.split("\0")):
            about, _, name = line.partition("\t")
            mode, _, blob = about.split(" ")
            found[name] = blob + MODES.get(mode, "")
    return found


def changed_files(git: Git, then: str, now: str) -> set[str]:
    """The files that differ between two commits.

    Raises:
        StepError: a commit is not in this clone.
    """
    output = git.checked("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff", then, now)
    return set(filter(None, output.split("\0")))


def hunks(old: list[str], new: list[str]) -> list[Hunk]:
    """The lines that differ between two files.

    `SequenceMatcher` ignores lines that a long file repeats often, because they would take quadratic time. The equal
    lines at both ends are left out before, so that a change between such lines is found too.
    """
    same = _common_start(old, new)
    before, after = old[same:], new[same:]
    rest = _common_start(before[::-1], after[::-1])
    before, after = before[: len(before) - rest], after[: len(after) - rest]
    return [
        Hunk(min(same + start + 1, max(1, len(new))), "\n".join(before[first:last] + after[start:end]), end - start)
        for kind, first, last, start, end in SequenceMatcher(None, before, after).get_opcodes()
        if kind != "equal"
    ]


def _common_start(old: list[str], new: list[str]) -> int:
    """The number of lines at the start that are equal."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def last_change(git: Git, name: str, line: int, since: str) -> LastChange | None:
    """The commit after *since* that last changed *line* of the file *name*; with line 0, the file. None if none did."""
    answer = git.run("log", f"--format=%H%x00{FORMAT}", DATE, f"{since}..HEAD", "--", name, environment=LITERAL)
    rows = [row.split("\0") for row in answer.stdout.splitlines()]
    commits = {row[0]: LastChange(*row[1:]) for row in rows if len(row) == 5}
    blamed = _blamed(git, name, line) if line and len(commits) > 1 else ""
    return commits.get(blamed) or next(iter(commits.values()), None)


def _blamed(git: Git, name: str, line: int) -> str:
    """The commit that last changed *line* in HEAD; empty if there is no such line."""
    answer = git.run(
        "blame", "--porcelain", "--no-textconv", "-L", f"{line},{line}", "HEAD", "--", name, environment=LITERAL
    )
    return answer.stdout.partition(" ")[0] if answer.returncode == 0 else ""


LITERAL = {**literal_pathspecs(), "LC_ALL": "C"}
