"""Runs inside the project's own interpreter and answers Golive's questions about the project.

One start of the interpreter answers many questions: Django is imported once, each question is answered by a forked
child with its own environment, folder and settings, so no answer can spoil the next. Requests come as JSON lines on
stdin, answers leave as JSON lines on stdout; what the project prints goes to stderr. A child that takes too long or
prints too much is killed, with all that it started in its process group. When stdin ends (Golive has ended, however)
this process and its children end too. What the first child had to import, and what is the same under any settings, is
imported here before the second is forked. Standard library only, Python 3.8 and newer.
"""

import faulthandler
import functools
import hashlib
import importlib
import inspect
import json
import logging
import os
import re
import selectors
import signal
import stat
import sys
import threading
import time
import traceback

SECRET = re.compile(r"SECRET|(?<!PUBLIC_)(?<![A-Z])KEY(?!_ID)|TOKEN|PASSW|PASSWORD|DSN|CREDENTIAL|PRIVATE", re.I)
"""Names of settings whose values do not leave the project's process. Steps need to read URLs, public keys and key ids,
so the pattern differs from `is_sensitive_name` in wizard.base.secrets, which the agent can't import.
"""
NEUTRAL = {
    "PIL", "certifi", "cffi", "charset_normalizer", "chardet", "cryptography", "dateutil", "idna", "jwt", "lxml",
    "psycopg", "psycopg2", "psycopg_binary", "pytz", "requests", "sqlparse", "typing_extensions", "urllib3", "yaml",
}  # fmt: skip
"""Packages that many projects have, take long to import, and look at no settings meanwhile."""
OPERATIONS = {}


def operation(function):
    OPERATIONS[function.__name__] = function
    return function


# ---- what every question needs


def enter(request):
    """Take on the environment, folder, import path and settings of one question."""
    os.environ.clear()
    os.environ.update(request["env"])
    if request.get("settings"):
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    os.chdir(request["cwd"])
    for old, new in request.get("moved", []):
        sys.path[:] = [moved(entry, old, new) for entry in sys.path]
    sys.path[:0] = request["paths"]
    importlib.invalidate_caches()


def moved(entry, old, new):
    """An import path inside the project leads to the copy under test; one inside its environment stays."""
    real = os.path.realpath(entry) if entry else entry
    if (
        entry
        and (real + os.sep).startswith(old + os.sep)
        and not (real + os.sep).startswith(os.path.realpath(sys.prefix) + os.sep)
    ):
        return new + real[len(old) :]
    return entry


def plain(value, depth=0):
    """A setting as JSON, secrets as length and fingerprint only."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, bytes, os.PathLike)):
        return str(os.fspath(value) if isinstance(value, os.PathLike) else value)
    if depth > 6:
        return repr(type(value))
    if isinstance(value, dict):
        return {
            str(key): hidden(each) if SECRET.search(str(key)) and isinstance(each, str) else plain(each, depth + 1)
            for key, each in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each, depth + 1) for each in value]
    # A lazy translation or URL is not evaluated: before the apps are loaded it can't be.
    return "<%s>" % type(value).__name__


def hidden(value):
    text = str(value or "")
    return {"length": len(text), "fingerprint": hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:8]}


def told(error, cwd):
    """An exception as data: its type, its message, and the deepest line of the project's own files."""
    place = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(cwd + os.sep) and "site-packages" not in frame.filename:
            place = [os.path.relpath(frame.filename, cwd), frame.lineno]
    if isinstance(error, SyntaxError) and error.filename:
        place = [os.path.relpath(error.filename, cwd), error.lineno]
    cause = error.__cause__ or error.__context__
    chain, missing = error, None
    while chain is not None and missing is None:
        missing = chain.filename if isinstance(chain, FileNotFoundError) else None
        chain = chain.__cause__ or chain.__context__
    return {
        "type": type(error).__name__,
        "message": str(error)[:600],
        "place": place,
        "missing": str(missing) if missing else None,
        "module": missing_module(error),
        "cause": [type(cause).__name__, str(cause)[:200]] if cause else None,
    }


def missing_module(error):
    """The dotted name of the module an import did not find; None for any other error."""
    if isinstance(error, ModuleNotFoundError):
        return error.name
    found = (
        re.match(r"cannot import name '(\w+)' from '([\w.]+)'", str(error)) if isinstance(error, ImportError) else None
    )
    return "%s.%s" % (found.group(2), found.group(1)) if found else None


