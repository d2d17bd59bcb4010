"""Report what a process of the deployed service ends up with: its settings, variables, folder and interpreter.

A copy of this file is on the import path of the processes that a rehearsal starts, and nowhere else. It waits until
Django is set up. Then it writes a report, and another one at the first request, which only a web process gets. It must
never disturb the service, so it ignores its own errors.
"""

import json
import os
import sys

from .values import as_json, fingerprint

FOLDER = "GOLIVE_OBSERVER"
"""The variable with the observer's folder: its code, `reports`, and `top`, a link to the folder of the service."""
STARTED = []
MODULE = "DJANGO_SETTINGS_MODULE"
NAMES = (
    "DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "INSTALLED_APPS", "MIDDLEWARE", "ROOT_URLCONF",
    "STATIC_URL", "STATIC_ROOT", "STATICFILES_STORAGE", "SECURE_SSL_REDIRECT", "SECURE_PROXY_SSL_HEADER",
    "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD", "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_REFERRER_POLICY", "X_FRAME_OPTIONS", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_DOMAIN", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_SAMESITE",
    "CSRF_COOKIE_DOMAIN", "CORS_ALLOWED_ORIGINS", "CORS_ALLOW_ALL_ORIGINS", "CORS_ALLOWED_ORIGIN_REGEXES", "LOGGING",
    "EMAIL_BACKEND", "AUTHENTICATION_BACKENDS", "WSGI_APPLICATION", "ASGI_APPLICATION",
)  # fmt: skip
"""The settings that are reported. Of databases, caches and storages only the parts without secrets are."""
PARTS = {"DATABASES": ("ENGINE", "NAME", "HOST", "PORT"), "CACHES": ("BACKEND",), "STORAGES": ("BACKEND",)}


class Observer:
    """Watches this process.

    Arguments:
        top: the folder of the project's own files.
        emit: gets each report as a dictionary.
    """

    def __init__(self, top, emit):
        self.top, self.emit = os.path.realpath(top) + os.sep, emit
        self.given = os.environ.get(MODULE)
        self.assigned, self.called = {}, None

    def watch_variables(self):
        """Note which line of the project, or which package, sets an environment variable in this process."""
        kind, observer = type(os.environ), self
        real = kind.__setitem__

        def assign(environment, key, value):
            real(environment, key, value)
            if environment is os.environ:
                observer.assigned[str(key)] = observer.caller()

        kind.__setitem__ = assign

    def caller(self):
        """The innermost line of the project in the stack as [file, line], else the name of the package as [name, 0]."""
        frame, package = sys._getframe(2), ""
        while frame is not None:
            name = frame.f_code.co_filename  # of modules that are part of Python: <frozen os>
            path = os.path.realpath(name)
            if path.startswith(self.top) and "site-packages" not in path and not name.startswith("<"):
                return [path[len(self.top) :], frame.f_lineno]
            name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if not package and name not in ("os", "_collections_abc", "golive_observer", "golive_agent"):
                package = name
            frame = frame.f_back
        return [package, 0]

    def wait_for_django(self):
        """Report as soon as Django is set up in this process, and again at its first request."""
        sys.meta_path.insert(0, Waiting(self))

    def attach(self, django):
        """Let the module *django* report after its `setup`."""
        real = django.setup

        def setup(*args, **kwargs):
            self.called = self.caller()
            self.watch_settings()
            real(*args, **kwargs)
            try:
                self.report("setup")
                self.report_first_request()
            except Exception:
                pass

        django.setup = setup

    def watch_settings(self):
        """Note which line changes a setting after the settings were loaded, as `settings.DEBUG`."""
        from django.conf import LazySettings

        real, observer = LazySettings.__setattr__, self
        if getattr(real, "observed", False):
            return

        def change(settings, name, value):
            real(settings, name, value)
            if name.isupper():
                observer.assigned["settings." + name] = observer.caller()

        change.observed = True
        LazySettings.__setattr__ = change

    def report_first_request(self):
        from django.core.signals import request_started

        def first(**_):
            request_started.disconnect(first)
            self.report("request")

        request_started.connect(first, weak=False)

    def report(self, stage):
        try:
            self.emit(self.state(stage))
        except Exception:
            pass

    def state(self, stage):
        from django.conf import settings

        module = getattr(settings, "SETTINGS_MODULE", None) or os.environ.get(MODULE)
        return {
            "stage": stage,
            "command": management_command(getattr(sys, "orig_argv", None) or sys.argv),
            "executable": sys.executable,
            "prefix": sys.prefix,
            "module": str(module),
            "given": self.given,
            "assigned": dict(self.assigned),
            "called": self.called,
            "settings": described(settings),
        }


class Waiting:
    """A finder that attaches the observer to Django once it is imported, and then leaves the import path."""

    def __init__(self, observer):
        self.observer = observer

    def find_spec(self, name, path=None, target=None):
        if name != "django":
            return None
        import importlib.util

        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)
            return None
        execute, observer = spec.loader.exec_module, self.observer

        def exec_module(module):
            execute(module)
            observer.attach(module)

        spec.loader.exec_module = exec_module
        return spec


def management_command(argv):
    """The management command in a command line, such as `migrate`. Empty for a server.

    No other word of the command line is reported, since any may be a secret.
    """
    for place, word in enumerate(argv):
        if os.path.basename(word) in ("manage.py", "django-admin") or word == "django":
            from django.core.management import get_commands

            return next((each for each in argv[place + 1 :] if each in get_commands()), "")
    return ""


def described(settings):
    """The values of the reported settings as JSON, without secrets."""
    values = {}
    for name in NAMES:
        value = getattr(settings, name, None)
        values[name] = fingerprint(value) if name == "SECRET_KEY" else as_json(value)
    for name, parts in PARTS.items():
        tables = getattr(settings, name, None) or {}
        values[name] = {
            str(alias): {part: as_json(table.get(part)) for part in parts}
            for alias, table in tables.items()
            if isinstance(table, dict)
        }
    return values


def write_report(report):
    """Keep *report* in a file of its own process, in one step."""
    path = os.path.join(os.environ[FOLDER], "reports", "%d.json" % os.getpid())
    with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(report, file)
    os.replace(path + ".new", path)


def start():
    """Watch this process, once."""
    if not STARTED:
        STARTED.append(Observer(os.path.join(os.environ[FOLDER], "top"), write_report))
        STARTED[0].watch_variables()
        STARTED[0].wait_for_django()
