"""Railway as a store of uploads: a bucket or a volume, and the files of this machine that are copied there."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from wizard.base.errors import NotYetError
from wizard.base.wording import plural
from wizard.checklist.answers import Question
from wizard.plan.actions import Action, Assist, CallService
from wizard.project.file_storages import (
    Copied,
    FileField,
    RowFile,
    StorageError,
    is_on_volume,
    kept_files,
    local_files,
)
from wizard.targets.base import Stage
from wizard.targets.railway.buckets import MOUNT, NAME, REFERENCES, REGIONS, Buckets
from wizard.targets.railway.service_shell import ServiceShell, below, copy_command
from wizard.targets.verification.commands import command_environment

BUCKET, VOLUME, COPIES = "bucket", "volume", "uploads"
"""What this part of the target creates."""
REGION = "uploads.region"
PRICE = "Railway bills $0.015 a month for each GB in a bucket."
"""Source: Railway's documentation of storage buckets."""
COPIED = "railway.uploads"
"""The fact that tells which files were copied."""


class UploadTarget(ServiceShell):
    @abstractmethod
    def _deploy(self) -> None: ...

    @cached_property
    def buckets(self) -> Buckets:
        return Buckets(self.railway_project, self.facts)

    def questions(self, stage: Stage) -> list[Question]:
        if stage is Stage.UPLOADS and self._wants_volume:
            return [*super().questions(stage), *self.command_questions()]
        if stage is not Stage.UPLOADS or not self._wants_bucket or self.facts.get("railway.bucket"):
            return super().questions(stage)
        text = "Where should the bucket be? It can't move later."
        why = "sjc is California, iad Virginia, ams Amsterdam, sin Singapore. Choose the one near your service."
        return [Question(REGION, text, REGIONS[0], why, REGIONS)]

    def remarks(self, stage: Stage) -> tuple[str, ...]:
        if stage is Stage.UPLOADS and self._wants_bucket and not self.facts.get("railway.bucket"):
            return (PRICE,)
        return super().remarks(stage)

    def actions(self, stage: Stage, *, changed: bool = False) -> list[Action]:
        if stage is not Stage.UPLOADS or not self.railway_project.service_id:
            return super().actions(stage, changed=changed)
        actions = list[Action]()
        if self._wants_bucket and not self.buckets.credentials():
            if self.answers.get("costs") != "yes":
                return [Assist("26.1", "the answer costs", "costs: yes", f"{PRICE} Golive creates nothing until then")]
            region = self.answers.get(REGION, REGIONS[0])
            actions.append(CallService("Railway", BUCKET, f"create the bucket {NAME} in the region {region}"))
        if self._wants_volume and not self.volume_mount():
            if self.answers.get("costs") != "yes":
                why = f"{self.checklist.prices.description()} Golive creates nothing until you agree"
                return [Assist("26.1", "the answer costs", "costs: yes", why)]
            actions.append(CallService("Railway", VOLUME, f"add a volume to the service, mounted at {MOUNT}"))
        if not changed and not actions and (files := self._to_copy()):
            size = sum(each.size for each in files)
            what = f"copy {plural(len(files), 'file')} of this machine there, {size:,} bytes"
            actions.append(CallService("the storage of uploads", COPIES, what))
        return actions

    @property
    def _wants_bucket(self) -> bool:
        """Whether the settings name a bucket that .env.production does not give."""
        name = next(iter(REFERENCES))
        return bool(self.settings_variables(f"^{name}$")) and not self.env_file_values().get(name)

    @property
    def _wants_volume(self) -> bool:
        return bool(self.settings_variables(f"^{self.platform.volume_variable}$"))

    def _to_copy(self) -> dict[RowFile, Path]:
        """The files of this machine that were not copied yet. Empty where the storage can't be reached from here."""
        if self._wants_volume and not (self.may_run_commands and self.facts.get("railway.deployment")):
            return {}
        try:
            _, present = local_files(self.project, command_environment(self.project, "development"))
        except StorageError:  # item 26.3 reports it
            return {}
        return {} if self.facts.get(COPIED) == _digest(present) else present

    def perform(self, part: str) -> dict[str, str]:
        match part:
            case "bucket":
                self.buckets.create(self.answers.get(REGION, REGIONS[0]))
                if self.has_host:  # else task 15 sets the variables
                    self.perform("variables")
            case "volume":
                self.buckets.create_volume()
            case "uploads":
                self._copy_files()
            case _:
                return super().perform(part)
        return {}

    def _copy_files(self) -> None:
        files = self._to_copy()
        try:
            copied = self.copy_uploads(files)
        except NotYetError as error:  # item 26.3 reports it
            self.on_line(str(error))
            return
        self.on_line(f"{sum(each.holds for each in copied)} of {plural(len(copied), 'file')} are there")
        self.facts.put(COPIED, _digest(files))

    def upload_variables(self) -> dict[str, str]:
        """Return the variables of the service that name the bucket, as far as the settings read them."""
        if not self._wants_bucket:
            return {}
        wanted = self.settings_variables("^AWS_")
        return {name: value for name, value in self.buckets.references().items() if name in wanted}

    def volume_variables(self) -> dict[str, str]:
        mount = self.volume_mount() if self._wants_volume else ""
        return {self.platform.volume_variable: mount} if mount else {}

    def volume_mount(self) -> str:
        return self.buckets.mount()

    def deploy_again(self) -> str:
        if not self.facts.get("railway.deployment"):
            raise NotYetError("Nothing is deployed at Railway yet", "", "Task 17 deploys it.")
        self._deploy()
        return "the files were deployed again"

    def copy_uploads(self, files: Mapping[RowFile, Path], *, compare: bool = False) -> list[Copied]:
        if not self.volume_variables():
            return super().copy_uploads(files, compare=compare)
        kept, mount = kept_files(self.project, self.environment()), self.volume_mount()
        folders = {(each.model, each.name): each.location for each in kept if isinstance(each, FileField)}
        usual = next((each.location for each in kept if is_on_volume(each, mount)), mount)
        folder = {file: folders.get((file.model, file.field)) or usual for file in files}
        if not self.may_run_commands:
            commands = {copy_command(self.service_name, _top(path, file), folder[file]) for file, path in files.items()}
            raise NotYetError(
                "Only the running service reaches the volume", "",
                f"Answer ssh: yes, or copy the files yourself: {'; '.join(f'`{each}`' for each in sorted(commands))}",
            )  # fmt: skip
        wanted = {file: (below(mount, folder[file], file.name), path) for file, path in files.items()}
        return self.copy_to_volume(mount, wanted, compare=compare)

    @property
    def service_name(self) -> str:
        return str(self.facts.get("railway.service_name"))

    def storage_environment(self) -> dict[str, str]:
        if self.volume_variables():
            raise NotYetError("Only the running service reaches the volume")
        return self.environment()


def _top(path: Path, file: RowFile) -> str:
    """The folder of uploads on this machine, in which *file* is at *path*."""
    return str(path).removesuffix(file.name).rstrip("/") or "/"


def _digest(files: dict[RowFile, Path]) -> str:
    """A hash of the names and contents of *files*."""
    lines = sorted(f"{each.model} {each.field} {each.name} {each.sha256}" for each in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