LARGEST = 60 << 20
"""Bytes of one answer."""
PRINTED = 64 << 20
"""Bytes that the project may print while it answers, to all the questions together that are asked beside each other."""
LOG, KEPT = 128 << 20, 1 << 20
"""Bytes of the largest log, and those of its beginning that stay of one that grew larger."""
TICK = 0.1
"""Seconds between two looks at how long the children take and how much they print."""


class Ended(Exception):
    """The project's code ended the process that had to answer, or kept it from answering."""


class TooMuch(Ended):
    """The project's code took more time, or printed more, than it may."""


def how_it_ended(status):
    if os.WIFSIGNALED(status):
        return "loading it ends the interpreter: killed by %s" % signal.Signals(os.WTERMSIG(status)).name
    return "loading it ends the interpreter: exit code %d, and no error" % os.WEXITSTATUS(status)


# ---- questions


@operation
def look(request):
    """Everything static about the project under one environment, stage by stage."""
    answer = {"stage": "settings", "env_files": watch_env_files()}
    try:
        from django.conf import settings

        with Origins(request["cwd"], request.get("names", ())) as origins:
            settings._setup()
        answer["origins"] = origins.found
        answer["settings"], answer["overridden"] = read_settings(settings)
        module = sys.modules.get(os.environ["DJANGO_SETTINGS_MODULE"])
        answer["settings_file"] = getattr(module, "__file__", None)
        if request.get("only") == "settings":
            answer["stage"] = "done"
            return answer
        answer["stage"] = "setup"
        import django

        django.setup()
        answer["stage"] = "urls"
        answer["urls"] = url_rows(request["cwd"])
        answer["absent"] = absent_modules(settings)
        root = sys.modules.get(settings.ROOT_URLCONF)
        answer["handlers"] = [code for code in (404, 500) if hasattr(root, "handler%d" % code)]
        answer["urls_file"] = getattr(root, "__file__", None)
        answer["stage"] = "checks"
        answer["template_dirs"] = template_dirs()
        answer["user"] = user_fields()
        answer["messages"] = check_messages()
        if request["share"]:
            answer["imported"] = neutral_modules()
        answer["stage"] = "done"
    except BaseException as error:
        answer["error"] = told(error, request["cwd"])
    return answer


def watch_env_files():
    """The .env files that are opened or looked for from now on, whichever library does it; the list fills itself."""
    found, real_stat = [], os.stat

    def note(path):
        if isinstance(path, (str, os.PathLike)):
            name = os.path.basename(os.fspath(path))
            full = os.path.abspath(path)
            # An environment's folder may have that name too.
            if (
                isinstance(name, str)
                and re.match(r"\.env($|\.)|.*\.env$", name)
                and full not in found
                and not os.path.isdir(full)
            ):
                found.append(full)

    def stat(path, *rest, **more):
        if isinstance(path, (str, os.PathLike)) and ".env" in str(path):
            os.stat = real_stat
            try:
                note(path)
            finally:
                os.stat = stat
        return real_stat(path, *rest, **more)

    os.stat = stat
    sys.addaudithook(lambda event, args: note(args[0]) if event == "open" and ".env" in str(args[0]) else None)
    return found


class Origins:
    """Which line of the project's files gave each of *names* its value, while the settings are imported."""

    def __init__(self, cwd, names):
        self.cwd, self.names, self.found = os.path.realpath(cwd) + os.sep, tuple(names), {}

    def __enter__(self):
        self.before = sys.gettrace()
        if self.names:
            sys.settrace(self.called)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)

    def called(self, frame, event, _):
        code = frame.f_code
        if code.co_name != "<module>" or "site-packages" in code.co_filename:
            return None
        path = os.path.realpath(code.co_filename)
        if not path.startswith(self.cwd):
            return None
        return functools.partial(self.stepped, os.path.relpath(path, self.cwd), [frame.f_lineno], {})

    def stepped(self, file, last, seen, frame, event, _):
        for name in self.names:
            value = frame.f_globals.get(name, self)
            mark = (id(value), len(value) if isinstance(value, (list, dict, str, tuple)) else 0)
            if mark != seen.get(name, (id(self), 0)):
                seen[name] = mark
                self.changed(name, file, last[0])
        last[0] = frame.f_lineno
        return functools.partial(self.stepped, file, last, seen)

    def changed(self, name, file, line):
        import linecache

        text = linecache.getline(os.path.join(self.cwd, file), line)
        taken_over = re.match(r"\s*(from\s+\S+\s+import\s+\*|include\()", text)
        if not (taken_over and name in self.found):
            self.found[name] = [file, line]


