"""A project is found with its settings modules, its environment and its .env files, and missing variables are set."""

from __future__ import annotations

import sys

import pytest

from tests.conftest import in_git
from wizard.base.errors import ProjectError
from wizard.project import placeholders, setting_values
from wizard.project.agent_answer import AgentError
from wizard.project.detection import detect
from wizard.project.findings import project_findings
from wizard.project.python_environment import find_python
from wizard.project.settings_lookup import settings_named_in
from wizard.project.urls import Url


@pytest.mark.parametrize(
    ("kind", "message", "variable"),
    [
        ("KeyError", "'SECRET_KEY'", "SECRET_KEY"),
        ("KeyError", "'not a variable'", None),
        ("ImproperlyConfigured", "Set the DATABASE_URL environment variable", "DATABASE_URL"),
        ("UndefinedValueError", "EMAIL_HOST not found. Declare it as envvar or define a default value.", "EMAIL_HOST"),
        ("EnvNotSetError", 'Environment variable "DJANGO_SECRET_KEY" not set', "DJANGO_SECRET_KEY"),
        (
            "ValidationError",
            "1 validation error for Settings\nsecret_key\n  Field required [type=missing]",
            "SECRET_KEY",
        ),
        ("RuntimeError", "STRIPE_KEY must be set", "STRIPE_KEY"),
        ("NameError", "name 'BASE' is not defined", None),
    ],
)
def test_the_missing_variable_is_read_from_the_error(kind, message, variable):
    assert placeholders.missing_variable(AgentError(kind, message)) == variable


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SENTRY_DSN", ""),
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("DJANGO_ADMIN_URL", "admin/"),
        ("FRONTEND_URL", "https://placeholder.invalid"),
        ("EMAIL_PORT", "1"),
        ("USE_S3", "False"),
        ("BUCKET", "placeholder"),
    ],
)
def test_placeholders_are_harmless_values(variable, value):
    assert placeholders.by_name(variable) == value


@pytest.mark.parametrize("name", [".venv", "ve", "env_mac"])
def test_a_virtual_environment_of_any_name_is_found(tmp_path, name):
    python = tmp_path / name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    (tmp_path / name / "pyvenv.cfg").write_text("home = /usr\n")
    assert find_python(tmp_path, tmp_path, None).path == python


BASE = """
import os
DEBUG = True
HOSTS = ALLOWED_HOSTS = ["a"]
MIDDLEWARE = []
ROOT_URLCONF = "site_.urls"
SECRET_KEY = "x" * 50
X_FRAME_OPTIONS = "DENY"
"""
MAIN = """
from .base import *
if not os.environ.get("STAGE"):
    DEBUG = False
else:
    DEBUG = True
MIDDLEWARE += [
    "django.middleware.common.CommonMiddleware",
]
for name in ["LOGGING"]:
    globals()[name] = {"version": 1}
from .late import *
"""
LATE = 'X_FRAME_OPTIONS = "SAMEORIGIN"\n'


@pytest.fixture
def layered(tmp_path, python):
    """A project whose settings come from three files; its interpreter is the sample's."""
    for name, text in {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_.settings')\n",
        "site_/__init__.py": "", "site_/base.py": BASE, "site_/settings.py": MAIN, "site_/late.py": LATE,
        "site_/urls.py": "urlpatterns = []\n",
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = detect(tmp_path, python=python)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        pytest.param("DEBUG", "site_/settings.py:4", id="the branch that ran"),
        pytest.param("ALLOWED_HOSTS", "site_/base.py:4", id="through a star import"),
        pytest.param("MIDDLEWARE", "site_/settings.py:7", id="added to in place"),
        pytest.param("LOGGING", "site_/settings.py:11", id="by its name in a loop"),
        pytest.param("X_FRAME_OPTIONS", "site_/late.py:1", id="a later import wins"),
        pytest.param("STATIC_ROOT", "", id="not set"),
    ],
)
def test_the_line_that_set_a_setting_is_named(layered, name, origin):
    assert layered.origin(name) == origin


