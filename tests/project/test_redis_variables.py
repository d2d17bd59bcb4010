"""The variables with the address of Redis are found by their names and defaults, and get the parts that they hold."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.steps.fakes import FakeProject
from wizard.project import redis_variables

URL = "redis://default:p%40ss@127.0.0.1:6400"


def found(folder, text, given=(), **files):
    paths = [folder / "settings.py"]
    for name, content in files.items():
        paths.append(folder / f"{name}.py")
        paths[-1].write_text(content)
    copy = SimpleNamespace(files=lambda: paths, at=lambda path: path, back=lambda path: path)
    return redis_variables.find(
        FakeProject(folder, "import os\n" + text, service_values=lambda: dict(given), copy=copy)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A = os.environ.get("REDIS_URL", "redis://localhost:6379/2")\n', {"REDIS_URL": "url/2"}),
        ('A = os.environ.get("CELERY_BACKEND", "redis://localhost:6379/0")\n', {"CELERY_BACKEND": "url/0"}),
        ('A = os.environ["CELERY_BROKER_URL"]\n', {"CELERY_BROKER_URL": "url"}),
        ('A = os.environ.get("CELERY_BROKER_URL", "amqp://localhost")\n', {}),
        ('A = os.environ.get("CELERY_RESULT_BACKEND", "django-db")\n', {}),
        ('A = os.environ.get("CACHE_LOCATION", "rediss://cache/1")\n', {"CACHE_LOCATION": "url/1"}),
        ('A = os.environ.get("REDIS_HOST", "localhost")\nB = os.environ.get("REDIS_PORT", "6379")\n',
         {"REDIS_HOST": "host", "REDIS_PORT": "port"}),
        ('A = os.environ.get("REDIS_TIMEOUT", "5")\nB = os.environ.get("REDIS_KEY_PREFIX", "")\n', {}),
    ],
)  # fmt: skip
def test_names_and_defaults_say_what_a_variable_holds(tmp_path, text, expected):
    assert found(tmp_path, text) == expected


LAYER = """
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [HOST]}}}
"""
CACHE = 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": HOST}}\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LAYER.replace("HOST", 'os.getenv("SHOP_CHANNELS")'), {"SHOP_CHANNELS": "url"}),
        (LAYER.replace("HOST", '{"address": os.environ["SHOP_CHANNELS"]}'), {"SHOP_CHANNELS": "url"}),
        (LAYER.replace("HOST", '(os.getenv("SHOP_SERVER"), 6379)'), {}),
        (CACHE.replace("HOST", 'os.getenv("DJANGO_CACHE_URL")'), {"DJANGO_CACHE_URL": "url"}),
        (CACHE.replace("HOST", '[os.getenv("SHOP_CACHE")]'), {"SHOP_CACHE": "url"}),
        (
            CACHE.replace("HOST", 'os.getenv("SHOP_CACHE")') + 'CACHES = {**CACHES, "limits": {}}\n',
            {"SHOP_CACHE": "url"},
        ),
        ('PLACE = os.getenv("SHOP_CACHE")\n' + CACHE.replace("HOST", "PLACE"), {"SHOP_CACHE": "url"}),
        (CACHE.replace("HOST", 'os.getenv("SHOP_CACHE", "cache:6379")'), {}),
        (CACHE.replace("redis.RedisCache", "filebased.FileBasedCache").replace("HOST", 'os.getenv("SHOP_CACHE")'), {}),
    ],
)
def test_the_address_of_a_cache_or_a_channel_layer_is_found_whatever_its_name(tmp_path, text, expected):
    assert found(tmp_path, text) == expected


def test_other_modules_and_the_env_file_are_searched_too(tmp_path):
    application = 'import os\napp = Celery("shop", broker=os.environ["REDIS_URL"])\n'
    given = {"CACHE_URL": "redis://cache.example.com:6379/3", "SITE_URL": "https://shop.in"}
    assert found(tmp_path, "", given, celery=application) == {"CACHE_URL": "url/3", "REDIS_URL": "url"}


def test_each_variable_gets_the_part_that_it_holds():
    kinds = {"REDIS_URL": "url/1", "REDIS_HOST": "host", "REDIS_PORT": "port", "REDIS_PASSWORD": "password"}
    assert redis_variables.values(kinds, URL) == {
        "REDIS_URL": f"{URL}/1", "REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6400", "REDIS_PASSWORD": "p@ss",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "needed"),
    [
        ({"A": "url"}, True),
        ({"A": "host", "B": "port"}, False),
        ({"A": "host", "B": "password"}, True),
        ({"A": "host", "B": "url/1"}, True),
    ],
)
def test_a_server_has_a_password_where_the_settings_have_a_place_for_it(kinds, needed):
    assert redis_variables.needs_password(kinds) is needed
