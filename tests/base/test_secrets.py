"""Find secrets in settings, name their variables, and replace them."""

from __future__ import annotations

import os
import subprocess
from types import SimpleNamespace

import pytest

from steps.t01_rotate_secrets import RotateSecrets
from tests.cli_runner import golive
from tests.conftest import in_git
from tests.steps.fakes import FakeProject
from wizard.base.secrets import is_secret_name, is_sensitive_name
from wizard.checklist.evidence import Status
from wizard.editing import dotenv
from wizard.project.secret_literals import in_settings
from wizard.project.settings import SettingsFiles


def found(tmp_path, text):
    path = tmp_path / "settings.py"
    path.write_text(text)
    project = SimpleNamespace(settings=SettingsFiles("settings", path, (tmp_path,)))
    return [(literal.name, literal.variable, literal.value) for literal in in_settings(project.settings)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('SECRET_KEY = "abcdefgh"\n', [("SECRET_KEY", "DJANGO_SECRET_KEY", "abcdefgh")], id="literal"),
        pytest.param(
            'import os\nSECRET_KEY = os.environ.get("KEY", "abcdefgh")\n',
            [("SECRET_KEY", "KEY", "abcdefgh")],
            id="default",
        ),
        pytest.param(
            'import os\nSECRET_KEY = os.getenv("KEY") or "abcdefgh"\n', [("SECRET_KEY", "KEY", "abcdefgh")], id="or"
        ),
        pytest.param(
            'if 1:\n    SECRET_KEY = "abcdefgh"\n', [("SECRET_KEY", "DJANGO_SECRET_KEY", "abcdefgh")], id="in a block"
        ),
        pytest.param(
            'DATABASES = {"default": {"USER": "shop", "PASSWORD": "hunter22"}, "old": {"PASSWORD": "hunter33"}}\n',
            [
                ("DB_PASSWORD", "DB_PASSWORD", "hunter22"),
                ("DATABASES_OLD_PASSWORD", "DATABASES_OLD_PASSWORD", "hunter33"),
            ],
            id="two databases",
        ),
        pytest.param(
            'X = {"google": {"APP": {"client_id": "1234567", "secret": "abcdefgh"}}}\n',
            [("X_GOOGLE_APP_SECRET", "X_GOOGLE_APP_SECRET", "abcdefgh")],
            id="deep in a dictionary",
        ),
        pytest.param(
            'DATABASES = {"default": parse("postgres://u:pw123456@db.example.com/x")}\n',
            [("DATABASES", "DATABASE_URL", "postgres://u:pw123456@db.example.com/x")],
            id="URL with a password",
        ),
        pytest.param('BROKER_URL = "redis://:guest@localhost:6379"\n', [], id="a local server"),
        pytest.param('PASSWORD_RESET_CONFIRM_URL = "reset/{uid}/{token}"\n', [], id="a URL path"),
        pytest.param('STRIPE_PUBLISHABLE_KEY = "pk_live_abcdefgh"\n', [], id="a public key"),
        pytest.param('import os\nSECRET_KEY = os.environ["KEY"]\n', [], id="from the environment"),
        pytest.param('KEY_FUNCTION = "shop.cache.make_key"\n', [], id="a dotted path"),
    ],
)
def test_secrets_in_settings_are_found(tmp_path, text, expected):
    assert found(tmp_path, text) == expected


SPLIT = {
    "manage.py": "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings.local')\n"
    "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n",
    "conf/__init__.py": "", "conf/settings/__init__.py": "",
    "conf/settings/base.py": "import os\nfrom pathlib import Path\n\nBASE_DIR = Path(__file__).resolve().parents[2]\n"
    "SECRET_KEY = os.environ.get('APP_KEY', 'a-key-that-stands-in-the-code-0123456789')\n"
    "DEBUG = os.environ.get('APP_DEBUG', '1') == '1'\nALLOWED_HOSTS = []\n"
    "ROOT_URLCONF = 'conf.urls'\nINSTALLED_APPS = []\n",
    "conf/settings/local.py": "from .base import *\n",
    "conf/settings/production.py": "from .base import *\n\nDEBUG = False\n",
    "conf/urls.py": "urlpatterns = []\n",
    "conf/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings.production')\n"
    "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
}  # fmt: skip


def test_a_key_in_shared_settings_is_rotated_in_production_and_kept_locally(tmp_path, python):
    """With any variable name: production needs the variable, and .env keeps the old key for local use."""
    for name, text in SPLIT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    in_git(tmp_path)
    result = golive("--auto", "--only", "1", tmp_path, python=python)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "SECRET_KEY = os.environ['APP_KEY']\n" in (tmp_path / "conf/settings/base.py").read_text()
    local = dotenv.values((tmp_path / ".env").read_bytes())
    production = dotenv.values((tmp_path / ".env.production").read_bytes())
    assert local == {"APP_KEY": "a-key-that-stands-in-the-code-0123456789"}
    assert len(production["APP_KEY"]) == 64
    loaded = [
        python,
        tmp_path / "manage.py",
        "shell",
        "-c",
        "from django.conf import settings; print(settings.SECRET_KEY)",
    ]
    bare = {name: value for name, value in os.environ.items() if name not in {"APP_KEY", "DJANGO_SETTINGS_MODULE"}}
    local_shell = subprocess.run(loaded, capture_output=True, text=True, check=True, env=bare)
    assert local_shell.stdout.strip().endswith(local["APP_KEY"])


def test_a_mysql_password_is_not_verified_on_another_database(tmp_path):
    default = {"ENGINE": "django.db.backends.mysql", "USER": "root"}
    text = 'import os\nPASSWORD = os.environ["DB_PASSWORD"]\n'
    project = FakeProject(tmp_path, text, {"DATABASES": {"default": default}})
    found = RotateSecrets(None)._database(project, None, {"DB_PASSWORD": "a-new-one"})
    assert found.status is Status.OPEN and "ALTER USER 'root'" in found.showed


def test_a_pydantic_settings_class_is_among_the_settings_files(tmp_path):
    (tmp_path / "shop").mkdir()
    main, own = tmp_path / "shop" / "settings.py", tmp_path / "shop" / "env.py"
    main.write_text("from shop.env import environment\n\nSECRET_KEY = environment.secret_key\n")
    own.write_text("class Environment(BaseSettings):\n    secret_key: str = 'x'\n\n\nenvironment = Environment()\n")
    assert SettingsFiles("shop.settings", main, (tmp_path,)).paths == {main, own}


@pytest.mark.parametrize(
    ("name", "secret", "sensitive"),
    [
        ("DJANGO_SECRET_KEY", True, True),
        ("db_pass", True, True),
        ("SENTRY_DSN", True, True),
        ("RECAPTCHA_SITE_KEY", False, True),
        ("STRIPE_PUBLISHABLE_KEY", False, True),
        ("TOKEN_LIFETIME", False, True),
        ("DATABASE_URL", False, True),
        ("DEBUG", False, False),
    ],
)
def test_secret_and_sensitive_variable_names_are_recognised(name, secret, sensitive):
    assert (is_secret_name(name), is_sensitive_name(name)) == (secret, sensitive)
