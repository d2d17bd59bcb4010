"""Rows of the project's models: make, count, find and change them, as evidence for what visitors did on the site.

One child answers all questions, on a Unix socket, so that the project is loaded only once.
"""

import json
import os
import socket
import threading

from .file_storages import move_storages
from .protocol import describe_error, operation
from .row_values import fill_row, plain

LARGEST = 4 << 20
"""Bytes of one question."""
LARGEST_FILE = 64 << 20
"""Bytes of an uploaded file that are read."""
MOST = 5000
"""Rows of which the primary keys are listed."""
FOUND = 20
"""Rows that a search lists."""
WORKING_FOLDERS = []
"""Where the running copy may have been started: without a MEDIA_ROOT, Django keeps uploads in that folder."""
QUESTIONS = {}
"""Name -> the function that answers it. The function gets the question and returns the answer, both dicts."""


def question(function):
    QUESTIONS[function.__name__] = function
    return function


@operation("rows")
def rows(request):
    """Answer questions about rows on the Unix socket `socket`, one JSON object a line, until the child is stopped.

    `deployed` is the folder of manage.py in the running copy. Databases and uploads in files of the project are those
    of that copy then.
    """
    use_deployed_files(request)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(request["socket"])
    os.chmod(request["socket"], 0o600)
    server.listen(1)
    threading.Thread(target=serve, args=(server, request["cwd"]), daemon=True).start()
    return {"stay": True, "ready": True}


@operation("loaddata")
def loaddata(request):
    """Load the fixture `fixture` into the database of the running copy, as `manage.py loaddata` in its folder does."""
    from django.core.management import call_command

    use_deployed_files(request)
    os.chdir(request["deployed"])
    call_command("loaddata", request["fixture"], verbosity=0)
    return {}


def use_deployed_files(request):
    """Load the apps. Databases and uploads in files are those of the running copy, and no mail is sent."""
    import django
    from django.conf import settings

    settings._setup()
    copy, deployed = moved_folders(request)
    moved = path_mapping(copy, deployed)
    if deployed:
        move_files(settings, moved)
        if not settings.MEDIA_ROOT:
            WORKING_FOLDERS[:] = [request["deployed"], deployed]
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    django.setup()
    if deployed:
        move_storages(moved)


def moved_folders(request):
    """The top folder of the files that were loaded, and the one that is running instead; empty for none."""
    root, deployed = os.path.realpath(request["cwd"]), request.get("deployed", "")
    top = os.path.realpath(request.get("top") or root)
    below = root[len(top) :] if (root + os.sep).startswith(top + os.sep) else ""
    if not deployed or not below or not deployed.endswith(below):
        return root, deployed
    return top, deployed[: -len(below)]


def path_mapping(copy, deployed):
    """A function that maps a path in the folder *copy* to the same one in *deployed*. It leaves others as they are."""

    def moved(path):
        real = os.path.realpath(str(path))
        return deployed + real[len(copy) :] if (real + os.sep).startswith(copy + os.sep) else str(path)

    return moved


def move_files(settings, moved):
    """Let the settings name the databases and uploads to which *moved* maps theirs."""
    for options in settings.DATABASES.values():
        if str(options.get("ENGINE", "")).endswith(("sqlite3", "spatialite")) and options.get("NAME"):
            options["NAME"] = moved(options["NAME"])
    if settings.MEDIA_ROOT:
        root = moved(settings.MEDIA_ROOT)  # some projects go on with `MEDIA_ROOT / "…"`, which a text has not
        settings.MEDIA_ROOT = root if isinstance(settings.MEDIA_ROOT, str) else type(settings.MEDIA_ROOT)(root)


def serve(server, cwd):
    while True:
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as lines:
            while True:
                line = lines.readline(LARGEST)
                if not line:
                    break
                connection.sendall(json.dumps(answer(line, cwd)).encode() + b"\n")


def answer(line, cwd):
    from django.db import close_old_connections

    close_old_connections()
    try:
        asked = json.loads(line)
        with all_tenants():
            return QUESTIONS[asked["op"]](asked)
    except BaseException as error:
        return {"error": describe_error(error, cwd)}


def all_tenants():
    """A context in which the models of django-scopes can be used without naming a tenant."""
    import contextlib

    try:
        from django_scopes import scopes_disabled
    except ImportError:
        return contextlib.nullcontext()
    return scopes_disabled()


def model_of(asked):
    from django.apps import apps

    return apps.get_model(asked["model"])


def row_of(asked):
    return model_of(asked)._base_manager.get(pk=asked["pk"])


@question
def make(asked):
    """Make a row with `values`, and with made-up ones for all other fields. `user` is the owner, if it has one.

    The answer tells what its validation says against it.
    """
    row = fill_row(model_of(asked), asked.get("values") or {}, asked.get("user"))
    try:
        row.full_clean(validate_unique=False)
        problem = ""
    except Exception as error:
        problem = str(error)[:200]
    return {"pk": plain(row.pk), "problem": problem}


@question
def count(asked):
    """Count the rows, also those that the default manager hides."""
    return {"count": model_of(asked)._base_manager.count()}


