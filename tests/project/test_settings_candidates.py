"""The settings module is found where manage.py names none or a wrong one, and so are folders to import from."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from steps.shared.settings_names import correct_names
from wizard.plan.draft import Draft
from wizard.project.import_folders import folder_of_module
from wizard.project.settings import SettingsFiles
from wizard.project.settings_candidates import candidates, explanation
from wizard.project.settings_choice import development_module, production_module

URLS, STAR = 'ROOT_URLCONF = "x"\n', "from .base import *\n"
NOTHING = "import os\nfrom django.core.management import execute_from_command_line\n"


def named(module):
    return f'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{module}")\n'


def written(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "development", "production"),
    [
        pytest.param(
            {"manage.py": named("conf.settings"), "conf/wsgi.py": named("conf.settings"), "conf/settings/base.py": URLS,
             "conf/settings/local.py": STAR, "conf/settings/prod.py": STAR, "conf/settings/test.py": STAR},
            "conf.settings.local", "conf.settings.prod", id="a folder without __init__.py",
        ),
        pytest.param(
            {"manage.py": named("shopp.settings"), "shop/settings.py": URLS, "shop/wsgi.py": named("shopp.settings")},
            "shop.settings", "shop.settings", id="a wrong name",
        ),
        pytest.param(
            {"manage.py": NOTHING, "shop/wsgi.py": NOTHING, "shop/settings/__init__.py": '"""See base.py."""\n# none\n',
             "shop/settings/base.py": URLS, "shop/settings/test.py": STAR, "shop/settings/dev.py": STAR},
            "shop.settings.dev", "shop.settings.base", id="no name, no production",
        ),
        pytest.param(
            {"manage.py": NOTHING, "shop/settings/base.py": URLS, "shop/settings/test.py": STAR},
            "shop.settings.base", "shop.settings.base", id="the base alone",
        ),
        pytest.param(
            {"manage.py": NOTHING, "Dockerfile": "ENV DJANGO_SETTINGS_MODULE=app.settings.cloud\n",
             "app/settings/base.py": URLS, "app/settings/cloud.py": STAR, "app/settings/dev.py": STAR},
            "app.settings.dev", "app.settings.cloud", id="the Dockerfile names production's",
        ),
        pytest.param(
            {"manage.py": named("settings.production"), "web/settings/base.py": URLS, "web/settings/staging.py": STAR,
             "web/settings/production.py": STAR},
            "web.settings.production", "web.settings.production", id="in another folder",
        ),
        pytest.param(
            {"src/web/base_settings.py": URLS, "manage.py": NOTHING},
            "web.base_settings", "web.base_settings", id="below src",
        ),
    ],
)  # fmt: skip
def test_the_likely_settings_are_chosen_where_the_named_ones_do_not_exist(
    tmp_path, monkeypatch, files, development, production
):
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    root = written(tmp_path, files)
    chosen = development_module(root / "manage.py", root)
    assert (chosen, production_module(root, tmp_path, chosen)) == (development, production)


def test_an_exported_module_of_another_project_does_not_hide_the_projects_own(tmp_path, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "elsewhere.settings")
    root = written(tmp_path, {"manage.py": named("shop.settings"), "shop/settings.py": URLS})
    assert development_module(root / "manage.py", root) == "shop.settings"


def test_the_choice_is_explained_with_the_other_candidates(tmp_path):
    files = {"manage.py": NOTHING, "a/settings/base.py": URLS, "a/settings/prod.py": STAR, "a/settings/dev.py": STAR}
    root = written(tmp_path, files)
    assert candidates(root, root, production=True)[:2] == ["a.settings.prod", "a.settings.base"]
    assert explanation(root / "manage.py", root, "a.settings.dev") == (
        "manage.py names no settings module. Golive uses a.settings.dev. To choose another, pass --settings: "
        "a.settings.base, a.settings.prod"
    )
    (root / "manage.py").write_text(named("a.settings.dev"))
    assert explanation(root / "manage.py", root, "a.settings.dev") == ""


def test_only_wrong_names_are_corrected(tmp_path):
    right = named("shop.settings.prod").replace('"', "'")
    files = {
        "manage.py": named("shop.settings") + "# end\n", "shop/wsgi.py": right, "shop/asgi.py": named("shop.settings"),
        "shop/settings/base.py": URLS, "shop/settings/prod.py": STAR, "shop/settings/dev.py": STAR,
    }  # fmt: skip
    root = written(tmp_path, files)
    project = SimpleNamespace(
        root=root, manage=root / "manage.py", settings_module="shop.settings.dev",
        production_module="shop.settings.prod", copy=SimpleNamespace(known=lambda: [root / name for name in files]),
    )  # fmt: skip
    draft = Draft()
    correct_names(project, draft)
    assert {action.path.name: action.after.decode() for action in draft.actions()} == {
        "manage.py": named("shop.settings.dev") + "# end\n",
        "asgi.py": named("shop.settings.prod"),
    }


@pytest.mark.parametrize(
    ("files", "module", "folder"),
    [
        ({"shop/project/envvars.py": ""}, "shop", "."),
        ({"common/__init__.py": ""}, "common.mail", "."),
        ({"docker/redis/conf": ""}, "redis", None),
        ({"shop/parts/basket/__init__.py": "", "shop/manage.py": 'import sys\nsys.path.append("parts")\n'}, "basket",
         "shop/parts"),
        ({"libs/tax.py": "", "Dockerfile": "ENV PYTHONPATH=/code/shop:/code/libs\n"}, "tax", "libs"),
        ({"shop/celery.py": ""}, "celery", None),
    ],
)  # fmt: skip
def test_the_folder_that_a_module_is_imported_from_is_found(tmp_path, files, module, folder):
    root = written(tmp_path, {"shop/manage.py": NOTHING, **files}) / "shop"
    assert folder_of_module(module, root, tmp_path) == (tmp_path / folder if folder else None)


def test_files_that_split_settings_includes_are_settings_files(tmp_path):
    files = {
        "conf/__init__.py": 'ENV = os.environ.get("ENV", "live")\nPARTS = ("parts/*.py", f"stages/{ENV}.py")\n'
        'include(*PARTS, optional("local.py"))\n',
        "conf/parts/a.py": URLS, "conf/stages/live.py": "X = 1\n", "conf/stages/dev.py": "X = 2\n", "conf/local.py": "",
    }  # fmt: skip
    root = written(tmp_path, files)
    found = SettingsFiles.find("conf", root, root / "manage.py", exists=lambda path: path.name != "local.py")
    assert [path.relative_to(root).as_posix() for path in (source.path for source in found.sources)] == [
        "conf/parts/a.py", "conf/stages/live.py", "conf/__init__.py",
    ]  # fmt: skip
    assert set(found.included) >= {root / "conf/parts/a.py", root / "conf/stages/live.py"}


def test_files_outside_of_the_repository_and_unreadable_ones_are_not_read(tmp_path):
    choosing = "ENV DJANGO_SETTINGS_MODULE=a.settings.base\n"
    (tmp_path / "Dockerfile").write_text(choosing)
    root = tmp_path / "repository"
    for name, text in {"manage.py": NOTHING, "a/settings/base.py": URLS, "a/settings/prod.py": STAR}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "Dockerfile.old").symlink_to(tmp_path / "Dockerfile")
    os.mkfifo(root / "Dockerfile.dev")
    assert candidates(root, root, production=True)[0] == "a.settings.prod"
    assert folder_of_module("elsewhere", root, root) is None
    (root / "Dockerfile").write_text(choosing)
    assert candidates(root, root, production=True)[0] == "a.settings.base"
