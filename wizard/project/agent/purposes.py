"""What the code of a view does: check a password or a code, create a user or an order, send a mail.

Names in the compiled code decide which functions to read. Only these are parsed, because finding a source text is slow.
"""

import ast
import inspect
import os
import re
import sys
import textwrap

from .installed_apps import is_site_code

DEPTH = 2
"""How many calls of the project's own functions to follow."""
LIBRARY_VIEWS = {
    "LoginView": "login", "ObtainAuthToken": "login", "TokenObtainPairView": "login", "TokenObtainSlidingView": "login",
    "PasswordResetView": "mail", "ResendEmailVerificationView": "mail", "RequestLoginCodeView": "mail",
    "ConfirmLoginCodeView": "code",
}  # fmt: skip
"""Classes of libraries, of which the project's own views are often subclasses."""
READS = {"POST", "data", "body", "cleaned_data", "validated_data", "attrs", "json", "query_params", "GET"}
"""Names by which a view reads what the visitor sent."""
PASSWORD = {"authenticate", "aauthenticate", "check_password", "acheck_password"}
ELSEWHERE = {"requests", "httpx", "aiohttp", "verify_oauth2_token", "id_token", "verify_id_token", "construct_event"}
"""Names in views that trust another service, such as Google, or a webhook's signature."""
CODE = re.compile(
    r"(^|_)(otp|totp|hotp|passcode|2fa|mfa)(_|$)"
    r"|(verif\w*|confirm\w*|activat\w*|login|sms|security|auth|backup|recovery|reset|one_time)_(code|token|key|pin)"
)
"""Names of codes that a visitor types in."""
SHORT = re.compile(r"^(code|token|key|digits|pin)(_hash)?$")
"""Names that may also be a country's code. They count in a view that then logs in, or marks something as verified."""
CHECKED = re.compile(
    r"^_?(verify|check|validate|confirm|match)_?(?!\w*(zip|post|promo|coupon|discount|voucher|gift|bar|qr|country|area"
    r"|language|currency|status|product|referral|pin_?code))(\w+_)?(otp|code|pin|totp|passcode)$"
)
"""Functions that check such a code, by their names."""
EFFECT = re.compile(r"^(login|alogin|for_user|set_password|is_active|encode)$|verified|confirmed")
MAIL = re.compile(
    r"^a?send_\w*(mail|otp|code|link|verif|confirm|activat|reset|token)|^email_user$|^Email(Message|MultiAlternatives)$"
    r"|^(\w*PasswordReset\w*Form)$|^send_mail$|^\w*_mail_task$"
)
ADDRESS = re.compile(r"^(?!send_)(\w+_)?(e_?mail|phone|mobile|username|identifier)(_address|_number)?$", re.IGNORECASE)
"""Names of what a visitor gives to get a message."""
CREATES = {"create", "acreate", "get_or_create", "update_or_create", "bulk_create", "save", "asave"}
CREATING, CREATE_ACTIONS = {"CreateView", "CreateModelMixin"}, {None, "create"}
"""Base classes of views that create an object, and the actions of their viewsets that do."""
ORDER = re.compile(r"^(\w+)?(Order|Purchase)$")


