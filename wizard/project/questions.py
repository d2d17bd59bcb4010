"""Requests to the agent: about the release copy under production's settings, or about the project in its own folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import process
from wizard.project.agent.copies import APPS, SETTINGS
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_wrappers import SettingsWrappers

MODULE = "DJANGO_SETTINGS_MODULE"
STAND_IN_KEY = "SECRET_KEY = 'placeholder-until-production-has-a-key-of-its-own'\n"
LOADS_ITSELF = {"start"}
"""Operations that observe how the project is loaded, in a process that no other question has used."""
SETTINGS_ONLY = {"rows", "loaddata", "evaluate", "stored_files", "copy_files"}
"""Operations that need no apps, or change settings before the apps are loaded."""
TRACED = (
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "LOGGING", "MIDDLEWARE", "STORAGES",
    "STATICFILES_STORAGE", "STATIC_ROOT", "DATABASES", "CACHES", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER",
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "X_FRAME_OPTIONS", "SECURE_REFERRER_POLICY",
    "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_BROWSER_XSS_FILTER", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_DOMAIN",
    "CORS_ALLOWED_ORIGINS", "CORS_ORIGIN_WHITELIST", "CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL",
    "CORS_ALLOWED_ORIGIN_REGEXES", "CORS_ORIGIN_REGEX_WHITELIST", "CORS_ALLOW_CREDENTIALS", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SAMESITE", "SECURE_CROSS_ORIGIN_OPENER_POLICY", "SECURE_REDIRECT_EXEMPT",
    "SECURE_CSP", "CONTENT_SECURITY_POLICY", "CSP_DEFAULT_SRC", "CSP_SCRIPT_SRC", "PERMISSIONS_POLICY",
    "SESSION_ENGINE", "SESSION_SERIALIZER", "SESSION_COOKIE_AGE", "PASSWORD_HASHERS", "AUTH_PASSWORD_VALIDATORS",
    "SECRET_KEY_FALLBACKS", "SILENCED_SYSTEM_CHECKS", "STATICFILES_DIRS", "WHITENOISE_AUTOREFRESH",
    "WHITENOISE_USE_FINDERS", "WHITENOISE_ROOT", "REST_AUTH", "DEBUG_PROPAGATE_EXCEPTIONS",
    "EMAIL_BACKEND", "EMAIL_HOST", "MAILERS", "DEFAULT_FROM_EMAIL", "ADMINS", "POST_OFFICE", "CELERY_EMAIL_BACKEND",
    "MAILER_EMAIL_BACKEND", "INSTALLED_APPS", "STATIC_URL", "DEFAULT_FILE_STORAGE", "AWS_QUERYSTRING_AUTH",
    "CELERY_BEAT_SCHEDULE", "RQ_QUEUES", "HUEY", "Q_CLUSTER", "DRAMATIQ_BROKER", "TASKS", "CRONJOBS", "CRON_CLASSES",
    "CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER", "MEDIA_ROOT", "PASSWORD_RESET_TIMEOUT", "RATELIMIT_ENABLE",
    "AWS_S3_FILE_OVERWRITE",
)  # fmt: skip
"""Settings for which the evidence names the line that set them."""


@dataclass
class Questions:
    """Builds requests for the project with manage.py in *root*.

    Arguments:
        module: production's settings module.
        configuration: the class in it that holds the settings, with django-configurations; else empty.
    """

    root: Path
    copy: ReleaseCopy
    module: str
    configuration: str
    wrappers: SettingsWrappers
    import_folders: list[Path] = field(default_factory=list)
    """Further folders of the project from which it imports its modules."""
    version: int = 0
    """Counts the changes of the project. A process that has loaded another version answers no question."""

    def about_copy(
        self, op: str, environment: Mapping[str, str], overrides: str = "", **arguments: Any
    ) -> dict[str, Any]:
        """A request about the release copy. *overrides* are lines that run after the production settings."""
        root = str(self.copy.at(self.root))
        module, paths = self.module, [root, *(str(self.copy.at(folder)) for folder in self.import_folders)]
        keys = {} if self.configuration else self._keys(op, environment, self.module, paths, overrides)
        if overrides or self.configuration:
            module = self.wrappers.add(self.module, self.configuration, overrides)
            paths.insert(0, str(self.wrappers.folder))
        return {
            "op": op,
            "env": dict(environment),
            "cwd": root,
            "top": str(self.copy.folder),
            "paths": paths,
            "moved": [[os.path.realpath(self.copy.top), str(self.copy.folder)]],
            "settings": module,
            "module": self.module,
            "overrides": hashlib.sha256(overrides.encode()).hexdigest() if overrides else "",
            "keys": keys,
            "version": self.version,
            "leave": arguments.get("only") != "settings",
            **arguments,
        }

    def _keys(
        self, op: str, environment: Mapping[str, str], module: str, paths: list[str], overrides: str = ""
    ) -> dict[str, str]:
        """What a process must have loaded to answer *op*, by stage. Empty if it must load everything itself."""
        if op in LOADS_ITSELF:
            return {}
        variables = sorted((name, value) for name, value in environment.items() if name != MODULE)  # the agent sets it
        loaded = json.dumps([self.version, module, paths, variables])
        keys = {SETTINGS: loaded} if op in SETTINGS_ONLY else {SETTINGS: loaded, APPS: loaded + overrides}
        return {stage: hashlib.sha256(f"{stage} {text}".encode()).hexdigest() for stage, text in keys.items()}

    def in_place(
        self, op: str, module: str, configuration: str, environment: Mapping[str, str], **arguments: Any
    ) -> dict[str, Any]:
        """A request about the project in its own folder, under the settings *module* and *environment*."""
        paths = [str(self.root), *map(str, self.import_folders)]
        if configuration:
            module = self.wrappers.in_place(module, configuration)
            paths.insert(0, str(self.wrappers.folder))
        environment = process.marked(environment, self.root)
        keys = {} if configuration else self._keys(op, environment, module, paths)
        return {
            "op": op,
            "env": environment,
            "keys": keys,
            "version": self.version,
            "leave": arguments.get("only") != "settings",
            "module": module,
            "cwd": str(self.root),
            "top": str(self.copy.top),
            "paths": paths,
            "settings": module,
            **arguments,
        }
