"""Describe the view behind a URL: where it is defined, its HTTP methods, its form, and what its code does."""

import functools
import inspect
import os
import sys

DEPTH = 30
"""The maximum number of wrappers of a view to follow."""


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
        "does": purposes(view),
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
    """Whether the view requires a login: by Django's decorator or mixin, or by a permission of DRF."""
    if isinstance(view, type) and any(cls.__name__ == "AccessMixin" for cls in view.__mro__):
        return True
    cls = getattr(callback, "cls", None)
    permissions = [getattr(each, "__name__", "") for each in getattr(cls, "permission_classes", None) or ()]
    if any(name.startswith("IsA") for name in permissions):
        return True
    step = callback
    for _ in range(DEPTH):
        code = getattr(step, "__code__", None)
        if code is not None and code.co_filename.endswith(os.path.join("contrib", "auth", "decorators.py")):
            return True
        step = getattr(step, "__wrapped__", None)
        if step is None:
            return False
    return False


def purposes(view):
    """The purposes of a view, by names in its code: `login` if it checks a password, `signup` if it creates a user."""
    names, scopes = set(), []
    if isinstance(view, type):
        bases = [cls.__name__ for cls in view.__mro__]
        names.update(
            "authenticate" for name in bases if name in {"LoginView", "ObtainAuthToken", "TokenObtainPairView"}
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
            names.update("signup" for name in used if creates_user(scope.__globals__.get(name)))
        elif creates_user(scope):
            names.add("signup")
    found = ["login"] if names & {"authenticate", "aauthenticate"} else []
    return found + (["signup"] if names & {"signup", "create_user", "acreate_user"} else [])


def names_in(code):
    """All names that a code object and the functions inside it use."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            found |= names_in(constant)
    return found


def creates_user(cls):
    """Whether *cls* is a form or serializer of the user model that asks for a password."""
    meta = getattr(cls, "Meta", None) if isinstance(cls, type) else None
    model = getattr(meta, "model", None)
    if model is None:
        return False
    from django.apps import apps
    from django.contrib.auth import get_user_model

    if not apps.is_installed("django.contrib.auth"):
        return False
    fields = getattr(cls, "base_fields", None) or getattr(cls, "_declared_fields", None) or {}
    listed = getattr(meta, "fields", ())
    names = set(fields) | set(listed if isinstance(listed, (list, tuple)) else ())
    return model is get_user_model() and any("password" in str(name) for name in names)


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
