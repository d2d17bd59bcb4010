"""A fresh clone: without .env file, local settings or Redis, and with a stylesheet that refers to a missing file."""

from __future__ import annotations

import json

import pytest

from tests.cli_runner import golive
from tests.conftest import in_git

MANAGE = """
import os
import sys

from dotenv import load_dotenv

load_dotenv()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", os.environ["DJANGO_SETTINGS_MODULE"])
if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
SETTINGS = """
import os

SECRET_KEY = os.environ["SHOP_KEY"]
DEBUG = os.environ.get("DEBUG") == "True"
PAYMENT_PHRASE = os.environ["PAYMENT_PHRASE"]
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
"""


LOCAL = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = False
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
local = BASE_DIR / "site_" / "local_settings.py"
if local.exists():
    exec(local.read_bytes())
"""


def project(folder, settings, manage):
    (folder / "site_").mkdir(parents=True)
    (folder / "manage.py").write_text(manage)
    (folder / "site_" / "__init__.py").touch()
    (folder / "site_" / "urls.py").write_text("urlpatterns = []\n")
    (folder / "site_" / "settings.py").write_text(settings)
    return folder


def run_tasks(shop, tasks, python):
    """Run *tasks* successfully. Returns the evidence by item."""
    result = golive("--auto", "--json", "--only", tasks, shop, python=python)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr
    events = [json.loads(line) for line in result.stdout.splitlines()]
    return {each["item"]["id"]: each["evidence"] for each in events if each["event"] == "Ticked"}


def test_missing_variables_get_a_placeholder_and_are_reported(tmp_path, python):
    shop = project(tmp_path / "shop", SETTINGS, MANAGE)
    (shop / ".env.example").write_text("DJANGO_SETTINGS_MODULE=site_.settings\nSHOP_KEY=\n")
    in_git(shop)
    for tasks in ("1,4", "4"):  # after the first run only production has a key
        evidence = run_tasks(shop, tasks, python)
        assert evidence["4.4"]["status"] == "rehearsed"
        assert "System check identified no issues" in evidence["4.4"]["showed"]
        assert "With placeholders for PAYMENT_PHRASE, SHOP_KEY" in evidence["4.4"]["showed"]
        assert evidence["4.5"]["status"] == "done"
        (shop / ".golive" / "state.json").unlink()


def test_settings_ignored_by_git_are_not_part_of_the_deployment_check(tmp_path, python):
    shop = project(tmp_path / "shop", LOCAL, MANAGE.replace('os.environ["DJANGO_SETTINGS_MODULE"]', '"site_.settings"'))
    (shop / "site_" / "local_settings.py").write_text("DEBUG = True\nSECRET_KEY = 'only here'\n")
    (shop / ".gitignore").write_text("local_settings.py\n")
    in_git(shop)
    evidence = run_tasks(shop, "1-3,10", python)
    assert evidence["10.3"]["status"] == "done" and "no issues" in evidence["10.3"]["showed"]


BUILT = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["SHOP_KEY"]
DEBUG = os.environ.get("DEBUG") == "True"
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "build"]}]
"""


def test_error_pages_are_not_written_to_a_folder_that_git_ignores(tmp_path, python):
    shop = project(tmp_path / "shop", BUILT, MANAGE.replace('os.environ["DJANGO_SETTINGS_MODULE"]', '"site_.settings"'))
    (shop / ".gitignore").write_text("build/\n")
    in_git(shop)
    evidence = run_tasks(shop, "1-2", python)
    assert (shop / "templates" / "404.html").is_file() and not (shop / "build").exists()
    assert [evidence[item]["status"] for item in ("2.3", "2.4")] == ["done", "done"]


CACHED = """
import os

SECRET_KEY = os.environ.get("SHOP_KEY", "")
DEBUG = False
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], []
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"},
    "near": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
"""
VISITS = """
from django.core.cache import caches
from django.http import HttpResponse
from django.urls import re_path


def page(request):
    caches["default"].set("visits", 1)
    return HttpResponse(caches["near"].get("visits", "none"), status=404)


urlpatterns = [re_path("", page)]
"""


def test_an_unreachable_cache_server_does_not_fail_the_site(tmp_path, python):
    shop = project(
        tmp_path / "shop", CACHED, MANAGE.replace('os.environ["DJANGO_SETTINGS_MODULE"]', '"site_.settings"')
    )
    (shop / "site_" / "urls.py").write_text(VISITS)
    in_git(shop)
    evidence = run_tasks(shop, "1-3", python)
    assert evidence["2.2"]["status"] == evidence["3.3"]["status"] == "done", "each page writes to the cache"


STYLED = """
import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ.get("SHOP_KEY", "")
DEBUG = False
ROOT_URLCONF = "site_.urls"
ALLOWED_HOSTS, MIDDLEWARE, INSTALLED_APPS = [], [], ["django.contrib.staticfiles"]
STATIC_URL, STATICFILES_DIRS = "/static/", [BASE_DIR / "assets"]
{storage}
"""
NEW = """
default = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
STORAGES = {"default": default, "staticfiles": {"BACKEND": NAME}}
"""
PAGE = """
from django.http import Http404
from django.templatetags.static import static
from django.urls import re_path


def page(request):
    raise Http404(static("style.css"))


urlpatterns = [re_path("", page)]
"""


@pytest.mark.parametrize("storage", ["STATICFILES_STORAGE = NAME", NEW], ids=["as before 4.2", "since"])
def test_a_stylesheet_with_a_missing_file_does_not_fail_task_two(tmp_path, python, storage):
    name = 'NAME = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"'
    manage = MANAGE.replace('os.environ["DJANGO_SETTINGS_MODULE"]', '"site_.settings"')
    shop = project(tmp_path / "shop", STYLED.replace("{storage}", f"{name}\n{storage}"), manage)
    (shop / "site_" / "urls.py").write_text(PAGE)
    (shop / "assets").mkdir()
    (shop / "assets" / "style.css").write_text('body { background: url("missing.gif") }')
    in_git(shop)
    assert run_tasks(shop, "1-2", python)["2.2"]["status"] == "done", "each page names the stylesheet"
