"""Settings that the sandbox adds below the project's own, as source text."""

from __future__ import annotations

from pathlib import Path

from wizard.project.project import Project
from wizard.project.static_settings import DEFAULT_STORAGE

FOREIGN = "golive-foreign-host.example"
"""The host name of requests that the site must refuse."""
DELIBERATE = "raised by the rehearsal to see the error page"
"""The message of the sandbox's own error. Log and Sentry checks recognise it and ignore it."""
TEST_RECORD = "a test record of Golive: "
"""The beginning of the sandbox's own log records, ignored in the same way."""
FOREIGN = "golive-foreign-host.example"
"""A Host header that is not the site's, as scanners send it. What it causes is expected in the same way."""

# The users of a scratch database are deleted with it, and the default hasher would add seconds to each login.
FAST_HASHER = """
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
SQLITE_DATABASES = """
DATABASES = {{
    alias: {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": {folder!r} + "/" + alias + ".sqlite3",
        "ATOMIC_REQUESTS": options.get("ATOMIC_REQUESTS", False),
        "OPTIONS": {{"timeout": 30}},
    }}
    for alias, options in (globals().get("DATABASES") or {{"default": {{}}}}).items()
}}
"""
POSTGRES_DATABASES = """
DATABASES = {{
    alias: {{
        "ENGINE": {engine!r},
        "NAME": {name!r},
        "USER": {user!r},
        "PASSWORD": {password!r},
        "HOST": "127.0.0.1",
        "PORT": {port!r},
        "ATOMIC_REQUESTS": options.get("ATOMIC_REQUESTS", False),
    }}
    for alias, options in (globals().get("DATABASES") or {{"default": {{}}}}).items()
}}
"""
# A Redis or Memcached server may be missing on this machine. If there is one, Golive must not write to it, nor into a
# folder outside of the project.
FILE_CACHES = """
if globals().get("CACHES"):
    CACHES = {{
        alias: {{
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": {folder!r} + "/cache-" + alias,
        }}
        if any(word in str(options.get("BACKEND", "")).lower() for word in ("redis", "memcache", "filebased"))
        else options
        for alias, options in CACHES.items()
    }}
"""
RAISING_MIDDLEWARE = """
from importlib import import_module

from django.conf import settings
from django.db import connections
from django.http import Http404
from django.urls import path


def unplug_databases():
    for alias in connections:
        connections[alias].close()
        name = str(connections.databases[alias]["NAME"]) + "/no-such-file"
        # With ATOMIC_REQUESTS Django opens a transaction before the view, which then can't answer itself.
        connections.databases[alias].update(NAME=name, HOST="127.0.0.1", PORT="1", ATOMIC_REQUESTS=False)
        del connections[alias]


class Raising:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        if request.headers.get({database!r}):
            unplug_databases()
        if request.path == "/golive-raises/":
            raise RuntimeError({deliberate!r})
        if request.path == "/golive-missing/":
            raise Http404
        if request.path == "/golive-view-raises/":
            request.urlconf = __name__
        response = self.get_response(request)
        match = getattr(request, "resolver_match", None)
        if match is not None:
            response[{view!r}] = str(getattr(match, "_func_path", "")).encode("ascii", "replace").decode()
        return response


def raise_error(request):
    raise RuntimeError({deliberate!r})


raise_error.login_required = False


def __getattr__(name):  # the error handlers of the project, and its patterns, since an error page may refer to them
    found = getattr(import_module(settings.ROOT_URLCONF), name)
    return [path("golive-view-raises/", raise_error), *found] if name == "urlpatterns" else found
"""
DATABASE_HEADER = "X-Golive-Database"
"""The header of a request from which on the databases are unreachable; only with `error_page_settings`."""
VIEW_HEADER = "X-Golive-View"
"""The header of a response that names the view; only with `error_page_settings`, and only if a view was called."""


def unreachable_database_settings(project: Project) -> str:
    """Return settings whose database can't be opened. Some packages only load with their own engine."""
    own = str(((project.value("DATABASES") or {}).get("default") or {}).get("ENGINE"))
    if own and (project.inspect_settings().get("engines") or {}).get(own) == own:
        return f'DATABASES = {{"default": {{"ENGINE": {own!r}, "NAME": "x", "HOST": "127.0.0.1", "PORT": "1"}}}}\n'
    path = str(project.work / "no-such-folder" / "db.sqlite3")
    return f'DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {path!r}}}}}\n'


def static_root_settings(folder: Path) -> str:
    """Return settings that move STATIC_ROOT to *folder* and keep its type, since projects build paths from it."""
    return f'STATIC_ROOT = type(globals().get("STATIC_ROOT") or "")({str(folder)!r})\n'


def plain_storage_settings(project: Project) -> str:
    """Return settings for a static files storage without a manifest, in the setting that Django reads."""
    overridden = project.inspect_settings()["overridden"]
    if project.django < (4, 2) or (project.django < (5, 1) and "STORAGES" not in overridden):
        return f"STATICFILES_STORAGE = {DEFAULT_STORAGE!r}\n"
    return f"STORAGES = {{**STORAGES, 'staticfiles': {{'BACKEND': {DEFAULT_STORAGE!r}}}}}\n"


def error_page_settings(project: Project) -> str:
    """Return settings in which /golive-raises/ raises an error and /golive-missing/ is a 404.

    A middleware does this, and it comes first so that no middleware of the project can answer instead. The error of
    /golive-view-raises/ is raised by a view, behind all middleware. Responses of views have the header VIEW_HEADER.
    """
    folder = project.wrapper_folder()
    module = "golive_rehearsal_middleware"
    text = RAISING_MIDDLEWARE.format(deliberate=DELIBERATE, view=VIEW_HEADER, database=DATABASE_HEADER)
    (folder / f"{module}.py").write_text(text, encoding="utf-8")
    return f"MIDDLEWARE = [{module + '.Raising'!r}, *MIDDLEWARE]\n"
