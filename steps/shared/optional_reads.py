"""Make the settings read files that git does not track only if they exist, and the environment otherwise.

Such a file exists on this machine and not in production: a .env file that python-decouple opens, a key or JSON file,
local_settings.py. The values come from the environment there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from steps.shared.git_history_secrets import OURS
from steps.shared.setting_variables import entry_name
from wizard.base.errors import EditError, SettingsError
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project.extra_files import LOCAL_MODULE
from wizard.project.project import Project
from wizard.project.secret_literals import in_settings
from wizard.project.settings import SettingsFiles
from wizard.project.settings_lookup import module_file

WHY = "read the environment where a file is missing that git does not track"
LOADERS = {"load", "loads", "safe_load"}
"""Functions that turn the content of a file into a dictionary."""
READERS = {"RepositoryEnv": "RepositoryEmpty", "RepositoryIni": "RepositoryEmpty"}
"""python-decouple's readers of a file, and the one that reads nothing. `Config` asks the environment first."""


@dataclass
class OptionalReads:
    """Edits that make reads optional. `variables` are the environment variables by setting that take their place."""

    project: Project
    draft: Draft
    key: str
    """The environment variable of SECRET_KEY."""
    variables: dict[str, str] = field(default_factory=dict)
    _replaced: set[str] = field(default_factory=set)

    def make(self) -> dict[str, str]:
        extra = self.project.loader.extra_files
        done: set[tuple[Path, int]] = set()
        for path in [path for path in extra.reasons if not path.is_dir() and path.suffix != ".py"]:
            for file, line in reversed(extra.lines.get(path, ())):
                source = self._source(file)
                if source and self._dotenv_values(path):
                    break
                if source and ((source.path, line) in done or self._make_optional(source, line)):
                    done.add((source.path, line))
                    break
        self._local_modules()
        return self.variables

    def _source(self, file: str) -> Source | None:
        path = (self.project.root / file).resolve()
        if not self.project.copy.deploys(path) or path.suffix != ".py":
            return None
        source = self.draft.source(path, WHY)
        return None if source.opaque else source

    def _make_optional(self, source: Source, line: int) -> bool:
        """Make the read at *line* optional. Returns whether its form is known."""
        for node in source.nodes:
            if isinstance(node, ast.Call) and _name(node.func) in READERS and _is_at(node, line) and node.args:
                self._without_repository(source, node)
                return True
        statement = next((node for node in source.tree.body if _is_at(node, line)), None)
        if isinstance(statement, ast.With):
            return self._with_block(source, statement)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            return self._assignment(source, statement, statement.targets[0].id)
        return False

    def _dotenv_values(self, path: Path) -> bool:
        """`dotenv_values(path)` → `{**dotenv_values(path), **os.environ}`. Returns whether the settings call it."""
        if not path.name.endswith(".env"):
            return False
        found = False
        for read in self.project.settings.sources:
            for node in read.nodes:
                if isinstance(node, ast.Call) and _name(node.func) == "dotenv_values":
                    found, text = True, read.text[slice(*read.span(node))]
                    source = self.draft.source(read.path, WHY)
                    if f"**{text}" not in read.text and text not in self._replaced:
                        source.replace(node, f"{{**{text}, **os.environ}}")
                        source.add_import("import os")
                        self._replaced.add(text)
        if found:
            self._note_entries()
        return found

    def _without_repository(self, source: Source, call: ast.Call) -> None:
        """`RepositoryEnv(path)` → `RepositoryEnv(path) if os.path.isfile(path) else RepositoryEmpty()`."""
        name, path = source.segment(call.func), source.segment(call.args[0])
        empty = name.replace(_name(call.func), READERS[_name(call.func)])
        self._extend(source, call, f" if os.path.isfile({path}) else {empty}()")
        if isinstance(call.func, ast.Name):
            source.add_import(f"from decouple import {empty}")
        source.add_import("import os")

    def _extend(self, source: Source, node: ast.expr, text: str) -> None:
        """Add *text* behind the expression *node*. A line that becomes too long is broken in the file's style."""
        end = source.span(node)[1]
        for statement in source.tree.body:
            if isinstance(statement, ast.Assign) and _is_at(statement, node.lineno):
                begin, stop = source.span(statement.value)
                source.replace(statement.value, source.text[begin:end] + text + source.text[end:stop])
                return
        source.splice(end, end, text)

    def _with_block(self, source: Source, block: ast.With) -> bool:
        """A `with open(…)` block that sets one setting, or a dictionary of values."""
        assigned = [node for node in ast.walk(block) if isinstance(node, ast.Assign)]
        if len(assigned) != 1 or not isinstance(assigned[0].targets[0], ast.Name):
            return False
        name = assigned[0].targets[0].id
        if _is_dictionary(assigned[0].value):
            if not self._is_flat(name):
                return False
            _wrap(source, block, "try:", f"except FileNotFoundError:\n    {name} = dict(os.environ)")
            source.add_import("import os")
            self._note_entries()
            return True
        if not name.isupper():
            return False
        library = self.project.settings.reader(source, assigned[0].value)
        head = f"{name} = {library.text(self._variable(name), '')}\nif not {name}:"
        _wrap(source, block, source.style.written(head), "")
        if library.needs_import:
            source.add_import(library.needs_import)
        return True

    def _assignment(self, source: Source, statement: ast.Assign, name: str) -> bool:
        """`KEY = open(path).read()` and the like."""
        if _is_dictionary(statement.value):
            opened = next(
                (node for node in ast.walk(statement.value) if _name(getattr(node, "func", None)) == "open"), None
            )
            if not isinstance(opened, ast.Call) or not opened.args or not self._is_flat(name):
                return False
            path = source.segment(opened.args[0])
            self._extend(source, statement.value, f" if os.path.isfile({path}) else dict(os.environ)")
            source.add_import("import os")
            self._note_entries()
            return True
        if not name.isupper() or not any(isinstance(node, ast.Call) for node in ast.walk(statement.value)):
            return False
        library = self.project.settings.reader(source, statement.value)
        source.replace(
            statement.value, f"{library.text(self._variable(name), '')} or {source.segment(statement.value)}"
        )
        if library.needs_import:
            source.add_import(library.needs_import)
        return True

    def _variable(self, name: str) -> str:
        self.variables[name] = self.key if name == "SECRET_KEY" else name
        return self.variables[name]

    def _note_entries(self) -> None:
        """SECRET_KEY is now read from the environment, since it is an entry of the dictionary."""
        if (found := self.project.settings.definition("SECRET_KEY")) and (entry := entry_name(found.value)):
            self.variables["SECRET_KEY"] = entry

    def _is_flat(self, name: str) -> bool:
        """Whether the settings use the dictionary *name* only by one key at a time, as the environment allows."""
        nodes = (node for source in self.project.settings.sources for node in source.nodes)
        outer = (node.value for node in nodes if isinstance(node, ast.Subscript))
        return not any(isinstance(inner, ast.Subscript) and _name(inner.value) == name for inner in outer)

    # ---- local_settings.py and its like

    def _local_modules(self) -> None:
        """Read the secrets of modules that git ignores from the environment, where the modules are missing."""
        settings, loader = self.project.settings, self.project.loader
        lent = {self.project.own(path) for path in loader.extra_files.reasons if path.suffix == ".py"}
        if not (loader.without_key or lent):
            return
        for path in [source.path for source in settings.sources]:
            source = self.draft.source(path, WHY)
            imports = [node for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)]
            for node in imports:
                file = self._local_file(source, node)
                if file and (file in lent or any(alias.name == "*" for alias in node.names)):
                    self._edit_import(source, node, file)

    def _local_file(self, source: Source, node: ast.ImportFrom) -> Path | None:
        """The file of the module that *node* imports, if it is one of the project and not in production."""
        module = node.module or ""
        base = source.path.parents[node.level - 1] if node.level else None
        if not module:
            return None
        for folder in [base] if base else self.project.settings.roots:
            if path := module_file(folder, module):
                return None if self.project.copy.deploys(path) else path
        last = module.rpartition(".")[2]
        return base.joinpath(*module.split(".")).with_suffix(".py") if base and LOCAL_MODULE.search(last) else None

    def _edit_import(self, source: Source, node: ast.ImportFrom, path: Path) -> None:
        wanted = [name for name, variable in self._secrets(node, path) if name not in self.variables]
        lines = [f"{name} = {self._required(source, node, name)}" for name in wanted]
        block = next((each for each in ast.walk(source.tree) if isinstance(each, ast.Try) and node in each.body), None)
        text = source.style.written("\n".join(lines) or "pass")
        if block is None:
            if node in source.tree.body:
                _wrap(source, node, "try:", "except ModuleNotFoundError:\n" + _indented(text, source.style.indent))
            return
        if not lines or not block.handlers:
            return
        last = block.handlers[-1].body[-1]
        if isinstance(last, ast.Pass | ast.Raise):
            lead = source.text[source.line_start(last.lineno) : source.span(last)[0]]
            source.splice(*source.span(last), text.replace("\n", f"\n{lead}") if not lead.strip() else text)
        else:
            source.insert_after(last, text)

    def _secrets(self, node: ast.ImportFrom, path: Path) -> Iterator[tuple[str, str]]:
        """The settings to read from the environment instead of from *path*, each with its variable."""
        names = {alias.name for alias in node.names}
        literals = {}
        if path.is_file():
            try:
                found = SettingsFiles(path.stem, path, self.project.settings.roots)
                literals = {literal.name: literal.variable for literal in in_settings(found) if not literal.field}
                bound = set().union(*(source.bound for source in found.sources))
                literals = {name: variable for name, variable in literals.items() if name in bound}
            except (EditError, SettingsError):
                literals = {}
        if "*" not in names:
            yield from ((name, literals.get(name, name)) for name in sorted(names))
            return
        literals.setdefault("SECRET_KEY", self.key)
        yield from ((name, variable) for name, variable in literals.items() if not self.project.settings.binds(name))

    def _required(self, source: Source, node: ast.ImportFrom, name: str) -> str:
        library = self.project.settings.environment
        if library.kind != "os" and library.name not in source.bound:
            library = type(library)("os", "os", library.loads)
        if library.needs_import:
            source.add_import(library.needs_import)
        # The site must not start without its own keys.
        return library.text(self._variable(name), None if OURS.search(name) else "")


def _is_dictionary(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and bool(value.args) and _name(value.func) in LOADERS


def _name(node: ast.AST | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_at(node: ast.AST, line: int) -> bool:
    return getattr(node, "lineno", 0) <= line <= (getattr(node, "end_lineno", 0) or 0)


def _wrap(source: Source, node: ast.stmt, head: str, tail: str) -> None:
    """Put *node* into a block that begins with the lines *head*, followed by the lines *tail*. Its text stays."""
    for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
        start = source.line_start(line)
        lead = source.style.indent if re.match(r"[^\r\n]", source.text[start:]) else ""
        source.splice(start, start, f"{head}\n{lead}" if line == node.lineno else lead)
    if tail:
        end = source.line_end(source.span(node)[1])
        end -= len(re.search(r"[\r\n]*$", source.text[:end])[0])  # type: ignore[index]
        source.splice(end, end, "\n" + source.style.written(tail))


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}" for line in text.split("\n"))
