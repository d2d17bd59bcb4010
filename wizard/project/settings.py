"""The settings files of a project as source code: which ones run, in which order, and where each setting is set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError, SettingsError
from wizard.editing.source import Source
from wizard.editing.syntax import assignments
from wizard.project import env_readers
from wizard.project.production_switch import switches, untaken
from wizard.project.settings_lookup import import_roots, included_files, module_file, wsgi_files


@dataclass(frozen=True)
class Definition:
    """The assignment that sets a setting: the last one at the top level of a settings file."""

    source: Source
    node: ast.Assign | ast.AnnAssign

    @property
    def path(self) -> Path:
        return self.source.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def value(self) -> ast.expr:
        assert self.node.value is not None
        return self.node.value

    @property
    def literal(self) -> object:
        """The value if it is a literal, else `...`."""
        try:
            return ast.literal_eval(self.value)
        except ValueError:
            return ...


class SettingsFiles:
    """The files behind a settings module in the order in which they run, the module's own file last."""

    of_production = True
    """Whether branches that production does not take are left out, as in `if env == "development":`."""

    def __init__(
        self, module: str, main: Path, roots: tuple[Path, ...], others: tuple[Path, ...] = (), configuration: str = ""
    ) -> None:
        self.module, self.main, self.roots, self._others = module, main, roots, others
        self.configuration = configuration
        """With django-configurations, the class that holds the settings; else empty."""
        self.exists: Callable[[Path], bool] = lambda path: True
        self.included: dict[Path, Path] = {}
        """Files that django-split-settings runs in the namespace of another file, whose `__file__` they have."""
        self.certain: set[Path] = set()
        """Files that are always loaded, and not only under some condition."""

    @classmethod
    def find(
        cls,
        module: str,
        root: Path,
        manage: Path,
        configuration: str = "",
        exists: Callable[[Path], bool] = lambda path: True,
    ) -> SettingsFiles:
        """The files behind *module* of the project with manage.py in *root*.

        *exists* says whether a file is there, which in production git decides. The module's own file always is.

        Raises:
            SettingsError: there is no such module.
        """
        roots = import_roots(root)
        main = next((path for folder in roots if (path := module_file(folder, module))), None)
        if main is None:
            raise SettingsError(
                f"The settings module {module} was not found below {root}",
                f"{manage.name} or wsgi.py names it",
                "Correct the name, or pass the module with --settings.",
            )
        found = cls(module, main, roots, (manage, *wsgi_files(root)), configuration)
        found.exists = exists
        return found

    @cached_property
    def sources(self) -> list[Source]:
        found: dict[Path, Source] = {}
        self._collect(self.main, found)
        return list(found.values())

    def _collect(self, path: Path, found: dict[Path, Source], depth: int = 0, *, always: bool = True) -> None:
        if path in found or depth > 8 or (depth and not self.exists(path)):
            return
        if always:
            self.certain.add(path)
        try:
            source = Source.of(path, files.read(path) or b"")
        except EditError as error:
            raise SettingsError(error.what, error.why, error.hint) from error
        for other, unconditional in self._included(source):
            self._collect(other, found, depth + 1, always=always and unconditional)
        found[path] = source

    def _included(self, source: Source) -> Iterator[tuple[Path, bool]]:
        """Files that the module star-imports, or includes with django-split-settings, and whether it always does."""
        names = self._completed(source.path)
        skipped = untaken(source, set(env_readers.functions(source.nodes)), names) if self.of_production else set()
        for node in source.nodes:
            if node in skipped:
                continue
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                if path := self._resolve(source.path, node):
                    yield path, node in source.tree.body
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "include":
                for pattern in included_files(source.tree, node):
                    paths = sorted(source.path.parent.glob(pattern))
                    self.included |= dict.fromkeys(paths, source.path)
                    yield from ((path, True) for path in paths)

    def _resolve(self, path: Path, node: ast.ImportFrom) -> Path | None:
        if node.level:
            base = path.parent
            for _ in range(node.level - 1):
                base = base.parent
            bases = [base]
        else:
            bases = list(self.roots)
        return next((file for base in bases if (file := module_file(base, node.module or ""))), None)

    @property
    def main_source(self) -> Source:
        return self.sources[-1]

    @cached_property
    def environment(self) -> env_readers.EnvLibrary:
        others = [source.nodes for path in self._others if (source := _source_of(path))]
        return env_readers.detect([source.nodes for source in self.sources], others)

    def reader(self, source: Source, node: ast.expr) -> env_readers.EnvLibrary:
        """The library for an expression in place of *node*: the project's own if its reader is bound there."""
        library, line = self.environment, node.lineno
        values = any(getattr(each, "value", None) is node for _, scope in self.classes for each in scope.body)
        if values and "values" in source.bound:
            return env_readers.EnvLibrary("values", "values", library.loads)
        if library.kind == "os":
            return library
        number = [each.path for each in self.sources].index(source.path)
        return library if (number, line) > library.ready else env_readers.EnvLibrary("os", "os", library.loads)

    def definition(self, name: str) -> Definition | None:
        """The assignment that sets *name*, if it is at the top level of a file or class."""
        for source in reversed(self.sources):
            if found := assignments(source.tree, name):
                return Definition(source, found[-1])
        for source, node in self.classes:
            if found := assignments(node, name):
                return Definition(source, found[-1])
        return None

    @cached_property
    def classes(self) -> list[tuple[Source, ast.ClassDef]]:
        """The class that holds the settings and its base classes in the project, in the order of inheritance."""
        known = {
            node.name: (source, node)
            for source in self.sources
            for node in source.tree.body
            if isinstance(node, ast.ClassDef)
        }
        found: list[tuple[Source, ast.ClassDef]] = []
        todo = [self.configuration]
        while todo:
            name = todo.pop(0)
            if name in known and known[name] not in found:
                found.append(known[name])
                todo += [each.id for each in known[name][1].bases if isinstance(each, ast.Name)]
        return found

    @property
    def paths(self) -> set[Path]:
        """The settings files, and those with pydantic's settings classes that they import."""
        return {source.path for source in [*self.sources, *(source for source, _ in self.fields.values())]}

    @cached_property
    def fields(self) -> dict[str, tuple[Source, ast.AnnAssign]]:
        """Fields of pydantic's settings classes by variable, in the settings and in modules that they import."""
        found: dict[str, tuple[Source, ast.AnnAssign]] = {}
        for source in [*self.sources, *self._imported()]:
            found |= {variable: (source, node) for variable, node in env_readers.fields(source.nodes)}
        return found

    def _imported(self) -> Iterator[Source]:
        known = {source.path for source in self.sources}
        for source in self.sources:
            for node in source.tree.body:
                if (
                    isinstance(node, ast.ImportFrom)
                    and (path := self._resolve(source.path, node))
                    and path not in known
                ):
                    known.add(path)
                    yield Source.of(path, files.read(path) or b"")

    def variables(self, name: str) -> list[str]:
        """The environment variables that the assignment of a setting reads."""
        found = self.definition(name)
        if found is None:
            return []
        read = [variable for variable, _, _ in (*env_readers.of_class(found.node), *self.reads_in(found.value))]
        asked = {each.attr for each in ast.walk(found.value) if isinstance(each, ast.Attribute)}
        names = {
            variable: node.target.id for variable, (_, node) in self.fields.items() if isinstance(node.target, ast.Name)
        }
        return [*read, *(variable for variable, field in names.items() if field in asked)]

    @property
    def choice(self) -> dict[str, str]:
        """The variables that choose production's settings: `switches`, and the class of django-configurations."""
        return {**({"DJANGO_CONFIGURATION": self.configuration} if self.configuration else {}), **self.switches}

    @cached_property
    def switches(self) -> dict[str, str]:
        """Variables by which the project itself chooses its production settings, as in DJANGO_ENV=production."""
        started_with = [found for path in self._others if (found := _source_of(path))]
        return switches([*self.sources, *started_with], self.reading_functions, self._completed(self.main))

    def _completed(self, path: Path) -> set[str]:
        """Names that a variable may complete to the name of a settings module or file, next to the file *path*."""
        return {
            self.module.rpartition(".")[2],
            *(each.stem for pattern in ("*.py", "*/*.py") for each in path.parent.glob(pattern)),
        }

    def conditional(self, name: str) -> list[tuple[Source, ast.Assign]]:
        """Assignments inside if, try and with blocks."""
        return [(source, node) for source in self.sources for node in source.nested_assignments(name)]

    def always(self, name: str) -> bool:
        """Whether *name* is always set, and not only under some condition."""
        scopes: list[ast.Module | ast.ClassDef] = [each.tree for each in self.sources if each.path in self.certain]
        scopes += [node for _, node in self.classes]
        return any(assignments(scope, name) for scope in scopes)

    def binds(self, name: str) -> bool:
        return any(name in source.bound for source in self.sources) or bool(self.conditional(name))

    def mentions(self, text: str) -> bool:
        return any(text in source.text for source in self.sources)

    @cached_property
    def reading_functions(self) -> frozenset[str]:
        """The project's own functions that read environment variables, in the settings and in modules they import."""
        sources = [*self.sources, *self._imported()]
        return frozenset(name for source in sources for name in env_readers.functions(source.nodes))

    def reads_in(self, node: ast.AST | env_readers.Nodes) -> Iterator[tuple[str, ast.expr, ast.expr | None]]:
        """The environment variables that *node* of a settings file reads; see env_readers.reads."""
        return env_readers.reads(node, self.reading_functions, self.environment.name)

    def reads(self) -> Sequence[tuple[Source, str, ast.expr, ast.expr | None]]:
        """Every environment variable that the files read: the file, the name, the reading node and its default."""
        return self._reads

    @cached_property
    def _reads(self) -> list[tuple[Source, str, ast.expr, ast.expr | None]]:
        return list(self._read())

    def _read(self) -> Iterator[tuple[Source, str, ast.expr, ast.expr | None]]:
        for source in self.sources:
            for name, node, default in self.reads_in(source.nodes):
                yield source, name, node, default
        for source, scope in self.classes:
            for each in scope.body:
                if isinstance(each, ast.Assign | ast.AnnAssign):
                    yield from ((source, *found) for found in env_readers.of_class(each))


class LocalSettingsFiles(SettingsFiles):
    """The files behind the settings module of this machine, with the branches that production does not take."""

    of_production = False


def _source_of(path: Path) -> Source | None:
    """The source code of a file, or None if it can't be read."""
    try:
        return Source.of(path, files.read(path) or b"")
    except EditError:
        return None
