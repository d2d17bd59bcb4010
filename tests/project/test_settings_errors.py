"""Settings that refuse to load without production's variables: whatever they raise, harmless values are found."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.base import process
from wizard.base.errors import SettingsError
from wizard.project import placeholders
from wizard.project.agent_answer import AgentError
from wizard.project.extra_files import ExtraFiles
from wizard.project.interpreter import Interpreter
from wizard.project.loading import Loader
from wizard.project.python_environment import PythonEnvironment
from wizard.project.questions import Questions
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_wrappers import SettingsWrappers
from wizard.project.unreadable import settings_error
from wizard.project.value_search import ValueSearch

HEAD = """
import json, os, sys
from django.core.exceptions import ImproperlyConfigured
SECRET_KEY, ROOT_URLCONF = "k" * 50, "urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
"""
GOOD = {"stage": "done", "settings": {}}


@pytest.fixture(scope="module")
def interpreter(python, tmp_path_factory):
    folder = tmp_path_factory.mktemp("loading")
    started = Interpreter(PythonEnvironment(Path(python), ""), folder, folder / "agent.log")
    yield started
    started.close()


@pytest.fixture
def load(interpreter, tmp_path):
    """Load a project with the given settings. Returns the variables and values that were supplied."""
    top = tmp_path / "shop"
    top.mkdir()
    (top / "urls.py").write_text("urlpatterns = []\n")
    copy = ReleaseCopy(top, None, tmp_path / "copy")
    questions = Questions(top, copy, "settings", "", SettingsWrappers(tmp_path / "wrappers"))

    def load(text, **files):
        (top / "settings.py").write_text(HEAD + text)
        for name, content in files.items():
            (top / f"{name}.py").write_text(content)
        copy.sync()

        def inspect():
            environment = process.bare_environment(**loader.placeholders)
            return interpreter.ask_all([questions.about_copy("inspect", environment)])[0], GOOD

        project = SimpleNamespace(
            root=top, top=top, work=top.parent / "work", copy=copy, production_module="settings",
            settings=SimpleNamespace(main=top / "settings.py", paths={top / "settings.py"}),
            python=SimpleNamespace(path=Path("python")), display_path=lambda path: path.name,
            dependencies=SimpleNamespace(path=top / "requirements.txt", install_command=lambda *_: "pip install ."),
        )  # fmt: skip
        loader = Loader(
            inspect,
            placeholders.by_name,
            lambda module: "",
            lambda error, here: settings_error(project, error, in_development=here),
            ExtraFiles(copy, str, top),
        )
        load.supplied = loader.placeholders
        loader.load()
        return loader.placeholders

    return load


@pytest.mark.parametrize(
    ("lines", "variables"),
    [
        pytest.param(
            'SECRET_KEY = os.environ.get("SHOP_KEY")\nif not SECRET_KEY:\n'
            '    raise ValueError("Missing SECRET_KEY in production environment!")',
            {"SHOP_KEY"},
            id="a ValueError that names the setting",
        ),
        pytest.param('TOKEN = os.getenv("BOT")\nassert TOKEN, "no token"', {"BOT"}, id="an assertion"),
        pytest.param(
            'if "MAILER" not in os.environ:\n    sys.exit("The configuration is incomplete.")',
            {"MAILER"},
            id="the end of the process",
        ),
        pytest.param(
            'class NotReady(Exception): pass\nclass Conf:\n    region = os.environ.get("AREA", "")\n'
            'conf = Conf()\nif conf.region == "":\n    raise NotReady',
            {"AREA"},
            id="a class of its own, an attribute, no message",
        ),
        pytest.param(
            "def must(name):\n    value = os.environ.get(name)\n    if value is None:\n"
            '        raise ImproperlyConfigured("a required value is missing")\n    return value\n'
            'A, B = must("FIRST"), must("SECOND")',
            {"FIRST", "SECOND"},
            id="a helper that names nothing",
        ),
        pytest.param(
            'NEEDED = ("ONE_PART", "OTHER_PART")\nif [name for name in NEEDED if not os.environ.get(name)]:\n'
            '    raise RuntimeError("configure me")',
            {"ONE_PART", "OTHER_PART"},
            id="several at once",
        ),
        pytest.param(
            'try:\n    REGION = os.environ["REGION"]\nexcept KeyError:\n    raise ImproperlyConfigured("no region")',
            {"REGION"},
            id="another error in the handler",
        ),
        pytest.param('WORKERS = int(os.environ.get("WORKERS"))', {"WORKERS"}, id="None where a number is needed"),
        pytest.param('WORKERS = int(os.environ.get("WORKERS", ""))', {"WORKERS"}, id="an empty number"),
        pytest.param(
            'CACHED = {"true": True, "false": False}[os.environ["CACHED"].lower()]', {"CACHED"}, id="a table of texts"
        ),
        pytest.param('ADMINS = json.loads(os.environ["SITE_ADMINS"])', {"SITE_ADMINS"}, id="JSON"),
        pytest.param(
            'MANAGERS = [tuple(one.split(":")) for one in os.environ["MANAGERS"].split(",")]\n'
            "MANAGERS = [(name, mail) for name, mail in MANAGERS]",
            {"MANAGERS"},
            id="pairs",
        ),
        pytest.param(
            'import base64\nRAW = base64.urlsafe_b64decode(os.environ["FIELD_ENCRYPTION"])\n'
            'if len(RAW) != 32:\n    raise ValueError("wrong length")',
            {"FIELD_ENCRYPTION"},
            id="a key of 32 bytes",
        ),
        pytest.param(
            'STAGE = os.environ.get("STAGE")\nif STAGE not in ("dev", "live"):\n    raise KeyError(STAGE)',
            {"STAGE"},
            id="one of a few names",
        ),
        pytest.param(
            'from importlib import import_module\nimport_module("settings_" + os.environ["FLAVOUR"])',
            {"FLAVOUR"},
            id="the name of a module",
        ),
        pytest.param(
            'PAY = os.environ.get("PAYMENTS", "pk_test_1")\nif not PAY.startswith("pk_live_"):\n'
            '    raise ImproperlyConfigured("test keys are not for production")',
            {"PAYMENTS"},
            id="the beginning of a key",
        ),
        pytest.param(
            'if len(os.environ.get("SALT", "")) < 40:\n    raise ValueError("too short")', {"SALT"}, id="a length"
        ),
        pytest.param(
            'with open(os.environ["CREDENTIALS"]) as file:\n    CREDENTIALS = json.load(file)',
            {"CREDENTIALS"},
            id="the path of a file",
        ),
        pytest.param(
            'from urllib.parse import urlparse\nPARTS = urlparse(os.environ["BACKEND_AT"])\n'
            "assert PARTS.scheme and PARTS.hostname",
            {"BACKEND_AT"},
            id="an address",
        ),
        pytest.param('import uuid\nTENANT = uuid.UUID(os.environ["TENANT"])', {"TENANT"}, id="a UUID"),
        pytest.param('from decimal import Decimal\nFEE = Decimal(os.environ["FEE"])', {"FEE"}, id="a decimal number"),
        pytest.param(
            'HOST, PORT = os.environ["MEMCACHE"].split(":")\nPORT = int(PORT)', {"MEMCACHE"}, id="host and port"
        ),
        pytest.param(
            'import enum\nclass Kind(enum.Enum):\n    A = "alpha"\nKIND = Kind(os.environ["KIND_OF_SITE"])',
            {"KIND_OF_SITE"},
            id="a member of an enumeration",
        ),
        pytest.param(
            'LOGGING = {"version": 1, "root": {"level": os.environ["ROOT_LEVEL"], "handlers": []}}',
            {"ROOT_LEVEL"},
            id="the cause of Django's own error",
        ),
        pytest.param(
            'import logging\nlogging.getLogger("x").setLevel(os.environ["VERBOSITY"])', {"VERBOSITY"}, id="a log level"
        ),
    ],
)
def test_any_error_of_a_missing_variable_is_traced_to_the_variable(load, lines, variables):
    assert set(load(lines + "\n", settings_live="", settings_production="")) == variables


def test_an_error_that_no_variable_causes_is_raised_and_leaves_no_variable(load):
    with pytest.raises(SettingsError, match=r"settings\.py:7: the settings raise RuntimeError: broken"):
        load('LIMIT, NOTE = os.environ.get("LIMIT"), os.environ.get("NOTE")\nraise RuntimeError("broken")\n')
    assert load.supplied == {}


def test_a_variable_without_effect_is_not_reported(load):
    lines = 'NOTE = os.environ.get("NOTE")\nif not globals().get("READY"):\n    READY = os.environ.get("READY_NOW")\n'
    assert load(f"{lines}\nassert [READY] != [None]\n").keys() == {"READY_NOW"}


UNCONNECTED = "\n".join(f'OPTION_{number} = os.environ.get("OPTION_{number}")' for number in range(12))


def test_variables_that_nothing_connects_with_the_error_are_tried_together(load, monkeypatch):
    attempts, inspect = [], Interpreter.ask_all
    monkeypatch.setattr(Interpreter, "ask_all", lambda *asked: attempts.append(asked) or inspect(*asked))
    with pytest.raises(SettingsError, match="no licence"):
        load(f'{UNCONNECTED}\nif OPTION_4: MORE = os.environ.get("MORE")\nraise RuntimeError("no licence")\n')
    assert load.supplied == {} and len(attempts) == 3, "without them, with all of them, and with what is read then"


@pytest.mark.parametrize("needed", [{"OPTION_0"}, {"OPTION_7"}, {"OPTION_7", "OPTION_11"}], ids=["1st", "8th", "two"])
def test_of_variables_that_were_tried_together_only_the_needed_are_kept(load, needed):
    checks = [f'if globals()["OPTION_" + str({name[7:]})] is None: raise RuntimeError("no")' for name in sorted(needed)]
    assert load("\n".join([UNCONNECTED, *checks, ""])).keys() == needed


def test_a_variable_that_must_not_be_set_spoils_only_the_attempt_with_all(load):
    checks = (
        'if globals()["OPTION_5"]: raise RuntimeError("no")\nif not globals()["OPTION_" + "8"]: raise OSError("no")'
    )
    assert load(f"{UNCONNECTED}\n{checks}\n").keys() == {"OPTION_8"}


def test_the_error_names_the_variable_that_must_be_set(load):
    with pytest.raises(SettingsError) as error:
        load('if os.environ.get("REGION", "") != "".join(["e", "u"]):\n    raise ValueError("wrong region")\n')
    assert "REGION" in error.value.hint and ".env.production" in error.value.hint


QUERY = """DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
USE_TZ, DEFAULT_AUTO_FIELD = True, "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
"""


def test_a_query_while_the_project_loads_is_named(load):
    urls = "from django.contrib.auth.models import Group\nurlpatterns, FIRST = [], Group.objects.first()\n"
    with pytest.raises(SettingsError, match=r"urls\.py:2: the URL configuration raises OperationalError") as error:
        load(QUERY, urls=urls)
    assert "queries the database while the project loads" in error.value.hint


def test_a_variable_that_django_reads_before_each_query_is_no_variable_of_the_project():
    reads = [[name, False, [["forms.py", 7]]] for name in ("DJANGO_ALLOW_ASYNC_UNSAFE", "REGION")]
    error = AgentError.of({"error": {"type": "OperationalError", "message": "no such table: area", "reads": reads}})
    assert error and [read.name for read in error.reads] == ["REGION"]


WRONG = """2 validation errors for Settings
limit_of
  Input should be a valid integer, unable to parse string [type=int_parsing, input_value='placeholder']
    For further information visit https://errors.pydantic.dev/2.14/v/int_parsing
area
  Input should be 'eu' or 'us' [type=literal_error, input_value='placeholder', input_type=str]"""


def test_each_field_of_a_pydantic_class_gets_a_value_that_its_message_suggests(tmp_path):
    (tmp_path / "conf.py").write_text('class Settings(BaseSettings):\n    model_config = dict(env_prefix="app_")\n')
    search = ValueSearch(placeholders.by_name, tmp_path, tmp_path / "files")
    place = (("conf.py", 1),)
    for name in ("limit_of", "area", "MAIL_FROM"):
        assert search.named(
            AgentError("ValidationError", f"1 validation error\n{name}\n  Field required", frames=place)
        )
    assert search.values == dict.fromkeys(("APP_LIMIT_OF", "APP_AREA", "MAIL_FROM"), "placeholder")
    assert search.next(AgentError("ValidationError", WRONG, place[0], frames=place))
    assert search.next(AgentError("ValidationError", WRONG.partition("limit_of")[0] + "area\n" + WRONG.rpartition(
        "area\n")[2], place[0], frames=place))  # fmt: skip
    assert (search.values["APP_LIMIT_OF"], search.values["APP_AREA"]) == ("1", "eu")
