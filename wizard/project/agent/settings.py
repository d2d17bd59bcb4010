"""Load the project's settings, apps and URLs, and describe them."""

import importlib.util
import inspect
import os
import re
import sys
import traceback

from .copies import APPS, SETTINGS, leave
from .environment_reads import EnvironmentReads
from .preloading import neutral_modules
from .protocol import describe_error, operation, project_folder
from .surface import describe
from .tracing import Origins, own_modules, watch_env_files, watch_files
from .urls import url_rows
from .values import read_settings
from .views import own_file, unwrap
from .websockets import websocket_routes


@operation("inspect")
def inspect_project(request):
    """Load the settings, apps and URLs in stages. If a stage fails, the answer holds the results of the others."""
    answer = {"stage": "settings", "env_files": watch_env_files()}
    reads, top = EnvironmentReads(request["cwd"]), project_folder(request["cwd"])
    opened = watch_files(top)
    try:
        with reads:
            load_settings(request, answer)
        answer["settings_reads"] = sorted(reads.names)
        leave(SETTINGS)
        if request.get("only") != "settings":
            with reads:
                load_apps(request, answer)
            leave(APPS)
        answer["stage"] = "done"
        answer["reads"] = sorted(reads.names)
        answer["files"] = sorted(path for path in opened | own_modules(top) if not path.endswith(".pyc"))
    except BaseException as error:
        answer["error"] = {**describe_error(error, request["cwd"]), "reads": reads.found}
    answer["imported"] = neutral_modules()  # also of a load that failed: the search for values makes many attempts
    return answer


def load_settings(request, answer):
    """Load the settings, and add them to *answer*."""
    from django.conf import settings

    with Origins(request["cwd"], request.get("names", ())) as origins:
        settings._setup()
    answer["origins"] = origins.found
    answer["settings"], answer["overridden"] = read_settings(settings)
    module = sys.modules.get(os.environ["DJANGO_SETTINGS_MODULE"])
    answer["settings_file"] = getattr(module, "__file__", None)


def load_apps(request, answer):
    """Load the apps and URLs, and add them to *answer*."""
    answer["stage"] = "setup"
    import django
    from django.conf import settings

    django.setup()
    answer["stage"] = "urls"
    answer["urls"] = url_rows(request["cwd"])
    answer["absent"] = absent_modules(settings)
    names = {options["ENGINE"] for options in settings.DATABASES.values() if isinstance(options.get("ENGINE"), str)}
    answer["engines"] = {name: postgres_engine(name) for name in sorted(names)}
    answer["websockets"] = websocket_routes(settings)
    root = sys.modules.get(settings.ROOT_URLCONF)
    answer["handlers"] = [code for code in (404, 500) if hasattr(root, "handler%d" % code)]
    answer["handler_views"] = handler_rows(root, request["cwd"])
    answer["urls_file"] = getattr(root, "__file__", None)
    answer["stage"] = "checks"
    answer["template_dirs"] = template_dirs()
    answer["user"] = user_fields()
    answer["messages"] = check_messages()


@operation("evaluate")
def evaluate(request):
    """The results of `expression`, from the module in `file`, for each of `values` of the environment `variable`."""
    from django.conf import settings

    settings._setup()
    path = os.path.realpath(request["file"])
    module = next(
        module
        for module in list(sys.modules.values())
        if os.path.realpath(getattr(module, "__file__", "") or "") == path
    )
    code, results = compile(request["expression"], path, "eval"), []
    for value in request["values"]:
        if value is None:
            os.environ.pop(request["variable"], None)
        else:
            os.environ[request["variable"]] = value
        try:
            found = eval(code, vars(module))
            results.append({"value": found if found is None or isinstance(found, (bool, int, str)) else repr(found)})
        except Exception as error:
            results.append({"error": describe_error(error, request["cwd"])})
    return {"results": results}


@operation("surface")
def surface(request):
    """All views with their forms, and the models; see `describe`."""
    import django

    django.setup()
    return describe(url_rows(request["cwd"]), request["cwd"])


