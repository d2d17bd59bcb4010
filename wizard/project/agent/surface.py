"""What visitors can send to the site: a description of all views with their forms, and of the models.

It is made on demand, in a copy of the process that has loaded the project for `inspect`; see copies.py. So it needs no
further load, and nothing that the project's code does meanwhile affects the other results.
"""

import re
import signal
import socket
import time
from functools import partial

from .class_views import class_view, code_model, names_visitor
from .code_inputs import code_forms, guard_of, read_function, unguarded
from .code_values import POST
from .graphql_views import graphql_rows, graphql_schema
from .installed_apps import enable, order_of, package_of
from .library_views import headless_rows, is_headless, is_special
from .models_seen import model_rows
from .ninja_views import ninja_rows, path_view
from .parameters import names_in_route, parameter_fields
from .pretended import user_model
from .purposes import purposes
from .requirements import LOGIN, STAFF, by_decorators, strictest
from .rest_views import rest_rows
from .roles import role_by_code
from .schema_inputs import complete
from .urls import url_patterns
from .views import own_file, unwrap

SECONDS, VIEW_SECONDS = 20.0, 2.0
"""The time for all views, and for one of them."""
SUFFIX = re.compile(r"\(\?P<format>|<drf_format_suffix")
BY_SCRIPT = {"put", "patch", "delete"}
"""Methods that a page's form can't send."""
MOST_VIEWS, MOST_PROBLEMS = 3000, 50


class Expired(BaseException):
    """The project's code takes too long. It is no Exception, so that the project's handlers let it pass."""


def describe(rows, cwd):
    """All views with their forms, and the models."""
    refuse_connections()
    answer = {"views": [], "models": [], "problems": []}
    problems, deadline = answer["problems"], time.monotonic() + SECONDS
    signal.signal(signal.SIGALRM, expire)
    limited(lambda: answer.update(accounts()), "the user model", problems)
    admin = answer.get("admin", "")[1:]
    limited(lambda: enable(rows), "the installed apps", problems)
    seen, patterns = set(), list(url_patterns())
    for count, index in enumerate(sorted(range(len(patterns)), key=lambda index: order_of(rows[index]))):
        (pattern, route, _), row = patterns[index], rows[index]
        if SUFFIX.search(route):
            continue  # the same view, as `books.json`
        if len(answer["views"]) >= MOST_VIEWS or time.monotonic() > deadline:
            problems.append("%d of %d URLs were described, which took the time for all." % (count, len(rows)))
            break
        found = limited(partial(view_rows, pattern.callback, row, problems, admin), row["view"], problems)
        for each in found or [{"methods": row["methods"] or []}]:
            key = (route, row["view"], each.get("action"), each.get("role"), tuple(each.get("methods", ())))
            if key not in seen:  # django-ninja has one pattern for each operation
                seen.add(key)
                answer["views"].append(finished(each, index, row, pattern.callback, cwd))
    answer["models"] = limited(lambda: model_rows(cwd, problems), "models", problems, 10.0) or []
    limited(lambda: complete(answer["views"], rows, cwd, problems), "schemas", problems, 10.0)
    answer["problems"] = list(dict.fromkeys(one_line(each) for each in problems))[:MOST_PROBLEMS]
    return answer


def one_line(text):
    return " ".join(str(text).split())[:300]


def expire(*_):
    raise Expired


def limited(work, subject, problems, seconds=VIEW_SECONDS):
    """The result of *work*. None if it raises or takes too long, which becomes a problem."""
    try:
        # It rings again, in case the project's code catches everything.
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.2)
        try:
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Expired:
        problems.append("%s: not described within %g s" % (subject, seconds))
    except BaseException as error:
        problems.append("%s: %s: %s" % (subject, type(error).__name__, error))
    return None


def refuse_connections():
    """Let the project's code reach neither a database nor the network from this process."""
    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

    def no_database(*_, **__):
        raise OperationalError("Golive describes the views without a database.")

    def no_network(*_, **__):
        raise OSError("Golive describes the views without a network.")

    BaseDatabaseWrapper.connect = BaseDatabaseWrapper.ensure_connection = no_database
    BaseDatabaseWrapper.cursor = no_database
    socket.socket.connect = socket.socket.connect_ex = no_network


