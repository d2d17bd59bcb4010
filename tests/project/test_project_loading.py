"""The project is loaded again and again until everything that production lacks is supplied, or an error is final."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from wizard.base.errors import MissingModule, SettingsError
from wizard.base.secrets import remember
from wizard.project.agent_answer import TOO_MUCH, AgentError
from wizard.project.dependencies import requirement_for
from wizard.project.extra_files import ExtraFiles
from wizard.project.loading import Loader
from wizard.project.platform import RAILWAY
from wizard.project.questions import Questions
from wizard.project.release_copy import ReleaseCopy
from wizard.project.settings_wrappers import SettingsWrappers
from wizard.project.snapshot import Snapshot
from wizard.project.unreadable import settings_error

GOOD = {"stage": "done", "settings": {}}


def failed(kind, message, **more):
    return {"stage": "settings", "error": {"type": kind, "message": message, **more}}


@pytest.fixture
def copy(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "copy").mkdir()
    return ReleaseCopy(tmp_path / "shop", None, tmp_path / "copy")


@pytest.fixture
def loader(copy):
    """A loader that gets the given answers for production one after the other."""

    def make(*answers, development=GOOD, requirement=""):
        remaining = iter(answers)
        extra = ExtraFiles(copy, lambda path: path.name, copy.top)
        return Loader(
            lambda: (next(remaining), development),
            lambda variable: f"a {variable.lower()}",
            lambda module: requirement if module else "",
            lambda error, in_development: SettingsError(f"{'here' if in_development else 'production'}: {error}"),
            extra,
        )

    return make


def test_missing_variables_get_placeholders_until_the_project_loads(loader):
    project_loader = loader(failed("KeyError", "'EMAIL_HOST'"), failed("KeyError", "'EMAIL_PORT'"), GOOD)
    assert project_loader.load() == (GOOD, GOOD)
    assert project_loader.placeholders == {"EMAIL_HOST": "a email_host", "EMAIL_PORT": "a email_port"}


def test_a_placeholder_of_the_wrong_type_becomes_1(loader):
    project_loader = loader(
        failed("KeyError", "'LIMIT'"), failed("ValueError", "invalid literal for int(): 'a limit'"), GOOD
    )
    project_loader.load()
    assert project_loader.placeholders == {"LIMIT": "1"}


def test_a_missing_secret_key_is_replaced_once(loader):
    no_key = failed("ImproperlyConfigured", "The SECRET_KEY setting must not be empty.")
    project_loader = loader(no_key, GOOD)
    project_loader.load()
    assert project_loader.without_key
    with pytest.raises(SettingsError, match="must not be empty"):
        loader(no_key, no_key).load()


def test_files_and_modules_that_git_lacks_are_added_to_the_copy(loader, copy):
    (copy.top / "logs").mkdir()
    (copy.top / "logs" / "django.log").write_text("x")
    (copy.top / "local_settings.py").write_text("X = 1\n")
    log = str(copy.folder / "logs" / "django.log")
    missing = failed("FileNotFoundError", log, missing=log)
    project_loader = loader(missing, failed("ModuleNotFoundError", "none", module="local_settings"), GOOD)
    project_loader.load()
    assert (copy.folder / "logs").is_dir() and (copy.folder / "local_settings.py").read_text() == "X = 1\n"
    assert list(project_loader.extra_files.reasons.values()) == [
        "logs/ is needed and not in git: a fresh clone can't start",
        "local_settings.py is needed and not in git: production will not have it",
    ]
    project_loader.extra_files.remove()
    assert not (copy.folder / "logs").exists() and not (copy.folder / "local_settings.py").exists()


def test_an_env_file_is_added_without_its_values(copy):
    (copy.top / ".env").write_text("KEY=x\n")
    extra = ExtraFiles(copy, str, copy.top)
    assert extra.add(copy.folder / ".env") and not extra.add(copy.folder / ".env")
    assert (copy.folder / ".env").read_bytes() == b""
    assert not extra.add(copy.top / ".env"), "only files of the copy are added"


def test_a_module_of_a_declared_requirement_is_a_missing_package(loader):
    missing = failed("ModuleNotFoundError", "No module named 'storages'", module="storages")
    with pytest.raises(MissingModule) as error:
        loader(missing, requirement="django-storages>=1.14").load()
    assert error.value.package == "django-storages>=1.14"
    with pytest.raises(SettingsError, match="production: ModuleNotFoundError"):
        loader(missing).load()


@pytest.mark.parametrize(
    ("message", "file", "package"),
    [
        ("Error loading psycopg2 or psycopg module", "", "psycopg[binary]"),
        ("Error loading psycopg2 or psycopg module", "psycopg2-binary==2.9.9\n", "psycopg2-binary==2.9.9"),
        ("Error loading psycopg2 module: No module named 'psycopg2'", "", "psycopg2-binary"),
    ],
)
def test_the_missing_driver_of_productions_database_is_a_missing_package(tmp_path, message, file, package):
    (tmp_path / "requirements.txt").write_text(file)
    error = AgentError.of(failed("ImproperlyConfigured", message, module="psycopg2"))
    assert requirement_for(error.missing_module, tmp_path, tmp_path) == package


def test_only_a_timeout_of_the_development_settings_is_an_error(loader):
    assert loader(GOOD, development=failed("NameError", "x")).load()
    with pytest.raises(SettingsError, match="here: TooMuch: too slow"):
        loader(GOOD, development=failed(TOO_MUCH, "too slow")).load()


@pytest.mark.parametrize(
    ("error", "text", "hint"),
    [
        (AgentError("NameError", "x", ("shop/a.py", 3), "setup"),
         "/p/shop/a.py:3: the project's apps raise NameError: x", "manage.py check"),
        (AgentError("NameError", "x"), "/p/s.py: the project raises NameError: x", "manage.py check"),
        (AgentError("ModuleNotFoundError", "No module named 'y'", None, "urls"),
         "/p/s.py: the URL configuration raises ModuleNotFoundError", "`pip install .`. Or choose another module"),
        (AgentError(TOO_MUCH, "slow"), "/p/s.py: the settings can't be loaded: slow", "GOLIVE_LOAD_SECONDS=600"),
    ],
)  # fmt: skip
def test_an_error_names_the_place_the_cause_and_the_remedy(error, text, hint):
    project = SimpleNamespace(
        root=Path("/p"), top=Path("/p"), work=Path("/w"), copy=SimpleNamespace(folder=Path("/c")),
        production_module="shop.settings", python=SimpleNamespace(path=Path("python")),
        settings=SimpleNamespace(main=Path("/p/s.py")), display_path=lambda path: str(path.relative_to("/p")),
        dependencies=SimpleNamespace(install_command=lambda *_: "pip install ."),
    )  # fmt: skip
    raised = settings_error(project, error, in_development=False)
    assert raised.where == text.partition(": ")[0].removeprefix("/p/")
    assert str(raised).startswith(text) and hint in raised.hint


def test_the_text_of_an_agent_error_hides_secrets():
    remember("secret-of-a-message")
    error = AgentError.of(
        {"stage": "urls", "error": {"type": "E", "message": "secret-of-a-message", "place": ["a", 1]}}
    )
    assert error == AgentError("E", "secret-of-a-message", ("a", 1), "urls")
    assert str(error) == "E: [hidden]" and error.brief(4) == "E: [hid"
    assert AgentError.of({"error": None}) is None and AgentError.of({}) is None


def test_a_snapshot_names_files_of_the_project_and_not_of_the_copy(copy):
    answer = {
        "messages": [{"text": f"{copy.folder}/a.py is odd", "hint": "", "about": ""}],
        "env_files": [str(copy.folder / ".env"), "/etc/shop.env"],
        "origins": {},
    }
    snapshot = Snapshot.of(answer, {"env_files": [str(copy.top / "conf" / ".env")]}, copy, copy.top)
    assert snapshot.answer["messages"][0]["text"] == "a.py is odd"
    assert snapshot.answer["env_files"] == [str(copy.top / "conf" / ".env"), str(copy.top / ".env")]


@pytest.mark.parametrize(
    ("allowed", "host"),
    [
        ([], RAILWAY.public_host),
        (["*"], RAILWAY.public_host),
        (["localhost", "tea.example.com"], "tea.example.com"),
        ([RAILWAY.health_host, ".example.com"], "www.example.com"),
        (["localhost"], "localhost"),
    ],
)
def test_the_host_header_is_one_that_production_accepts(allowed, host):
    assert RAILWAY.accepted_host(allowed) == host


def test_a_settings_wrapper_runs_its_lines_after_the_settings_and_is_private(tmp_path):
    wrappers = SettingsWrappers(tmp_path / "wrappers")
    name = wrappers.add("shop.settings", "", "DEBUG = False")
    assert (wrappers.folder / f"{name}.py").read_text() == "from shop.settings import *\nDEBUG = False\n"
    assert wrappers.add("shop.settings", "Prod", "") != name
    assert "'Prod'" in (wrappers.folder / "golive_rehearsal_2.py").read_text()
    assert wrappers.folder.stat().st_mode & 0o777 == 0o700


def test_a_missing_package_is_reported_after_a_variable_was_found(loader):
    broken = failed("ValueError", "no", place=["settings.py", 1], frames=[["settings.py", 1]], reads=[["A", False, []]])
    missing = failed("ModuleNotFoundError", "No module named 'storages'", module="storages")
    with pytest.raises(MissingModule) as error:
        loader(broken, missing, requirement="django-storages").load()
    assert error.value.package == "django-storages"


def test_entries_of_missing_files_are_made_up(loader, copy):
    (copy.folder / "settings.py").write_text("values = dotenv_values('.env')\nKEY = values['KEY']\n")
    env, secrets = copy.folder / ".env", copy.folder / "secrets.json"
    lines = [["settings.py", 2]]
    no_file = failed("FileNotFoundError", "none", missing="secrets.json", frames=lines)
    entry = {**failed("KeyError", "'KEY'", frames=lines), "env_files": [str(env)]}
    project_loader = loader(no_file, entry, GOOD)
    project_loader.load()
    assert env.read_text().startswith("KEY=placeholder") and '"KEY": "placeholder' in secrets.read_text()
    assert project_loader.extra_files.lines == {env: (("settings.py", 2),), secrets: (("settings.py", 2),)}
    assert project_loader.placeholders == {}, "an environment variable would have no effect"


def test_a_module_of_a_folder_above_is_imported_from_there_in_production_too(copy):
    root = copy.top / "site"
    (root / "project").mkdir(parents=True)
    answers = iter([failed("ModuleNotFoundError", "No module named 'site.x'", module="site.x"), GOOD])
    extra = ExtraFiles(copy, str, root)
    questions = Questions(root, copy, "settings", "", SettingsWrappers(copy.folder), extra.import_folders)
    error = SettingsError("unreadable")
    project_loader = Loader(lambda: (next(answers), GOOD), str, lambda module: "", lambda *_: error, extra)
    project_loader.load()
    assert project_loader.placeholders == {"PYTHONPATH": ".."}, "relative to the folder where production starts"
    assert questions.about_copy("inspect", {})["paths"] == [str(copy.folder / "site"), str(copy.folder)]
    assert questions.in_place("inspect", "settings", "", {})["paths"] == [str(root), str(copy.top)]