def handler_rows(root, cwd):
    """The error handlers of the root URL configuration by their status: file (None in a library), line and name."""
    from django.utils.module_loading import import_string

    rows = {}
    for code in (400, 403, 404, 500):
        try:
            handler = getattr(root, "handler%d" % code, None)
            view, kind = unwrap(import_string(handler) if isinstance(handler, str) else handler)
            line = inspect.getsourcelines(view)[1] if kind == "class" else view.__code__.co_firstlineno
            rows[code] = {"file": own_file(view, cwd), "line": line, "name": view.__qualname__.rpartition(".")[2]}
        except Exception:
            continue  # there is none, or the page itself shows its error
    return rows


def absent_modules(settings):
    """Missing modules that a server loads by dotted name, which otherwise fail only at the first request."""
    from django.utils.module_loading import import_string

    storages = getattr(settings, "STORAGES", None) or {}
    backends = [*storages.values(), *settings.CACHES.values()]
    names = [name for name in settings.MIDDLEWARE if isinstance(name, str)]
    names += [backend["BACKEND"] for backend in backends if isinstance(backend, dict) and "BACKEND" in backend]
    if settings.is_overridden("STATICFILES_STORAGE") and "staticfiles" not in storages:
        names.append(settings.STATICFILES_STORAGE)
    absent = []
    for name in names:
        try:
            import_string(name)
        except ModuleNotFoundError as error:
            absent.append(error.name)
        except Exception:
            traceback.print_exc()  # other errors are reported by the server that is started later
    return absent


def postgres_engine(engine):
    """The engine that keeps what the project's own one adds, but speaks to PostgreSQL.

    Empty for Django's plain engines, which need none, and for engines of other databases.
    """
    family, _, kind = engine.rpartition(".")
    if not family or family == "django.db.backends":
        return ""
    if family == "django.contrib.gis.db.backends":
        return family + ".postgis"
    if vendor_of(engine) == "postgresql":
        return engine
    for other in ("postgis", "postgresql") if kind == "spatialite" else ("postgresql",):
        if find_spec_of(family + "." + other):
            return family + "." + other
    return ""


def vendor_of(engine):
    """The kind of database behind *engine*. Without its driver, it is guessed from the name."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import load_backend

    try:
        return load_backend(engine).DatabaseWrapper.vendor
    except (ImportError, ImproperlyConfigured):
        return "postgresql" if re.search(r"postg|psql|psycopg", engine) else ""


def find_spec_of(module):
    """Whether *module* can be found, without importing it."""
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def template_dirs():
    """The folders of templates. Django counts those of the apps only for APP_DIRS, and not for a loader in OPTIONS."""
    from django.template import engines
    from django.template.utils import get_app_template_dirs

    dirs = []
    for engine in engines.all():
        folders = list(getattr(engine, "template_dirs", ()))
        if "loaders.app_directories" in repr(getattr(getattr(engine, "engine", None), "loaders", "")):
            folders += get_app_template_dirs("templates")
        for folder in folders:
            if str(folder) not in dirs:
                dirs.append(str(folder))
    return dirs


def user_fields():
    """The user model, its login field and its required fields. None without django.contrib.auth."""
    from django.apps import apps

    if not apps.is_installed("django.contrib.auth"):
        return None
    from django.contrib.auth import get_user_model

    model = get_user_model()
    return {"model": model._meta.label, "username": model.USERNAME_FIELD, "required": list(model.REQUIRED_FIELDS)}


def check_messages():
    """Messages of Django's system checks. Those that only `check --deploy` reports have `deploy` set."""
    from django.core.checks import run_checks
    from django.core.checks.registry import registry

    found = [(message, False) for message in run_checks()]
    for check in registry.deployment_checks:
        found += [(message, True) for message in check(app_configs=None, databases=None) or []]
    return [
        {
            "id": message.id or "",
            "level": message.level,
            "text": str(message.msg),
            "hint": str(message.hint or ""),
            "silenced": message.is_silenced(),
            "deploy": deploy,
            "about": str(message.obj or "")[:120],
        }
        for message, deploy in found
    ]
