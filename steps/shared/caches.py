"""Caches that the processes of a site do not share."""

from __future__ import annotations

from wizard.project.project import Project

PRIVATE = {"LocMemCache": "which each worker has for itself", "DummyCache": "which keeps nothing"}


def private_cache(project: Project, alias: str) -> tuple[str, str]:
    """The class of the cache *alias*, and why processes have nothing in common in it. Both are empty if they do."""
    backend = str(((project.value("CACHES") or {}).get(alias) or {}).get("BACKEND", ""))
    why = next((why for name, why in PRIVATE.items() if name in backend), "")
    return (backend.rpartition(".")[2], why) if why else ("", "")
