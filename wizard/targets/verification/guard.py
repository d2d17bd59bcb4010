"""Let the processes of a verification reach this machine only, like those of the rehearsal's service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wizard.base.errors import ChecklistError
from wizard.site.journey_reader import read_config
from wizard.targets.local.observer import Observer
from wizard.targets.local.refusing_proxy import RefusingProxy
from wizard.targets.local.traffic import Traffic

if TYPE_CHECKING:
    from wizard.project.project import Project

FOLDER = "guard"


def prepare(project: Project) -> RefusingProxy:
    """Tell the guard of *project* which hosts golive.yaml allows. Nothing keeps the mail of a verification.

    Returns the proxy for the programs that the project starts. Stop it at the end.
    """
    try:
        allowed = read_config(project.root).egress
    except ChecklistError:  # the tasks that need the file report it
        allowed = ()
    traffic = Traffic.of_checks(project.work)
    traffic.configure(allowed=list(allowed), mail=0)
    return traffic.refuse_programs()


def guarded(project: Project, environment: Mapping[str, str]) -> dict[str, str]:
    """Return *environment* with the variables by which a Python process guards itself."""
    observer = Observer(project.work / FOLDER, project.copy.folder)
    if not observer.folder.is_dir():
        observer.prepare()
    traffic = Traffic.of_checks(project.work).variables()
    return {**environment, **observer.variables(environment.get("PYTHONPATH", "")), **traffic}
