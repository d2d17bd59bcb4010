"""Settings that keep uploads outside of the deployment: in a bucket, on a volume, or at Cloudinary.

Development stays as it is. Sources: django-storages' documentation of S3, Railway's of storage buckets and volumes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from steps.shared import added_modules, settings_block
from steps.shared.url_patterns import insert_route
from wizard.base import files
from wizard.plan.actions import Assist
from wizard.plan.draft import Draft
from wizard.project.file_storages import FileField, FileWrite
from wizard.project.project import Project
from wizard.project.written_files import uses_of_paths

PACKAGE = "django-storages[s3]>=1.14"
"""The first version whose storage is `storages.backends.s3.S3Storage`."""
BUCKET_STORAGE = "storages.backends.s3.S3Storage"
CLOUDINARY_PICTURES = "cloudinary_storage.storage.MediaCloudinaryStorage"
CLOUDINARY_FILES = "cloudinary_storage.storage.RawMediaCloudinaryStorage"
"""The first one refuses files that are no pictures. Source: the documentation of django-cloudinary-storage."""
CLOUDINARY_PACKAGE = "django-cloudinary-storage"
STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
BUCKET_SETTINGS = (
    'AWS_STORAGE_BUCKET_NAME = os.getenv("AWS_S3_BUCKET_NAME")',
    'AWS_S3_ACCESS_KEY_ID = os.getenv("AWS_ACCESS_KEY_ID")',
    'AWS_S3_SECRET_ACCESS_KEY = os.getenv("AWS_SECRET_ACCESS_KEY")',
    'AWS_S3_ENDPOINT_URL = os.getenv("AWS_ENDPOINT_URL")',
    'AWS_S3_REGION_NAME = os.getenv("AWS_DEFAULT_REGION")',
    'AWS_S3_ADDRESSING_STYLE = os.getenv("AWS_S3_URL_STYLE", "virtual")',
    'AWS_S3_SIGNATURE_VERSION = "s3v4"',
    "AWS_S3_FILE_OVERWRITE = False",
)
"""Settings, and no options of the storage: packages make storages of that class too, without options.

Without the last one, a visitor's file replaces another one of the same name.
"""
OVERWRITING = {
    "storages.backends.s3.S3Storage": "AWS_S3_FILE_OVERWRITE",
    "storages.backends.s3boto3.S3Boto3Storage": "AWS_S3_FILE_OVERWRITE",
    "storages.backends.gcloud.GoogleCloudStorage": "GS_FILE_OVERWRITE",
}
"""The settings of storages that overwrite files by default. Source: the documentation of django-storages."""
KEPT_TITLE = "A visitor's file does not take the place of another one of the same name."
THUMBNAILS = "easy_thumbnails"
"""A package, and the storage of its own that it has on the local disk."""
BUCKET_TITLE = "Uploads are kept in a bucket, because each deployment begins with an empty disk."
VOLUME_TITLE = "Uploads are kept on the volume, because each deployment begins with an empty disk."
CLOUDINARY_TITLE = "Uploads are kept at Cloudinary, because each deployment begins with an empty disk."
COPIED_DEFAULT = (
    "    kept_file = os.path.join(MEDIA_ROOT, default_file)",
    "    if not os.path.exists(kept_file):  # a new volume is empty, and fields name this file as their default",
    "        with contextlib.suppress(OSError):",
    "            os.makedirs(os.path.dirname(kept_file), exist_ok=True)",
    "            shutil.copyfile(os.path.join(DEPLOYED_MEDIA, default_file), kept_file)",
)
"""Lines of a loop that copies a file of the repository to the volume."""
SERVED_IN_DEVELOPMENT = re.compile(
    r"\bstatic\(\s*(?:settings\.)?MEDIA_URL|document_root[\"']?\s*[:=]\s*(?:settings\.)?MEDIA_ROOT"
)


def use_bucket(project: Project, draft: Draft) -> None:
    lines = [*_default_storage(project, BUCKET_STORAGE), *BUCKET_SETTINGS]
    settings_block.append(project, draft, BUCKET_TITLE, lines, "keep uploads in a bucket", only_production=True)
    settings_block.ensure_import(project, draft, "import os")


def keep_each_file(project: Project, draft: Draft, kept: Sequence[FileField | FileWrite]) -> None:
    """Let no file of *kept* take the place of another one of the same name, unless the settings ask for it."""
    fields = [each for each in kept if isinstance(each, FileField) and each.replaced]
    names = {OVERWRITING[each.storage] for each in fields if each.storage in OVERWRITING}
    if lines := [f"{name} = False" for name in sorted(names) if project.value(name) is None]:
        settings_block.append(project, draft, KEPT_TITLE, lines, "keep files of the same name", only_production=True)


def use_cloudinary(project: Project, draft: Draft, *, pictures: bool) -> None:
    """Keep uploads at Cloudinary. *pictures*: all of them are pictures."""
    lines = _default_storage(project, CLOUDINARY_PICTURES if pictures else CLOUDINARY_FILES)
    settings_block.append(project, draft, CLOUDINARY_TITLE, lines, "keep uploads at Cloudinary", only_production=True)


def _default_storage(project: Project, backend: str) -> list[str]:
    """Lines that set the default storage, and leave the one of static files as it is."""
    if project.django < (4, 2):
        return [f'DEFAULT_FILE_STORAGE = "{backend}"']
    before = settings_block.previous_value(project, "STORAGES", "{}")
    if before:
        entries = [f"**{before}"]
    else:
        static = settings_block.previous_value(project, "STATICFILES_STORAGE", "None")
        # Django refuses the earlier settings beside STORAGES.
        value = f'globals().pop("STATICFILES_STORAGE", "{STATIC_STORAGE}")' if static else f'"{STATIC_STORAGE}"'
        entries = [f'"staticfiles": {{"BACKEND": {value}}}']
    entries.append(f'"default": {{"BACKEND": "{backend}"}}')
    if any(str(app).partition(".")[0] == THUMBNAILS for app in project.value("INSTALLED_APPS") or ()):
        entries.append(f'"{THUMBNAILS}": {{"BACKEND": "{backend}"}}')
    lines = ["STORAGES = {", *(f"    {each}," for each in entries), "}"]
    if settings_block.previous_value(project, "DEFAULT_FILE_STORAGE", "None"):
        lines.append('globals().pop("DEFAULT_FILE_STORAGE", None)')
    return lines


def use_volume(project: Project, draft: Draft, kept: Sequence[FileField | FileWrite] = ()) -> None:
    """Keep files on the volume where there is one: on the platform, and not in development.

    A volume is empty at first, so files of the repository that fields of *kept* name as their default are copied.
    """
    name = project.platform.volume_variable
    defaults = dict.fromkeys(each.default for each in kept if isinstance(each, FileField) and each.default)
    copied = bool(defaults) and not project.settings.classes
    lines = [f'if os.getenv("{name}"):', *(["    DEPLOYED_MEDIA = MEDIA_ROOT"] if copied else [])]
    lines.append(f'    MEDIA_ROOT = os.path.join(os.environ["{name}"], "media")')
    if copied:
        lines += [f"    {line}" for line in (f"for default_file in {list(defaults)}:", *COPIED_DEFAULT)]
        settings_block.ensure_import(project, draft, "import contextlib")
        settings_block.ensure_import(project, draft, "import shutil")
    if not media_path(project):
        lines.append('MEDIA_URL = "/media/"')
    settings_block.append(project, draft, VOLUME_TITLE, lines, "keep uploads on the volume", only_production=False)
    settings_block.ensure_import(project, draft, "import os")


def media_path(project: Project) -> str:
    """The path below which the site's own files have their addresses. Empty for none, and for another host."""
    url = str(project.value("MEDIA_URL") or "")
    return url if url.startswith("/") and not url.startswith("//") and url != "/" else ""


