"""Blocks for production have no effect in modules that import the production settings, and are added once."""

from __future__ import annotations

import os

import pytest

from steps.shared import settings_block
from tests.steps.fakes import FakeProject
from wizard.plan.draft import Draft
from wizard.project.settings import SettingsFiles

LIVE = "import os\n\nDEBUG = False\nALLOWED_HOSTS = []\n"
INHERITS = "from .live import *\n\nDEBUG = True\n"


class Project(FakeProject):
    """conf/live.py is production's, conf/dev.py development's."""

    def __init__(self, root, **files):
        super().__init__(root)
        conf = root / "conf"
        conf.mkdir()
        for name, text in {"live": LIVE, "__init__": "", **files}.items():
            (conf / f"{name}.py").write_text(text)
        self.settings_module, self.production_module, self.manage = "conf.dev", "conf.live", root / "manage.py"
        self.manage.write_text("")
        self.settings = SettingsFiles("conf.live", conf / "live.py", (root,))

    def written(self, lines=("SECURE_SSL_REDIRECT = True",), title="Why."):
        draft = Draft()
        settings_block.append(self, draft, title, list(lines), "x", only_production=True)
        actions = draft.actions()
        for action in actions:
            action.path.write_bytes(action.after)
        self.settings = SettingsFiles("conf.live", self.settings.main, (self.root,))
        return bool(actions)


ALONE = 'if not DEBUG and os.getenv("DJANGO_SETTINGS_MODULE") != "conf.dev":'
BOTH = 'if not DEBUG and os.getenv("DJANGO_SETTINGS_MODULE") not in ("conf.dev", "conf.tests"):'


@pytest.mark.parametrize(
    ("files", "condition"),
    [
        ({"dev": INHERITS}, ALONE),
        ({"dev": INHERITS, "tests": "from conf.live import *\n"}, BOTH),
        ({"dev": "from .middle import *\n", "middle": INHERITS}, ALONE),
        ({"dev": INHERITS, "staging": "from .live import *\n"}, ALONE),
        ({"dev": "DEBUG = True\n"}, "if not DEBUG:"),
        ({"live": LIVE + "from .dev import *\n", "dev": "DEBUG = True\n"}, "if not DEBUG:"),
    ],
    ids=["inherits", "tests too", "indirectly", "staging is a server", "apart", "imported by production"],
)
def test_what_is_for_production_names_the_modules_that_inherit_it(tmp_path, files, condition):
    project = Project(tmp_path, **files)
    assert project.written()
    assert condition in project.settings.main.read_text()


def test_nothing_of_productions_is_in_effect_in_development(tmp_path, monkeypatch):
    project = Project(tmp_path, dev=INHERITS)
    project.written()
    text = project.settings.main.read_text()
    for module, redirects in (("conf.live", True), ("conf.dev", False), ("golive_rehearsal_1", True)):
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", module)
        names = {"os": os}
        exec(text, names)
        assert ("SECURE_SSL_REDIRECT" in names) is redirects


def test_a_file_that_pytest_names_is_for_tests(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = conf.bench\n")
    project = Project(tmp_path, dev="DEBUG = True\n", bench="from .live import *\n")
    project.written()
    assert 'os.getenv("DJANGO_SETTINGS_MODULE") != "conf.bench"' in project.settings.main.read_text()


@pytest.mark.parametrize(
    ("below", "again"),
    [
        ("", False),
        ("\n\n# Another block.\nif not DEBUG:\n    ALLOWED_HOSTS = [*ALLOWED_HOSTS, 'x']\n", False),
        ("\n\n# Mine.\nSECURE_SSL_REDIRECT = False\n", True),
    ],
    ids=["last", "above other blocks", "replaced below"],
)
def test_a_block_without_effect_is_not_added_again(tmp_path, below, again):
    project = Project(tmp_path, dev="DEBUG = True\n")
    lines = ["SECURE_SSL_REDIRECT = True", "ALLOWED_HOSTS = [*ALLOWED_HOSTS, 'a']"]
    assert project.written(lines)
    project.settings.main.write_text(project.settings.main.read_text() + below)
    project.settings = SettingsFiles("conf.live", project.settings.main, (tmp_path,))
    assert project.written(lines) is again
    assert not project.written(lines), "at most once more"


def test_a_class_gets_a_block_once(tmp_path):
    project = Project(tmp_path, live="class Live(Configuration):\n    DEBUG = False\n")
    project.inspected["settings"] = {"DEBUG": False}
    find = lambda: SettingsFiles("conf.live", tmp_path / "conf/live.py", (tmp_path,), (), "Live")  # noqa: E731
    project.settings = find()
    assert project.written()
    project.settings = find()
    assert "cls.SECURE_SSL_REDIRECT = True" in project.settings.main.read_text()
    assert not project.written()
