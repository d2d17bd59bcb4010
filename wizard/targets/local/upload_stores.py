"""Where the site of a rehearsal keeps uploads: stubs of a bucket and of Cloudinary, and a volume that stays."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.project.project import Project

if TYPE_CHECKING:
    from wizard.site.journeys import ProjectConfig
    from wizard.targets.local.fake_bucket import FakeBucket
    from wizard.targets.local.fake_cloudinary import FakeCloudinary

VOLUME = "volume"
"""The folder of the volume."""
CLIENTS = frozenset({"boto3", "django-storages"})
"""Packages by which a project uses a bucket."""
STORE = r"(?:^|_)(?:AWS|S3|R2|B2|MINIO|SPACES|BUCKET|STORAGE|TIGRIS|WASABI|MEDIA)(?:_|$)"
VALUES = (
    (re.compile(rf"{STORE}.*SECRET|{STORE}SECRET"), "secret"),
    (re.compile(rf"{STORE}.*ACCESS_KEY|{STORE}ACCESS_KEY|{STORE}KEY_ID"), "id"),
    (re.compile(r"BUCKET(?:_NAME)?$"), "name"),
    (re.compile(rf"{STORE}.*ENDPOINT|{STORE}ENDPOINT"), "url"),
    (re.compile(rf"{STORE}.*REGION|{STORE}REGION"), "region"),
    (re.compile(rf"{STORE}.*(?:URL|ADDRESSING)_STYLE|{STORE}(?:URL|ADDRESSING)_STYLE"), "style"),
)
"""Names of variables about a bucket, and what each holds. The first that matches counts."""
CLOUDINARY_CLIENTS = frozenset({"cloudinary", "django-cloudinary-storage"})
OWN_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
"""Variables that the client itself reads, for settings that name no key or endpoint. Source: boto3's documentation."""


def kind_of(name: str) -> str:
    """What the variable *name* holds about a bucket, as in VALUES. Empty for another variable."""
    return next((kind for pattern, kind in VALUES if pattern.search(name)), "")


def uses_bucket(project: Project) -> bool:
    """Whether the project has a package by which it could keep files in a bucket."""
    return bool(CLIENTS & set(project.dependencies.requirements()))


def bucket_variables(names: Collection[str], bucket: FakeBucket) -> dict[str, str]:
    """The values of the stub for those of the variables *names* that are about a bucket, and for those of boto3."""
    bucket.takes_any_name = bucket.takes_any_name and all(kind_of(each) != "name" for each in names)
    values = {
        "secret": bucket.key.secret, "id": bucket.key.id, "name": bucket.name, "url": bucket.url, "region": "auto",
        "style": "path",
    }  # fmt: skip
    found = {name: values[kind] for name in names if (kind := kind_of(name))}
    return {**{name: values[kind_of(name)] for name in OWN_VARIABLES}, **found}


def uses_cloudinary(project: Project, config: ProjectConfig) -> bool:
    """Whether the rehearsal stands in for Cloudinary: a package uses it, and golive.yaml names no way to it."""
    named = any("{cloudinary." in text for text in config.environment.values())
    allowed = any("cloudinary.com" in host for host in config.egress)
    return bool(CLOUDINARY_CLIENTS & set(project.dependencies.requirements())) and not named and not allowed


def cloudinary_variables(names: Collection[str], media: FakeCloudinary) -> dict[str, str]:
    """The values of the stub for those of the variables *names* with Cloudinary's keys, and for those of its client.

    Cloudinary's client reads each variable that begins with its name, or else one URL. Source: its code.
    """
    values = {"CLOUD_NAME": media.cloud, "API_KEY": media.api_key, "API_SECRET": media.api_secret}
    more = {"UPLOAD_PREFIX": media.url, "SECURE_DISTRIBUTION": media.distribution}
    found = {f"CLOUDINARY_{part}": value for part, value in {**values, **more}.items()}
    for part, value in values.items():
        found |= dict.fromkeys((name for name in names if "CLOUDINARY" in name and name.endswith(part)), value)
    key = f"{media.api_key}:{media.api_secret}@{media.cloud}"
    query = f"upload_prefix={media.url}&secure_distribution={media.distribution}"
    return {**found, "CLOUDINARY_URL": f"cloudinary://{key}?{query}"}


def empty_volume(work: Path) -> Path:
    """Make the folder of a new volume."""
    folder = work / VOLUME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
