"""The packages that production needs: the modules that it loads, who brings them, and what the file provides."""

from __future__ import annotations

import textwrap
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

from wizard.project import needed_packages
from wizard.project.module_owners import ModuleOwners, other_owner
from wizard.project.used_modules import Use, UsedModules, named_in


def written(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))
    return folder


def installed(folder, **distributions):
    """Write the metadata of *distributions*, each with the paths of its files."""
    for name, paths in distributions.items():
        record = "".join(f"{path},sha256=x,1\n" for path in (*paths, f"{name}-1.0.dist-info/RECORD"))
        written(folder, {f"{name}-1.0.dist-info/RECORD": record})
    return ModuleOwners(folder)


def used(folder, *entries, apps=()):
    known = frozenset(path for path in folder.rglob("*.py"))
    modules = UsedModules(folder, known)
    modules.add_files(folder / entry for entry in entries)
    for app in apps:
        modules.add_name(app, folder / "settings.py", 1, app=True)
    return {name for use in modules.found.values() for name in use.names}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import celery\n", {"celery"}),
        ("def view(request):\n    import celery\n", {"celery"}),
        ("from google.cloud import storage\n", {"google.cloud", "google.cloud.storage"}),
        ("import os, json, importlib.metadata\n", set()),
        ("try:\n    import orjson\nexcept ImportError:\n    import json as orjson\n", set()),
        ("try:\n    import orjson\nexcept ImportError as error:\n    raise OSError('x') from error\n", {"orjson"}),
        ("from contextlib import suppress\nwith suppress(ImportError):\n    import orjson\n", set()),
        ("if DEBUG:\n    import debug_toolbar\nelse:\n    import sentry_sdk\n", {"sentry_sdk"}),
        ("if not settings.DEBUG:\n    import sentry_sdk\n", {"sentry_sdk"}),
        ("if TYPE_CHECKING:\n    import mypy_boto3\n", set()),
        ("if USE_S3:\n    import boto3\n", {"boto3"}),
        ("class A:\n    photo = models.ImageField()\n", {"PIL"}),
    ],
    ids=["top", "in a function", "namespace", "standard library", "optional", "required", "suppressed", "DEBUG",
         "not DEBUG", "types", "another switch", "image field"],
)  # fmt: skip
def test_imports_that_run_in_production_are_found(tmp_path, text, expected):
    written(tmp_path, {"views.py": text})
    assert used(tmp_path, "views.py") == expected


def test_only_modules_that_production_reaches_are_read(tmp_path):
    files = {
        "manage.py": "import site_.settings\n",
        "site_/__init__.py": "from .celery import app\n",
        "site_/celery.py": "from celery import Celery\n",
        "site_/settings.py": "ROOT_URLCONF = 'site_.urls'\n",
        "site_/development.py": "import debug_toolbar\n",
        "site_/urls.py": "urlpatterns = [path('', include('shop.pages.urls'))]\n",
        "shop/__init__.py": "",
        "shop/models.py": "from ..helpers import a\nfrom . import prices\n",
        "shop/prices.py": "import money\n",
        "shop/tasks.py": "import requests\n",
        "shop/scrape.py": "import bs4\n",
        "shop/tests/test_it.py": "import factory\n",
        "shop/test_views.py": "import pytest\n",
        "shop/migrations/0001_initial.py": "import taggit.managers\n",
        "shop/pages/urls.py": "from shop.pages import views\n",
        "shop/pages/views.py": "import qrcode\n",
        "helpers.py": "import yaml\n",
    }
    written(tmp_path, files)
    found = used(tmp_path, "manage.py", apps=["shop.apps.ShopConfig", "import_export", "django.contrib.admin"])
    expected = {"celery", "celery.Celery", "money", "requests", "taggit.managers", "qrcode", "yaml"}
    assert found == {*expected, "import_export", "django.contrib.admin"}


def test_names_in_settings_are_found_and_other_texts_are_not():
    values = {
        "INSTALLED_APPS": ["import_export"],
        "EMAIL_BACKEND": "anymail.backends.sendgrid.EmailBackend",
        "CACHES": {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis.internal"}},
        "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop.production"}},
        "STORAGES": {"default": {"BACKEND": "storages.backends.s3.S3Storage"}},
        "LOGGING": {"handlers": {"json": {"class": "pythonjsonlogger.Handler"}}, "loggers": {"celery.worker": {}}},
        "REST_FRAMEWORK": {"DEFAULT_AUTHENTICATION_CLASSES": ["knox.auth.TokenAuthentication"]},
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher", "other.Hasher"],
        "SITE_DOMAIN": "celery.example",
    }
    names = [name for _, name in named_in(values.get)]
    assert names == [
        "import_export", "anymail.backends.sendgrid.EmailBackend", "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.db.backends.postgresql", "django_redis.cache.RedisCache", "storages.backends.s3.S3Storage",
        "pythonjsonlogger.Handler", "knox.auth.TokenAuthentication",
    ]  # fmt: skip


