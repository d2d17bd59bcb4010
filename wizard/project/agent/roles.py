"""The role of a view: by its class, by what its code does, and by the words of its name and route."""

import re

from .input_kinds import base_names
from .pretended import user_model

BY_CLASS = {
    "LoginView": "login", "LogoutView": "logout", "PasswordChangeView": "password", "PasswordResetView": "reset",
    "PasswordResetConfirmView": "reset", "PasswordSetView": "password", "SignupView": "signup",
    "RegisterView": "signup",
    "PasswordResetFromKeyView": "reset", "ObtainAuthToken": "login", "TokenObtainPairView": "login",
    "TokenObtainSlidingView": "login", "TokenBlacklistView": "logout", "LogoutAllView": "logout",
    "TokenCreateView": "login", "TokenDestroyView": "logout",
    "CreateView": "create", "UpdateView": "update", "DeleteView": "delete", "DeletionMixin": "delete",
    "DetailView": "detail", "ListView": "list", "BaseDateListView": "list", "BaseListView": "list",
    "BaseDateDetailView": "detail", "DayArchiveView": "list",
    "CreateAPIView": "create", "ListAPIView": "list", "RetrieveAPIView": "detail", "DestroyAPIView": "delete",
    "UpdateAPIView": "update",
}  # fmt: skip
"""Base classes of Django and libraries. Subclasses have the role of their nearest base."""
ACTIONS = {
    "list": "list", "retrieve": "detail", "create": "create", "update": "update", "partial_update": "update",
    "destroy": "delete", "set_password": "password", "reset_password": "reset", "reset_password_confirm": "reset",
    "signup": "signup", "register": "signup", "login": "login", "logout": "logout", "change_password": "password",
}  # fmt: skip
"""Methods of viewsets."""
WORDS = (
    ("logout", r"log_?out|sign_?out|log_off"),
    ("reset", r"(password|pw)_?(reset|forgot\w*|recover\w*)|(reset|forgot|forget|recover)_?(your_)?(my_)?password"),
    ("password", r"(change|update|set|edit)_?(my_)?password|password_?(change|update|set)"),
    ("signup", r"sign_?up|register|registration|create_(account|user)|join"),
    ("login", r"log_?in|sign_?in|obtain_token|token_obtain|token_auth|get_token|token_pair|verify_token_login"),
    ("upload", r"upload\w*|import"),
    ("delete", r"delete|remove|destroy|del"),
    ("update", r"update|edit|change|modify"),
    ("create", r"create|add|new|submit|compose|post_(ad|job|item)"),
    ("list", r"list|index|all|browse|catalog(ue)?"),
    ("detail", r"detail|details|show|view|single"),
)
"""Words of names and routes, the most telling first."""
PATTERNS = [(role, re.compile(r"(^|_)(%s)(_|$)" % pattern)) for role, pattern in WORDS]
ANSWERS = {"render", "TemplateResponse", "Response", "JsonResponse", "HttpResponse"}
NOT_LOGIN = re.compile(r"callback|social|google|facebook|github|oauth|complete|redirect|done|success|failed|refresh")


CODES = re.compile(r"otp|(code|token|verification|activation)s?$", re.IGNORECASE)
"""Models of what a mail brings. Their rows are no content."""


def words_of(name):
    """A name in snake case: `BookCreateView` and `book-create` become `book_create`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name or ""))
    text = re.sub(r"[^A-Za-z0-9]+", "_", text).lower().strip("_")
    return re.sub(r"_(api_)?view(set)?$", "", text)


def role_by_words(*names):
    """The role that the first name with such a word has. Empty without one."""
    for name in names:
        text = words_of(name)
        for role, pattern in PATTERNS:
            if pattern.search(text) and not (role in {"login", "signup"} and NOT_LOGIN.search(text)):
                return role
    return ""


def role_by_class(cls):
    """The role by the bases of a class. A view that creates and lists is no such class."""
    bases = base_names(cls)
    for name in bases:
        if name in BY_CLASS:
            return BY_CLASS[name]
    return ""


def role_by_code(results, row, names):
    """The role of a view by its code, then by the words in *names*."""
    words, calls = role_by_words(*names), set(results.calls)
    forms = {name for use in results.forms for name in base_names(use.cls)}
    if {"PasswordChangeForm", "AdminPasswordChangeForm"} & forms or "update_session_auth_hash" in results.auth:
        return "password"
    if "PasswordResetForm" in forms or (words == "reset" and results.posts):
        return "reset"
    if "code" in row["does"] and words != "signup":
        return ""  # it asks for what a mail has brought
    if words == "password" and calls & {"set_password", "password_validation", "validate_password"}:
        return words
    if "signup" in row["does"] or ({"BaseUserCreationForm", "UserCreationForm"} & forms):
        return "signup"
    if "logout" in results.auth and "login" not in results.auth:
        return "delete" if user_model() in results.deleted else "logout"
    if "login" in row["does"] or ("AuthenticationForm" in forms and results.posts):
        return "login"
    if words in {"logout", "password", "signup", "login"} and (results.posts or words == "logout"):
        return words
    return role_by_effect(results, words, calls)


def role_by_effect(results, words, calls):
    """The role of a view by what it does with models."""
    created = [model for model in results.created if not CODES.search(model.__name__)]
    deletes = bool(calls & {"delete", "adelete"})
    saves = bool(calls & {"save", "asave"})
    posted = [use for use in results.forms if use.posted and use.posted != "get"]
    if words == "upload" and results.posts:
        return "upload"
    if deletes and not posted and not created and (words == "delete" or not saves):
        return "delete"
    if saves and any(use.changes for use in posted if "BaseFormSet" not in base_names(use.cls)):
        return "update"
    if saves and posted:
        return "create"
    if created:
        return "create"
    if results.changed and saves:
        return "update"
    if results.posts:
        saves = saves or not results.shown
        return words if words in {"create", "update", "delete", "upload"} and saves else ""
    if words in {"create", "update", "delete"} or results.relates:
        return ""
    shown = {how for _, how in results.shown}
    pages = bool(results.templates or results.outputs or calls & ANSWERS)
    if "one" in shown and pages:
        return "detail"
    return "list" if "many" in shown and pages else ""
