"""The agent imports the server's module and tells which settings are then in effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.process import bare_environment
from wizard.project.interpreter import Interpreter
from wizard.project.python_environment import PythonEnvironment

SETTINGS = """
import os
SECRET_KEY = "for this test alone, and of fifty letters at the least"
DEBUG = os.environ.get("DEBUG") == "True"
ROOT_URLCONF = "shop.urls"
"""
WSGI = """
import os
os.environ["DEBUG"] = "True"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop." + os.environ.get("STAGE", "development"))
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""


@pytest.fixture
def start(tmp_path, python):
    files = {"__init__": "", "wsgi": WSGI, "production": SETTINGS, "development": SETTINGS + "ALLOWED_HOSTS = ['*']\n"}
    (tmp_path / "shop").mkdir()
    for name, text in files.items():
        (tmp_path / "shop" / f"{name}.py").write_text(text)
    interpreter = Interpreter(PythonEnvironment(Path(python), ""), tmp_path, tmp_path / "agent.log")

    def start(**variables):
        return interpreter.ask("start", env=bare_environment(**variables), cwd=str(tmp_path), paths=[str(tmp_path)],
                               application="shop.wsgi")  # fmt: skip

    yield start
    interpreter.close()


def test_the_choice_of_a_servers_module_is_made_by_running_it(start):
    answer = start()
    assert (answer["module"], answer["settings"]["DEBUG"], answer["settings"]["ALLOWED_HOSTS"]) == (
        "shop.development", True, ["*"],
    )  # fmt: skip
    assert answer["assigned"]["DJANGO_SETTINGS_MODULE"] == ["shop/wsgi.py", 4]
    assert answer["assigned"]["DEBUG"] == ["shop/wsgi.py", 3]
    assert start(STAGE="production")["module"] == "shop.production"
    assert start(STAGE="gone")["error"]["type"] == "ModuleNotFoundError"
