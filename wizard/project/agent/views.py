"""Describe the view behind a URL: where it is defined, its HTTP methods, its form, and what its code does."""

import functools
import inspect
import os
import re
import sys

from .get_effects import effects_of_get
from .input_kinds import base_names
from .pretended import visitor
from .purposes import acts_on_get, purposes
from .requirements import OPEN, by_mixins, by_tests, test_in, wrappers

DEPTH = 30
"""The maximum number of wrappers of a view to follow."""
NEED_LOGIN = {"LoginRequiredMixin", "PermissionRequiredMixin"}
FOR_VISITORS = re.compile("Anonymous|Create|Register|SignUp")
"""Permissions whose names begin as IsAuthenticated does, but that let visitors without an account in."""


def view_row(callback, cwd):
    """Describe a view as JSON, without `file` for views outside of the project."""
    actions = getattr(callback, "actions", None)
    view, kind = unwrap(callback)
    methods = None
    if kind == "class":
        methods = sorted(
            name for name in getattr(view, "http_method_names", ()) if hasattr(view, name) and name != "options"
        )
        if actions:
            methods, kind = sorted(actions), "viewset"
        if view.__qualname__ == "WrappedAPIView":
            view, kind = api_function(view), "api_view"
    elif kind == "function":
        methods = accepted_methods(callback)
    return {
        "view": "%s.%s" % (getattr(view, "__module__", "?"), getattr(view, "__qualname__", type(view).__name__)),
        "file": own_file(view, cwd),
        "line": getattr(getattr(view, "__code__", None), "co_firstlineno", None),
        "kind": kind,
        "methods": methods,
        "actions": actions if isinstance(actions, dict) else None,
        "async": inspect.iscoroutinefunction(view) or bool(getattr(callback, "_is_coroutine", None)),
        "drf": hasattr(getattr(callback, "cls", None), "authentication_classes"),
        "fields": required_fields(callback),
        "does": purposes(view, actions if isinstance(actions, dict) else None),
        "by_get": acts_on_get(view, kind, methods),
        "effects": effects_of_get(view, actions if isinstance(actions, dict) else None),
        "bare": not (getattr(callback, "view_initkwargs", None) or getattr(callback, "initkwargs", None)),
        "mutations": mutations(callback),
        "protected": is_protected(callback, view),
    }


def unwrap(callback):
    """The function, method or class behind decorators, and which of these it is.

    A class has priority over `__wrapped__`, since as_view() copies the attributes of dispatch().
    """
    view, kind = callback, "function"
    for _ in range(DEPTH):
        cls = getattr(view, "view_class", None) or getattr(view, "cls", None)
        if isinstance(cls, type):
            return cls, "class"
        if isinstance(view, functools.partial):
            view = view.func
        elif hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        elif hasattr(view, "__func__"):
            view, kind = view.__func__, "method"
        else:
            break
    return view, kind


def api_function(wrapped):
    """The function that DRF's @api_view wraps. It is in the closure of the generated class's handler."""
    for name in wrapped.http_method_names:
        handler = wrapped.__dict__.get(name)
        if handler is None or name == "options":
            continue
        for cell in handler.__closure__ or ():
            if callable(cell.cell_contents):
                return inspect.unwrap(cell.cell_contents)
    return wrapped


def accepted_methods(callback):
    """The methods that Django's `require_POST` and the like accept. None if the view has no such decorator."""
    for _ in range(DEPTH):
        code = getattr(callback, "__code__", None)
        if code is not None and code.co_filename.endswith(os.path.join("views", "decorators", "http.py")):
            for cell in callback.__closure__ or ():
                if isinstance(cell.cell_contents, (list, tuple)):
                    return sorted(str(name).lower() for name in cell.cell_contents if name != "OPTIONS")
        callback = getattr(callback, "__wrapped__", None)
        if callback is None:
            return None
    return None


def own_file(view, cwd):
    """The file that defines *view*, relative to *cwd*. None if it belongs to a library."""
    module = sys.modules.get(getattr(view, "__module__", None))
    path = getattr(getattr(view, "__code__", None), "co_filename", None) or getattr(module, "__file__", None)
    if not path or "site-packages" in path:
        return None
    path, cwd = os.path.realpath(path), os.path.realpath(cwd)
    return os.path.relpath(path, cwd) if path.startswith(cwd + os.sep) else None


def required_fields(callback):
    """Names of the fields that the view's form or serializer requires, at most twelve."""
    cls = getattr(callback, "view_class", None) or getattr(callback, "cls", None)
    form = getattr(cls, "serializer_class", None) or getattr(cls, "form_class", None)
    declared = getattr(form, "_declared_fields", None) or getattr(form, "base_fields", None) or {}
    required = [
        name
        for name, field in declared.items()
        if getattr(field, "required", True)
        and not getattr(field, "read_only", False)
        and not hasattr(field, "child_relation")
    ]
    return required[:12]


def is_protected(callback, view):
    """Whether visitors need an account for it, by Django's decorators or mixins, or by a permission of DRF.

    A test or a permission that lets visitors without an account in, such as that of a sign-up page, is no protection.
    """
    if isinstance(view, type) and "AccessMixin" in base_names(view):
        return not NEED_LOGIN.isdisjoint(base_names(view)) or by_mixins(view, callback) != OPEN
    cls = getattr(callback, "cls", None)
    permissions = [getattr(each, "__name__", "") for each in getattr(cls, "permission_classes", None) or ()]
    if any(name.startswith("IsA") and not FOR_VISITORS.search(name) for name in permissions):
        return True
    return any(needs_login(each) for each in wrappers(callback))


def needs_login(wrapper):
    """Whether *wrapper* is of one of Django's decorators, and its test refuses visitors without an account."""
    code = getattr(wrapper, "__code__", None)
    if code is None or not code.co_filename.endswith(os.path.join("contrib", "auth", "decorators.py")):
        return False
    test = test_in(wrapper)
    return not callable(test) or by_tests(lambda kind: test(visitor(kind))) != OPEN


def mutations(callback):
    """Names of the mutations behind a GraphQL view of graphene or strawberry."""
    cls = getattr(callback, "view_class", None)
    if cls is None or not any("GraphQLView" in base.__name__ for base in cls.__mro__):
        return []
    schema = (getattr(callback, "view_initkwargs", None) or {}).get("schema") or getattr(cls, "schema", None)
    if schema is None and "graphene_django" in sys.modules:
        from graphene_django.settings import graphene_settings

        schema = graphene_settings.SCHEMA
    core = getattr(schema, "graphql_schema", None) or getattr(schema, "_schema", None)
    mutation_type = getattr(core, "mutation_type", None)
    return sorted(mutation_type.fields) if mutation_type is not None else []