class Facts:
    """Names and texts in the code of a view, and of the project's own functions that it calls."""

    def __init__(self):
        self.names, self.words, self.functions, self.users, self.orders = set(), set(), [], False, False
        self.logs_in = False
        self._seen = set()

    def read(self, function, cls=None, depth=DEPTH):
        """Add *function*, and with *depth* what it calls: methods of *cls*, functions, forms and serializers."""
        function = inspect.unwrap(function)
        code = getattr(function, "__code__", None)
        if code is None or code in self._seen or not is_own(code.co_filename):
            return
        self._seen.add(code)
        self.functions.append(function)
        names, words = names_in(code)
        self.names |= names
        self.words |= words
        known = getattr(function, "__globals__", {})
        for name in names:
            found = known.get(name)
            self.users = self.users or creates_user(found)
            # A form with an `instance` changes an order that exists.
            self.orders = self.orders or (
                creates_order(found) and bool(names & {"save", "create"}) and "instance" not in words
            )
            if ORDER.match(name) and is_model(found) and names & CREATES:
                self.orders = self.orders or creates_row(function, name)
            self.logs_in = self.logs_in or (
                getattr(found, "__module__", "") == "django.contrib.auth" and name == "login"
            )
            if depth:
                self._follow(found, names, depth - 1)
                self._follow(vars(cls).get(name) if cls else None, names, depth - 1)

    def _follow(self, found, names, depth):
        if inspect.isfunction(found):
            self.read(found, None, depth)
        elif inspect.ismodule(found) and is_own(getattr(found, "__file__", None) or ""):
            for name in names:
                if inspect.isfunction(vars(found).get(name)):
                    self.read(vars(found)[name], None, depth)
        elif isinstance(found, type) and not is_model(found):
            self.read_form(found, names, depth)

    def read_form(self, cls, names, depth):
        """Add a form or serializer with all its methods, or the methods of another class that are in *names*."""
        form = any(base.__name__ in {"BaseForm", "BaseSerializer"} for base in cls.__mro__)
        for name, member in list(vars(cls).items()):
            member = getattr(member, "__func__", member)
            if inspect.isfunction(member) and (form or name in names):
                self.read(member, cls, depth)


def is_own(path):
    """Whether the file at *path* belongs to the project, which the agent runs in."""
    return ("site-packages" not in path and path.startswith(os.getcwd() + os.sep)) or is_site_code(path)


def is_model(cls):
    bases = cls.__mro__ if isinstance(cls, type) else ()
    return any(base.__name__ == "Model" and base.__module__.startswith("django.db") for base in bases)


def names_in(code):
    """The names in a code object and the functions inside it, and these with its texts and variables."""
    names, words = set(code.co_names), set(code.co_names) | set(code.co_varnames)
    for constant in code.co_consts:
        if inspect.iscode(constant):
            inner = names_in(constant)
            names, words = names | inner[0], words | inner[1]
        for text in constant if isinstance(constant, (tuple, frozenset)) else (constant,):
            if isinstance(text, str) and len(text) < 40:
                words.add(text)
    return names, words


def collect(view, actions):
    """The facts of *view*. Of a viewset only the action behind POST counts, with the methods that it calls."""
    facts = Facts()
    if inspect.isfunction(view):
        facts.read(view)
    if not isinstance(view, type):
        return facts
    for cls in view.__mro__:
        path = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
        if cls is object or not is_own(path):
            continue
        members = [vars(cls).get((actions or {}).get("post"))] if actions else list(vars(cls).values())
        for member in members:
            if inspect.isfunction(member):
                facts.read(member, cls)
        for name in ("form_class", "serializer_class"):
            form = vars(cls).get(name)
            facts.users = facts.users or creates_user(form)
            creates = (
                CREATING & {base.__name__ for base in view.__mro__} and (actions or {}).get("post") in CREATE_ACTIONS
            )
            facts.orders = facts.orders or bool(creates and (creates_order(form) or creates_order(cls)))
            if isinstance(form, type):
                facts.read_form(form, set(), 1)
    return facts


def purposes(view, actions=None):
    """The purposes of a view: `login`, `signup`, `code`, `mail` and `order`."""
    bases = [cls.__name__ for cls in view.__mro__] if isinstance(view, type) else []
    found = {LIBRARY_VIEWS[name] for name in bases if name in LIBRARY_VIEWS}
    facts = collect(view, actions)
    reads = bool(facts.words & READS)
    if facts.users or facts.names & {"create_user", "acreate_user"}:
        found.add("signup")
    trusts_others = bool(facts.names & ELSEWHERE)
    if reads and not trusts_others and checks_code(facts):
        found.add("code")
    if facts.names & PASSWORD or (reads and not trusts_others and not found and gives_access(facts)):
        found.add("login")
    if reads and any(MAIL.search(name) for name in facts.names) and any(ADDRESS.search(word) for word in facts.words):
        found.add("mail")
    if facts.orders and not trusts_others:
        found.add("order")
    return sorted(found)


