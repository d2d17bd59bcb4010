"""Describe views of Django REST framework: one row for each action, with its serializer and permissions."""

import inspect

from .class_views import code_model, creates_user
from .code_inputs import code_forms, guard_of, read_function
from .code_results import Results
from .code_values import is_own
from .form_inputs import model_label
from .input_kinds import base_names
from .pretended import request_of, visitor
from .requirements import by_decorators, by_permissions, strictest
from .roles import ACTIONS, role_by_class, role_by_code, role_by_words
from .serializer_inputs import describe_serializer, outputs_of, serializer_of
from .views import api_function

MOST_OUTPUTS = 60
WRITES = ("post", "put", "patch")
GENERIC = {"CreateModelMixin", "UpdateModelMixin", "DestroyModelMixin"}
METHOD_ROLES = {"post": "create", "put": "update", "patch": "update", "delete": "delete"}
ROLES = {"login", "logout", "signup", "reset", "password", "upload"}
"""Roles that the name of a view tells better than its base class."""


def rest_rows(cls, callback, row, problems):
    """The view as JSON, once for each of its actions or methods."""
    actions = getattr(callback, "actions", None)
    if isinstance(actions, dict) and actions:
        pairs = [(method, action) for method, action in actions.items() if method not in {"head", "options"}]
    else:
        pairs = [(method, "") for method in ("get", "post", "put", "patch", "delete") if handler_of(cls, method)]
    whole = "put" in [method for method, _ in pairs]
    rows = []
    for method, action in pairs:
        if method == "patch" and whole and action in {"", "partial_update"}:
            continue  # the same as PUT, with less
        try:
            rows.append(action_row(cls, callback, row, method, action))
        except Exception as error:
            problems.append("%s %s: %s: %s" % (row["view"], action or method, type(error).__name__, error))
            role = ACTIONS.get(action) or role_by_class(cls)
            rows.append({"methods": [method], "action": action, "role": role})
    return rows


def handler_of(cls, method):
    return method in [str(name).lower() for name in cls.http_method_names] and getattr(cls, method, None)


def action_row(cls, callback, row, method, action):
    view = view_of(cls, callback, method, action)
    function = method_function(cls, callback, method, action)
    owner, only = (None, method) if is_api_function(cls) else (cls, "")
    results = read_function(function, owner, only) if function else Results()
    results.methods.clear()
    parsers = [getattr(each, "__name__", "") for each in getattr(view, "parser_classes", None) or ()]
    serializer = serializer_class(view, cls, results, function)
    forms = write_forms(view, serializer, results, row, method, action, parsers)
    model = model_of(view, serializer) or next((form["model"] for form in forms if form.get("model")), "")
    role = role_of(cls, row, method, action, results, forms)
    outputs = next((form["outputs"] for form in forms if form.get("outputs")), [])
    if not outputs and serializer is not None and method != "delete":
        outputs = outputs_of(getattr(serializer_of(serializer, view), "child", serializer_of(serializer, view)))
    return {
        "forms": forms,
        "model": model or code_model(results, role),
        "role": role,
        "requires": strictest(requires(view, results), by_decorators(callback)) or "nobody",
        "parameters": rest_parameters(view, results),
        "methods": [method],
        "action": action,
        "outputs": (list(outputs) + results.outputs)[:MOST_OUTPUTS],
        "function": function,
        "authentication": [getattr(each, "__name__", "") for each in getattr(view, "authentication_classes", ())],
    }


def is_api_function(cls):
    return cls.__qualname__ == "WrappedAPIView"


def method_function(cls, callback, method, action):
    """The function that answers, if it is the project's own."""
    member = api_function(cls) if is_api_function(cls) else getattr(cls, action or method, None)
    function = inspect.unwrap(member) if member is not None else None
    code = getattr(function, "__code__", None)
    return function if code is not None and is_own(code.co_filename) else None


def view_of(cls, callback, method, action):
    """The view as it would be for an anonymous request, with its action."""
    from rest_framework.request import Request

    given = getattr(callback, "initkwargs", None) or {}
    view = cls(**given)
    view.args, view.kwargs, view.format_kwarg = (), {}, None
    view.request = Request(request_of(visitor("anonymous"), method))
    view.request.user = visitor("anonymous")
    view.action = action or METHOD_ROLES.get(method, "retrieve")
    view.action_map = dict(getattr(callback, "actions", None) or {})
    view.swagger_fake_view = True  # by this, code recognises that a schema is being made
    return view


def requires(view, results):
    try:
        permissions = view.get_permissions()
    except Exception:
        permissions = [each() for each in getattr(view, "permission_classes", ())]
    return strictest(by_permissions(view, view.request, permissions), guard_of(results))


