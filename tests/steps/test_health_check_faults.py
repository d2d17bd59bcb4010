"""Task 5 finds health checks that say nothing of the database, say too much, or can't be reached."""

from __future__ import annotations

import textwrap

import pytest

from steps.t05_health_check import HealthCheck
from tests.steps import real_project
from wizard.checklist.evidence import Status

URLS = """
from django.urls import path
from health import health_check

urlpatterns = [path("health/", health_check)]
"""
VIEW = """
\"\"\"The health check for the platform and the uptime monitor: is the site up, and its database?\"\"\"
from django.db import DatabaseError, connection
from django.http import JsonResponse

def health_check(request):
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return JsonResponse({"status": "unhealthy"}, status=503)
    return JsonResponse({"status": "healthy"})
"""
SETTINGS = """
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
ALLOWED_HOSTS = ["shop.example.com", "healthcheck.railway.app"]
"""
HEALTHY = 'JsonResponse({"status": "healthy"})'
UNHEALTHY = 'JsonResponse({"status": "unhealthy"}, status=503)'


@pytest.fixture(scope="module")
def opened(tmp_path_factory, python):
    """A good project with its sandbox."""
    folder = tmp_path_factory.mktemp("health")
    with real_project.opened(folder, python, {"urls.py": URLS, "health.py": VIEW}, SETTINGS) as (project, sandbox):
        yield project, sandbox, (folder / "settings.py").read_text()


@pytest.fixture
def check(opened):
    """Verify task 5 with another view, URL configuration or lines of settings. Returns the failed items."""
    project, sandbox, settings = opened

    def verify(view=VIEW, urls=URLS, lines=""):
        for name, text in (("health.py", view), ("urls.py", urls), ("settings.py", settings + lines)):
            (project.root / name).write_text(textwrap.dedent(text).lstrip("\n"))
        project.refresh()
        found = HealthCheck(None).verify(project, sandbox, sandbox.answers)
        return {each.item: each for each in found if each.status is Status.FAILED}

    return verify


def test_a_good_check_has_no_fault(check):
    assert check() == {}
    more = VIEW.replace('{"status": "healthy"}', '{"status": "healthy", "database": "connected", "memory_mb": 180}')
    assert check(more) == {}
    assert check(lines='DATABASES["default"]["ATOMIC_REQUESTS"] = True\n') == {}


@pytest.mark.parametrize(
    ("view", "items", "found"),
    [
        (VIEW.replace(UNHEALTHY, HEALTHY), ["5.1", "5.4"], "200 while the database is down"),
        (VIEW.replace("cursor.execute", "str"), [], ""),  # the cursor alone connects
        (
            VIEW.replace("with connection.cursor() as cursor:\n            cursor.execute", "if 1:\n            str"),
            ["5.1", "5.4"],
            "200 while the database is down",
        ),
        (
            VIEW.replace(
                "from django.db import", "from django.views.decorators.cache import cache_page\nfrom django.db import"
            ).replace("def health_check", "@cache_page(600)\ndef health_check"),
            ["5.1", "5.4"],
            "200 while the database is down",
        ),
        (
            VIEW.replace(
                HEALTHY, 'JsonResponse({"status": "healthy"}, headers={"Cache-Control": "public, max-age=60"})'
            ),
            ["5.4"],
            "for 60 s",
        ),
        (
            VIEW.replace('{"status": "unhealthy"}', '{"status": "unhealthy", "detail": str(error)}'),
            ["5.4"],
            "unable to open database",
        ),
        (VIEW.replace('{"status": "healthy"}', '{"status": "healthy", "file": __file__}'), ["5.4"], "with details"),
        (
            VIEW.replace('{"status": "healthy"}', '{"status": "healthy", "db": str(connection.settings_dict["NAME"])}'),
            ["5.4"],
            "with details",
        ),
        (
            VIEW.replace(HEALTHY, "__import__('django').http.HttpResponse('<h1>Welcome to the shop</h1>')"),
            ["5.4"],
            "Welcome",
        ),
        (VIEW.replace(HEALTHY, "__import__('django').http.HttpResponse(status=204)"), ["5.3", "5.4"], "204"),
        (VIEW.replace('{"status": "healthy"}', '{"status": "unhealthy"}'), ["5.4"], "unhealthy"),
        (VIEW.replace("status=503", "status=500"), ["5.4"], "500"),
        (VIEW.replace(UNHEALTHY, "1 / 0"), ["5.4"], "500"),
        (
            VIEW.replace(
                "from django.db import", "from django.views.decorators.http import require_POST\nfrom django.db import"
            ).replace("def health_check", "@require_POST\ndef health_check"),
            ["5.1", "5.3", "5.4"],
            "405",
        ),
        (
            VIEW.replace(
                "def health_check(request):",
                "def health_check(request):\n    return __import__('django').http.HttpResponseRedirect('/login/')\n",
            ),
            ["5.1", "5.3", "5.4"],
            "redirected to /login/",
        ),
    ],
)
def test_a_fault_of_the_view_is_found(check, view, items, found):
    failed = check(view)
    assert sorted(failed) == items
    assert not items or any(found in each.showed for each in failed.values())
    assert all(each.where.startswith("health.py:") for item, each in failed.items() if item != "5.3")


@pytest.mark.parametrize(
    ("urls", "lines", "item", "found", "where"),
    [
        (URLS, "SECURE_REDIRECT_EXEMPT = []\n", "5.3", "SECURE_REDIRECT_EXEMPT does not match health/", ""),
        (
            URLS,
            'ALLOWED_HOSTS = ["shop.example.com"]\n',
            "5.3",
            "400 ALLOWED_HOSTS does not contain healthcheck.railway.app",
            "settings.py:",
        ),
        (
            URLS
            + "from django.http import HttpResponse\nfrom django.urls import re_path\n"
            + "def shop(request):\n    return HttpResponse('<h1>Shop</h1>')\n"
            + "urlpatterns.insert(0, re_path('', shop))\n",
            "",
            "5.2",
            "urls.shop, which comes before health.health_check",
            "urls.py:7",
        ),
        (
            URLS
            + "from django.http import JsonResponse\n"
            + "urlpatterns.insert(0, path('health/', lambda request: JsonResponse({'status': 'ok'})))\n",
            "",
            "5.2",
            "comes before health.health_check",
            "urls.py:6",
        ),
    ],
)
def test_a_check_that_is_not_reached_is_found(check, urls, lines, item, found, where):
    failed = check(urls=urls, lines=lines)
    assert item in failed and (item == "5.2" or list(failed) == [item])
    assert found in failed[item].showed
    assert failed[item].where.startswith(where)
