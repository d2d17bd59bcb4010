"""Files that the project needs to load and that a deployment would not have, since git does not track them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from wizard.base import files
from wizard.project.import_folders import folder_of_module
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_lookup import import_roots, module_file


class ExtraFiles:
    """Files and folders that were added to the release copy so that the project loads there.

    `reasons` says for each, by its path in the copy, what production will lack.
    """

    def __init__(self, copy: ReleaseCopy, display_path: Callable[[Path], str], root: Path) -> None:
        self.copy, self.display_path, self.root = copy, display_path, root
        self.reasons: dict[Path, str] = {}
        self.places: dict[Path, tuple[str, int]] = {}
        """Where the project opens a file: its path relative to manage.py's folder, and the line."""
        self.import_folders: list[Path] = []
        """Folders of the project that must be on the import path, besides that of manage.py."""

    def add(self, path: Path) -> bool:
        """Add *path* of the copy, or first its folder; returns whether anything was added."""
        original = self.copy.own_path(path)
        if original is None or path in self.reasons:
            return False
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
            self.reasons[path.parent] = (
                f"{self.display_path(original.parent)}/ is needed and not in git: a fresh clone can't start"
            )
            return True
        if not original.is_file():
            return False
        # An empty .env is enough to load: its values come from the environment.
        path.write_bytes(b"" if original.name.startswith(".env") else files.read(original) or b"")
        self.reasons[path] = f"{self.display_path(original)} is needed and not in git: production will not have it"
        return True

    def add_module(self, module: str) -> bool:
        """Add a module of the project that git ignores, such as `local_settings.py`."""
        for base in import_roots(self.root):
            original = module_file(base, module)
            if original and original.is_relative_to(self.copy.top) and not self.copy.at(original).exists():
                path = self.copy.at(original)
                return self.add(path) and (path.is_file() or self.add(path))
        return False

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

    def remove_folders(self) -> None:
        """Remove the added folders. A change may have made them unnecessary; the next load adds them again if not."""
        for folder in [path for path in self.reasons if path.is_dir()]:
            shutil.rmtree(folder)
            del self.reasons[folder]