def absent_modules(settings):
    """Modules that are missing among what a server loads by dotted name: it would only show at the first request."""
    from django.utils.module_loading import import_string

    storages = getattr(settings, "STORAGES", None) or {}
    names = [each for each in settings.MIDDLEWARE if isinstance(each, str)]
    names += [each["BACKEND"] for each in storages.values() if isinstance(each, dict) and "BACKEND" in each]
    if settings.is_overridden("STATICFILES_STORAGE") and "staticfiles" not in storages:
        names.append(settings.STATICFILES_STORAGE)
    names += [each["BACKEND"] for each in settings.CACHES.values() if isinstance(each, dict) and "BACKEND" in each]
    absent = []
    for name in names:
        try:
            import_string(name)
        except ModuleNotFoundError as error:
            absent.append(error.name)
        except Exception:
            traceback.print_exc()  # whatever else it is, the server that is started to look says it better
    return absent


def read_settings(settings):
    values, overridden = {}, []
    for name in dir(settings):
        if not name.isupper():
            continue
        value = getattr(settings, name, None)
        if settings.is_overridden(name):
            overridden.append(name)
        if SECRET.search(name) and isinstance(value, str):
            values[name] = hidden(value)
        elif name == "SECRET_KEY_FALLBACKS":
            values[name] = [hidden(each) for each in value or ()]
        else:
            values[name] = plain(value)
    return values, overridden


def url_rows(cwd):
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    rows = []

    def walk(patterns, prefix, namespaces):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                row = view_row(pattern.callback, cwd)
                row["route"] = prefix + str(pattern.pattern)
                row["name"] = ":".join(namespaces + [pattern.name]) if pattern.name else None
                rows.append(row)
            else:
                space = [pattern.namespace] if pattern.namespace else []
                walk(pattern.url_patterns, prefix + str(pattern.pattern), namespaces + space)

    walk(get_resolver().url_patterns, "", [])
    return rows


def view_row(callback, cwd):
    """Where a view really stands. The class comes before `__wrapped__`: as_view copies dispatch's attributes."""
    actions = getattr(callback, "actions", None)
    view, kind = callback, "function"
    for _ in range(30):
        found = getattr(view, "view_class", None) or getattr(view, "cls", None)
        if isinstance(found, type):
            view, kind = found, "class"
            break
        if isinstance(view, functools.partial):
            view = view.func
        elif hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        elif hasattr(view, "__func__"):
            view, kind = view.__func__, "method"
        else:
            break
    methods = None
    if kind == "class":
        methods = sorted(
            name for name in getattr(view, "http_method_names", ()) if hasattr(view, name) and name != "options"
        )
        if actions:
            methods, kind = sorted(actions), "viewset"
        if view.__qualname__ == "WrappedAPIView":
            view, kind = api_function(view), "api_view"
    module = sys.modules.get(getattr(view, "__module__", None))
    path = getattr(getattr(view, "__code__", None), "co_filename", None) or getattr(module, "__file__", None)
    own = (
        bool(path) and os.path.realpath(path).startswith(os.path.realpath(cwd) + os.sep) and "site-packages" not in path
    )
    return {
        "view": "%s.%s" % (getattr(view, "__module__", "?"), getattr(view, "__qualname__", type(view).__name__)),
        "file": os.path.relpath(os.path.realpath(path), os.path.realpath(cwd)) if own else None,
        "line": getattr(getattr(view, "__code__", None), "co_firstlineno", None),
        "kind": kind,
        "methods": methods,
        "actions": actions if isinstance(actions, dict) else None,
        "async": inspect.iscoroutinefunction(view) or bool(getattr(callback, "_is_coroutine", None)),
        "drf": hasattr(getattr(callback, "cls", None), "authentication_classes"),
        "fields": asked_for(callback, actions),
        "does": does(view),
        "bare": not (getattr(callback, "view_initkwargs", None) or getattr(callback, "initkwargs", None)),
        "mutations": mutations(callback),
        "protected": protected(callback, view),
    }


