"""Find the folders besides that of manage.py from which a project imports its modules.

Some projects work only when they are started one folder higher, or with folders that manage.py, a Dockerfile or a
Procfile puts on the import path.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

from wizard.base import files
from wizard.base.errors import EditError
from wizard.editing.syntax import parsed_bytes
from wizard.project import starting_files
from wizard.project.settings_lookup import wsgi_files

VARIABLE = "PYTHONPATH"
"""The variable with which a process of production gets the folders."""
NAMED = re.compile(
    r"(?:PYTHONPATH[\"']?\s*[=:]\s*|--pythonpath[= ]|--chdir[= ]|^\s*WORKDIR\s+|\bcd\s+)[\"']?([\w./:${}-]+)",
    re.MULTILINE,
)


def folder_of_module(module: str, root: Path, top: Path) -> Path | None:
    """The folder that must be on the import path for *module*, if the project has such a folder.

    Arguments:
        root: the folder of manage.py.
        top: the folder of the repository, or *root*.
    """
    first = module.partition(".")[0]
    for folder in root.parents:
        if folder.is_relative_to(top) and (_is_package(folder / first) or root.is_relative_to(folder / first)):
            return folder
    for folder in _named(root, top):
        if folder != root and (_is_package(folder / first) or files.is_file(folder / f"{first}.py")):
            return folder
    return None


def _is_package(folder: Path) -> bool:
    return files.is_file(folder / "__init__.py")


def _named(root: Path, top: Path) -> Iterator[Path]:
    """Folders that manage.py, wsgi.py or the files that start the project put on the import path."""
    for path in (root / "manage.py", *wsgi_files(root)):
        for text in _path_texts(path):
            yield from _existing(text, root, top)
    for started_by in starting_files.texts(root, top, "*.sh"):
        for value in NAMED.findall(started_by):
            for text in value.split(":"):
                yield from _existing(text, root, top)


def _path_texts(path: Path) -> Iterator[str]:
    """Texts in the statements of *path* that change sys.path."""
    try:
        tree = parsed_bytes(files.read(path) or b"")
    except (EditError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("sys.path."):
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value


def _existing(text: str, root: Path, top: Path) -> Iterator[Path]:
    """The folders of the project that *text* may mean. In a container the repository has another path."""
    parts = [part for part in text.replace("${", "$").split("/") if part not in {"", "."} and not part.startswith("$")]
    for start in range(len(parts)):
        for base in (root, top):
            folder = Path(os.path.normpath(base.joinpath(*parts[start:])))
            if folder.is_relative_to(top) and files.is_folder(folder):
                yield folder
