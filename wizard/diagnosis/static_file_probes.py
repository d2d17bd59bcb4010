"""Probes of the static files: collectstatic, WhiteNoise, STATIC_ROOT and browser caches."""

from __future__ import annotations

from pathlib import Path

from wizard.diagnosis.probe import ProbeContext, ProbeResult, confirmed, not_checked, probe, ruled_out
from wizard.project.agent_answer import AgentError
from wizard.project.middleware_order import WhiteNoisePlace, short_name
from wizard.project.static_settings import storage_backend
from wizard.targets.local.rehearsal import Rehearsal
from wizard.targets.verification.settings import static_root_settings


@probe
def collectstatic(context: ProbeContext) -> ProbeResult:
    if rehearsal := context.rehearsal:
        folder = _deployed_static(context, rehearsal)
        if folder and not any(folder.glob("*")):
            return confirmed(f"the deployment has no {folder.name}/: nothing runs collectstatic before it starts")
    trial = context.project.work / "trial-static"
    answer = context.sandbox.ask("collect", overrides=static_root_settings(trial), references=[])
    if error := AgentError.of(answer):
        return confirmed(error.brief(250))
    return ruled_out("collectstatic succeeds in a temporary folder")


def _deployed_static(context: ProbeContext, rehearsal: Rehearsal) -> Path | None:
    """STATIC_ROOT of the deployed copy, if it is inside the project."""
    root, copy = str(context.project.value("STATIC_ROOT") or ""), context.project.copy.folder.resolve()
    path = Path(root).resolve()
    return rehearsal.deployment.folder / path.relative_to(copy) if root and path.is_relative_to(copy) else None


@probe
def whitenoise(context: ProbeContext) -> ProbeResult:
    place = WhiteNoisePlace.of(context.project.value("MIDDLEWARE"))
    if not place.name:
        return confirmed("WhiteNoiseMiddleware is not in MIDDLEWARE")
    if place.problem:
        return confirmed(f"WhiteNoiseMiddleware {place.problem}")
    if place.others:
        names = ", ".join(map(short_name, place.others))
        return not_checked(f"WhiteNoiseMiddleware comes after {names}, which may answer before it")
    return ruled_out(f"WhiteNoiseMiddleware comes {place}")


@probe
def static_root(context: ProbeContext) -> ProbeResult:
    root, folders = context.project.value("STATIC_ROOT"), context.project.value("STATICFILES_DIRS") or []
    if not root:
        return confirmed("STATIC_ROOT is not set")
    folders = [folder[-1] if isinstance(folder, list) else folder for folder in folders]
    if str(root).rstrip("/") in {str(folder).rstrip("/") for folder in folders}:
        return confirmed(f"STATIC_ROOT {root} is also in STATICFILES_DIRS")
    return ruled_out(f"STATIC_ROOT is {Path(str(root)).name}/")


@probe
def browser_cache(context: ProbeContext) -> ProbeResult:
    project = context.project
    storage = storage_backend(project)
    if "Manifest" in storage:
        return ruled_out("file names contain a hash of the content, so no cache serves an old version")
    return not_checked(f"{storage.rsplit('.', 1)[-1] or 'the storage'} keeps a file's name when its content changes")