def protected(callback, view):
    """Whether only somebody who is logged in reaches the view: by Django's decorator or mixin, or DRF's permission."""
    if isinstance(view, type) and any(each.__name__ == "AccessMixin" for each in view.__mro__):
        return True
    cls = getattr(callback, "cls", None)
    permissions = [getattr(each, "__name__", "") for each in getattr(cls, "permission_classes", None) or ()]
    if any(name.startswith("IsA") for name in permissions):
        return True
    step = callback
    for _ in range(30):
        code = getattr(step, "__code__", None)
        if code is not None and code.co_filename.endswith(os.path.join("contrib", "auth", "decorators.py")):
            return True
        step = getattr(step, "__wrapped__", None)
        if step is None:
            return False
    return False


def does(view):
    """What a view's code does, by the names in it: `login` where a password is tried, `signup` where a user is made."""
    names, scopes = set(), []
    if isinstance(view, type):
        bases = [each.__name__ for each in view.__mro__]
        names.update(
            "authenticate" for each in bases if each in {"LoginView", "ObtainAuthToken", "TokenObtainPairView"}
        )
        for cls in view.__mro__:
            path = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
            if "site-packages" not in path and cls is not object and path.startswith(os.getcwd()):
                scopes += [each for each in vars(cls).values() if inspect.isfunction(each)]
                scopes += [getattr(cls, name, None) for name in ("form_class", "serializer_class")]
    elif inspect.isfunction(view):
        scopes.append(view)
    for scope in scopes:
        if inspect.isfunction(scope):
            used = names_in(scope.__code__)
            names |= used
            names.update("signup" for name in used if makes_a_user(scope.__globals__.get(name)))
        elif makes_a_user(scope):
            names.add("signup")
    found = ["login"] if names & {"authenticate", "aauthenticate"} else []
    return found + (["signup"] if names & {"signup", "create_user", "acreate_user"} else [])


def names_in(code):
    found = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            found |= names_in(constant)
    return found


def makes_a_user(thing):
    """Whether *thing* is a form or serializer whose model is the user."""
    meta = getattr(thing, "Meta", None) if isinstance(thing, type) else None
    model = getattr(meta, "model", None)
    if model is None:
        return False
    from django.apps import apps
    from django.contrib.auth import get_user_model

    if not apps.is_installed("django.contrib.auth"):
        return False
    fields = getattr(thing, "base_fields", None) or getattr(thing, "_declared_fields", None) or {}
    listed = getattr(meta, "fields", ())
    asks = set(fields) | set(listed if isinstance(listed, (list, tuple)) else ())
    return model is get_user_model() and any("password" in str(name) for name in asks)


def mutations(callback):
    """Names of the mutations behind a GraphQL view; graphene's and strawberry's schemas are known."""
    cls = getattr(callback, "view_class", None)
    if cls is None or not any("GraphQLView" in each.__name__ for each in cls.__mro__):
        return []
    schema = (getattr(callback, "view_initkwargs", None) or {}).get("schema") or getattr(cls, "schema", None)
    if schema is None and "graphene_django" in sys.modules:
        from graphene_django.settings import graphene_settings

        schema = graphene_settings.SCHEMA
    core = getattr(schema, "graphql_schema", None) or getattr(schema, "_schema", None)
    kind = getattr(core, "mutation_type", None)
    return sorted(kind.fields) if kind is not None else []


def asked_for(callback, actions):
    """Fields a view's form or serializer wants, where its class names one."""
    cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    made = getattr(cls, "serializer_class", None) or getattr(cls, "form_class", None)
    declared = getattr(made, "_declared_fields", None) or getattr(made, "base_fields", None) or {}
    wanted = [
        name
        for name, field in declared.items()
        if getattr(field, "required", True)
        and not getattr(field, "read_only", False)
        and not hasattr(field, "child_relation")
    ]
    return wanted[:12]


def api_function(wrapped):
    """The function below DRF's @api_view stands in the closure of its handler."""
    for name in wrapped.http_method_names:
        handler = wrapped.__dict__.get(name)
        if handler is None or name == "options":
            continue
        for cell in handler.__closure__ or ():
            if callable(cell.cell_contents):
                return inspect.unwrap(cell.cell_contents)
    return wrapped


