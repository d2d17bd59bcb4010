"""Collected static files for the sandbox, for projects whose storage reads file names from a manifest."""

from __future__ import annotations

from wizard.project.project import Project
from wizard.targets.verification.settings import plain_storage_settings, static_root_settings


class StaticFiles:
    """Runs `collectstatic` into a temporary folder, again whenever the settings for it change."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._collected_for = self._settings = ""

    def settings(self) -> str:
        """Return settings that use the collected files; empty if the storage has no manifest.

        Without its manifest, every page with a {% static %} tag answers 500. If `collectstatic` fails, which is for
        task 9 to fix, the settings therefore select a storage without a manifest. Source: Django's documentation of
        ManifestStaticFilesStorage.
        """
        storages = self.project.value("STORAGES") or {}
        storage = f"{storages.get('staticfiles', {})} {self.project.value('STATICFILES_STORAGE')}"
        if "Manifest" not in storage:
            return ""
        state = f"{storage} {self.project.value('STATICFILES_DIRS')} {self.project.value('INSTALLED_APPS')}"
        if self._collected_for != state:
            settings = static_root_settings(self.project.work / "static")
            request = self.project.request("collect", overrides=settings, references=[])
            failed = "error" in self.project.interpreter.ask_all([request])[0]
            self._settings = plain_storage_settings(self.project) if failed else settings
            self._collected_for = state
        return self._settings
