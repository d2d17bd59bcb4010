"""The running version, deployed beside the next one in a rehearsal."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from wizard.project.previous_version import PreviousVersion
from wizard.project.project import Project
from wizard.project.release_copy import export
from wizard.targets.local.deployment import Deployment


class PreviousDeployment(Deployment):
    """A deployment of the *previous* version, which lacks the *new* migrations.

    A commit that is not known to be deployed may have no start command yet. Then the project's files are deployed, with
    the apps of the new migrations as they were. Without new migrations these are the same files.
    """

    def __init__(
        self,
        project: Project,
        folder: Path,
        on_line: Callable[[str], None],
        previous: PreviousVersion | None,
        new: list[Path],
    ) -> None:
        super().__init__(project, folder, on_line)
        self.previous, self.new = previous, new

    def build(self, earlier: Deployment | None = None) -> int:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.observer.prepare()
        files, apps = self.project.copy.files(), self.apps()
        before = self._before(apps)
        kept = [] if self.previous and self.previous.deployed else [path for path in files if not _below(path, apps)]
        count = export(kept, self.project.top, self.folder)
        for path, content in before.items():
            target = self.folder / path.relative_to(self.project.top)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return count + len(before)

    def apps(self) -> list[Path]:
        """The folders of the apps with new migrations that the previous version has, too."""
        if self.previous is None or self.project.git is None:
            return []
        known = self.project.git.files_at(self.previous.commit)
        folders = sorted({path.parents[1] for path in self.new})
        return [folder for folder in folders if any(path.is_relative_to(folder) for path in known)]

    def _before(self, apps: list[Path]) -> dict[Path, bytes]:
        """The files of the previous version: all of them, or those of *apps*."""
        git = self.project.git
        if self.previous is None or git is None:
            return {}
        known = git.files_at(self.previous.commit)
        paths = known if self.previous.deployed else {path for path in known if _below(path, apps)}
        return git.contents(self.previous.commit, sorted(paths))


def _below(path: Path, folders: list[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)
