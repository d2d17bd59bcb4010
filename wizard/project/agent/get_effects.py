"""What opening a page does beside showing it: it ends the session, deletes rows, sends mail, or ends the process.

Journeys leave such pages alone. The names in the code decide, so a page counts that has the effect only sometimes.
"""

import inspect

from .purposes import Facts, is_own, names_in

GET_METHODS = ("get", "get_context_data", "get_redirect_url", "get_queryset", "retrieve", "list")
METHODS = {"POST", "PUT", "PATCH", "DELETE"}
ENDS = {"_exit", "kill", "killpg", "abort"}
MAILS = {
    "send_mail", "send_mass_mail", "mail_admins", "mail_managers", "EmailMessage", "EmailMultiAlternatives",
    "email_user",
}  # fmt: skip
TASKS = {"delay", "apply_async", "enqueue", "async_task"}
DELETES = {"delete", "adelete"}
ACCOUNTS = {"user", "User", "get_user", "get_user_model", "account", "Account"}


def effects_of_get(view, actions):
    """The effects of a GET request to *view*: `logout`, `account`, `delete`, `mail`, `task` and `exit`."""
    found = set()
    for function, cls in functions_for_get(view, actions):
        own, facts = names_in(function.__code__)[0], Facts()
        facts.read(function, cls, 1)
        names = facts.names
        if names & {"logout", "alogout"} or any(is_logout(function.__globals__.get(name)) for name in own):
            found.add("logout")
        if own & DELETES:
            found.add("account" if own & ACCOUNTS else "delete")
        found |= {word for word, marks in (("mail", MAILS), ("task", TASKS), ("exit", ENDS)) if names & marks}
    return sorted(found)


def functions_for_get(view, actions):
    """The functions of the project that answer a GET request, each with its class. None for one that looks at it."""
    if inspect.isfunction(view):
        function = inspect.unwrap(view)
        names, words = names_in(function.__code__)
        looks = bool(names & {"POST", "body", "data"}) or ("method" in names and bool(words & METHODS))
        return [] if looks or not is_own(function.__code__.co_filename) else [(function, None)]
    if not isinstance(view, type):
        return []
    wanted = (actions["get"],) if actions and "get" in actions else GET_METHODS
    found = []
    for name in wanted:
        owner = next((cls for cls in view.__mro__ if name in vars(cls)), None)
        function = inspect.unwrap(vars(owner)[name]) if owner and inspect.isfunction(vars(owner)[name]) else None
        if function is not None and is_own(function.__code__.co_filename):
            found.append((function, view))
    return found


def is_logout(found):
    """Whether a global of a view's module is Django's function, perhaps under another name."""
    return getattr(found, "__module__", "") == "django.contrib.auth" and getattr(found, "__name__", "") == "logout"
