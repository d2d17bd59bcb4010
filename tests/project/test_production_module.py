"""Which settings module counts as production's: the one that its variables name, unless that is for development."""

from __future__ import annotations

import pytest

from tests.projects.parts import manage, wsgi
from wizard.project.settings_choice import production_module

DEV, PRODUCTION = "shop.settings_dev", "shop.settings"
START = "gunicorn shop.wsgi"


@pytest.mark.parametrize(
    ("files", "module"),
    [
        ({}, PRODUCTION),
        ({"shop/wsgi.py": wsgi(DEV)}, PRODUCTION),
        ({"shop/wsgi.py": wsgi(DEV), "manage.py": manage(DEV)}, DEV),
        ({"shop/wsgi.py": wsgi("shop.live")}, "shop.live"),
        ({".env.production": "DJANGO_SETTINGS_MODULE=shop.live\n"}, "shop.live"),
        ({".env.production": f"DJANGO_SETTINGS_MODULE={DEV}\n"}, PRODUCTION),
        ({".env.production": "DJANGO_SETTINGS_MODULE=shop.gone\n"}, PRODUCTION),
        ({"Procfile": f"web: DJANGO_SETTINGS_MODULE=shop.live {START}\n"}, "shop.live"),
        ({"Procfile": f"web: DJANGO_SETTINGS_MODULE={DEV} {START}\n"}, PRODUCTION),
        ({"Dockerfile": f"FROM python\nENV DJANGO_SETTINGS_MODULE=shop.live\nCMD {START}\n"}, "shop.live"),
        ({"Dockerfile": f"FROM python\nENV DJANGO_SETTINGS_MODULE=shop.live\nCMD {START}\n",
          ".env.production": f"DJANGO_SETTINGS_MODULE={PRODUCTION}\n"}, PRODUCTION),
    ],
)  # fmt: skip
def test_the_module_that_production_loads(tmp_path, files, module):
    usual = {
        "manage.py": manage(PRODUCTION),
        "shop/wsgi.py": wsgi(PRODUCTION),
        "requirements.txt": "",
        **{f"shop/{name}.py": "ROOT_URLCONF = 'shop.urls'\n" for name in ("settings", "settings_dev", "live")},
    }
    for path, text in {**usual, **files}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert production_module(tmp_path, tmp_path, PRODUCTION) == module
