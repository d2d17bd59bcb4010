"""Files that the project's own code keeps without a field of a model: where it writes them, and by which storage.

Found in the source: `default_storage.save`, other storages of `django.core.files.storage`, `open` with a path below
MEDIA_ROOT, and functions that write an uploaded file to a path. Temporary files do not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from wizard.project.own_modules import modules
from wizard.project.project import Project

HINTS = (b"storage", b"MEDIA_ROOT", b"chunks", b"FILES")
STORAGE_MODULE = "django.core.files.storage"
NOT_VISITORS = {"management", "scripts", "settings"}
"""Folders with code that visitors don't run."""
MODE = re.compile(r"[rwaxbtU+]{1,4}")
WRITES = re.compile(r"[wax+]")
PATH_WRITES = {"write_bytes", "write_text"}
COPIES = {"copy", "copy2", "copyfile", "move"}
REMOVES = {"remove": "os", "rmtree": "shutil", "unlink": "", "delete": "storage"}
"""Functions that remove a file, and how the object ends that has them; empty for any."""
TEMPORARY = re.compile(r"tempfile|gettempdir|mkdtemp|(?:^|[_/.])te?mp(?:[_/.]|$)", re.IGNORECASE)
MEDIA_TEXT = re.compile(r"^(?:\./|/)?media/")
DISK, MEDIA = "<disk>", "<media>"
"""Places of a write that are no alias of STORAGES: a folder that only the code names, and MEDIA_ROOT."""
APPS = {
    "ckeditor_uploader": "default", "django_ckeditor_5": "default", "filebrowser": "default",
    "froala_editor": "default", "django_editorjs_fields": "default", "mdeditor": MEDIA,
}  # fmt: skip
"""Apps that keep uploads without a model, and where. Source: their code."""
STORAGES = {"default_storage": "default", "DefaultStorage": "default", "get_storage_class": "default"}


@dataclass(frozen=True)
class FoundWrite:
    """A call that keeps a file: *what* is called at *line*, and the *place*, an alias of STORAGES or one of above."""

    line: int
    what: str
    place: str


def found_in_project(project: Project) -> Iterator[tuple[str, str, str]]:
    """What writes files, where it is in the project, and the place that it writes to."""
    found = dict(modules(project, *HINTS))
    classes = {"FileSystemStorage"}
    for tree in found.values():
        classes |= {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and any(_last(base) in classes for base in node.bases)
        }
    for path in sorted(found):
        shown = project.display_path(path)
        if not NOT_VISITORS & set(shown.split("/")[:-1]) and not shown.endswith("settings.py"):
            for write in found_writes(found[path], frozenset(classes)):
                yield write.what, f"{shown}:{write.line}", write.place
    for app in project.value("INSTALLED_APPS") or []:
        name = str(app).partition(".apps.")[0]
        if name in APPS:
            yield name, project.origin("INSTALLED_APPS"), APPS[name]


