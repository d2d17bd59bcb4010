"""Probes of uploads: where they are kept, whether the site serves them, and whether a storage elsewhere answers."""

from __future__ import annotations

from urllib.parse import urlsplit

from wizard.base.errors import StepError
from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project.file_storages import FileField, FileWrite, at_risk, kept_files, storage_problems

PROBE_MOUNT = "/golive-volume"
"""A volume's folder where no service runs that has one."""


@probe
def upload_storage(context: ProbeContext) -> ProbeResult:
    try:
        fields, mount = _fields(context)
    except StepError as error:
        return not_checked(str(error))
    if not fields:
        return ruled_out("no model has a field for files, and no code keeps any")
    if lost := at_risk(fields, mount):
        where = f" in {lost[0].location}" if lost[0].location else ""
        return confirmed(f"{lost[0]} keeps files{where} on the service's disk, which each deployment empties")
    return ruled_out(f"{fields[0]} keeps files in {fields[0].storage.rpartition('.')[2]}, outside of the deployment")


@probe
def media_route(context: ProbeContext) -> ProbeResult:
    try:
        fields, _ = _fields(context)
    except StepError as error:
        return not_checked(str(error))
    addresses = {each.base_url for each in fields if each.local and each.base_url}
    if not addresses:
        return ruled_out("no field keeps files on the disk, so the site itself serves none")
    for address in sorted(addresses):
        head = urlsplit(address).path.strip("/")
        if not any(url.route.lstrip("^").startswith(head) for url in context.project.urls):
            return confirmed(f"no route of production answers /{head}/: Django serves these files in development only")
    return ruled_out(f"a route answers {min(addresses)}")


@probe
def bucket(context: ProbeContext) -> ProbeResult | None:
    rehearsal = context.rehearsal
    if rehearsal is None:
        return None
    try:
        found = storage_problems(context.project, rehearsal.storage_environment())
    except StepError as error:
        return not_checked(str(error))
    for storage, problem in found.items():
        if problem:
            return confirmed(f"{storage.rpartition('.')[2]} refuses the site's keys or address: {problem}")
    return ruled_out("the storage of uploads answers") if found else None


def _fields(context: ProbeContext) -> tuple[list[FileField | FileWrite], str]:
    """What keeps files under the variables of the running service, else of production, and the folder of the volume."""
    project, rehearsal = context.project, context.rehearsal
    if rehearsal is not None:
        return kept_files(project, rehearsal.environment()), rehearsal.volume_mount()
    volume = project.platform.volume_variable
    environment = project.production_environment(**({volume: PROBE_MOUNT} if volume else {}))
    return kept_files(project, environment), PROBE_MOUNT