def template_dirs():
    from django.template import engines

    dirs = []
    for engine in engines.all():
        for each in getattr(engine, "template_dirs", ()):
            if str(each) not in dirs:
                dirs.append(str(each))
    return dirs


def user_fields():
    from django.apps import apps

    if not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth import get_user_model

    model = get_user_model()
    return {"model": model._meta.label, "username": model.USERNAME_FIELD, "required": list(model.REQUIRED_FIELDS)}


def check_messages():
    """What the system checks say; those of `check --deploy` alone are marked."""
    from django.core.checks import run_checks
    from django.core.checks.registry import registry

    found = [(m, False) for m in run_checks()]
    for check in registry.deployment_checks:
        found += [(m, True) for m in check(app_configs=None, databases=None) or []]
    return [
        {
            "id": m.id or "",
            "level": m.level,
            "text": str(m.msg),
            "hint": str(m.hint or ""),
            "silenced": m.is_silenced(),
            "deploy": deploy,
            "about": str(m.obj or "")[:120],
        }
        for m, deploy in found
    ]


@operation
def installed(request):
    """The distributions of this environment: name → version, and the top-level ones."""
    from importlib import metadata

    found, needed, requires = {}, set(), {}
    for each in metadata.distributions():
        name = each.metadata["Name"]
        if not name:
            continue
        found[name] = each.version
        requires[name] = list(each.requires or ())
        for line in each.requires or ():
            if "extra ==" not in line:
                needed.add(re.split(r"[\s;<>=!~\[(]", line, 1)[0].lower().replace("_", "-"))
    top = [name for name in found if name.lower().replace("_", "-") not in needed | {"pip", "setuptools", "wheel"}]
    return {"versions": found, "top": sorted(top), "requires": requires}


@operation
def migrate(request):
    """Make the tables of a database: by its migrations; *models*: from the models alone; *fallback*: the latter, in the
    rehearsal's scratch files, where the migrations fail."""
    import django
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    unmigrated = {config.label: None for config in apps.get_app_configs()}
    if request.get("models"):
        settings.MIGRATION_MODULES = unmigrated
    try:
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=True, skip_checks=True)
        cache_tables(settings)
    except Exception as error:
        if not request.get("fallback"):
            raise
        from django.db import connections

        for connection in connections.all():
            name = str(connection.settings_dict["NAME"])
            connection.close()
            if os.path.exists(name):
                os.remove(name)
        settings.MIGRATION_MODULES = unmigrated
        call_command("migrate", interactive=False, verbosity=0, run_syncdb=True, skip_checks=True)
        cache_tables(settings)
        return {"note": told(error, request["cwd"])}
    return {"note": None}


def cache_tables(settings):
    """No migration makes the tables of Django's database cache."""
    from django.core.management import call_command

    for options in settings.CACHES.values():
        if options.get("BACKEND", "").endswith("db.DatabaseCache"):
            call_command("createcachetable", options["LOCATION"], verbosity=0)


@operation
def connect(request):
    """Whether the project's own default database answers; gives up after a few seconds."""
    import django

    django.setup()
    from django.db import connection

    options = connection.settings_dict.setdefault("OPTIONS", {})
    if connection.vendor in {"postgresql", "mysql"}:
        options.setdefault("connect_timeout", 4)
    where = {name: str(connection.settings_dict.get(name) or "") for name in ("ENGINE", "HOST", "PORT")}
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return where


@operation
def mark(request):
    """Write a row into a table of our own in the default database."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS golive_mark")
        cursor.execute("CREATE TABLE golive_mark (value varchar(100))")
        cursor.execute("INSERT INTO golive_mark VALUES (%s)", [request["value"]])
    return {"done": True}


@operation
def marked(request):
    """Read the row of `mark` back, and remove its table."""
    import django

    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM golive_mark")
        value = cursor.fetchone()[0]
        cursor.execute("DROP TABLE golive_mark")
    return {"value": value}


@operation
def sentry(request):
    """How the project's Sentry SDK is set up."""
    import django

    django.setup()
    import sentry_sdk

    client = sentry_sdk.Hub.current.client if not hasattr(sentry_sdk, "get_client") else sentry_sdk.get_client()
    options = getattr(client, "options", None) or {}
    return {
        "active": bool(options.get("dsn")),
        "pii": bool(options.get("send_default_pii")),
        "version": sentry_sdk.VERSION,
    }


