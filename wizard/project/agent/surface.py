"""What visitors can send to the site: a description of all views with their forms, and of the models.

It is made in a process of its own, which starts once the URLs are loaded and works while the other results are
gathered. So nothing that the project's code does meanwhile, such as ending the process, affects these results.
"""

import json
import os
import select
import signal
import socket
import time
from functools import partial

from .class_views import class_view, code_model
from .code_inputs import code_forms, guard_of, read_function
from .models_seen import model_rows, user_model
from .parameters import parameter_fields
from .requirements import by_decorators, middleware_requires, strictest
from .rest_views import rest_rows
from .roles import role_by_code
from .urls import url_patterns
from .views import unwrap

SECONDS, VIEW_SECONDS, GRACE = 20.0, 2.0, 3.0
"""The time for all views, for one view, and for the process to end after its time."""
MOST_VIEWS, MOST_PROBLEMS = 3000, 50


class Expired(BaseException):
    """The project's code takes too long. It is no Exception, so that the project's handlers let it pass."""


class SurfaceProcess:
    """A forked process that describes the site. `result` waits for it."""

    def __init__(self, rows, cwd):
        self.reader, writer = os.pipe()
        self.deadline = time.monotonic() + SECONDS + GRACE
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self.reader)
                data = json.dumps(describe(rows, cwd)).encode()
                while data:
                    data = data[os.write(writer, data) :]
            finally:
                os._exit(0)
        os.close(writer)

    def result(self):
        """The description, or one with a problem alone."""
        data = bytearray()
        while True:
            left = self.deadline - time.monotonic()
            ready = select.select([self.reader], [], [], left)[0] if left > 0 else []
            block = os.read(self.reader, 1 << 20) if ready else b""
            data += block
            if not block:
                break
        os.close(self.reader)
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except OSError:
            pass  # the project's code has waited for it
        try:
            return json.loads(bytes(data))
        except ValueError:
            why = "took longer than %d s" % SECONDS if time.monotonic() > self.deadline else "ended the process"
            return {"problems": ["The project's code %s while Golive described its views." % why]}


def describe(rows, cwd):
    """All views with their forms, and the models."""
    refuse_connections()
    answer = {"views": [], "models": [], "problems": []}
    problems, deadline = answer["problems"], time.monotonic() + SECONDS
    signal.signal(signal.SIGALRM, expire)
    for index, (pattern, _, _) in enumerate(url_patterns()):
        row = rows[index]
        if len(answer["views"]) >= MOST_VIEWS or time.monotonic() > deadline:
            problems.append("%d of %d URLs were described, which took the time for all." % (index, len(rows)))
            break
        found = limited(partial(view_rows, pattern.callback, row, problems), row["view"], problems)
        for each in found or [{}]:
            answer["views"].append(finished(each, index, row, pattern.callback))
    answer["models"] = limited(lambda: model_rows(cwd, problems), "models", problems, 10.0) or []
    limited(lambda: answer.update(accounts()), "the user model", problems)
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


def view_rows(callback, row, problems):
    """The view behind a URL as JSON, once for each of its actions."""
    library = library_of(row)
    if library == "django" and ".contrib.admin" in row["view"]:
        return [{"requires": "staff", "library": "django"}]
    view, kind = unwrap(callback)
    if row["drf"] and isinstance(view, type):
        return rest_rows(view, callback, row, problems)
    if kind == "class":
        return [class_view(view, callback, row, problems)]
    return [function_view(view, callback, row)]


def function_view(view, callback, row):
    """A function as a view, as JSON."""
    results = read_function(view)
    forms = code_forms(results, "%s:%s" % (row["file"], row["line"]))
    if row["methods"]:
        forms = [form for form in forms if form["method"] in row["methods"]]
    role = role_by_code(results, row, (row["name"], row["view"].rpartition(".")[2], row["route"]))
    posts = results.posts or any(form["method"] == "post" for form in forms)
    if posts and not any(form["method"] == "post" for form in forms) and role:
        place = "view %s" % row["view"]
        forms.insert(0, {"method": "post", "encoding": "form", "inputs": [], "source": place})
    required = strictest(by_decorators(callback), guard_of(results)) or middleware_requires(callback)
    given = {name: "%s.%s" % (model._meta.label, field) for name, (model, field) in results.parameters.items()}
    return {
        "forms": forms,
        "model": code_model(results),
        "role": role,
        "requires": required,
        "templates": results.templates[:10],
        "methods": row["methods"] or (["get", "post"] if posts else ["get"]),
        "parameters": given,
        "outputs": results.outputs[:60],
    }


def finished(found, index, row, callback):
    """A view's description with what all views have."""
    label = found.get("model", "")
    return {
        **found,
        "url": index,
        "library": found.get("library", library_of(row)),
        "parameters": parameter_fields(row["route"], found.get("parameters", {}), label),
        "csrf_exempt": bool(getattr(callback, "csrf_exempt", False)),
    }


def library_of(row):
    """The package of a library's view. Empty for one of the project."""
    return "" if row["file"] else row["view"].partition(".")[0]


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
