"""Which texts of the settings are secrets, what their variables are called, and what takes their place."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.t01_rotate_secrets import literals
from wizard.settings import SettingsFiles


def found(tmp_path, text):
    path = tmp_path / "settings.py"
    path.write_text(text)
    project = SimpleNamespace(settings=SettingsFiles("settings", path, (tmp_path,)))
    return [(each.name, each.variable, each.value) for each in literals(project)]


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
        pytest.param('BROKER_URL = "redis://:guest@localhost:6379"\n', [], id="a server of this machine"),
        pytest.param('PASSWORD_RESET_CONFIRM_URL = "reset/{uid}/{token}"\n', [], id="an address"),
        pytest.param('STRIPE_PUBLISHABLE_KEY = "pk_live_abcdefgh"\n', [], id="a public key"),
        pytest.param('import os\nSECRET_KEY = os.environ["KEY"]\n', [], id="from the environment"),
        pytest.param('KEY_FUNCTION = "shop.cache.make_key"\n', [], id="a dotted path"),
    ],
)
def test_secrets_in_settings(tmp_path, text, expected):
    assert found(tmp_path, text) == expected
