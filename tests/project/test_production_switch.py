"""The variables by which a project chooses its own production settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.project.settings import LocalSettingsFiles, SettingsFiles

BRANCHES = {"config/settings/production.py": "DEBUG = False\n", "config/settings/development.py": "DEBUG = True\n"}
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'


def settings(folder: Path, text: str, *, manage: str = MANAGE, kind=SettingsFiles, module="config.settings", **more):
    files = {"manage.py": manage, "config/settings/__init__.py": text, **BRANCHES, **more}
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return kind.find(module, folder, folder / "manage.py")


IF = """
import os
django_env = os.getenv("DJANGO_ENV", "development")
if django_env == "production":
    from .production import *
else:
    from .development import *
"""
CHAIN = """
import os
STAGE = os.environ.get("APP_STAGE", "dev").strip().lower()
if STAGE in ("dev", "local"):
    from .development import *
elif STAGE in ("prod", "production"):
    from .production import *
"""
NOT = """
from decouple import config
if config("ENVIRONMENT", default="local") != "production":
    from .development import *
else:
    from .production import *
"""
OWN_FUNCTION = """
import os
def env(name, default=""):
    return os.environ.get(name, default)
if env("MODE") == "live":
    from .production import *
else:
    from .development import *
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (IF, {"DJANGO_ENV": "production"}),
        (CHAIN, {"APP_STAGE": "prod"}),
        (NOT, {"ENVIRONMENT": "production"}),
        (OWN_FUNCTION, {"MODE": "live"}),
    ],
)
def test_a_switch_is_found_and_only_productions_branch_is_read(tmp_path, text, found):
    files = settings(tmp_path, text)
    assert files.switches == found
    assert files.definition("DEBUG").path.name == "production.py"
    local = settings(tmp_path, text, kind=LocalSettingsFiles)
    assert {source.path.name for source in local.sources} >= {"production.py", "development.py"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('import os\nenv = os.environ["ENV"]\ntable = {"production": 1, "dev": 2}[env]\n', {"ENV": "production"}),
        ('import os\nENV = os.getenv("ENV", "production" if os.getenv("RENDER") else "dev")\n'
         'LIVE = ENV == "production"\n',
         {"ENV": "production"}),
        ('import os\ntable = {"prod": 1}.get(os.getenv("ENV"))\n', {"ENV": "prod"}),
        ('import os\nmatch os.getenv("APP_ENV"):\n    case "production":\n        DEBUG = False\n',
         {"APP_ENV": "production"}),
        ('import os\nIS_PRODUCTION = os.getenv("DJANGO_ENV") == "production"\n', {"DJANGO_ENV": "production"}),
        ('import os\nfrom split_settings.tools import include\nENV = os.getenv("ENV", "development")\n'
         'include("base.py", f"./{ENV}.py")\n', {"ENV": "production"}),
        ('import os\nif os.getenv("RAILWAY_ENVIRONMENT") == "production":\n    DEBUG = False\n', {}),
        ('import os\nif os.getenv("COLOUR") == "production":\n    DEBUG = False\n', {}),
        ('import os\nif os.getenv("DJANGO_ENV") == "development":\n    DEBUG = True\n', {}),
    ],
)  # fmt: skip
def test_a_switch_is_a_variable_that_is_compared_to_a_name_of_production(tmp_path, text, found):
    assert settings(tmp_path, text).switches == found


def test_a_switch_in_the_files_that_start_the_project_counts(tmp_path):
    manage = (
        "import os\nos.environ[\"DJANGO_SETTINGS_MODULE\"] = f\"config.settings.{os.environ.get('RUN_ENV', 'dev')}\"\n"
    )
    files = settings(tmp_path, "", manage=manage, module="config.settings.production")
    assert files.switches == {"RUN_ENV": "production"}


def test_variables_read_by_the_projects_own_functions_are_seen(tmp_path):
    text = "from ..environment import boolean\nDEBUG = boolean('SHOW_ERRORS')\nNAME = str('PORT_NAME')\n"
    helper = "import os\n\n\ndef boolean(name):\n    return os.environ.get(name, '') == 'yes'\n"
    files = settings(tmp_path, text, **{"config/environment.py": helper, "config/__init__.py": ""})
    assert files.variables("DEBUG") == ["SHOW_ERRORS"]
    assert [name for _, name, _, _ in files.reads()] == ["SHOW_ERRORS"]
