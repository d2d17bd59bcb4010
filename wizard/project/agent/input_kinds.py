"""Kinds and limits of inputs that forms, serializers and code share. See `Input` in wizard.project.inputs."""

import re

MOST_CHOICES, MOST_INPUTS = 50, 300
NO_LIMIT = 2**31 - 1
"""Limits of this size are those of a database's column."""
NAMED = (
    ("captcha", re.compile(r"captcha|turnstile", re.IGNORECASE)),
    ("password", re.compile(r"passw|(^|_)(pwd|pass)\d?(_|$)|passphrase", re.IGNORECASE)),
    ("email", re.compile(r"(^|_)e_?mail(_address)?\d?$", re.IGNORECASE)),
    ("phone", re.compile(r"(^|_)(phone|mobile|tel|telephone|cell|whatsapp)(_?(no|num|number))?\d?$", re.IGNORECASE)),
)
"""Kinds of a text by the name of its field."""
GUESSED = (
    ("image", re.compile(r"(^|_)(image|photo|picture|avatar|logo|thumbnail)s?$", re.IGNORECASE)),
    ("datetime", re.compile(r"(^|_)(datetime|timestamp)$|_at$", re.IGNORECASE)),
    ("date", re.compile(r"(^|_)(date|dob|birthday|day)$|_on$", re.IGNORECASE)),
    ("integer", re.compile(r"(^|_)(quantity|qty|count|age|year|stock|amount|rating|num|page)$", re.IGNORECASE)),
    ("decimal", re.compile(r"(^|_)(price|total|cost|salary|fee|budget)$", re.IGNORECASE)),
    ("url", re.compile(r"(^|_)(url|website|homepage|link)$", re.IGNORECASE)),
    ("slug", re.compile(r"(^|_)slug$", re.IGNORECASE)),
)  # fmt: skip
"""Kinds by the name alone, for inputs that the code reads without a form."""
DEFAULTS = {
    "kind": "text", "required": True, "many": False, "choices": [], "minimum": None, "maximum": None, "shortest": None,
    "longest": None, "pattern": "", "model": "", "lookup": "pk", "inputs": [], "initial": "", "label": "",
    "extensions": [], "places": None, "type": "",
}  # fmt: skip
"""Values of an input that are left out of the answer."""


def make_input(name, **values):
    """An input as JSON, without what has its default value."""
    row = {"name": str(name)}
    for key, value in values.items():
        if key == "choices":
            value = [str(each)[:200] for each in value][:MOST_CHOICES]
        if value != DEFAULTS[key] and value is not None:
            row[key] = value
    return row


def base_names(cls):
    """The names of *cls* and its bases, nearest first."""
    return [base.__name__ for base in cls.__mro__]


def kind_by_bases(cls, kinds):
    """The kind of the nearest base of *cls* that *kinds* has, or an empty string."""
    for name in base_names(cls):
        if name in kinds:
            return kinds[name]
        if re.search(r"captcha|turnstile", name, re.IGNORECASE):
            return "captcha"
        if "PhoneNumber" in name:
            return "phone"
    return ""


def kind_by_name(name, guess=False):
    """The kind of a text by the name of its field: its own, or `text`. With *guess* other types are tried too."""
    for kind, pattern in NAMED + (GUESSED if guess else ()):
        if pattern.search(str(name)):
            return kind
    return "text"


def number(value):
    """A limit as a number that JSON can carry, or None."""
    try:
        value = value() if callable(value) else value
        found = value if isinstance(value, int) and not isinstance(value, bool) else float(value)
    except Exception:
        return None
    if found != found or abs(found) >= NO_LIMIT:
        return None
    return int(found) if found == int(found) else found


def plain(value):
    """An initial value as text. Empty for what has none, such as an object."""
    try:
        value = value() if callable(value) else value
    except Exception:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    return str(value)[:200] if isinstance(value, (str, int, float)) else ""


def flat_choices(choices):
    """The values of *choices* with those of its groups, without the empty one."""
    found = []
    pairs = choices.items() if isinstance(choices, dict) else choices
    for pair in pairs:
        value, label = pair if isinstance(pair, (list, tuple)) and len(pair) == 2 else (pair, pair)
        inner = label if isinstance(label, (list, tuple, dict)) else [(value, label)]
        inner = inner.items() if isinstance(inner, dict) else inner
        found += [each[0] for each in inner if each[0] not in ("", None)]
        if len(found) >= MOST_CHOICES:
            break
    return found


def limits(field):
    """Limits of a form's or serializer's field: those of its own, then those of its validators."""
    found = {
        "minimum": number(getattr(field, "min_value", None)),
        "maximum": number(getattr(field, "max_value", None)),
        "shortest": number(getattr(field, "min_length", None)),
        "longest": number(getattr(field, "max_length", None)),
        "places": number(getattr(field, "decimal_places", None)),
    }
    digits = number(getattr(field, "max_digits", None))
    if digits is not None and found["maximum"] is None:
        found["maximum"] = 10 ** (digits - (found["places"] or 0)) - 1
    for validator in getattr(field, "validators", None) or ():
        add_validator(found, validator)
    return {key: value for key, value in found.items() if value is not None}


TIGHTER = {
    "MinValueValidator": ("minimum", max), "MaxValueValidator": ("maximum", min),
    "MinLengthValidator": ("shortest", max), "MaxLengthValidator": ("longest", min),
}  # fmt: skip


def add_validator(found, validator):
    """Add what a validator of Django or a subclass demands to the limits *found*."""
    for name in base_names(type(validator)):
        if name in TIGHTER:
            key, tighter = TIGHTER[name]
            limit = number(getattr(validator, "limit_value", None))
            if limit is not None:
                found[key] = limit if found.get(key) is None else tighter(limit, found[key])
        elif name == "EmailValidator":
            found["kind"] = "email"
        elif name == "URLValidator":
            found["kind"] = "url"
        elif name == "FileExtensionValidator":
            found["extensions"] = [str(each) for each in validator.allowed_extensions or ()]
        elif name == "RegexValidator" and not validator.inverse_match:
            pattern = getattr(validator.regex, "pattern", "")
            slug = pattern.startswith(("^[-a-zA-Z0-9_]+", "^[-\\w]+"))
            if not slug and "kind" not in found and not found.get("pattern"):
                found["pattern"] = str(pattern)[:500]


def rest_encoding(inputs, parsers):
    """The encoding that a view with these parsers takes *inputs* in."""
    names = set(parsers)
    files = any(holds_file(each) for each in inputs)
    json = not names or any("JSON" in name for name in names)
    if files and (not names or "MultiPartParser" in names):
        return "multipart"
    if json:
        return "json"
    return "multipart" if "MultiPartParser" in names and "FormParser" not in names else "form"


def holds_file(row):
    file = row.get("kind") in {"file", "image"} and row.get("type") != "base64"
    return file or any(holds_file(each) for each in row.get("inputs", ()))
