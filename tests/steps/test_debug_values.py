"""The values that turn DEBUG on today still do after its read was rewritten, and no value does that turns it off."""

from __future__ import annotations

import pytest

from steps.shared import debug_values
from tests.steps.fakes import FakeProject
from wizard.project.settings import SettingsFiles


class Project(FakeProject):
    """Its interpreter evaluates the settings for each environment."""

    def __init__(self, root, text):
        super().__init__(root, text)
        self.text, self.interpreter = text, self

    def production_environment(self, **values):
        return values

    def request(self, operation, environment, only):
        return environment

    def ask_all(self, requests):
        return [self.loaded(values) for values in requests]

    def loaded(self, values, text=""):
        names = {}
        source = (text or self.text).replace("os.environ", str(values)).replace("os.getenv", f"{values}.get")
        try:
            exec(source, names)
        except (ValueError, KeyError) as error:
            return {"error": {"type": type(error).__name__, "message": str(error)}}
        return {"settings": {"DEBUG": names["DEBUG"]}}


READS = [
    ('bool(int(os.environ.get("DEBUG", 0)))', ".env.example", "DEBUG=1\n", '.lower() in ("true", "1", "yes", "on")'),
    ('os.environ.get("DEBUG", "True") == "True"', ".env", "DEBUG=True\n", ' == "True"'),
    ('os.environ.get("DEBUG", "1") == "1"', ".env", "DEBUG=1\n", ' == "1"'),
    ('os.environ.get("DEBUG", "True") in ("True", "1")', ".env", "DEBUG=1\n", ' in ("True", "1")'),
    ('bool(os.environ.get("DEBUG"))', "compose.yml", "services: {web: {environment: [DEBUG=local]}}\n",
     '.lower() in ("true", "1", "yes", "on", "local")'),
    ('os.environ.get("DEBUG") != "off"', ".env", "DEBUG=off\n", '.lower() in ("true", "1", "yes", "on")'),
    ("True", ".env.example", "DEBUG=True\nSECRET_KEY=\n", ' == "True"'),
    ("True", ".env.example", "DEBUG=1\n", '.lower() in ("true", "1", "yes", "on")'),
]  # fmt: skip


@pytest.mark.parametrize(("read", "file", "content", "after"), READS)
def test_values_that_turn_debug_on_still_do(tmp_path, read, file, content, after):
    project = Project(tmp_path, f"import os\nDEBUG = {read}\n")
    (tmp_path / file).write_text(content)
    accepted = debug_values.accepted(project)
    written = project.settings.environment.boolean("DEBUG", accepted=accepted)
    assert written == f'os.getenv("DEBUG", "False"){after}'
    text = f"import os\nDEBUG = {written}\n"
    here = debug_values.for_development(accepted)
    assert project.loaded({"DEBUG": here}, text)["settings"]["DEBUG"] is True
    for off in ({}, {"DEBUG": "False"}, {"DEBUG": "0"}, {"DEBUG": ""}, {"DEBUG": "off"}):
        assert project.loaded(off, text)["settings"]["DEBUG"] is False
    for value in ("1", "True", "true", "local", "yes"):  # no value of a server gets another meaning
        before = project.loaded({"DEBUG": value})
        if "DEBUG=" in content and "error" not in before and read != "True" and not before["settings"]["DEBUG"]:
            assert project.loaded({"DEBUG": value}, text)["settings"]["DEBUG"] is False


@pytest.mark.parametrize(("library", "after"), [
    ("from decouple import config\n", 'config("DEBUG", default="False").lower() in ("true", "local")'),
    ("import environ\nenv = environ.Env()\n", 'env("DEBUG", default="False").lower() in ("true", "local")'),
])  # fmt: skip
def test_a_word_that_the_library_does_not_know_is_compared(tmp_path, library, after):
    project = FakeProject(tmp_path, f"{library}DEBUG = True\n")
    assert project.settings.environment.boolean("DEBUG", accepted=("true", "local")) == after


@pytest.mark.parametrize(("development", "expected"), [
    ("from base import *\nDEBUG = True\n", True),
    ("from base import *\n", False),
])  # fmt: skip
def test_settings_that_set_debug_themselves_need_no_variable(tmp_path, development, expected):
    (tmp_path / "base.py").write_text("DEBUG = False\n")
    (tmp_path / "dev.py").write_text(development)
    project = FakeProject(tmp_path, development=SettingsFiles("dev", tmp_path / "dev.py", (tmp_path,)))
    assert debug_values.set_by_development(project, tmp_path / "base.py") is expected