def serializer_class(view, cls, results, function):
    """The serializer's class for the view's action. None where the view has none, or its own code uses another."""
    if function is not None and not {"get_serializer", "get_serializer_class"} & set(results.calls):
        if results.forms or results.reads("data", "POST", "FILES", "json"):
            return None
        if not calls_super(function):
            return None if view.request.method != "GET" else shown_serializer(results)
    if hasattr(view, "get_serializer_class"):
        try:
            return view.get_serializer_class()
        except Exception:
            return getattr(cls, "serializer_class", None)
    return getattr(cls, "serializer_class", None) or shown_serializer(results)


def shown_serializer(results):
    """The serializer that the code shows rows with."""
    found = [use.cls for use in results.forms if "BaseSerializer" in base_names(use.cls) and not use.posted]
    return found[0] if found else None


def calls_super(function):
    return "super" in function.__code__.co_names


def write_forms(view, serializer, results, row, method, action, parsers):
    """What the action accepts."""
    place = "%s:%s" % (row["file"], action or method)
    if method not in WRITES:
        return [form for form in code_forms(results, place, parsers) if form["method"] == "get"]
    forms = []
    if serializer is not None:
        many = bool(getattr(view, "many", False))
        partial = method == "patch" or view.action == "partial_update"
        forms.append(describe_serializer(serializer, method, parsers, many=many, view=view, partial=partial))
    own = code_forms(results, place, parsers)
    for form in own:
        if form["method"] == "post":
            form["method"] = method
        form["action"] = action
    if forms and own and own[0]["source"].startswith("code"):
        known = {each["name"] for each in forms[0]["inputs"]}
        forms[0]["inputs"] += [{**each, "required": False} for each in own[0]["inputs"] if each["name"] not in known]
        own = own[1:]
    for form in forms:
        form["action"] = action
    found = forms + own
    if not found:
        found = [
            {"method": method, "encoding": "json", "inputs": [], "source": "view %s" % row["view"], "action": action}
        ]
    return found


def model_of(view, serializer):
    for read in (lambda: view.queryset.model, lambda: view.get_queryset().model):
        try:
            return read()._meta.label
        except Exception:
            continue
    return model_label(serializer) if serializer is not None else ""


def role_of(cls, row, method, action, results, forms):
    """The role of one action: by its name, by what the view is called, then by its method."""
    named = role_by_words(action, row["name"], cls.__name__, row["route"])
    if action in ACTIONS:
        if ACTIONS[action] == "create":
            return signup(row, forms, named) or "create"
        return ACTIONS[action]
    by_class = role_by_class(cls)
    if by_class in {"login", "logout"}:
        return by_class if method == "post" or by_class == "logout" else ""
    if method in WRITES:
        special = signup(row, forms, named) if action in {"", "create"} or named == "signup" else ""
        special = special or (named if named in ROLES else "")
        if special:
            return special
    if action:
        words = role_by_words(action)
        by_code = role_by_code(results, {**row, "does": []}, (action,)) if method in WRITES else ""
        return words if words in ROLES else by_code if by_code in ROLES else ""
    if method == "get":
        return get_role(cls, results, row)
    if results.seen and not GENERIC & set(base_names(cls)):
        return own_role(results, row, method)
    stored = row["file"] or any(form.get("model") for form in forms)
    return METHOD_ROLES[method] if stored else ""


def own_role(results, row, method):
    """The role of a function of the project's own for POST, PUT, PATCH or DELETE."""
    role = role_by_code(results, row, (row["name"], function_name(row), row["route"]))
    if method == "delete":
        return role if role in {"logout", "delete"} else "delete" if "delete" in results.calls else ""
    if role == "create" and method in {"put", "patch"}:
        return "update"
    return role


def function_name(row):
    return row["view"].rpartition(".")[2]


def signup(row, forms, named):
    """`signup` if the view makes a user with a password."""
    if named in {"reset", "password", "login"} or view_changes(forms):
        return ""
    passwords = any(each.get("kind") == "password" for form in forms for each in form["inputs"])
    return "signup" if creates_user(forms) or (passwords and (named == "signup" or "signup" in row["does"])) else ""


def view_changes(forms):
    return any(form["method"] in {"put", "patch"} for form in forms)


def get_role(cls, results, row):
    bases = base_names(cls)
    if "ListModelMixin" in bases:
        return "list"
    if "RetrieveModelMixin" in bases:
        return "detail"
    shown = {how for _, how in results.shown}
    if "<" in row["route"] or "(?P" in row["route"]:
        return "detail" if "one" in shown or not shown else "list"
    return "list" if "many" in shown else ""


def rest_parameters(view, results):
    """The route's parameter that selects the row."""
    found = {name: "%s.%s" % (model._meta.label, field) for name, (model, field) in results.parameters.items()}
    lookup = getattr(view, "lookup_field", None)
    if lookup:
        found.setdefault(str(getattr(view, "lookup_url_kwarg", None) or lookup), str(lookup))
    return found
