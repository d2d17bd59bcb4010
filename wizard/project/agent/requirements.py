"""Who may use a view: read from decorators, mixins, permissions and middleware by asking them about pretended users."""

import functools
import inspect
import os

from .input_kinds import base_names
from .installed_apps import is_site_code
from .pretended import request_of, visitor

DEPTH = 30
OPEN, LOGIN, STAFF, UNKNOWN = "nobody", "login", "staff", ""
"""`nobody` needs an account, a `login` is needed, `staff` needs more rights, or the code does not tell."""


def by_tests(passes):
    """Who passes a test, which gets one of the kinds of `visitor` and raises where it needs the database."""
    results = {}
    for kind in ("anonymous", "user", "superuser"):
        try:
            results[kind] = bool(passes(kind))
        except Exception as error:
            denied = type(error).__name__ in {"PermissionDenied", "NotAuthenticated", "NotFound", "Http404"}
            results[kind] = False if denied else None
    if results["anonymous"]:
        return OPEN
    if results["anonymous"] is None:
        return UNKNOWN
    if results["user"] or results["user"] is None:
        return LOGIN
    return STAFF if results["superuser"] else LOGIN


def strictest(*found):
    """The strictest of several requirements."""
    for each in (STAFF, LOGIN, OPEN):
        if each in found:
            return each
    return UNKNOWN


def wrappers(function):
    """A callable and all that it wraps, outermost first."""
    seen = []
    while function is not None and len(seen) < DEPTH:
        seen.append(function)
        partial = isinstance(function, functools.partial)
        function = function.func if partial else getattr(function, "__wrapped__", None)
    return seen


def closure_of(function):
    """The variables of the scopes around *function* by name."""
    code = getattr(function, "__code__", None)
    found = {}
    for name, cell in zip(getattr(code, "co_freevars", ()), getattr(function, "__closure__", None) or ()):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            continue  # it is empty
    return found


def by_decorators(function):
    """What the decorators around *function* require."""
    found = []
    for each in wrappers(function):
        code = getattr(each, "__code__", None)
        if code is None:
            continue
        test = test_in(each)
        if code.co_filename.endswith(os.path.join("contrib", "auth", "decorators.py")) or callable(test):
            found.append(by_tests(lambda kind, test=test: test(visitor(kind))) if callable(test) else LOGIN)
        elif code.co_name != getattr(each, "__name__", code.co_name) or hasattr(each, "__wrapped__"):
            found.append(by_own_decorator(each, code))
    return strictest(*found)


def test_in(function):
    """The test that `user_passes_test` put around a view, with or without a further function between. Else None."""
    variables = closure_of(function)
    around = variables.values() if hasattr(function, "__wrapped__") else ()
    for each in [variables] + [closure_of(one) for one in around if inspect.isfunction(one)]:
        if callable(each.get("test_func")):
            return each["test_func"]
    return None


def by_own_decorator(function, code):
    """What a decorator of the project or a library requires, by the names in its code."""
    names = set(code.co_names)
    if "site-packages" in code.co_filename and not is_site_code(code.co_filename):
        return UNKNOWN
    if names & {"is_staff", "is_superuser", "has_perm", "has_perms", "groups"}:
        return STAFF
    return LOGIN if names & {"is_authenticated", "is_anonymous"} else UNKNOWN


def by_method_decorators(cls):
    """What `method_decorator` on a class-based view requires."""
    found = []
    for name in ("dispatch", "get", "post"):
        member = getattr(cls, name, None)
        for each in wrappers(member)[:4]:
            decorators = closure_of(each).get("decorators")
            if decorators is None:
                continue
            for decorator in decorators if hasattr(decorators, "__iter__") else [decorators]:
                found.append(by_decorators(decorated(decorator)))
    return strictest(*found)


def decorated(decorator):
    def view(request, *args, **kwargs):
        """A view that does nothing, to see what a decorator puts around it."""

    return decorator(view)


def by_mixins(cls, callback):
    """What the mixins of a class-based view require."""
    bases = base_names(cls)
    if "UserPassesTestMixin" in bases:
        return by_tests(lambda kind: prepared(cls, callback, visitor(kind)).test_func()) or LOGIN
    if "PermissionRequiredMixin" in bases or "SuperuserRequiredMixin" in bases or "StaffuserRequiredMixin" in bases:
        return STAFF
    if "LoginRequiredMixin" in bases or "AccessMixin" in bases:
        return LOGIN
    return UNKNOWN


def prepared(cls, callback, user, method="get", kwargs=None):
    """A view of *cls* as it would be for a request of *user*."""
    view = cls(**(getattr(callback, "view_initkwargs", None) or {}))
    view.setup(request_of(user, method), **(kwargs or {}))
    return view


def middleware_requires(callback):
    """What a middleware such as Django's LoginRequiredMiddleware requires of every view that does not opt out."""
    from django.conf import settings
    from django.utils.module_loading import import_string

    for name in settings.MIDDLEWARE:
        if not isinstance(name, str) or "Login" not in name:
            continue
        try:
            cls = import_string(name)
        except Exception:
            continue
        if inspect.isclass(cls) and "LoginRequiredMiddleware" in base_names(cls):
            if cls.__module__.startswith("django.") or any(
                base.__module__.startswith("django.contrib.auth") for base in cls.__mro__
            ):
                return LOGIN if getattr(callback, "login_required", True) else OPEN
            return UNKNOWN
    return OPEN


def by_permissions(view, request, rows):
    """What the permissions of a view of Django REST framework require for *request*'s method.

    Arguments:
        rows: the permissions, as objects.
    """

    def passes(permission, kind):
        request.user = visitor(kind)
        request._auth = None
        return permission.has_permission(request, view)

    found = []
    for permission in rows:
        by_name = named_permission(base_names(type(permission)), request.method)
        tested = by_name or by_tests(lambda kind, permission=permission: passes(permission, kind))
        found.append(tested or LOGIN)
    return strictest(*found) if found else OPEN


def named_permission(bases, method):
    """What a permission of Django REST framework requires that can't be asked without a database."""
    reads = method in {"GET", "HEAD", "OPTIONS"}
    if "DjangoModelPermissionsOrAnonReadOnly" in bases:
        return OPEN if reads else STAFF
    if "DjangoModelPermissions" in bases:
        return LOGIN if reads else STAFF
    if "IsAuthenticatedOrTokenHasScope" in bases or "TokenHasScope" in bases:
        return LOGIN
    return ""
