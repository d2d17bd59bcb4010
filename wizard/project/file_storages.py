"""The files that visitors upload: which models keep them, where, and copies of them into another storage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from wizard.base import files
from wizard.base.errors import StepError
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.project import Project
from wizard.project.written_files import DISK, MEDIA, found_in_project


class StorageError(StepError):
    """The project's storage of files can't be used from here."""


@dataclass(frozen=True)
class FileField:
    """A field of a model that keeps files.

    Arguments:
        local: its storage keeps files on the disk of the service, or in its memory.
        location: the folder on that disk. Empty for any other storage.
        picture: it takes pictures only.
        chosen: it uses another storage than the default one.
        where: the file and line of the field, for a model of the project. Empty for one of a package.
        default: the file that rows without one of their own refer to, if the deployment has it on its disk.
        replaced: another upload of the same name takes the place of a file.
    """

    model: str
    name: str
    storage: str
    local: bool
    location: str
    base_url: str
    chosen: bool
    where: str
    picture: bool = False
    default: str = ""
    replaced: bool = False

    def __str__(self) -> str:
        return f"{self.model}.{self.name}"

    @property
    def by_hand(self) -> bool:
        """Whether only its source decides where it keeps files. Packages take the default storage, or a setting."""
        return self.chosen and bool(self.where)

    @property
    def on_disk_only(self) -> bool:
        return False


@dataclass(frozen=True)
class FileWrite:
    """A call in the project's code that keeps a file for which no model has a field.

    Arguments:
        what: the call, or an app that keeps files.
        where: its file and line.
        storage, local, location, base_url, picture: as those of a field.
        on_disk_only: it writes below MEDIA_ROOT, whatever storage the settings name.
        by_hand: only its source decides where it keeps files.
    """

    what: str
    where: str
    storage: str = "django.core.files.storage.FileSystemStorage"
    local: bool = True
    location: str = ""
    base_url: str = ""
    picture: bool = False
    on_disk_only: bool = False
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.what} ({self.where})" if self.where else self.what


Keeper = TypeVar("Keeper", FileField, FileWrite, FileField | FileWrite)


@dataclass(frozen=True)
class RowFile:
    """A file that a row refers to, or one of the default storage without a row. Then it has no model.

    The default file of a field has a model, and no key.

    Arguments:
        name: its name in the storage.
        size: in bytes; -1 if it is not there.
        url: the address that the storage gives it.
        problem: why it could not be read, or has no address.
        replaced: the next upload of the same name takes its place.
        is_default: the field names the file as its default, so nobody uploaded it.
    """

    model: str
    key: str | int
    field: str
    name: str
    size: int
    sha256: str
    url: str
    problem: str
    begins: bytes = b""
    ends: bytes = b""
    replaced: bool = False
    is_default: bool = False

    @property
    def id(self) -> tuple[str, str, str, str]:
        return self.model, str(self.key), self.field, self.name

    def __str__(self) -> str:
        if self.model and self.key == "":
            return f"{self.name}, the default of {self.model}.{self.field}"
        return f"{self.name} of {self.model} {self.key}" if self.model else self.name


@dataclass(frozen=True)
class Copied:
    """What became of a file that was to be copied. *state* is one of those of the agent's `copy_files`."""

    file: RowFile
    state: str
    problem: str

    @property
    def holds(self) -> bool:
        return self.state in {"same", "copied"}


def file_fields(project: Project, environment: Mapping[str, str]) -> list[FileField]:
    """The fields that keep files, with their storages under *environment*.

    Raises:
        StorageError: the project does not load.
    """
    return _fields(project, _checked(project.ask("file_fields", environment=environment)))


def kept_files(project: Project, environment: Mapping[str, str]) -> list[FileField | FileWrite]:
    """The fields that keep files, and the calls of the project's code that do, under *environment*.

    Raises:
        StorageError: the project does not load.
    """
    answer = _checked(project.ask("file_fields", environment=environment))
    media = _own(project, answer["media_root"])
    found: list[FileField | FileWrite] = [*_fields(project, answer)]
    for what, where, place in found_in_project(project):
        if storage := answer["storages"].get(place):
            location = _own(project, storage["location"])
            about = (storage["storage"], bool(storage["local"]), location, storage["base_url"])
            found.append(FileWrite(what, where, *about))
        elif place == MEDIA:
            base_url = answer["storages"]["default"]["base_url"]
            found.append(FileWrite(what, where, location=media, base_url=base_url, on_disk_only=True))
        elif place == DISK:
            found.append(FileWrite(what, where, by_hand=True))
    return found


