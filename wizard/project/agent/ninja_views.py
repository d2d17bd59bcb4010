"""Describe the operations of django-ninja, with its own OpenAPI document."""

from .class_views import code_model, creates_user
from .code_inputs import guard_of, read_function
from .code_values import is_own
from .form_inputs import add_model_limits
from .input_kinds import base_names
from .parameters import model_by_stem
from .purposes import purposes
from .requirements import LOGIN, OPEN, STAFF, closure_of, strictest
from .rest_views import METHOD_ROLES
from .roles import role_by_code, role_by_words, words_of
from .schema_inputs import answer_fields, body_form

_DOCUMENTS = {}
"""Id of an API -> its OpenAPI document."""


def path_view(callback):
    """The PathView of django-ninja behind a URL. None for other views."""
    owner = getattr(callback, "__self__", None)
    candidates = [owner, *closure_of(callback).values()] + [
        getattr(each, "__self__", None) for each in closure_of(callback).values()
    ]
    for each in candidates:
        if each is not None and "PathView" in base_names(type(each)) and hasattr(each, "operations"):
            return each
    return None


def ninja_rows(view, row, problems):
    """One view for each operation and method."""
    rows = []
    for operation in view.operations:
        for method in operation.methods:
            try:
                rows.append(operation_row(operation, str(method).lower(), row, problems))
            except Exception as error:
                problems.append("%s: %s: %s" % (operation.view_func.__name__, type(error).__name__, error))
    return rows


def operation_row(operation, method, row, problems):
    function = operation.view_func
    results = read_function(function)
    results.methods = {method}
    document = document_of(operation.api, problems)
    described = described_operation(operation, method, document)
    model = code_model(results) or named_model(function.__name__)
    outputs = answer_fields(described, document)
    found = body_form(described, document, model)
    forms = []
    if method in {"post", "put", "patch"}:
        encoding, inputs = found or ("json", [])
        place = "operation %s.%s" % (function.__module__, function.__name__)
        forms.append({"method": method, "encoding": encoding, "inputs": inputs, "source": place, "outputs": outputs})
        add_model_limits(inputs, model)
        forms[0].update(model=model, action=function.__name__)
    role = role_of(results, function, row, method, forms)
    return {
        "forms": forms,
        "model": (unlisted(results, role) and named_model(function.__name__)) or code_model(results, role) or model,
        "role": role,
        "requires": strictest(by_auth(operation), guard_of(results)) or OPEN,
        "methods": [method],
        "action": function.__name__,
        "outputs": outputs,
        "function": function,
        "library": "" if row["file"] or own(function) else "ninja",
        "authentication": [type(each).__name__ for each in operation.auth_callbacks],
        "parameters": {
            name: "%s.%s" % (model._meta.label, field) for name, (model, field) in results.parameters.items()
        },
        "csrf_exempt": not getattr(operation.api, "csrf", False) and not cookie_auth(operation),
    }


def unlisted(results, role):
    """Whether the code does not tell which rows a list has."""
    return role == "list" and not any(how == "many" for _, how in results.shown)


def own(function):
    return is_own(function.__code__.co_filename) if hasattr(function, "__code__") else False


def cookie_auth(operation):
    """Whether the operation recognises visitors by a cookie, for which django-ninja checks the CSRF token."""
    return any("APIKeyCookie" in base_names(type(each)) for each in operation.auth_callbacks)


def document_of(api, problems):
    key = id(api)
    if key not in _DOCUMENTS:
        try:
            _DOCUMENTS[key] = api.get_openapi_schema(path_prefix="")
        except Exception as error:
            problems.append("the schema of django-ninja: %s: %s" % (type(error).__name__, error))
            _DOCUMENTS[key] = {}
    return _DOCUMENTS[key]


def described_operation(operation, method, document):
    """The operation in the OpenAPI document, by its id."""
    try:
        name = operation.operation_id or operation.api.get_openapi_operation_id(operation)
    except AttributeError:
        name = operation.operation_id
    for item in (document.get("paths") or {}).values():
        found = item.get(method)
        if isinstance(found, dict) and found.get("operationId") == name:
            return found
    return {}


def named_model(name):
    """The label of the model that an operation's name ends with, such as `create_book`."""
    words = words_of(name).split("_")
    for count in (3, 2, 1):
        stem = "".join(words[-count:])
        for each in (stem, stem[:-1] if stem.endswith("s") else "", stem[:-3] + "y" if stem.endswith("ies") else ""):
            found = model_by_stem(each, None) if each else None
            if found is not None:
                return found._meta.label
    return ""


def by_auth(operation):
    """What the operation's authentication requires."""
    callbacks = operation.auth_callbacks
    if not callbacks:
        return OPEN
    names = " ".join(name for each in callbacks for name in base_names(type(each))).lower()
    return STAFF if "superuser" in names or "staff" in names else LOGIN


def role_of(results, function, row, method, forms):
    names = (function.__name__, row["name"], row["route"])
    role = role_by_code(results, {**row, "does": purposes(function)}, names)
    if method == "get":
        if role in {"list", "detail"}:
            return role
        words = role_by_words(function.__name__)
        if words in {"list", "detail"}:
            return words
        return "detail" if "<" in row["route"] else ""
    if creates_user(forms):
        return "signup"
    if role in {"", "list", "detail"}:
        words = role_by_words(*names)
        if words in {"", "list", "detail"}:
            return METHOD_ROLES[method] if method != "post" else ""
        return words
    return "update" if role == "create" and method in {"put", "patch"} else role
