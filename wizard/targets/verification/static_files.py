"""`collectstatic` into a temporary folder, from which the sandbox serves static files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from wizard.base import files
from wizard.project.agent_answer import AgentError
from wizard.project.project import Project
from wizard.project.snapshot import Snapshot
from wizard.project.static_settings import storage_backend
from wizard.targets.verification.settings import plain_storage_settings, static_root_settings


@dataclass(frozen=True)
class Collected:
    """The result of `collectstatic` in *folder*, and the *error* that ended it."""

    folder: Path
    error: AgentError | None = None

    @property
    def files(self) -> list[Path]:
        return files.below(self.folder, "*") if self.folder.is_dir() else []


class StaticFiles:
    """Runs `collectstatic` in the release copy, with a temporary STATIC_ROOT. The result is kept for equal settings."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._collected_for: tuple[str, Snapshot | None] = ("", None)
        self._collected = Collected(project.work / "static")

    def collect(self, *, fresh: bool = False) -> Collected:
        """Run `collectstatic`, again if the settings for it have changed. With *fresh*, also if any file has."""
        project = self.project
        names = ("STATICFILES_DIRS", "STATICFILES_FINDERS", "INSTALLED_APPS")
        values = [bool(project.value("STATIC_ROOT")), *(project.value(name) for name in names)]
        state = f"{storage_backend(project)} {values}"
        settings, snapshot = self._collected_for
        if settings != state or (fresh and snapshot is not project.snapshot):
            folder = self._collected.folder
            shutil.rmtree(folder, ignore_errors=True)
            # Without STATIC_ROOT, collectstatic has to fail as it would in production.
            overrides = static_root_settings(folder) if project.value("STATIC_ROOT") else ""
            answer = project.ask("collect", overrides=overrides, references=[])
            self._collected, self._collected_for = Collected(folder, AgentError.of(answer)), (state, project.snapshot)
        return self._collected

    def settings(self) -> str:
        """Return settings that use the collected files. Empty if the storage has no manifest.

        Without its manifest, every page with a {% static %} tag answers 500. If `collectstatic` fails, which is for
        task 9 to fix, the settings therefore select a storage without a manifest. Source: Django's documentation of
        ManifestStaticFilesStorage.
        """
        if "Manifest" not in storage_backend(self.project):
            return ""
        collected = self.collect()
        return plain_storage_settings(self.project) if collected.error else static_root_settings(collected.folder)