def uses_of_paths(project: Project, fields: Collection[str]) -> list[str]:
    """Where code asks one of *fields* for the path of its file on the disk, such as `self.image.path`."""
    found = []
    for path, tree in modules(project, b".path"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "path" and getattr(node.value, "attr", "") in fields:
                found.append(f"{project.display_path(path)}:{node.lineno}")
    return sorted(set(found))


def found_writes(tree: ast.Module, classes: frozenset[str] = frozenset({"FileSystemStorage"})) -> list[FoundWrite]:
    """The calls in *tree* that keep files. *classes*: the names of storages on the disk."""
    names = {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == STORAGE_MODULE
        for alias in node.names
        if alias.asname
    }
    found = dict[int, FoundWrite]()
    units = list(_units(tree))
    stores = _Function(units[0], classes, names, {}).stores
    for unit in units:
        for write in _Function(unit, classes, names, stores).writes():
            found.setdefault(write.line, write)
    return [found[line] for line in sorted(found)]


def _units(tree: ast.Module) -> Iterator[list[ast.AST]]:
    """The nodes of the module outside of functions, then those of each outermost function."""
    outside, functions, waiting = list[ast.AST](), list[ast.AST](), list[ast.AST]([tree])
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.append(node)
        else:
            outside.append(node)
            waiting += ast.iter_child_nodes(node)
    yield outside
    yield from (list(ast.walk(each)) for each in functions)


class _Function:
    """The nodes of a function, or of a module outside of its functions."""

    def __init__(
        self, nodes: list[ast.AST], classes: frozenset[str], imported: dict[str, str], stores: dict[str, str]
    ) -> None:
        self.nodes, self.classes, self.imported = nodes, classes, imported
        self.stores, self.media, self.temporary = dict(stores), set[str](), set[str]()
        for node in nodes:
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        """Remember what a name is assigned: a storage, or a path."""
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in filter(None, map(_last, targets)):
                if place := self._storage(node.value):
                    self.stores[name] = place
                if self._speaks_of(node.value, self.media, MEDIA_TEXT, "MEDIA_ROOT"):
                    self.media.add(name)
                if self._is_temporary(node.value):
                    self.temporary.add(name)

    def _storage(self, node: ast.expr) -> str:
        """The place of the storage that *node* evaluates to; empty for anything else."""
        if isinstance(node, ast.Subscript):
            alias = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return alias if _last(node.value) == "storages" and isinstance(alias, str) else ""
        if isinstance(node, ast.Call):
            name = self._name(node.func)
            if name in self.classes:
                return self._disk(node)
            return self._storage(node.func) if isinstance(node.func, ast.Call) else STORAGES.get(name, "")
        name = self._name(node)
        return self.stores.get(name) or STORAGES.get(name, "")

    def _disk(self, call: ast.Call) -> str:
        """The place of a storage on the disk, by its location; empty for a temporary folder."""
        given = [*call.args[:1], *(each.value for each in call.keywords if each.arg == "location")]
        if not given:
            return MEDIA
        return "" if self._is_temporary(given[0]) else self._path(given[0])

    def _path(self, node: ast.expr) -> str:
        return MEDIA if self._speaks_of(node, self.media, MEDIA_TEXT, "MEDIA_ROOT") else DISK

    def _name(self, node: ast.expr) -> str:
        name = _last(node)
        return self.imported.get(name, name)

    def _is_temporary(self, node: ast.expr) -> bool:
        return self._speaks_of(node, self.temporary, TEMPORARY, "")

    def _speaks_of(self, node: ast.AST, names: set[str], text: re.Pattern[str], wanted: str) -> bool:
        """Whether *node* has one of *names*, the name *wanted*, or a text or a name that matches *text*."""
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and text.search(each.value):
                return True
            if not (name := _last(each)):
                continue
            if name in names or (name == wanted or name in STORAGES if wanted else text.search(name)):
                return True
        return False

    # ---- what writes

    def writes(self) -> Iterator[FoundWrite]:
        calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        removed = max((call.lineno for call in calls if _removes(call)), default=0)
        uploads = any(_last(node) in {"FILES", "chunks"} for node in self.nodes if isinstance(node, ast.Attribute))
        for call in calls:
            if call.lineno < removed:  # what is removed again is no upload
                continue
            if place := self._storage(call.func.value) if isinstance(call.func, ast.Attribute) else "":
                if _last(call.func) == "save" or (_last(call.func) == "open" and WRITES.search(_mode(call, 1))):
                    yield FoundWrite(call.lineno, f"{_shown(call.func)}()", place)
            elif (path := _written_path(call)) is not None and not self._is_temporary(path):
                place = self._path(path)
                if place == MEDIA or (uploads and _last(call.func) not in COPIES | {"save"}):
                    yield FoundWrite(call.lineno, f"{_shown(call.func)}()", place)


def _written_path(call: ast.Call) -> ast.expr | None:
    """The path of the file that *call* writes; None for another call."""
    name, own = _last(call.func), call.func.value if isinstance(call.func, ast.Attribute) else None
    first = call.args[0] if call.args else None
    if name == "open" and WRITES.search(_mode(call, 1)):
        return first or own
    if name in PATH_WRITES or (name == "open" and own is not None and WRITES.search(_mode(call, 0))):
        return own
    if name in COPIES and own is not None and _last(own) == "shutil" and len(call.args) > 1:
        return call.args[1]
    return first if name == "save" and own is not None else None


def _removes(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in REMOVES:
        return False
    return _last(call.func.value).endswith(REMOVES[call.func.attr])


def _mode(call: ast.Call, place: int) -> str:
    """The mode of a call of `open`, whose argument number *place* it is; empty if it is not written there."""
    given = [*call.args[place : place + 1], *(each.value for each in call.keywords if each.arg == "mode")]
    texts = (each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str))
    return next((each for each in texts if MODE.fullmatch(each)), "")


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _shown(node: ast.expr) -> str:
    """The function that a call names, with the object before the last point."""
    if isinstance(node, ast.Attribute):
        value = node.value
        if isinstance(value, ast.Call | ast.Subscript):
            value = value.func if isinstance(value, ast.Call) else value.value
        return f"{_last(value)}.{node.attr}" if _last(value) else node.attr
    return _last(node)