def test_a_backend_counts_as_a_use_of_its_driver(tmp_path):
    modules = UsedModules(tmp_path, frozenset())
    modules.add_name("django.db.backends.postgresql", tmp_path, 3)
    assert ("psycopg", "psycopg2") in modules.found


def test_the_owner_of_a_namespace_is_the_one_with_the_module(tmp_path):
    owners = installed(
        tmp_path, google_auth=["google/auth/__init__.py"], google_cloud_storage=["google/cloud/storage/__init__.py"],
        PyYAML=["yaml/__init__.py", "_yaml/__init__.py"], six=["six.py"], types_six=["six-stubs/__init__.pyi"],
    )  # fmt: skip
    assert owners.of("google.cloud.storage.Client") == {"google-cloud-storage"}
    assert owners.of("yaml") == {"pyyaml"}
    assert owners.of("six.moves") == {"six"}
    assert owners.of("celery") == set()
    written(tmp_path, {"six-1.0.dist-info/direct_url.json": '{"dir_info": {}, "url": "file:///home/me/six"}'})
    assert ModuleOwners(tmp_path).of("six") == set(), "a folder of this machine can't be recorded"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("python-dotenv", "django-dotenv"), ("django-dotenv", ""), ("PyJWT", "jwt"), ("gunicorn", "")],
)
def test_another_distribution_with_the_same_module_is_found(tmp_path, name, expected):
    owners = installed(tmp_path, django_dotenv=["dotenv.py"], jwt=["jwt/__init__.py"])
    assert other_owner(name, owners) == expected


REQUIRES = {
    "Celery": ["kombu>=5", 'redis>=4; extra == "redis"', 'tomli; python_version < "3"'],
    "kombu": ["vine"],
    "django-storages": ["django", 'boto3; extra == "s3"'],
}


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        (["celery"], {"celery", "kombu", "vine"}),
        (["celery[redis]"], {"celery", "kombu", "vine", "redis"}),
        (["django-storages[s3]", 'celery; sys_platform == "win32"'], {"django-storages", "django", "boto3"}),
    ],
)
def test_what_requirements_require_is_provided_too(recorded, expected):
    requirements = {each: Requirement(each) for each in recorded}
    assert needed_packages.provided_by(requirements, REQUIRES, "3.11.7") == expected


@pytest.mark.parametrize(
    ("names", "provided", "expected"),
    [
        (("celery.Celery",), {"django"}, "celery"),
        (("celery.Celery",), {"celery"}, ""),
        (("psycopg", "psycopg2"), {"psycopg2-binary"}, ""),
        (("psycopg2",), {"psycopg2"}, ""),
        (("psycopg", "psycopg2"), {"django"}, "psycopg2-binary"),
        (("nobody_knows",), {"django"}, ""),
    ],
)
def test_a_package_is_needed_if_nothing_recorded_brings_the_module(tmp_path, names, provided, expected):
    owners = installed(tmp_path, celery=["celery/__init__.py"], psycopg2_binary=["psycopg2/__init__.py"])
    assert needed_packages.lacking(Use(names, tmp_path, 1), owners, provided) == expected


def test_a_module_that_only_this_machine_has_is_not_importable_in_production(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    installed(here, celery=["celery/__init__.py"], django=["django/__init__.py"])
    installed(there, django=["django/__init__.py"])
    written(tmp_path / "site", {"manage.py": "import django\nimport celery\nimport not_installed\n"})
    project = SimpleNamespace(
        root=tmp_path / "site", manage=tmp_path / "site/manage.py", value={}.get,
        copy=SimpleNamespace(known=lambda: [tmp_path / "site/manage.py"]), settings=SimpleNamespace(sources=[]),
        interpreter=SimpleNamespace(start=lambda: {"packages": str(here), "python": "3.11.7"}),
    )  # fmt: skip
    [use] = needed_packages.not_importable(project, there)
    assert (use.names, use.line) == (("celery",), 2)
