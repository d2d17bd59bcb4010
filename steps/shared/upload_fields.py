"""Which fields of models and which calls keep files, and whether they survive a deployment there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from wizard.base.wording import plural
from wizard.checklist.evidence import Evidence, not_applicable, waiting
from wizard.project.file_storages import FileField, FileWrite, at_risk, is_on_volume, kept_files
from wizard.project.own_modules import modules
from wizard.project.project import Project
from wizard.targets.sandbox import Sandbox

RAN = "the storages of all fields and calls that keep files"
SETTINGS = ("STORAGES", "DEFAULT_FILE_STORAGE", "MEDIA_ROOT")
"""Settings that decide where a field without a storage of its own keeps files."""
PROBE = "/golive-volume"
"""A folder for a volume that no setting names by chance."""
MOST = 4
SEARCHED = "searched the fields of all models, and the code"
NO_FIELDS = "no model has a field for files, and no code keeps any"
Kept = FileField | FileWrite


def found_fields(project: Project, sandbox: Sandbox) -> list[Kept]:
    """The fields and the calls that keep files under the environment of the deployed service.

    Raises:
        StepError: the project does not load.
    """
    return kept_files(project, sandbox.target.environment())


def planned(project: Project, sandbox: Sandbox) -> list[Kept]:
    """The fields and the calls that keep files under the variables that production will have.

    Nothing is started for that, or contacted.

    Raises:
        StepError: the project does not load.
    """
    target, volume = sandbox.target, project.platform.volume_variable
    given = {} if target.real else dict(target.config.environment)
    environment = project.production_environment(**given, **({volume: PROBE} if volume else {}))
    return kept_files(project, environment)


def risks(planned: Iterable[Kept]) -> list[Kept]:
    """Those of *planned* whose files the next deployment does not have."""
    return at_risk(planned, PROBE)


def without_fields(project: Project) -> str:
    """Why no field for files was found. Cloudinary's own field is none of Django's, and uploads to Cloudinary."""
    path = next((path for path, _ in modules(project, b"CloudinaryField")), None)
    if path is None:
        return NO_FIELDS
    return f"CloudinaryField in {project.display_path(path)} keeps the files at Cloudinary, not in the deployment"


def evidence(project: Project, sandbox: Sandbox, fields: Sequence[Kept], *, keep: bool) -> Evidence:
    """Evidence for 26.1: each storage keeps its files outside of the deployment. *keep*: the user wants none other."""
    if not fields:
        return not_applicable("26.1", SEARCHED, without_fields(project))
    mount = sandbox.target.volume_mount()
    lost = at_risk(fields, mount)
    if not lost:
        return sandbox.evidence("26.1", True, "settings", RAN, described(project, fields, mount))
    showed = f"{described(project, lost, mount)}, which is empty after each deployment"
    if keep:
        return waiting("26.1", RAN, f"{showed}. You chose to keep it so")
    expected = "files in a bucket, on a volume, or at a media service"
    return sandbox.evidence("26.1", False, "settings", RAN, showed, expected=expected, where=place(project, lost[0]))


def described(project: Project, fields: Iterable[Kept], mount: str) -> str:
    """Where *fields* keep their files, those with the same storage together."""
    places: dict[str, list[str]] = {}
    for each in fields:
        where = "the volume" if is_on_volume(each, mount) else _shown(project, each.location)
        places.setdefault(f"{each.storage.rpartition('.')[2]}{f' in {where}' if where else ''}", []).append(str(each))
    return "; ".join(f"{listed(names)}: {where}" for where, names in places.items())


def listed(names: Sequence[str]) -> str:
    more = f" and {plural(len(names) - MOST, 'other')}" if len(names) > MOST else ""
    return f"{', '.join(names[:MOST])}{more}"


def _shown(project: Project, location: str) -> str:
    return project.display_path(Path(location)) if location else ""


def place(project: Project, field: Kept) -> str:
    """The place that decides where *field* keeps files: the field or the call itself, or a setting."""
    if field.by_hand or field.on_disk_only:
        return field.where
    settings = next(filter(None, map(project.origin, SETTINGS)), "")
    return settings or project.display_path(project.settings.main)
