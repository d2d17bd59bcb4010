"""Faults after which something else runs than what was judged: other settings, variables, folders or modules."""

from __future__ import annotations

from tests.faults.fault import Edit, Fault, append, committed, every, replace, write

WSGI, DEV = "election_cart/wsgi.py", "election_cart.settings_dev"
SETDEFAULT = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'election_cart.settings')"
FORCED = f"os.environ['DJANGO_SETTINGS_MODULE'] = '{DEV}'"
APPLICATION = "application = get_wsgi_application()\n"
SHOWS_ERRORS = write("election_cart/settings_dev.py", "from .settings import *\n\nDEBUG = True\n")


def started(old: str, new: str, *more: Edit) -> Edit:
    """The Procfile with *new* in place of *old*, committed, after *more* edits."""
    return every(*more, committed("Procfile", replace("Procfile", old, new)))


def served_by(name: str) -> Edit:
    """Another wsgi module, which loads the settings that show errors."""
    text = f"import os\n\nfrom django.core.wsgi import get_wsgi_application\n\n{FORCED}\n\n{APPLICATION}"
    return every(SHOWS_ERRORS, write(name, text))


FAULTS = [
    Fault("wsgi.py: forces other settings", every(SHOWS_ERRORS, replace(WSGI, SETDEFAULT, FORCED)),
          items={"2.2", "15.2", "17.1"}, says=[DEV, "DEBUG is True"], where="wsgi.py:"),
    Fault("wsgi.py: chooses settings by a variable that is not set",
          every(SHOWS_ERRORS, replace(WSGI, "'election_cart.settings')",
                                      "'election_cart.settings' + os.environ.get('STAGE', '_dev'))")),
          items={"2.2", "15.2", "17.1"}, says=[DEV], where="wsgi.py:"),
    Fault("wsgi.py: turns DEBUG on after Django's setup",
          append(WSGI, "\nfrom django.conf import settings\n\nsettings.DEBUG = True\n"),
          items={"2.2", "2.3", "2.4", "9.4", "15.2", "17.1"}, says=["DEBUG is True"], where="wsgi.py:"),
    Fault("Procfile: DJANGO_SETTINGS_MODULE of other settings",
          started("exec gunicorn", f"DJANGO_SETTINGS_MODULE={DEV} exec gunicorn", SHOWS_ERRORS),
          items={"2.2", "15.2", "16.1", "17.1"}, says=[DEV, "DEBUG is True"], where="Procfile:1"),
    Fault("Procfile: env -S with other settings",
          started("exec gunicorn", f"exec env -S 'DJANGO_SETTINGS_MODULE={DEV}' gunicorn", SHOWS_ERRORS),
          items={"2.2", "15.2", "16.1", "17.1"}, says=[DEV], where="Procfile:1"),
    Fault("Procfile: exports other settings for migrate and the server",
          started("web: ", f"web: export DJANGO_SETTINGS_MODULE={DEV} && ", SHOWS_ERRORS),
          items={"2.2", "15.2", "16.1", "17.1"}, says=[DEV], where="Procfile:1"),
    Fault("Procfile: another wsgi module",
          started("election_cart.wsgi", "election_cart.wsgi_dev", served_by("election_cart/wsgi_dev.py")),
          items={"2.2", "15.2", "17.1"}, says=[DEV], where="wsgi_dev.py:"),
    Fault("Procfile: another folder with another wsgi module",
          started("election_cart.wsgi:application", "server:application --chdir tools --pythonpath ..",
                  served_by("tools/server.py")),
          items={"2.2", "15.2", "17.1"}, says=[DEV], where="tools/server.py:"),
    Fault("Procfile: a script with other settings",
          started("exec gunicorn", "exec sh start.sh",
                  SHOWS_ERRORS,
                  write("start.sh", f'#!/bin/sh\nexport DJANGO_SETTINGS_MODULE={DEV}\nexec gunicorn "$@"\n')),
          items={"2.2", "15.2", "16.1", "17.1"}, says=[DEV], where="start.sh:2"),
    Fault("gunicorn.conf.py: other settings in raw_env",
          every(SHOWS_ERRORS, write("gunicorn.conf.py", f'workers = 2\nraw_env = ["DJANGO_SETTINGS_MODULE={DEV}"]\n')),
          items={"2.2", "15.2", "16.1", "17.1"}, says=[DEV], where="gunicorn.conf.py:2"),
    Fault("gunicorn.conf.py: a hook turns DEBUG on",
          write("gunicorn.conf.py", "def post_worker_init(worker):\n    from django.conf import settings\n\n"
                                    "    settings.DEBUG = True\n"),
          items={"2.2", "9.4", "15.2", "16.1", "17.1"}, says=["DEBUG is True"], where="gunicorn.conf.py:4"),
    Fault("sitecustomize.py: other settings",
          started("exec gunicorn", "PYTHONPATH=. exec gunicorn", SHOWS_ERRORS,
                  write("sitecustomize.py", f"import os\n\n{FORCED}\n")),
          items={"2.2", "15.2", "17.1"}, says=[DEV], where="sitecustomize.py:3"),
    Fault(".env.production: DJANGO_SETTINGS_MODULE of other settings",
          every(SHOWS_ERRORS, append(".env.production", f"DJANGO_SETTINGS_MODULE={DEV}\n")),
          items={"2.2", "15.2", "17.1"}, says=[DEV], where=".env.production:"),
    Fault("manage.py: other settings by default",
          every(SHOWS_ERRORS, replace("manage.py", "'election_cart.settings')", f"'{DEV}')")),
          items={"2.2"}, says=[DEV], where="manage.py:"),
    Fault("models.py: turns DEBUG on while the apps load",
          append("orders/models.py", "\n\nfrom django.conf import settings\n\nsettings.DEBUG = True\n"),
          items={"2.2", "2.3", "2.4", "9.4", "10.3", "15.2", "17.1"}, says=["DEBUG is True"],
          where="orders/models.py:"),
]  # fmt: skip
