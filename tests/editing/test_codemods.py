"""Each edit of Python source as a pair of texts, before and after, in the style of the file."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared import class_settings, env_files, middleware, settings_block
from steps.shared.url_patterns import insert_route
from wizard.editing.source import Source
from wizard.plan.draft import Draft
from wizard.project import dotenv_files
from wizard.project.settings import SettingsFiles


def dedented(text):
    return textwrap.dedent(text).lstrip("\n")


def files(tmp_path, text, configuration=""):
    path = tmp_path / "settings.py"
    path.write_text(dedented(text))
    return SettingsFiles("settings", path, (tmp_path,), (), configuration)


def result(draft, path):
    return draft.source(path).result().decode()


LIBRARIES = [
    pytest.param("import os\nDEBUG = True\n", 'DEBUG = os.getenv("DEBUG", "False") == "True"', id="literal"),
    pytest.param("from os import environ\nDEBUG = 1\n", 'DEBUG = os.getenv("DEBUG", "False") == "True"', id="environ"),
    pytest.param("X = 'a'\nDEBUG = True\n", "DEBUG = os.getenv('DEBUG', 'False') == 'True'", id="single quotes"),
    pytest.param(
        "import environ\nenv = environ.Env(DEBUG=(bool, True))\nDEBUG = env('DEBUG')\n",
        "DEBUG = env.bool('DEBUG', default=False)", id="django-environ",
    ),
    pytest.param(
        "import environ\nDEBUG = True\nenv = environ.Env()\n",
        'DEBUG = os.getenv("DEBUG", "False") == "True"', id="above its reader",
    ),
    pytest.param(
        "from environs import Env\nconfig = Env()\nconfig.read_env()\nDEBUG = True\n",
        'DEBUG = config.bool("DEBUG", default=False)', id="environs",
    ),
    pytest.param("from environs import env\nDEBUG = True\n", 'DEBUG = env.bool("DEBUG", default=False)', id="ready"),
    pytest.param(
        "from decouple import config as cfg\nDEBUG = cfg('DEBUG', True)\n",
        "DEBUG = cfg('DEBUG', default=False, cast=bool)", id="decouple",
    ),
    pytest.param(
        "from decouple import AutoConfig\nconf = AutoConfig('.')\nDEBUG = True\n",
        "DEBUG = conf('DEBUG', default=False, cast=bool)", id="decouple, own search path",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), LIBRARIES)
def test_debug_is_read_by_the_projects_own_library(tmp_path, before, after):
    settings = files(tmp_path, before)
    found = settings.definition("DEBUG")
    reader = settings.reader(found.source, found.value)
    found.source.replace(found.value, reader.boolean("DEBUG"))
    if reader.needs_import:
        found.source.add_import(reader.needs_import)
    text = found.source.result().decode()
    assert after in text.splitlines()
    assert ("import os" in text.splitlines()) == ("os.getenv" in after)


@pytest.mark.parametrize(
    ("before", "variables"),
    [
        ('import os\nSECRET_KEY = os.environ["KEY"]\n', ["KEY"]),
        ("from configurations import Configuration, values\nclass Prod(Configuration):\n"
         "    SECRET_KEY = values.SecretValue()\n", ["DJANGO_SECRET_KEY"]),
        ("from configurations import Configuration, values\nclass Base(Configuration):\n"
         "    SECRET_KEY = values.Value('x', environ_name='K', environ_prefix=None)\n"
         "class Prod(Base):\n    pass\n", ["K"]),
        ("from pydantic_settings import BaseSettings\nclass S(BaseSettings, env_prefix='app_'):\n    key: str = 'x'\n"
         "s = S()\nSECRET_KEY = s.key\n", ["APP_KEY"]),
        ("SECRET_KEY = 'x'\n", []),
    ],
)  # fmt: skip
def test_the_variables_of_a_setting_are_found(tmp_path, before, variables):
    assert files(tmp_path, before, "Prod").variables("SECRET_KEY") == variables


MIDDLEWARE = [
    pytest.param(
        'MIDDLEWARE = [\n    "a.A",\n    "b.B",\n]\n',
        'MIDDLEWARE = [\n    "a.A",\n    "new.N",\n    "b.B",\n]\n', id="list",
    ),
    pytest.param("MIDDLEWARE = ('a.A', 'b.B')\n", "MIDDLEWARE = ('a.A', 'new.N', 'b.B')\n", id="tuple on a line"),
    pytest.param(
        'MIDDLEWARE = ["b.B"]\nMIDDLEWARE = ["a.A"] + MIDDLEWARE\n',
        'MIDDLEWARE = ["b.B"]\nMIDDLEWARE = ["a.A", "new.N"] + MIDDLEWARE\n', id="extended",
    ),
    pytest.param(
        'MIDDLEWARE = list(chain)\n',
        'MIDDLEWARE = list(chain)\n'
        '\nMIDDLEWARE = list(MIDDLEWARE)\nMIDDLEWARE.insert(MIDDLEWARE.index("a.A") + 1, "new.N")\n', id="computed",
    ),
    pytest.param(
        'MIDDLEWARE = ["a.A", "b.B", "new.N"]\n',
        'MIDDLEWARE = ["a.A", "b.B", "new.N"]\n'
        '\nMIDDLEWARE = list(MIDDLEWARE)\nMIDDLEWARE.insert(MIDDLEWARE.index("a.A") + 1, "new.N")\n',
        id="there, without effect",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), MIDDLEWARE)
def test_middleware_is_inserted_after_another(tmp_path, before, after):
    project = SimpleNamespace(settings=files(tmp_path, before), value=lambda name: ["a.A", "b.B"])
    draft = Draft()
    lines = middleware.insert(project, draft, "new.N", after="a.A")
    if lines:
        draft.source(project.settings.main).append("\n" + "\n".join(lines) + "\n")
    assert result(draft, project.settings.main) == after


ROUTES = [
    pytest.param("urlpatterns = []\n", 'urlpatterns = [path("health/", view)]\n', id="empty"),
    pytest.param("urlpatterns = [a]\n", 'urlpatterns = [path("health/", view), a]\n', id="one line"),
    pytest.param(
        "urlpatterns = [\n    # first\n    a,\n] + more\n",
        'urlpatterns = [\n    path("health/", view),\n    # first\n    a,\n] + more\n', id="a line each",
    ),
    pytest.param(
        "urlpatterns = i18n_patterns(a)\n",
        'urlpatterns = i18n_patterns(a)\n\nurlpatterns = [path("health/", view), *urlpatterns]\n', id="computed",
    ),
    pytest.param(
        "urlpatterns: list = [\n    path('', a),\n]\n",
        "urlpatterns: list = [\n    path('health/', view),\n    path('', a),\n]\n", id="annotated, single quotes",
    ),
    pytest.param(
        "type X = int\nurlpatterns = [a]\n",
        'type X = int\nurlpatterns = [a]\n\nurlpatterns = [path("health/", view), *urlpatterns]\n', id="newer syntax",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), ROUTES)
def test_the_route_comes_first(before, after):
    source = Source.of(Path("urls.py"), before.encode())
    insert_route(source, 'path("health/", view)')
    assert source.result().decode() == after


@pytest.mark.parametrize(
    ("before", "entries", "after"),
    [
        ("HOSTS = []\n", ['"a"'], 'HOSTS = [*HOSTS, "a"]'),
        ("if x:\n    HOSTS = []\n", ['"a"'], 'HOSTS = [*globals().get("HOSTS", []), "a"]'),
        ("X = 1\n", ['"a"', '"b"'], 'HOSTS = ["a", "b"]'),
    ],
)
def test_a_list_is_extended_even_if_it_may_be_unbound(tmp_path, before, entries, after):
    project = SimpleNamespace(settings=files(tmp_path, before), inspect_settings=lambda: {"overridden": []})
    assert settings_block.append_to_list(project, "HOSTS", *entries) == after


CLASSES = [
    pytest.param(
        """
        class Prod(Configuration):
            DEBUG = False
        """,
        """
        class Prod(Configuration):
            DEBUG = False

            @classmethod
            def setup(cls):
                super().setup()
                # Why.
                if not cls.DEBUG:
                    cls.HOSTS = [*cls.HOSTS, f(DEBUG=1)]
        """,
        id="new setup()",
    ),
    pytest.param(
        """
        class Prod(Configuration):
          @classmethod
          def setup(cls):
            super().setup()
        """,
        """
        class Prod(Configuration):
          @classmethod
          def setup(cls):
            super().setup()

            # Why.
            if not cls.DEBUG:
              cls.HOSTS = [*cls.HOSTS, f(DEBUG=1)]
        """,
        id="existing setup(), indented by two",
    ),
]


@pytest.mark.parametrize(("before", "after"), CLASSES)
def test_a_configuration_class_is_changed_in_setup(tmp_path, before, after):
    settings = files(tmp_path, before, "Prod")
    project = SimpleNamespace(settings=settings, inspect_settings=lambda: {"settings": {"DEBUG": False, "HOSTS": []}})
    draft = Draft()
    source = draft.source(settings.main)
    class_settings.append_to_setup(project, source, "# Why.\nif not DEBUG:\n    HOSTS = [*HOSTS, f(DEBUG=1)]\n")
    assert source.result().decode() == dedented(after)


DOTENV = [
    pytest.param(
        'from pathlib import Path\n\nBASE_DIR = Path(".")\nKEY = 1\n',
        'from pathlib import Path\n\nfrom dotenv import load_dotenv\n\nBASE_DIR = Path(".")\n'
        'load_dotenv(BASE_DIR / ".env")\nKEY = 1\n', id="below BASE_DIR",
    ),
    pytest.param(
        "import os\nKEY = 1\nBASE_DIR = os.getcwd()\n",
        'import os\nfrom pathlib import Path\n\nfrom dotenv import load_dotenv\n\n'
        'load_dotenv(Path(__file__).resolve().parents[0] / ".env")\n\nKEY = 1\nBASE_DIR = os.getcwd()\n',
        id="above the first reader",
    ),
    pytest.param(
        "KEY = 1\n",
        'from pathlib import Path\n\nfrom dotenv import load_dotenv\n\n'
        'load_dotenv(Path(__file__).resolve().parents[0] / ".env")\n\nKEY = 1\n', id="no BASE_DIR, no import",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), DOTENV)
def test_env_is_loaded_before_the_first_variable_is_read(tmp_path, before, after):
    settings = files(tmp_path, before)
    assert with_env_loaded(tmp_path, settings, []) == after


def test_the_file_that_is_loaded_is_the_one_that_is_written(tmp_path):
    """A virtual environment or a folder of samples may be called .env."""
    settings = files(tmp_path, "from pathlib import Path\n\nBASE_DIR = Path(__file__).parent\n")
    (tmp_path / ".env").mkdir()
    place = dotenv_files.usual_places(tmp_path, tmp_path / "settings.py", tmp_path)[0]
    assert 'load_dotenv(BASE_DIR / ".env.local")' in with_env_loaded(tmp_path, settings, [], place.name)


def with_env_loaded(tmp_path, settings, recorded, name=".env"):
    project = SimpleNamespace(
        settings=settings, base_folder=tmp_path, development_env=tmp_path / name,
        dependencies=SimpleNamespace(names=lambda: set(recorded)),
        interpreter=SimpleNamespace(start=lambda: {"packages": str(tmp_path / "packages")}),
    )  # fmt: skip
    draft = Draft()
    env_files.insert_load_dotenv(project, draft)
    return result(draft, settings.main)


def test_the_projects_own_django_dotenv_loads_env(tmp_path):
    """Its module has the same name as that of python-dotenv, and other functions."""
    settings = files(tmp_path, "from pathlib import Path\n\nBASE_DIR = Path(__file__).parent\n")
    assert with_env_loaded(tmp_path, settings, ["django-dotenv"]) == (
        "from pathlib import Path\n\nfrom dotenv import read_dotenv\n\nBASE_DIR = Path(__file__).parent\n"
        'if (BASE_DIR / ".env").is_file():\n    read_dotenv(BASE_DIR / ".env")\n'
    )