def gives_access(facts):
    """Whether the code logs a user in, or creates a token for one."""
    names = facts.names
    token = "for_user" in names or (("Token" in names or "AuthToken" in names) and bool(names & CREATES))
    return token or facts.logs_in or ("jwt" in names and "encode" in names)


def checks_code(facts):
    """Whether the code compares a code that the visitor types in with a stored one, or looks a stored one up by it."""
    if any(CHECKED.match(name) for name in facts.names) or {"pyotp", "verify"} <= facts.names:
        return True
    has_effect = any(EFFECT.search(name) for name in facts.names)
    if not any(CODE.search(word.lower()) or (has_effect and SHORT.match(word.lower())) for word in facts.words):
        return False
    return any(compares_code(function, has_effect) for function in facts.functions)


def syntax_of(function):
    """The syntax tree of *function*, empty if its source can't be read."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def creates_row(function, model):
    """Whether *function* calls `Order(…)`, or `Order.objects.create(…)` and the like, with the name *model*."""
    for node in ast.walk(syntax_of(function)):
        if isinstance(node, ast.Call):
            callee = node.func
            while isinstance(callee, ast.Attribute):
                callee = callee.value
            if isinstance(callee, ast.Name) and callee.id == model and getattr(node.func, "attr", "create") in CREATES:
                return True
    return False


def compares_code(function, has_effect):
    tree = syntax_of(function)

    def is_code(word):
        return bool(CODE.search(word.lower()) or (has_effect and SHORT.match(word.lower())))

    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
            sides = [words_of(side) for side in (node.left, node.comparators[0])]
            # A comparison with a literal is not a check: `if code == "":`.
            literal = any(isinstance(side, ast.Constant) for side in (node.left, node.comparators[0]))
            if not literal and any(is_code(word) for words in sides for word in words):
                return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            looks_up = name in {"filter", "get", "aget", "get_object_or_404", "aget_object_or_404"}
            given = [word.arg.split("__")[0] for word in node.keywords if word.arg]
            values = [word for keyword in node.keywords for word in words_of(keyword.value)]
            if looks_up and (any(map(is_code, given)) or any(CODE.search(word.lower()) for word in values)):
                return True
            words = [word for argument in node.args for word in words_of(argument)]
            if name in {"compare_digest", "constant_time_compare", "check_password"} and any(map(is_code, words)):
                return True
    return False


def words_of(node):
    """The names and texts in an expression."""
    found = []
    for each in ast.walk(node):
        found += [getattr(each, name) for name in ("id", "attr") if isinstance(getattr(each, name, None), str)]
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.append(each.value)
    return found


def model_of(cls):
    meta = getattr(cls, "Meta", None) if isinstance(cls, type) else None
    return getattr(meta, "model", None) or (getattr(cls, "model", None) if isinstance(cls, type) else None)


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


def creates_order(cls):
    """Whether *cls* is a form, serializer or creating view of a model such as Order."""
    if is_model(cls):
        return False
    return bool(ORDER.match(getattr(model_of(cls), "__name__", "")))


def acts_on_get(view, kind, methods):
    """Whether a GET request does the view's work: it never looks at the method, or there is no other."""
    if kind in {"class", "viewset", "api_view"} or methods is not None:
        if "post" in (methods or ()) or "get" not in (methods or ()):
            return False
        scopes = [view] if inspect.isfunction(view) else vars(view).values()
        return any(creates_something(each) for each in scopes if inspect.isfunction(each))
    if not inspect.isfunction(view):
        return False
    names, words = names_in(view.__code__)
    looks_at_method = bool(names & {"POST", "body"}) or ("method" in names and "POST" in words)
    return not looks_at_method and creates_something(view)


def creates_something(function):
    return bool(names_in(inspect.unwrap(function).__code__)[0] & CREATES)