def test_the_line_that_set_a_setting_is_followed_through_changes_before_the_next_load(layered):
    layered.inspect_settings()
    for name in ("base", "settings"):
        path = layered.root / "site_" / f"{name}.py"
        path.write_text("import sys\n\n" + path.read_text().replace('"x" * 50', 'os.environ["KEY"]'))
    layered.look_at_files()
    assert layered.origin("DEBUG") == "site_/settings.py:6" and layered.origin("ALLOWED_HOSTS") == "site_/base.py:6"
    for name, is_overridden in (("ALLOWED_HOSTS", False), ("SECRET_KEY", False), ("DEBUG", True)):
        assert setting_values.is_overridden(layered, name, layered.settings.definition(name)) is is_overridden, name


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param("'APP_DIRS': True", True, id="APP_DIRS"),
        pytest.param("'OPTIONS': {'loaders': [('django.template.loaders.cached.Loader', ["
                     "'django.template.loaders.app_directories.Loader'])]}", True, id="a loader in another one"),
        pytest.param("'OPTIONS': {'loaders': ['django.template.loaders.filesystem.Loader']}", False, id="no apps"),
    ],
)  # fmt: skip
def test_the_templates_of_apps_are_found_whatever_loads_them(layered, options, found):
    """django-template-partials and others put loaders of their own around the usual ones."""
    folder = layered.root / "site_" / "templates"
    folder.mkdir()
    (folder / "page.html").write_text("<p>")
    with (layered.root / "site_" / "settings.py").open("a") as settings:
        backend = "django.template.backends.django.DjangoTemplates"
        settings.write(f"INSTALLED_APPS = ['site_']\nTEMPLATES = [{{'BACKEND': '{backend}', {options}}}]\n")
    assert (folder in layered.template_folders()) is found


def test_the_env_file_is_the_one_that_the_settings_look_for(layered):
    assert layered.development_env == layered.root / ".env" and not layered.reads_env_file
    reader = "from pathlib import Path\nfor p in (Path(__file__).parent / 'conf' / '.env',):\n    p.is_file()\n"
    (layered.root / "site_" / "late.py").write_text(reader + LATE)
    layered.refresh()
    layered.inspect_settings()
    assert layered.reads_env_file
    assert layered.development_env == layered.root / "site_" / "conf" / ".env"


def test_development_settings_get_the_users_variables_without_golives_tokens(layered, monkeypatch):
    names = ["RAILWAY_TOKEN", "RAILWAY_API_TOKEN", "SENTRY_AUTH_TOKEN", "UPTIMEROBOT_API_KEY", "GOLIVE_COSTS", "OWN"]
    for name in names:
        monkeypatch.setenv(name, "x")
    (layered.root / "site_" / "late.py").write_text(
        f"import os\nDEBUG = [name for name in {names} if name in os.environ]\n"
    )
    layered.refresh()
    assert layered.development_status() == (True, ["OWN"])


def test_a_class_that_no_variable_names_in_production_is_reported(layered):
    with layered.settings.main.open("a") as file:
        file.write('\nimport os\nEMAIL_BACKEND = os.getenv("EMAIL_BACKEND")\n')
    layered.refresh()
    [text] = [str(finding) for finding in project_findings(layered) if "EMAIL_BACKEND" in str(finding)]
    assert "EMAIL_BACKEND is None in production" in text and ".py:" in text


def test_a_virtual_environment_in_git_is_reported_and_not_copied(layered):
    (layered.root / "venv" / "lib").mkdir(parents=True)
    (layered.root / "venv" / "pyvenv.cfg").touch()
    (layered.root / "venv" / "lib" / "module.py").touch()
    in_git(layered.root)
    found = detect(layered.root, python=str(layered.python.path))
    try:
        found.inspect_settings()
        warnings = [str(finding) for finding in project_findings(found) if finding.warning]
        expected = "venv/ is a virtual environment in git: run `git rm -r --cached venv`"
        assert any(expected in warning for warning in warnings)
        assert found.copy.at(found.manage).exists() and not found.copy.at(found.root / "venv").exists()
    finally:
        found.close()


