"""Other places where a secret of the settings is written: comments, compiled files, tests, examples."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from steps.shared.env_files import add_to_gitignore
from wizard.base import files
from wizard.plan.actions import Finding
from wizard.plan.draft import Draft
from wizard.project.project import Project
from wizard.project.secret_literals import Literal

LARGEST = 1 << 20
"""The largest file in bytes that is searched."""
SHORTEST = 12
"""A shorter secret may be an ordinary word."""
COMPILED = {".pyc", ".pyo"}


@dataclass(frozen=True)
class Copy:
    """A place of the secret *name*. *line* counts from 1, and is 0 in a compiled file.

    *column* is where the comment begins that contains it, and None outside of a comment.
    """

    name: str
    value: str
    path: Path
    line: int
    column: int | None = None

    @property
    def compiled(self) -> bool:
        return self.path.suffix in COMPILED


def find_copies(project: Project, literals: Collection[Literal]) -> list[Copy]:
    """Return the copies of *literals* in the files to deploy, without the literals themselves."""
    wanted = {literal.value: literal.name for literal in literals if len(literal.value) >= SHORTEST}
    found: list[Copy] = []
    if not wanted:
        return found
    own = {(literal.source.path, line) for literal in literals for line in _lines(literal)}
    for path in project.copy.known():
        content = _content(path)
        for value, name in wanted.items():
            if value.encode() not in content:
                continue
            if path.suffix in COMPILED:
                found.append(Copy(name, value, path, 0))
            elif b"\0" not in content:
                found += [copy for copy in _in_text(path, content, name, value) if (path, copy.line) not in own]
    return found


def _lines(literal: Literal) -> range:
    return range(literal.node.lineno, (literal.node.end_lineno or literal.node.lineno) + 1)


def _content(path: Path) -> bytes:
    if not path.is_file() or path.stat().st_size > LARGEST:
        return b""
    return files.read(path) or b""


def _in_text(path: Path, content: bytes, name: str, value: str) -> Iterator[Copy]:
    text = content.decode("utf-8", "replace")
    comments = _comments(text, value) if path.suffix == ".py" else dict[int, int]()
    for number, line in enumerate(text.split("\n"), 1):
        if value in line:
            yield Copy(name, value, path, number, comments.get(number))


def _comments(text: str, value: str) -> dict[int, int]:
    """The lines of Python source with a comment that contains *value*, and the column where it begins."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    return dict(token.start for token in tokens if token.type == tokenize.COMMENT and value in token.string)


def findings(project: Project, copies: Collection[Copy]) -> list[Finding]:
    """One warning for each place. Those that Golive does not remove say what to do."""
    found = []
    for copy in copies:
        if copy.column is not None:
            where = "a comment too"
        elif copy.compiled:
            where = "a compiled file too"
        else:
            where = "this file too. Remove it by hand, since Golive does not know what needs it"
        found.append(Finding(f"The old {copy.name} is in {where}", copy.path, copy.line or None, warning=True))
    return found


def remove(project: Project, draft: Draft, copies: Collection[Copy]) -> tuple[Path, ...]:
    """Remove the comments in *draft*, and ignore compiled files. Return the compiled files that git must not track."""
    for copy in copies:
        if copy.column is not None:
            _remove_comment(draft, copy)
    compiled = tuple(sorted({copy.path for copy in copies if copy.compiled}))
    if not project.git or not compiled:
        return ()
    for path in compiled:
        add_to_gitignore(project, draft, path, f"*{path.suffix}")
    return compiled


def _remove_comment(draft: Draft, copy: Copy) -> None:
    """Remove the comment, with its line if there is nothing else in it."""
    source = draft.source(copy.path, f"remove the old {copy.name} from a comment")
    begin = source.line_start(copy.line)
    end = source.line_end(begin)
    line = source.text[begin:end]
    before = line[: copy.column]
    if before.strip():
        source.splice(begin + len(before.rstrip()), begin + len(line.rstrip("\r\n")), "")
    else:
        source.splice(begin, end, "")