@operation
def counts(request):
    """Rows of each model but those Django fills by itself."""
    import django

    django.setup()
    from django.apps import apps

    found = {}
    for model in apps.get_models():
        if (
            model._meta.app_label not in {"contenttypes", "sessions", "sites", "admin"}
            and model._meta.label != "auth.Permission"
        ):
            found[model._meta.label] = model._default_manager.count()
    return {"counts": found}


@operation
def user(request):
    """An account in the scratch database, and the cookies of a session of its own."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.db import models

    model = get_user_model()
    values = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.has_default() or field.null or field.blank:
            continue
        if isinstance(field, models.EmailField):
            values[field.attname] = request["name"] + "@example.com"
        elif isinstance(field, (models.DateTimeField, models.DateField)):
            from django.utils import timezone

            values[field.attname] = timezone.now()
        elif isinstance(field, models.CharField):
            values[field.attname] = (request["name"])[: field.max_length or 150]
    values.update(request.get("values", {}))
    account = model(**{name: value for name, value in values.items() if name != "password"})
    if hasattr(account, "email") and not account.email:
        account.email = request["name"] + "@example.com"
    for flag in ("is_active", "is_verified", "email_verified"):
        if isinstance(getattr(account, flag, None), bool):
            setattr(account, flag, True)
    account.set_password(request["password"])
    account.save()
    from django.apps import apps

    cookies = {}
    if apps.is_installed("django.contrib.sessions"):
        from django.test import Client

        client = Client()
        client.force_login(account)
        cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return {
        "pk": str(account.pk),
        "username": str(getattr(account, model.USERNAME_FIELD)),
        "email": getattr(account, "email", ""),
        "cookies": cookies,
    }


@operation
def post_as(request):
    """POST to a path through the whole request stack, the account already authenticated; returns the statuses."""
    import django

    django.setup()
    from django.apps import apps
    from django.contrib.auth import get_user_model

    account = get_user_model()._default_manager.get(pk=request["pk"])
    if apps.is_installed("rest_framework"):
        from rest_framework.test import APIClient as Client
    else:
        from django.test import Client
    client = Client(raise_request_exception=False)
    client.force_login(account)
    if hasattr(client, "force_authenticate"):
        client.force_authenticate(account)
    statuses = []
    for _ in range(request["times"]):
        answer = client.post(
            request["path"], {}, secure=True, HTTP_HOST=request["host"], HTTP_X_REAL_IP=request["client"]
        )
        statuses.append(answer.status_code)
    return {"statuses": statuses}


@operation
def get(request):
    """The status of a GET through the whole request stack, as the platform's health check would ask."""
    import django

    django.setup()
    from django.test import Client

    answer = Client(raise_request_exception=False).get(
        request["path"], secure=request["secure"], HTTP_HOST=request["host"]
    )
    return {"status": answer.status_code}


@operation
def collect(request):
    """A trial collectstatic into a folder of its own, and which of the templates' references it would break."""
    import io

    import django
    from django.core.management import call_command

    django.setup()
    answer = {"error": None}
    try:
        call_command("collectstatic", interactive=False, verbosity=0, stdout=io.StringIO(), skip_checks=True)
    except BaseException as error:
        answer["error"] = told(error, request["cwd"])
    from django.contrib.staticfiles import finders

    answer["missing"] = [name for name in request["references"] if not finders.find(name)]
    return answer


@operation
def log(request):
    """Emit one record the way the project's own code would."""
    import django

    django.setup()
    logging.getLogger(request["logger"]).error(request["message"])
    logging.shutdown()
    return {"done": True}


