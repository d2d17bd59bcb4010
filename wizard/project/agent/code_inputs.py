"""Turn what the code of a view does into the forms that it accepts."""

import inspect

from .code_reading import Reading
from .form_inputs import describe_form, describe_formset, encoding_of, is_formset, is_serializer
from .input_kinds import rest_encoding
from .requirements import LOGIN, OPEN, STAFF, UNKNOWN, middleware_requires
from .serializer_inputs import describe_serializer


def read_function(function, cls=None, method=""):
    """What the code of a function does, or of a method of *cls*. With *method*, what it does for this HTTP method."""
    return Reading(inspect.unwrap(function), cls, method=method).read()


def code_forms(results, place, parsers=()):
    """The forms that the code fills, and one for the values that it reads itself.

    Arguments:
        place: where the code is, for `source`.
        parsers: names of the parsers of a view of Django REST framework.
    """
    found, used = [], set()
    for use in results.forms:
        key = (use.cls, use.prefix, bool(use.posted))
        if use.posted and key not in used:
            used.add(key)
            found.append(describe_use(use, parsers))
    reads = results.reads("POST", "FILES", "data", "json")
    single = [form for form in found if form["method"] != "get"]
    if reads and len(single) == 1 and not single[0].get("formset"):
        known = {each["name"] for each in single[0]["inputs"]}
        single[0]["inputs"] += [each.describe() for each in reads if each.name not in known]
        if single[0]["encoding"] == "form":
            single[0]["encoding"] = encoding_of(single[0]["inputs"])
    elif reads:
        inputs = [each.describe() for each in reads]
        sources = set(results.bags)
        encoding = encoding_of(inputs)
        if "POST" not in sources and "FILES" not in sources:
            encoding = rest_encoding(inputs, parsers) if "data" in sources else "json"
        model = results.created[0]._meta.label if results.created else ""
        found.append(
            {"method": "post", "encoding": encoding, "inputs": inputs, "source": "code %s" % place, "model": model}
        )
    asked = results.reads("GET")
    if asked:
        inputs = [{**each.describe(), "required": each.required is True} for each in asked]
        found.append({"method": "get", "encoding": "form", "inputs": inputs, "source": "code %s" % place})
    return found


def describe_use(use, parsers):
    """A form, formset or serializer that the code fills with what was sent."""
    method = "get" if use.posted == "get" else "post"
    if is_serializer(use.cls):
        return describe_serializer(use.cls, method, parsers, many=use.many)
    if is_formset(use.cls):
        return describe_formset(use.cls, method, use.prefix)
    return describe_form(use.cls, method, **({"prefix": use.prefix} if use.prefix else {}))


def unguarded(results, callback):
    """What applies to a view that nothing guards. It is not known if the code works with the visitor's account."""
    everywhere = middleware_requires(callback)
    return UNKNOWN if everywhere == OPEN and results.uses_account else everywhere


def guard_of(results):
    """What the code itself requires, before it does anything: `if not request.user.is_authenticated: return …`."""
    found = UNKNOWN
    for test, ended, refused, otherwise in results.guards:
        if "'user'" not in test:
            continue
        if otherwise and not refused and "is_authenticated" in test and "op=Not()" not in test:
            found = found or LOGIN  # the page is in the first branch
        if not ended:
            continue
        negated = test.startswith("UnaryOp(op=Not()") or "op=Not()" in test
        if "is_anonymous" in test and not negated:
            found = found or LOGIN
        elif "is_authenticated" in test:
            found = found or (LOGIN if negated else OPEN if refused else UNKNOWN)
        elif negated and ("is_staff" in test or "is_superuser" in test):
            return STAFF
    return found
