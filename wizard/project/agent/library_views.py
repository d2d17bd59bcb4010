"""Describe views of libraries that keep their forms in a way of their own."""

import re

from .form_inputs import describe_form, is_form
from .input_kinds import base_names
from .requirements import LOGIN, OPEN

SPECIAL = re.compile(
    r"social|3rdparty|provider|openid|stage|reauthenticate|mfa|2fa|code|confirm|callback", re.IGNORECASE
)
"""Views that look like a log-in or a sign-up by their class, but need something first."""
HEADLESS = {
    ("LoginView", "post"): "login", ("SignupView", "post"): "signup", ("SessionView", "delete"): "logout",
    ("RequestPasswordResetView", "post"): "reset", ("ResetPasswordView", "post"): "reset",
    ("ChangePasswordView", "post"): "password",
}  # fmt: skip
"""Views of django-allauth's JSON API, by class and method."""


def is_special(row):
    """Whether a library's view is no plain log-in or sign-up."""
    return bool(SPECIAL.search(row["route"]) or SPECIAL.search(row["view"].rpartition(".")[2]))


def is_headless(cls):
    """Whether *cls* is a view of django-allauth's JSON API."""
    return "RESTView" in base_names(cls) and hasattr(cls, "input_class")


def headless_rows(cls, row):
    """One view for each method."""
    given = cls.input_class
    rows = []
    for method in ("get", "post", "put", "patch", "delete"):
        if not hasattr(cls, method):
            continue
        form = given.get(method.upper()) if isinstance(given, dict) else given if method != "get" else None
        forms = []
        if is_form(form):
            forms = [{**describe_form(form, method), "encoding": "json", "action": method}]
        elif method != "get":
            place = "view %s" % row["view"]
            forms = [{"method": method, "encoding": "json", "inputs": [], "source": place, "action": method}]
        named = [HEADLESS[name, method] for name in base_names(cls) if (name, method) in HEADLESS]
        role = named[0] if named and not is_special(row) else ""
        required = LOGIN if "AuthenticatedAPIView" in base_names(cls) or role == "logout" else OPEN
        rows.append({"forms": forms, "role": role, "requires": required, "methods": [method]})
    return rows
