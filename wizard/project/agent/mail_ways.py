"""How mail leaves the site: the e-mail backends that the settings name, and the server that each connects to."""

from .protocol import describe_error, operation

DJANGOS = "django.core.mail.backends."
SMTP = DJANGOS + "smtp.EmailBackend"
BEHIND = {
    "post_office.EmailBackend": "POST_OFFICE",
    "djcelery_email.backends.CeleryEmailBackend": "CELERY_EMAIL_BACKEND",
    "mailer.backend.DbBackend": "MAILER_EMAIL_BACKEND",
}
"""Backends that only queue mail, and the setting that names the one which sends it. Source: their documentation."""


@operation("mail")
def mail_ways(request):
    """A row for each way, the default one first. No backend connects to its server when it is made."""
    import django

    django.setup()
    from django.conf import settings

    rows = []
    for alias, path, options, setting in configured(settings):
        rows.append(dict(described(path, options, request["cwd"]), alias=alias, setting=setting))
    return {"ways": rows}


def configured(settings):
    """The alias, the backend and its options, and the setting that names it, of each way."""
    mailers = getattr(settings, "MAILERS", None)
    if not mailers:
        path = settings.EMAIL_BACKEND
        return [("default", path, {}, "EMAIL_BACKEND"), *behind(settings, path)]
    found = []
    for alias, row in sorted(mailers.items(), key=lambda pair: pair[0] != "default"):
        path = row.get("BACKEND", SMTP)
        found.append((alias, path, {"alias": alias, **row.get("OPTIONS", {})}, "MAILERS"))
        found += behind(settings, path)
    return found


def behind(settings, path):
    """The backend that sends what *path* queues."""
    if path not in BEHIND:
        return []
    value = getattr(settings, BEHIND[path], None)
    if isinstance(value, dict):
        value = (value.get("BACKENDS") or {}).get("default")
    return [("queue", value or SMTP, {}, BEHIND[path])]


def described(path, options, cwd):
    """What is known about the backend *path*: its family, its server, and the error that keeps it from being made."""
    from django.utils.module_loading import import_string

    row = {"backend": path, "family": "", "host": "", "port": 0}
    try:
        backend = import_string(path)
        modules = [each.__module__ for each in backend.__mro__ if each.__module__.startswith(DJANGOS)]
        row["family"] = next((each[len(DJANGOS) :] for each in modules if each != DJANGOS + "base"), "")
        made = backend(**options)
        row["host"], row["port"] = str(getattr(made, "host", "") or ""), int(getattr(made, "port", 0) or 0)
    except Exception as error:
        row["error"] = describe_error(error, cwd)
    return row
