"""Settings modules that Golive writes for a rehearsal: they import the project's settings and override some."""

from __future__ import annotations

from pathlib import Path

CONFIGURED = """import os
os.environ["DJANGO_SETTINGS_MODULE"], os.environ["DJANGO_CONFIGURATION"] = {module!r}, {configuration!r}
from configurations import importer
importer.install()
"""
"""django-configurations turns a class into settings only while the module of this name is imported."""


class SettingsWrappers:
    """The wrapper modules in *folder*.

    Only its owner may read the folder, since a wrapper may hold the password of a rehearsal's database.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def add(self, module: str, configuration: str, overrides: str) -> str:
        """Write a module that imports *module* with a star and then runs the lines *overrides*. Returns its name."""
        self._count += 1
        return self._write(f"golive_rehearsal_{self._count}", module, configuration, f"{overrides}\n")

    def in_place(self, module: str, configuration: str) -> str:
        """Write the module for questions about the project in its own folder. Returns its name."""
        return self._write("golive_in_place", module, configuration)

    def made_folder(self) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    def _write(self, name: str, module: str, configuration: str, overrides: str = "") -> str:
        """*configuration* is the class that holds the settings, with django-configurations; else empty."""
        importer = CONFIGURED.format(module=module, configuration=configuration) if configuration else ""
        text = f"{importer}from {module} import *\n{overrides}"
        (self.made_folder() / f"{name}.py").write_text(text, encoding="utf-8")
        return name
