"""Which distribution brings a module: by the files of the installed ones, and by a table of common names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from packaging.utils import canonicalize_name

PROVIDERS = {
    "Crypto": ("pycryptodome", "pycrypto"),
    "MySQLdb": ("mysqlclient",),
    "PIL": ("pillow", "pillow-simd"),
    "allauth": ("django-allauth",),
    "anymail": ("django-anymail",),
    "argon2": ("argon2-cffi",),
    "axes": ("django-axes",),
    "bs4": ("beautifulsoup4",),
    "configurations": ("django-configurations",),
    "corsheaders": ("django-cors-headers",),
    "crispy_forms": ("django-crispy-forms",),
    "csp": ("django-csp",),
    "cv2": ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "dateutil": ("python-dateutil",),
    "debug_toolbar": ("django-debug-toolbar",),
    "decouple": ("python-decouple",),
    "django_filters": ("django-filter",),
    "dj_database_url": ("dj-database-url",),
    "django_ratelimit": ("django-ratelimit",),
    "docx": ("python-docx",),
    "dotenv": ("python-dotenv", "django-dotenv"),
    "environ": ("django-environ", "environ-config"),
    "health_check": ("django-health-check",),
    "health_check_db": ("django-health-check",),
    "import_export": ("django-import-export",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt", "jwt"),
    "magic": ("python-magic", "python-magic-bin"),
    "markdown": ("markdown",),
    "multipart": ("python-multipart", "multipart"),
    "pkg_resources": ("setuptools",),
    "psycopg": ("psycopg",),
    "psycopg2": ("psycopg2-binary", "psycopg2"),
    "rest_framework": ("djangorestframework",),
    "rest_framework_simplejwt": ("djangorestframework-simplejwt",),
    "sass_processor": ("django-sass-processor",),
    "sentry_sdk": ("sentry-sdk",),
    "serial": ("pyserial", "serial"),
    "slugify": ("python-slugify", "unicode-slugify", "awesome-slugify"),
    "split_settings": ("django-split-settings",),
    "storages": ("django-storages",),
    "taggit": ("django-taggit",),
    "telegram": ("python-telegram-bot",),
    "whitenoise": ("whitenoise",),
    "yaml": ("pyyaml",),
}
"""Distributions that bring a module, the usual one first. Modules named like their distribution need no entry."""
IGNORED = re.compile(r"\.\.|__pycache__/|[^/]+\.(?:dist|egg)-info/|[^/]+\.(?:pth|pyi)$|[^/]+-stubs/")


class ModuleOwners:
    """The distributions that are installed in the folder *packages*."""

    def __init__(self, packages: Path) -> None:
        self._paths: dict[str, list[str]] = {}
        self._owners: dict[str, set[str]] = {}
        for name, paths in _recorded_paths(packages):
            self._paths[name] = paths
            for path in paths:
                self._owners.setdefault(_top(path), set()).add(name)

    def of(self, module: str) -> set[str]:
        """Normalised names of the distributions that bring the dotted *module*. Empty if none is installed.

        Several distributions share a namespace such as `google`. The longest part of *module* that one of them has
        decides.
        """
        top, *rest = module.split(".")
        owners = self._owners.get(top, set())
        for length in range(len(rest), 0, -1) if len(owners) > 1 else ():
            inner = "/".join([top, *rest[:length]])
            if found := {name for name in owners if _has(self._paths[name], inner)}:
                return found
        return set(owners)


def _has(paths: list[str], inner: str) -> bool:
    return any(path.startswith((f"{inner}/", f"{inner}.")) for path in paths)


def _top(path: str) -> str:
    first, slash, _ = path.partition("/")
    return first if slash else first.partition(".")[0]


def _recorded_paths(packages: Path) -> Iterator[tuple[str, list[str]]]:
    for folder in sorted([*packages.glob("*.dist-info"), *packages.glob("*.egg-info")]):
        name = str(canonicalize_name(folder.name.rsplit(".", 1)[0].split("-")[0]))
        record, listed = folder / "RECORD", folder / "top_level.txt"
        if _is_local(folder):
            continue
        if record.is_file():
            lines = (line.rpartition(",")[0].rpartition(",")[0].strip('"') for line in _lines(record))
            yield name, [path for path in lines if path and not IGNORED.match(path)]
        elif listed.is_file():
            yield name, [f"{line.strip()}/" for line in _lines(listed) if line.strip()]


def _is_local(folder: Path) -> bool:
    """Whether a distribution was installed from a folder of this machine. An index has none, or another one."""
    origin = folder / "direct_url.json"
    return origin.is_file() and '"file:' in "".join(_lines(origin))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8", "replace").splitlines()


def installed_owners(packages: Path) -> ModuleOwners:
    """The distributions installed in *packages*, read again only after an installation."""
    return _cached(packages, packages.stat().st_mtime_ns if packages.is_dir() else 0)


@lru_cache(maxsize=8)
def _cached(packages: Path, _changed: int) -> ModuleOwners:
    return ModuleOwners(packages)


def providers(module: str) -> tuple[str, ...]:
    """Normalised names of distributions known to bring *module*, whether installed or not, the usual one first."""
    top = module.partition(".")[0]
    return (*PROVIDERS.get(top, ()), str(canonicalize_name(top)))


def modules_of(distribution: str) -> set[str]:
    """Top-level modules that *distribution* is known to bring. Golive knows those of the packages that it installs."""
    name = str(canonicalize_name(distribution))
    return {module for module, names in PROVIDERS.items() if name in names} or {name.replace("-", "_")}


def other_owner(distribution: str, owners: ModuleOwners, but: Iterable[str] = ()) -> str:
    """An installed distribution other than *distribution* that brings a module of the same name, or an empty string."""
    name = str(canonicalize_name(distribution))
    for module in sorted(modules_of(name)):
        if others := owners.of(module) - {name, *but}:
            return min(others)
    return ""
