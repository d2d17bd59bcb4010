"""The settings of static files: the storage in use, STATIC_ROOT, and the path that WhiteNoise serves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wizard.project.project import Project

DEFAULT_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
REMOTE = re.compile(r"^storages\.|s3|boto|gcloud|google|azure|cloudinary", re.I)
"""Names of storages that upload the collected files instead of writing them to STATIC_ROOT."""
BUCKETS = re.compile(
    r"(.+\.)?(amazonaws\.com|storage\.googleapis\.com|blob\.core\.windows\.net|digitaloceanspaces\.com|linodeobjects\.com"
    r"|backblazeb2\.com|cloudflarestorage\.com|cloudinary\.com)"
)
"""Hosts of buckets. They have only what somebody uploads; a CDN fetches what it lacks from the site."""
BUCKET_DOMAINS = ("AWS_S3_CUSTOM_DOMAIN", "GS_CUSTOM_ENDPOINT", "AZURE_CUSTOM_DOMAIN")
"""The settings of django-storages that name a bucket's domain."""


def storage_backend(project: Project) -> str:
    """The static files storage that this Django version uses.

    Django reads only STATICFILES_STORAGE before 4.2, and only STORAGES since 5.1.
    """
    storages = project.value("STORAGES") or {}
    in_storages = str(storages.get("staticfiles", {}).get("BACKEND", ""))
    if project.django >= (4, 2) and "STORAGES" in project.inspect_settings()["overridden"]:
        return in_storages
    if project.django >= (5, 1):
        return in_storages or DEFAULT_STORAGE
    return str(project.value("STATICFILES_STORAGE") or DEFAULT_STORAGE)


def wants_manifest(project: Project) -> bool:
    """Whether the settings name a storage with a manifest in the setting that this Django version ignores."""
    named = f"{project.value('STATICFILES_STORAGE')} {project.value('STORAGES')}"
    return "ManifestStaticFilesStorage" in named and "Manifest" not in storage_backend(project)


def static_folder(project: Project) -> Path:
    """STATIC_ROOT as a path in the project, not in the copy that the settings were loaded from."""
    root = project.value("STATIC_ROOT")
    if not root:
        return project.root / "staticfiles"
    path = Path(root)
    return (project.own(path) or path) if path.is_absolute() else project.root / path


def static_path(project: Project) -> str:
    """The path of STATIC_URL, which may name a host, between slashes."""
    path = urlsplit(str(project.value("STATIC_URL") or "static/")).path.strip("/")
    return f"/{path}/" if path else "/"


def bucket_host(project: Project) -> str:
    """The host of a bucket that STATIC_URL leads to, where nothing of STATIC_ROOT is. Empty if it leads elsewhere.

    Where the storage writes to STATIC_ROOT, a host of another kind counts as a CDN in front of the site.
    """
    host = urlsplit(str(project.value("STATIC_URL") or "")).netloc.lower()
    if not host:
        return ""
    named = {urlsplit(f"//{str(project.value(name) or '').rpartition('//')[2]}").netloc for name in BUCKET_DOMAINS}
    remote = REMOTE.search(storage_backend(project))
    return host if remote or host in named or BUCKETS.fullmatch(host) else ""


def tracked_files(project: Project, folder: Path) -> list[Path]:
    """The files below *folder* that git tracks."""
    if project.git is None or not folder.is_relative_to(project.top):
        return []
    return sorted(project.git.tracked(f":(literal){folder.relative_to(project.top).as_posix()}/"))
