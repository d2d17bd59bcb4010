"""Files that the project needs to load and that a deployment would not have, since git does not track them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from wizard.base import files
from wizard.project.import_folders import folder_of_module
from wizard.project.placeholders import LONG
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_lookup import import_roots, module_file

Lines = tuple[tuple[str, int], ...]
"""Lines of the project: files relative to manage.py's folder, and numbers."""
LOCAL_MODULE = re.compile(r"local|secret|private|credential|password|keys?$|(^|_)env")
"""Names of modules that a project keeps out of git."""
STAND_IN_MODULE = f"""def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return {LONG!r}
"""


class ExtraFiles:
    """Files and folders that were added to the release copy so that the project loads there.

    `reasons` says for each, by its path in the copy, what production will lack.
    """

    def __init__(self, copy: ReleaseCopy, display_path: Callable[[Path], str], root: Path) -> None:
        self.copy, self.display_path, self.root = copy, display_path, root
        self.reasons: dict[Path, str] = {}
        self.lines: dict[Path, Lines] = {}
        """The lines of the project that led to a file being opened or imported, the innermost last."""
        self.import_folders: list[Path] = []
        """Folders of the project that must be on the import path, besides that of manage.py."""

    def add(self, path: Path, lines: Lines = ()) -> bool:
        """Add *path* of the copy, or first its folder; returns whether anything was added.

        A file that is missing on this machine too is replaced by one with harmless content. *lines* led to *path*.
        """
        path = self.copy.at(self.root) / path
        original = self.copy.own_path(path)
        if original is None or path in self.reasons:
            return False
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
            self.reasons[path.parent] = (
                f"{self.display_path(original.parent)}/ is needed and not in git: a fresh clone can't start"
            )
            return True
        if original.is_file():
            # An empty .env is enough to load: its values come from the environment.
            content = b"" if original.name.startswith(".env") else files.read(original) or b""
            why = "production will not have it"
        elif lines and not path.exists():
            content, why = _stand_in(path), "it is missing here too"
        else:
            return False
        path.write_bytes(content)
        self.reasons[path] = f"{self.display_path(original)} is needed and not in git: {why}"
        self.lines[path] = lines
        return True

    def add_module(self, module: str, lines: Lines = ()) -> bool:
        """Add a module of the project that git ignores, such as `local_settings.py`."""
        for base in import_roots(self.root):
            original = module_file(base, module)
            if original and original.is_relative_to(self.copy.top) and not self.copy.at(original).exists():
                path = self.copy.at(original)
                return self.add(path, lines) and (path.is_file() or self.add(path, lines))
        package, _, name = module.rpartition(".")
        folder = self.copy.at(self.root).joinpath(*package.split("."))
        path = folder / f"{name}.py"
        ignored = self.copy.git is not None and bool(self.copy.git.ignored([self.copy.back(path)]))
        if not folder.is_dir() or not (ignored or (package and LOCAL_MODULE.search(name))):
            return False
        return self.add(path, lines)

    def add_key(self, key: str, env_files: Sequence[str], lines: Lines) -> bool:
        """Add *key* to the files that were made up, or to a missing one of the *env_files* that the settings look for.

        Returns whether there is a file that lacked it.
        """
        made_up = [
            path
            for path in self.reasons
            if path.name.endswith(".env") or (path.suffix == ".json" and not self.copy.back(path).exists())
        ]
        as_dictionary = any("dotenv_values" in files.text(self.copy.at(self.root) / file) for file, _ in lines)
        looked_for = map(Path, env_files if as_dictionary else ())
        missing = [path for path in looked_for if self.copy.own_path(path) and path not in self.reasons]
        for path in missing:
            if not path.exists() and path.parent.is_dir():
                original = self.copy.own_path(path)
                self.reasons[path] = f"{self.display_path(original or path)} is needed and not in git"
                self.lines[path] = lines
                path.touch()
                made_up.append(path)
        return [path for path in made_up if _with_key(path, key)] != []

    def add_import_folder(self, module: str) -> bool:
        """Add the folder of the project in which *module* is to the import path."""
        folder = folder_of_module(module, self.root, self.copy.top)
        if folder is None or folder in self.import_folders:
            return False
        self.import_folders.append(folder)
        return True

    @property
    def import_folders_of_copy(self) -> list[str]:
        return [str(self.copy.at(folder)) for folder in self.import_folders]

    @property
    def import_path(self) -> str:
        """`import_folders` for PYTHONPATH, relative to manage.py's folder."""
        return os.pathsep.join(os.path.relpath(folder, self.root) for folder in self.import_folders)

    def remove(self) -> None:
        """Remove all that was added. A change may have made it unnecessary; the next load adds it again if not."""
        for path in self.reasons:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        self.reasons.clear()
        self.lines.clear()


def _with_key(path: Path, key: str) -> bool:
    """Add *key* to a JSON or .env file. Returns whether it was missing."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        content = json.loads(text)
        if not isinstance(content, dict) or key in content:
            return False
        text = json.dumps({**content, key: LONG})
    elif f"{key}=" in text:
        return False
    else:
        text += f"{key}={LONG}\n"
    path.write_text(text, encoding="utf-8")
    return True


def _stand_in(path: Path) -> bytes:
    """Harmless content for a file that does not exist."""
    if path.name.startswith(".env") or path.suffix in {".env", ".ini", ".cfg", ".toml", ".yml", ".yaml"}:
        return b""
    return {".json": "{}", ".py": STAND_IN_MODULE}.get(path.suffix, LONG).encode()
