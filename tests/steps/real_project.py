"""A small Django project on disk, with the sandbox in which steps check it."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from types import SimpleNamespace

from tests.conftest import in_git
from wizard.checklist.answers import Answers
from wizard.project.detection import detect
from wizard.targets.sandbox import Sandbox

SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "x9v2k4m6q8w1e3r5t7y9u0i2o4p6a8s1d3f5g7h9j2k4l6z8x0c2"
DEBUG = False
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
MIDDLEWARE = []
ROOT_URLCONF = "urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "pages"]}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MANAGE = """
import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))


@contextmanager
def opened(folder, python, files, settings=""):
    """The project in *folder* and its sandbox. *files* are added, and lines of *settings* to its settings."""
    write(folder, {"settings.py": SETTINGS, "manage.py": MANAGE, "urls.py": "urlpatterns = []\n", **files})
    with (folder / "settings.py").open("a") as file:
        file.write(textwrap.dedent(settings))
    in_git(folder)
    project = detect(folder, python=python)
    sandbox = Sandbox(project, "local", SimpleNamespace(get=lambda name: "", put=print), None, Answers({}))
    try:
        yield project, sandbox
    finally:
        sandbox.close()
        project.close()


def apply(project, plan):
    """Write the files of *plan*, as the engine does. Return their names relative to the project."""
    names = []
    for action in plan.actions:
        action.path.parent.mkdir(parents=True, exist_ok=True)
        action.path.write_bytes(action.after)
        names.append(action.path.relative_to(project.root).as_posix())
    project.refresh()
    return sorted(names)