def view_rows(callback, row, problems, admin=""):
    """The view behind a URL as JSON, once for each of its actions."""
    library = library_of(row)
    if library == "django" and (".contrib.admin" in row["view"] or row["route"].startswith(admin or "\0")):
        return [{"requires": "staff", "library": "django"}]
    operations = path_view(callback)
    if operations is not None:
        return ninja_rows(operations, row, problems)
    view, kind = unwrap(callback)
    if package_of(row):
        row = {**row, "does": purposes(view, row["actions"])}
    schema = graphql_schema(view, callback) if kind == "class" else None
    if schema is not None:
        return graphql_rows(schema, problems, class_view(view, callback, row, [])["requires"])
    if kind == "class" and is_headless(view):
        return headless_rows(view, row)
    if row["drf"] and isinstance(view, type):
        return rest_rows(view, callback, row, problems)
    if kind == "class":
        found = class_view(view, callback, row, [] if row["file"] is None else problems)
        if row["file"] is None and is_special(row) and found["role"] in {"login", "signup"}:
            found["role"] = ""
        return [found]
    return [function_view(view, callback, row)]


def function_view(view, callback, row):
    """A function as a view, as JSON."""
    results = read_function(view)
    results.methods |= set(row["methods"] or ())
    forms = forms_by_method(view, results, "%s:%s" % (row["file"], row["line"]))
    if row["methods"]:
        forms = [form for form in forms if form["method"] in row["methods"]]
    role = role_by_code(results, row, (row["name"], row["view"].rpartition(".")[2], row["route"]))
    if role == "update" and results.parameters and not set(results.parameters) & set(names_in_route(row["route"])):
        role = "create"  # one function for both, and this route names no row
    if role in {"update", "delete"} and results.methods & BY_SCRIPT and "one" in {how for _, how in results.shown}:
        role = "detail"  # a GET request shows the row, and the other methods tell what they do
    if role == "signup" and not names_visitor(forms):
        role = ""  # the rest was asked for before
    only_by_script = results.methods & BY_SCRIPT and "post" not in results.methods and POST not in results.bags
    posts = (results.posts and not only_by_script) or any(form["method"] == "post" for form in forms)
    if posts and not any(form["method"] == "post" for form in forms):
        place = "view %s" % row["view"]
        forms.insert(0, {"method": "post", "encoding": "form", "inputs": [], "source": place})
    required = strictest(by_decorators(callback), guard_of(results)) or unguarded(results, callback)
    given = {name: "%s.%s" % (model._meta.label, field) for name, (model, field) in results.parameters.items()}
    return {
        "forms": forms,
        "model": code_model(results, role),
        "role": role,
        "requires": required,
        "templates": results.templates[:10],
        "methods": row["methods"] or sorted({"get", *results.methods & BY_SCRIPT} | ({"post"} if posts else set())),
        "parameters": given,
        "outputs": results.outputs[:60],
    }


def forms_by_method(view, results, place):
    """The forms of a function. Each method that it asks for by `request.method == "PUT"` has its own."""
    asked = sorted(results.methods & (BY_SCRIPT - {"delete"}))
    if not asked:
        return code_forms(results, place)
    found = [form for form in code_forms(results, place) if form["method"] == "get"]
    posts = "post" in results.methods or POST in results.bags
    for method in ["post"] * posts + asked:
        forms = code_forms(read_function(view, method=method), place)
        found += [{**form, "method": method} for form in forms if form["method"] != "get"]
    return found


def finished(found, index, row, callback, cwd):
    """A view's description with what all views have."""
    label, package = found.get("model", ""), package_of(row)
    if package and order_of(row)[1] and found.get("role") == "login":
        found["role"] = ""  # the log-in of its pages for staff, which refuses visitors
    if found.get("requires") in {LOGIN, STAFF} and found.get("role") in {"login", "signup"}:
        # It asks for the password again, as before the account is deleted, or makes accounts for others.
        found["role"] = "create" if found["role"] == "signup" else ""
    function = found.pop("function", None)
    place, line = row["file"], row["line"]
    if function is not None and own_file(function, cwd):
        place, line = own_file(function, cwd), function.__code__.co_firstlineno
    return {
        **found,
        "url": index,
        "outputs": list(dict.fromkeys(found.get("outputs", ()))),
        "where": (package and row["view"]) or ("%s:%s" % (place, line) if place and line else place or ""),
        "package": package,
        "library": library_of(row) if found.get("library") is None else found["library"],
        "parameters": parameter_fields(row["route"], found.get("parameters", {}), label),
        "csrf_exempt": found.get("csrf_exempt", bool(getattr(callback, "csrf_exempt", False))),
    }


def library_of(row):
    """The package of a library's view. Empty for one of the project, and for a page of an installed app."""
    return "" if row["file"] or package_of(row) else row["view"].partition(".")[0]


def accounts():
    """The user model and the admin's path."""
    user, admin = user_model(), ""
    for pattern, route, _ in url_patterns():
        if getattr(pattern.callback, "admin_site", None) is not None and pattern.name == "index":
            admin = "/" + route.replace("^", "").replace("$", "")
            break
    if user is None:
        return {"admin": admin}
    return {"user_model": user._meta.label, "username": user.USERNAME_FIELD, "admin": admin}
