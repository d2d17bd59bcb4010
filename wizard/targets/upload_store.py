"""What a target says about uploads: another deployment of the same files, and the storage behind the site."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from wizard.base.errors import NotYetError
from wizard.project.file_storages import Copied, RowFile, copy_files
from wizard.project.platform import RAILWAY, Platform
from wizard.project.project import Project
from wizard.targets.site_traffic import SiteTraffic


class UploadStore(SiteTraffic):
    """The part of a target that keeps what visitors upload."""

    platform: ClassVar[Platform] = RAILWAY
    """The platform that runs the service. A target on another platform overrides this."""

    project: Project

    @abstractmethod
    def environment(self, **extra: str) -> dict[str, str]: ...

    def deploy_again(self) -> str:
        """Deploy the same files once more, as a later deployment does. Returns what was done.

        Raises:
            NotYetError: the target can't do that, or nothing is deployed yet.
        """
        raise NotYetError(f"Golive can't deploy the same files again at {self.platform.title}", "", "Do it yourself.")

    def volume_mount(self) -> str:
        """Return the folder of the service's volume. Empty without one."""
        return ""

    def copy_uploads(self, files: Mapping[RowFile, Path], *, compare: bool = False) -> list[Copied]:
        """Copy *files* of this machine into the site's storage, and compare each. With *compare* nothing is copied.

        Raises:
            NotYetError: it can't be reached from this machine.
            StorageError: the project does not load.
        """
        return copy_files(self.project, self.storage_environment(), "", files, compare=compare, guarded=False)

    def storage_environment(self) -> dict[str, str]:
        """Return the environment in which a process on this machine uses the site's storage of uploads.

        Raises:
            NotYetError: it can't be reached from this machine.
        """
        return self.environment()