def _fields(project: Project, answer: Answer) -> list[FileField]:
    found = []
    for row in answer["fields"]:
        place = row["place"]
        where = f"{project.display_path(project.root / place[0])}:{place[1]}" if place else ""
        location = _own(project, row["location"])
        values = (row["model"], row["field"], row["storage"], bool(row["local"]), location, row["base_url"])
        more = (bool(row["picture"]), row["default"], bool(row["replaced"]))
        found.append(FileField(*values, bool(row["chosen"]), where, *more))
    return found


def _own(project: Project, location: str) -> str:
    """*location* in the project, where it is in the copy of the project that was asked about."""
    if not location:
        return ""
    return str(project.copy.own_path(Path(location)) or location)


def at_risk(fields: Iterable[Keeper], mount: str) -> list[Keeper]:
    """Those of *fields* whose files the next deployment does not have. *mount* is the folder of the volume."""
    return [each for each in fields if each.local and not is_on_volume(each, mount)]


def is_on_volume(field: FileField | FileWrite, mount: str) -> bool:
    return bool(mount and field.location) and files.inside(Path(field.location), Path(mount))


def storage_problems(project: Project, environment: Mapping[str, str], **more: Any) -> dict[str, str]:
    """What the storages of fields that are not on the disk answer to a question: their names, and an error or nothing.

    Raises:
        StorageError: the project does not load.
    """
    return dict(_checked(project.ask("try_storages", environment=environment, **more))["storages"])


def row_files(
    project: Project, environment: Mapping[str, str], deployed: Path, known: Iterable[RowFile] = (), **more: Any
) -> list[RowFile]:
    """The files that rows of the running copy refer to, without those that are *known*.

    *deployed* is the folder of manage.py in that copy.

    Raises:
        StorageError: the project does not load.
    """
    listed = [each.id for each in known]
    answer = project.ask("stored_files", environment=environment, deployed=str(deployed), known=listed, **more)
    return list(_row_files(_checked(answer)))


def local_files(project: Project, environment: Mapping[str, str]) -> tuple[list[RowFile], dict[RowFile, Path]]:
    """The files that rows of this machine's own database refer to, and the path of each that is on its disk.

    Default files of fields on the disk follow, and all other files in MEDIA_ROOT if the project's code keeps files
    without a row.

    They are looked for in MEDIA_ROOT, where a storage elsewhere keeps none. *environment* is that of a command in
    development.

    Raises:
        StorageError: the project does not load here, or its database can't be read.
    """
    module, configuration = project.settings_module, project.development_configuration
    values = {**environment, "DJANGO_SETTINGS_MODULE": module}
    before = set(project.root.glob("*.sqlite3"))
    more = {"names": True, "defaults": True, "others": any(found_in_project(project))}
    asked = [project.in_place(op, module, configuration, values, **more) for op in ("stored_files", "file_fields")]
    listed, described = map(_checked, project.interpreter.ask_all(asked))
    for path in set(project.root.glob("*.sqlite3")) - before:
        if not path.stat().st_size:  # created by the question
            path.unlink()
    folders = {(row["model"], row["field"]): row["location"] or described["media_root"] for row in described["fields"]}
    folders["", ""] = described["storages"]["default"]["location"]
    found, paths = list[RowFile](), dict[RowFile, Path]()
    for each in _row_files(listed):
        folder = folders.get((each.model, each.field))
        path = Path(folder or project.root) / each.name
        if folder and files.inside(path, Path(folder)) and path.is_file():
            with path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            each = replace(each, size=path.stat().st_size, sha256=digest)  # noqa: PLW2901
            paths[each] = path
        elif each.model and each.key == "":
            continue
        found.append(each)
    return found, paths


def copy_files(
    project: Project, environment: Mapping[str, str], deployed: str, wanted: Mapping[RowFile, Path], **more: Any
) -> list[Copied]:
    """Copy files of this machine into the storage of the project under *environment*, and compare each.

    With `compare=True` nothing is copied.

    Raises:
        StorageError: the project does not load.
    """
    listed = [
        {"model": each.model, "field": each.field, "name": each.name, "path": str(path), "sha256": each.sha256}
        for each, path in wanted.items()
    ]
    answer = _checked(project.ask("copy_files", environment=environment, deployed=deployed, files=listed, **more))
    return [Copied(file, row["state"], row["problem"]) for file, row in zip(wanted, answer["files"], strict=True)]


def _row_files(answer: Answer) -> Iterator[RowFile]:
    for row in answer["files"]:
        yield RowFile(**{**row, "begins": bytes.fromhex(row["begins"]), "ends": bytes.fromhex(row["ends"])})


def _checked(answer: Answer) -> Answer:
    if error := AgentError.of(answer):
        raise StorageError("The files of the project's models can't be read", error.brief(200))
    return answer