@operation
def serve(request):
    """Serve the project's application on a free loopback port until told to stop; the first answer is the port."""
    from importlib import import_module
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

    import django

    django.setup()
    from django.conf import settings
    from django.core.signals import got_request_exception
    from django.core.wsgi import get_wsgi_application

    # Whatever the project's LOGGING does with it, a diagnosis needs to see what was raised.
    got_request_exception.connect(lambda **_: traceback.print_exc(), weak=False)
    dotted = getattr(settings, "WSGI_APPLICATION", None)
    if dotted:
        module, name = dotted.rsplit(".", 1)
        application = getattr(import_module(module), name)
    else:
        application = get_wsgi_application()

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True

        def server_bind(self):  # the inherited one looks the host's name up, which may take seconds
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = "localhost", self.server_address[1]
            self.setup_environ()

    class Handler(WSGIRequestHandler):
        def address_string(self):
            return self.client_address[0]

    server = Server(("127.0.0.1", 0), Handler)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return {"port": server.server_port, "stay": True}


# ---- what the children share


def neutral_modules():
    """The names of this process's modules of the standard library, of Django and of NEUTRAL, as they were imported."""
    library, names = os.path.dirname(os.__file__) + os.sep, []
    for name, module in list(sys.modules.items()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
        package = name.partition(".")[0]
        installed = "site-packages" in origin or "dist-packages" in origin
        if installed:
            # GeoDjango alone goes on without settings, and then looks for its libraries elsewhere.
            neutral = package in NEUTRAL or (package == "django" and not name.startswith("django.contrib.gis"))
        else:
            neutral = origin.startswith(library)
        if neutral:
            names.append(name)
    return names


def import_beforehand(names):
    """Import *names* for all children to come, but for what needs settings: there are none here, so it refuses."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    for name in names:
        if name not in sys.modules:
            try:
                importlib.import_module(name)
            except BaseException:
                continue  # each child imports it for itself


# ---- the loop


def respond(request, descriptor, sign):
    """Answer *request* in this process, which is a child and ends here, whatever the project's code does."""
    own = os.getpid()
    try:
        # Where it was shortly before it is killed, into the same pipe.
        faulthandler.dump_traceback_later(request["limit"] * 0.95, file=descriptor)
        try:
            enter(request)
            answer = OPERATIONS[request["op"]](request)
        except BaseException as error:
            answer = {"error": told(error, request.get("cwd", "")), "trace": traceback.format_exc()[-3000:]}
        if os.getpid() != own:  # forked by the project's code: it was not asked
            return
        stay = bool(answer.pop("stay", False))
        data = sign + json.dumps(answer).encode() + b"\n"
        while data:
            data = data[os.write(descriptor, data) :]
        faulthandler.cancel_dump_traceback_later()
        if stay:
            threading.Event().wait()
        sys.stderr.flush()
    finally:
        os._exit(0)  # no atexit, no waiting for threads


class Child:
    """A forked process that answers one question, in a process group of its own."""

    def __init__(self, request, out, others):
        self.number, self.cwd, self.limit = request["id"], request["cwd"], request["limit"]
        self.deadline = time.monotonic() + self.limit
        self.sign = os.urandom(8).hex().encode()  # what the project's code writes here by chance has none
        self.printed = log_size()
        self.answered, self.closed, self.buffer = False, False, bytearray()
        self.reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            for descriptor in (self.reader, out, *others):
                os.close(descriptor)
            null = os.open(os.devnull, os.O_RDONLY)
            os.dup2(null, 0)
            respond(request, writer, self.sign)
        os.close(writer)
        try:
            os.setpgid(self.pid, self.pid)  # by whichever of the two comes first
        except OSError:
            pass

    def read(self):
        """An answer that is complete; None as long as there is none, and after it."""
        data = os.read(self.reader, 1 << 20)
        self.closed = not data
        if self.answered or self.closed:
            return None
        self.buffer += data
        if len(self.buffer) > LARGEST:
            return self.fail("it answers with more than %d MB" % (LARGEST >> 20))
        _, found, answer = self.buffer.partition(self.sign) if data.endswith(b"\n") else (b"", b"", b"")
        if not found:
            return None
        try:
            answer = json.loads(answer)
        except ValueError:
            return self.fail("it writes into file descriptors that it did not open")
        self.answered, self.buffer = True, bytearray()
        return answer

    def fail(self, why, kind=Ended):
        """The answer that tells of a child which gave none; the child and what it started are killed."""
        self.kill()
        error = {**told(kind(why), ""), "place": self.place()}
        self.answered, self.buffer = True, bytearray()
        return {"error": error}

    def place(self):
        """The innermost line of the project's own files that was running shortly before; None if that is not known."""
        for name, line in re.findall(rb'File "([^"\n]+)", line (\d+)', self.buffer):
            name = os.fsdecode(name)
            if name.startswith(self.cwd + os.sep) and "site-packages" not in name:
                return [os.path.relpath(name, self.cwd), int(line)]
        return None

    def excess(self):
        """What the child takes too much of; empty for nothing."""
        if self.answered:
            return ""
        if time.monotonic() > self.deadline:
            return "it did not end within %g s, and was stopped" % self.limit
        if log_size() - self.printed > PRINTED:
            return "it printed more than %d MB, and was stopped" % (PRINTED >> 20)
        return ""

    def ended(self):
        """The exit status of a child that is no more; None while it runs. What it left running in its group ends."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if not pid:
            return None
        self.kill()
        return status

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except OSError:
            pass  # nobody is left in it


def log_size():
    """Bytes in the log of what the project prints; 0 where stderr is no file."""
    status = os.fstat(2)
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


def shorten_log(size):
    """Keep only the first *size* bytes of the log."""
    os.ftruncate(2, size)
    os.write(2, b"\n[golive: what followed was too much, and is not kept]\n")


class Agent:
    """Takes requests on stdin, forks a child for each, and passes the answers on to *out*."""

    def __init__(self, out):
        self.out = out
        self.children, self.pending = {}, b""
        self.imported, self.share = (), True
        self.selector = selectors.DefaultSelector()
        self.selector.register(0, selectors.EVENT_READ)
        signal.signal(signal.SIGTERM, lambda *_: self.end())

    def run(self):
        while True:
            for key, _ in self.selector.select(TICK):
                if key.fd == 0:
                    self.listen()
                else:
                    self.hear(self.children[key.fd])
            for child in list(self.children.values()):
                self.watch(child)
            if log_size() > LOG:
                shorten_log(KEPT)

    def listen(self):
        data = os.read(0, 65536)
        if not data:
            self.end()
        self.pending += data
        *lines, self.pending = self.pending.split(b"\n")
        for line in lines:
            self.take(json.loads(line))

    def take(self, request):
        if request["op"] == "stop":
            for child in self.children.values():
                if child.number == request["stop"]:
                    child.kill()
            return
        if self.imported:
            import_beforehand(self.imported)
            self.imported, self.share = (), False
        child = Child({**request, "share": self.share}, self.out, list(self.children))
        self.children[child.reader] = child
        self.selector.register(child.reader, selectors.EVENT_READ)

    def hear(self, child):
        self.tell(child, child.read())
        if child.closed:
            self.selector.unregister(child.reader)

    def watch(self, child):
        why = child.excess()
        if why:
            answer = child.fail(why, TooMuch)
            if log_size() - child.printed > PRINTED:
                shorten_log(child.printed + KEPT)
            self.tell(child, answer)
        status = child.ended()
        if status is None:
            return
        os.set_blocking(child.reader, False)
        try:
            while not child.closed:  # what it wrote just before it ended
                self.hear(child)
        except BlockingIOError:  # somebody else has the pipe too
            self.selector.unregister(child.reader)
        if not child.answered:
            self.tell(child, child.fail(how_it_ended(status)))
        os.close(child.reader)
        del self.children[child.reader]

    def tell(self, child, answer):
        if answer is None:
            return
        self.imported = answer.pop("imported", self.imported)
        data = json.dumps({**answer, "id": child.number}).encode() + b"\n"
        while data:
            data = data[os.write(self.out, data) :]

    def end(self):
        """End this process, its children, and all that these started in their groups."""
        for child in self.children.values():
            child.kill()
        os.killpg(0, signal.SIGKILL)


def main():
    out = os.dup(1)
    os.dup2(2, 1)
    sys.path.pop(0)
    hello = {"python": sys.version.split()[0], "prefix": sys.prefix, "executable": sys.executable}
    try:
        import django
        import django.conf
        import django.core.checks
        import django.core.handlers.wsgi
        import django.core.management
        import django.db.models
        import django.template
        import django.urls

        hello["django"] = django.get_version()
        hello["packages"] = os.path.dirname(os.path.dirname(os.path.abspath(django.__file__)))
    except BaseException as error:
        hello["error"] = told(error, "")
    os.write(out, (json.dumps(hello) + "\n").encode())
    Agent(out).run()


if __name__ == "__main__":
    main()