def test_a_database_in_git_is_reported(layered):
    (layered.root / "data").mkdir()
    (layered.root / "data" / "db.sqlite3").touch()
    (layered.root / "new.sqlite3").touch()
    (layered.root / ".gitignore").write_text("new.sqlite3\n")
    in_git(layered.root)
    found = detect(layered.root, python=str(layered.python.path))
    try:
        found.inspect_settings()
        warnings = [str(each) for each in project_findings(found) if each.warning and "database in git" in str(each)]
        assert len(warnings) == 1 and warnings[0].startswith("data/db.sqlite3 is a database in git"), warnings
    finally:
        found.close()


def project_in(folder, module="shop.settings", wsgi="", files=()):
    """A project that is found without being run: with a placeholder as its interpreter."""
    (folder / "shop").mkdir(parents=True)
    (folder / "manage.py").write_text(f"import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', '{module}')\n")
    for name in ("shop/__init__.py", *files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    if wsgi:
        (folder / "shop/wsgi.py").write_text(f"os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{wsgi}')\n")
    return folder


def found_in(folder, **more):
    return detect(folder, python=sys.executable, **more)


@pytest.mark.parametrize(
    ("module", "wsgi", "files", "production"),
    [
        ("shop.settings", "", ["shop/settings.py"], "shop.settings"),
        ("shop.settings.local", "shop.settings.prod", ["shop/settings/prod.py"], "shop.settings.prod"),
        ("shop.settings.dev", "", ["shop/settings/dev.py", "shop/settings/production.py"], "shop.settings.production"),
        ("shop.settings", "", ["shop/settings/__init__.py", "shop/settings/live.py"], "shop.settings.live"),
        ("shop.settings.base", "", ["shop/settings/base.py"], "shop.settings.base"),
        (
            "shop.settings.local",
            "shop.settings.local",
            ["shop/settings/local.py", "shop/settings/heroku.py"],
            "shop.settings.heroku",
        ),
        ("shop.custom", "", ["shop/custom.py", "shop/production.py"], "shop.custom"),
    ],
)
def test_the_production_module_is_that_of_wsgi_py_or_its_production_sibling(tmp_path, module, wsgi, files, production):
    found = found_in(project_in(tmp_path, module, wsgi, files))
    assert (found.settings_module, found.production_module) == (module, production)


def test_a_project_is_found_from_above_from_below_and_by_name(tmp_path, monkeypatch):
    shop = project_in(tmp_path / "repository" / "backend", files=["shop/settings.py", "shop/static/a.css"])
    (tmp_path / "repository" / ".git").mkdir()
    for start in (shop, tmp_path / "repository", shop / "shop" / "static"):
        assert found_in(start).root == shop
    assert found_in(tmp_path / "repository", manage="backend").manage == shop / "manage.py"
    with pytest.raises(ProjectError, match=r"There is no .*frontend"):
        found_in(tmp_path / "repository", manage="frontend")
    with pytest.raises(ProjectError, match="There is no folder"):
        found_in(tmp_path / "nowhere")
    (shop / "manage.py").write_text("from django.core.management import execute_from_command_line\n")
    with pytest.raises(ProjectError, match="names no settings module") as wrong:
        found_in(shop)
    assert "--settings" in wrong.value.hint
    assert found_in(shop, settings_module="shop.settings").production_module == "shop.settings"
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop.settings")
    assert found_in(shop).settings_module == "shop.settings"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("'shop.settings'", "shop.settings"),
        ("os.getenv('SHOP_SETTINGS', 'shop.settings')", "shop.settings"),
        ("config('DJANGO_SETTINGS_MODULE', default='shop.settings')", "shop.settings"),
        ("os.environ.get('SHOP_SETTINGS') or 'shop.settings'", "shop.settings"),
        ("f\"shop.{os.getenv('STAGE', 'settings')}\"", "shop.settings"),
        ("'shop.' + os.getenv('STAGE', 'settings')", "shop.settings"),
        ("'shop.other' if 'test' in sys.argv else 'shop.settings'", "shop.settings"),
        ("f\"shop.{os.environ['STAGE']}\"", ""),
        ("config('DJANGO_SETTINGS_MODULE')", ""),
    ],
)
def test_the_settings_module_is_the_default_in_manage_py(tmp_path, value, named):
    (tmp_path / "manage.py").write_text(f"os.environ.setdefault('DJANGO_SETTINGS_MODULE', {value})\n")
    assert settings_named_in(tmp_path / "manage.py") == named