@question
def counts(asked):
    """Count the rows of all `models`. A model without a table is left out."""
    from django.db import Error

    found = {}
    for label in asked["models"]:
        try:
            found[label] = model_of({"model": label})._base_manager.count()
        except (Error, LookupError):
            continue
    return {"counts": found}


@question
def keys(asked):
    """The primary keys of the rows, the newest first, at most MOST."""
    found = model_of(asked)._base_manager.order_by("-pk").values_list("pk", flat=True)[:MOST]
    return {"keys": [plain(key) for key in found]}


@question
def find(asked):
    """The primary keys of rows with `text` in one of their texts, the newest first, at most FOUND."""
    from django.db import models

    model, condition = model_of(asked), models.Q()
    for field in model._meta.concrete_fields:
        if isinstance(field, (models.CharField, models.TextField)) and not isinstance(field, models.FileField):
            condition |= models.Q(**{field.attname + "__icontains": asked["text"]})
    if not condition:
        return {"keys": []}
    return {"keys": [plain(row.pk) for row in model._base_manager.filter(condition).order_by("-pk")[:FOUND]]}


@question
def values(asked):
    """The values of one row by field, and whether the default manager shows it. `values` is None without the row."""
    model = model_of(asked)
    row = model._base_manager.filter(pk=asked["pk"]).first()
    if row is None:
        return {"values": None, "visible": False}
    found = {field.name: plain(field.value_from_object(row)) for field in model._meta.concrete_fields}
    for field in model._meta.many_to_many:
        found[field.name] = [plain(key) for key in getattr(row, field.name).values_list("pk", flat=True)[:FOUND]]
    return {"values": found, "visible": model._default_manager.filter(pk=asked["pk"]).exists()}


@question
def related(asked):
    """The key at the end of `path` from one row, as a filter names it, for example `customer__user`."""
    found = model_of(asked)._base_manager.filter(pk=asked["pk"]).values_list(asked["path"], flat=True)[:1]
    return {"key": plain(next(iter(found), None))}


@question
def file(asked):
    """The size, SHA-256, first and last bytes of the file in the field `name` of one row. `size` is -1 without it."""
    import hashlib

    absent = {"size": -1, "sha256": "", "begins": "", "ends": ""}
    stored = getattr(row_of(asked), asked["name"])
    if not stored:
        return absent
    try:
        with open_stored(stored) as opened:
            content = opened.read(LARGEST_FILE)
    except FileNotFoundError:
        return absent
    digest = hashlib.sha256(content).hexdigest()
    return {"size": len(content), "sha256": digest, "begins": content[:16].hex(), "ends": content[-16:].hex()}


def open_stored(stored):
    """Open the file of a field."""
    try:
        return stored.open("rb")
    except FileNotFoundError:
        for folder in WORKING_FOLDERS:
            path = os.path.realpath(os.path.join(folder, stored.name))
            if path.startswith(os.path.realpath(folder) + os.sep) and os.path.isfile(path):
                return open(path, "rb")
        raise


@question
def change(asked):
    """Set `values` of one row in the database, past the model's own save method."""
    changed = model_of(asked)._base_manager.filter(pk=asked["pk"]).update(**asked["values"])
    return {"changed": changed}


@question
def remove(asked):
    """Delete one row from the database."""
    row = model_of(asked)._base_manager.filter(pk=asked["pk"]).first()
    if row is not None:
        row.delete()
    return {"removed": row is not None}


@question
def account(asked):
    """Create an account that can log in, with the name, password and `flags` given."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.hashers import make_password

    model = get_user_model()
    names = {field.name for field in model._meta.concrete_fields}
    given = {model.USERNAME_FIELD: asked["username"], "password": make_password(asked["password"])}
    given.update({name: asked["email"] for name in ("email",) if name in names})
    given.update({name: True for name in ("is_active", "is_verified", "email_verified") if name in names})
    given.update({name: bool(asked.get("staff")) for name in ("is_staff", "is_superuser") if name in names})
    row = fill_row(model, given, None)
    return {"pk": plain(row.pk), "username": str(row.get_username())}


@question
def user(asked):
    """The account with `name` or `email`: its primary key, whether it is active, and whether `password` is its."""
    from django.contrib.auth import get_user_model
    from django.db import models

    model = get_user_model()
    names = {field.name for field in model._meta.concrete_fields}
    wanted = models.Q(**{model.USERNAME_FIELD + "__iexact": asked["name"]})
    for name in names & {"username", "email", model.USERNAME_FIELD}:
        wanted |= models.Q(**{name + "__iexact": asked["email"]}) | models.Q(**{name + "__iexact": asked["name"]})
    found = model._base_manager.filter(wanted).order_by("-pk").first()
    if found is None:
        return {"pk": None, "active": False, "password_fits": False}
    fits = bool(asked.get("password")) and found.check_password(asked["password"])
    return {"pk": plain(found.pk), "active": bool(found.is_active), "password_fits": fits}


@question
def session(asked):
    """Log the account `pk` in, and return the cookies of its session."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client()
    client.force_login(get_user_model()._base_manager.get(pk=asked["pk"]))
    return {"cookies": {name: morsel.value for name, morsel in client.cookies.items()}}
