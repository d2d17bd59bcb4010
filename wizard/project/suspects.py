"""Find the environment variables behind an error of the project, by the line that raised and what that line uses.

The agent records which variables the settings read, and where. An error seldom names the variable: `if not KEY: raise
ValueError("not configured")`. Here the names in the failing statement are followed to the lines that set them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.syntax import parsed_bytes
from wizard.project.agent_answer import AgentError, Read

NOT_THE_PROJECTS = re.compile(
    r"(PYTHON|PYDANTIC_|GOLIVE_|LC_)\w*|PATH|HOME|USER|LANG|SHELL|TMPDIR|TZ|DJANGO_(SETTINGS_MODULE|CONFIGURATION)"
)
"""Variables that configure the process, and not the site."""
DEPTH = 4
"""How many assignments to follow from a name to the read behind it."""
Lines = tuple[str, int, int]
"""A file relative to the folder of manage.py, and the first and last line of a statement in it."""


@dataclass
class Traced:
    """What the failing statement of an error uses."""

    variables: list[str] = field(default_factory=list)
    """Environment variables, the likeliest first."""
    constants: list[str] = field(default_factory=list)
    """Short texts that it compares with or looks up."""


def trace(error: AgentError, folder: Path) -> Traced:
    """The variables and constants behind *error*. *folder* is that of manage.py in the copy."""
    return _Trace(error, folder).result()


def others(error: AgentError, known: Iterable[str]) -> list[str]:
    """Variables that were read before the error and have no value, without *known*; the latest first."""
    names = [read.name for read in reversed(error.reads) if not read.present and _is_the_projects(read.name)]
    return [name for name in dict.fromkeys(names) if name not in set(known)]


def prefix(error: AgentError, folder: Path) -> str:
    """The prefix of the variables of pydantic's settings class, in the file in which *error* was raised."""
    if error.type != "ValidationError" or not error.frames:
        return ""
    found = re.search(r"env_prefix\s*=\s*[\"'](\w+)[\"']", files.text(folder / error.frames[-1][0]))
    return found[1].upper() if found else ""


def _is_the_projects(name: str) -> bool:
    return re.fullmatch(r"[A-Za-z_]\w*", name) is not None and not NOT_THE_PROJECTS.fullmatch(name)


class _Trace:
    def __init__(self, error: AgentError, folder: Path) -> None:
        self.error, self.folder = error, folder
        self.frames = error.frames or ((error.place,) if error.place else ())
        self.trees: dict[str, ast.Module] = {}
        self.found, self.followed = Traced(), set[str]()

    def result(self) -> Traced:
        reads = [read for read in reversed(self.error.reads) if _is_the_projects(read.name)]
        words = set(re.findall(r"\w+", self.error.message))
        self._add(read for read in reads if read.name in words)
        for file, line in reversed(self.frames):
            for node in self._relevant(file, line):
                self._use(file, node, DEPTH)
        self.found.constants = [
            text for text in dict.fromkeys(self.found.constants) if text not in self.found.variables
        ]
        return self.found

    def _add(self, reads: Iterable[Read]) -> None:
        """Add the variables of *reads*, those without a value first."""
        for read in sorted(reads, key=lambda read: read.present):
            if read.name not in self.found.variables:
                self.found.variables.append(read.name)

    def _tree(self, file: str) -> ast.Module:
        if file not in self.trees:
            try:
                self.trees[file] = parsed_bytes(files.read(self.folder / file) or b"")
            except (EditError, SyntaxError, ValueError):
                self.trees[file] = ast.Module([], [])
        return self.trees[file]

    def _relevant(self, file: str, line: int) -> Iterator[ast.AST]:
        """The statement at *line*, then the conditions and `try` blocks around it, from the inside."""
        around: list[ast.stmt] = []
        body: list[ast.stmt] = self._tree(file).body
        while inner := next((node for node in body if node.lineno <= line <= (node.end_lineno or node.lineno)), None):
            around.append(inner)
            body = [each for each in ast.iter_child_nodes(inner) if isinstance(each, ast.stmt)]
            for handler in getattr(inner, "handlers", ()):
                body += handler.body
        for node in reversed(around):
            if isinstance(node, ast.If | ast.While):
                yield node.test
            elif isinstance(node, ast.Try):
                yield from node.body  # the read may have failed there, and the handler raised
            elif isinstance(node, ast.With | ast.AsyncWith):
                yield from node.items
            elif isinstance(node, ast.For):
                yield node.iter
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            else:
                yield node

    def _use(self, file: str, node: ast.AST, depth: int) -> None:
        """Add the variables that are read on the lines of *node*, then those behind the names in it."""
        lines = (file, getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0)
        if isinstance(node, ast.withitem):
            lines = (file, node.context_expr.lineno, node.context_expr.end_lineno or 0)
        self._add(read for read in reversed(self.error.reads) if _is_the_projects(read.name) and _is_at(read, lines))
        names = []
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and 0 < len(each.value) <= 40:
                self.found.constants.append(each.value)
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                names.append(each.id)
            elif isinstance(each, ast.Attribute):
                names.append(each.attr)
        for name in dict.fromkeys(names):
            if depth and name not in self.followed:
                self.followed.add(name)
                self._follow(name, depth - 1)

    def _follow(self, name: str, depth: int) -> None:
        """Go on with the statements that assign *name*, in all files that read variables."""
        places = [place for read in self.error.reads for place in read.places]
        for file in dict.fromkeys(file for file, _ in (*reversed(self.frames), *places)):
            for node in ast.walk(self._tree(file)):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    self._use(file, node, 0)  # its values, as those of an enumeration
                if name in _assigned(node):
                    self._use(file, node.iter if isinstance(node, ast.For) else node, depth)


def _assigned(node: ast.AST) -> set[str]:
    """The names and attributes that a statement assigns."""
    if isinstance(node, ast.With):
        targets: list[ast.expr] = [item.optional_vars for item in node.items if item.optional_vars]
    elif isinstance(node, ast.Assign):
        targets = node.targets
    else:
        targets = [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For) else []
    found = [each for target in targets for each in ast.walk(target)]
    return {each.id for each in found if isinstance(each, ast.Name)} | {
        each.attr for each in found if isinstance(each, ast.Attribute)
    }


def _is_at(read: Read, lines: Lines) -> bool:
    file, first, last = lines
    return any(place == file and first <= line <= last for place, line in read.places)