def is_public_in_development(project: Project) -> bool:
    """Whether everybody may fetch the files of MEDIA_ROOT while the project is developed."""
    urls = {project.urls_file, *(project.root / url.file for url in project.urls if url.file)}
    return any(SERVED_IN_DEVELOPMENT.search(files.text(path)) for path in urls if path and path.is_file())


def is_served(project: Project) -> bool:
    """Whether a route of production answers addresses below MEDIA_URL."""
    head = (media_path(project) or "/media/").strip("/")
    return any(url.route.lstrip("^").startswith(head) for url in project.urls)


def serve_media(project: Project, draft: Draft) -> list[Assist]:
    """Add a view for the files of MEDIA_ROOT, which Django serves in development only."""
    head = (media_path(project) or "/media/").strip("/")
    path, module = added_modules.locate(project, "media_files.py")
    if project.urls_file is None:
        snippet = f'urlpatterns.insert(0, path("{head}/<path:path>", serve_media))\n'
        return [Assist("26.2", "in the root urls.py", snippet, "the root URL configuration is outside of the project")]
    draft.put(path, added_modules.render(project, "media_files.py").encode(), "a view for uploaded files")
    source = draft.source(project.urls_file, "serve uploaded files")
    insert_route(source, f'path("{head}/<path:path>", serve_media)')
    source.add_import("from django.urls import path")
    source.add_import(f"from {module} import serve_media")
    return []


def path_uses(project: Project, kept: Sequence[FileField | FileWrite]) -> list[str]:
    """Where code needs the path of an uploaded file on the disk. Only the disk has one."""
    return uses_of_paths(project, {each.name for each in kept if isinstance(each, FileField)})


def without_paths(places: Sequence[str]) -> list[Assist]:
    """What only the user can change before uploads can be kept elsewhere than on a disk."""
    why = "it needs the path of an uploaded file on the disk, which no other storage has. It raises NotImplementedError"
    snippet = "with self.image.open() as opened:  # in place of self.image.path\n    img = Image.open(opened)\n"
    return [Assist("26.2", place, snippet, why) for place in places]


def by_hand(kept: Sequence[FileField | FileWrite], *, volume: bool = False) -> list[Assist]:
    """What only the user can change: fields and calls that name the local disk themselves.

    *volume*: uploads are kept on a volume, where MEDIA_ROOT then is.
    """
    calls = (each for each in kept if isinstance(each, FileWrite))
    return [
        *(_call_by_hand(each) for each in calls if each.by_hand or (each.on_disk_only and not volume)),
        *_fields_by_hand([each for each in kept if isinstance(each, FileField)]),
    ]


def _call_by_hand(call: FileWrite) -> Assist:
    snippet = "from django.core.files.storage import default_storage\n\nname = default_storage.save(name, file)\n"
    why = f"{call.what} writes to the local disk, so that no setting moves its files"
    return Assist("26.1", call.where, snippet, why)


def _fields_by_hand(fields: Sequence[FileField]) -> list[Assist]:
    return [
        Assist(
            "26.1",
            each.where,
            f"{each.name} = models.FileField(upload_to=...)  # without storage=\n",
            f"{each} names {each.storage.rpartition('.')[2]} itself, so that no setting moves its files",
        )
        for each in fields
        if each.by_hand
    ]
