"""Import what all children need before they are forked, so that the imports take time only once."""

import importlib
import os
import sys

NEUTRAL = {
    "PIL", "certifi", "cffi", "charset_normalizer", "chardet", "cryptography", "dateutil", "dotenv", "idna", "jwt",
    "lxml", "psycopg", "psycopg2", "psycopg_binary", "pytz", "requests", "sqlparse", "typing_extensions", "urllib3",
    "yaml",
}  # fmt: skip
"""Common packages that are slow to import and read no settings while they are imported."""
TRIED = set()
"""The modules that this process has tried to import beforehand. Its children need not name them again."""


def neutral_modules():
    """Names of the loaded modules that do not depend on settings, in the order in which they were imported."""
    library, names = os.path.dirname(os.__file__) + os.sep, []
    for name, module in list(sys.modules.items()):
        if name in TRIED:
            continue
        origin = origin_of(module)
        package = name.partition(".")[0]
        installed = "site-packages" in origin or "dist-packages" in origin
        if installed:
            # GeoDjango can be imported without settings, but then looks for its libraries in the wrong place.
            neutral = package in NEUTRAL or (package == "django" and not name.startswith("django.contrib.gis"))
        else:
            neutral = origin.startswith(library)
        if neutral:
            names.append(name)
    return names


def origin_of(module):
    """The file of *module*; empty for what a project has put into `sys.modules` in place of one."""
    try:
        return str(module.__spec__.origin or "")
    except Exception:
        return ""


def import_beforehand(names):
    """Import *names* for all later children. Modules that need settings fail here, since there are none."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    TRIED.update(names)
    for name in names:
        if name not in sys.modules:
            try:
                importlib.import_module(name)
            except BaseException:
                continue  # each child imports it itself