def test_a_manage_py_that_loads_the_env_file_takes_its_settings_module_from_it(tmp_path):
    shop = project_in(tmp_path / "repository", files=["shop/settings/development.py", "shop/wsgi.py"])
    text = (
        "from decouple import config\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', config('DJANGO_SETTINGS_MODULE'))"
    )
    for file in ("manage.py", "shop/wsgi.py"):
        (shop / file).write_text(text)
    with pytest.raises(ProjectError, match=r"neither the environment nor a \.env file sets"):
        found_in(shop)
    (shop / ".env.example").write_text("DJANGO_SETTINGS_MODULE=shop.settings.example\n")
    assert found_in(shop).settings_module == "shop.settings.example", "as after a clone"
    (shop / ".env").write_text("DEBUG=True\nDJANGO_SETTINGS_MODULE=shop.settings.development\n")
    found = found_in(shop)
    assert found.settings_module == found.production_module == "shop.settings.development"
    assert found.served_module == "", "a server gets no settings without the variable"
    (shop / "manage.py").write_text("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.base')\n")
    assert found_in(shop).settings_module == "shop.settings.base", "this one doesn't read the file"


def test_a_computed_settings_module_is_the_one_next_to_the_only_wsgi_py(tmp_path):
    shop = project_in(tmp_path, files=["shop/settings.py", "shop/wsgi.py"])
    computed = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', '%s.settings' % project_name('shop'))\n"
    for file in ("manage.py", "shop/wsgi.py"):
        (shop / file).write_text(computed)
    assert found_in(shop).settings_module == "shop.settings"
    (shop / "other").mkdir()
    for file in ("other/settings.py", "other/wsgi.py"):
        (shop / file).write_text("")
    with pytest.raises(ProjectError, match="names no settings module"):
        found_in(shop)


def test_a_class_of_django_configurations_is_chosen_like_a_module(tmp_path, monkeypatch):
    shop = project_in(tmp_path, files=["shop/settings.py"])
    manage = shop / "manage.py"
    manage.write_text(
        manage.read_text() + "os.environ.setdefault('DJANGO_CONFIGURATION', 'Dev')\nimport configurations\n"
    )
    settings = shop / "shop" / "settings.py"
    settings.write_text("class Base(Configuration):\n    pass\n\n\nclass Prod(Base):\n    pass\n")
    found = found_in(shop)
    assert (found.configuration, found.development_configuration) == ("Prod", "Dev")
    settings.write_text("class Base(Configuration):\n    pass\n")
    assert found_in(shop).configuration == "Dev", "without a class for production"
    monkeypatch.setenv("DJANGO_CONFIGURATION", "Live")
    assert found_in(shop).configuration == "Live"


@pytest.mark.parametrize(
    ("route", "shown", "path"),
    [
        ("accounts/<int:pk>/", "/accounts/<int:pk>/", "/accounts/1/"),
        ("^auth/^login/$", "/auth/login/", "/auth/login/"),
        (r"^items/(?P<pk>\d+)\.json\Z", r"/items/(?P<pk>\d+).json", "/items/1.json"),
    ],
)
def test_a_route_is_shown_without_anchors_and_requested_with_parameters(route, shown, path):
    url = Url(route, None, "shop.views.page", None, None, "function", None, None, False, False)
    assert (url.shown, url.path) == (shown, path)
