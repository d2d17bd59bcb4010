"""Task 2 finds error pages that visitors don't see, that are not the project's own, or that show too much."""

from __future__ import annotations

import textwrap

import pytest

from steps.t02_fix_debug import FixDebug
from tests.steps import real_project
from wizard.checklist.evidence import Status

PAGES = {
    "pages/404.html": "<h1>Lost</h1><p>There is no page at this address.</p>\n",
    "pages/500.html": "<h1>Sorry</h1><p>The page could not be shown.</p>\n",
    "urls.py": "urlpatterns = []\n",
    "more.py": "",
}
CONTEXT = """
TEMPLATES[0]["OPTIONS"] = {"context_processors": ["django.template.context_processors.request", "more.context"]}
"""
CONTEXT_MODULE = """
import os, sys, django
from django.conf import settings

def context(request):
    return {{"it": {}}}
"""
EVERY = """
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path

def every(request, rest):
    return {}

urlpatterns = [path("<path:rest>", every)]
"""
HANDLER = """
from django.http import HttpResponse

def page(request, exception=None):
    {}

handler{} = page
urlpatterns = []
"""
ADDED = """
from django.http import HttpResponse

class Added:
    def __init__(self, get_response):
        self.get_response = get_response
    def __call__(self, request):
        {}
    def process_exception(self, request, error):
        {}
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory, python):
    """A good project with its sandbox, and its files, which are written again before each test."""
    folder = tmp_path_factory.mktemp("pages")
    with real_project.opened(folder, python, PAGES) as (project, sandbox):
        yield project, sandbox, (folder / "settings.py").read_text()


@pytest.fixture
def check(opened):
    """Verify task 2 with *changed* files and lines of settings. Returns the failed items."""
    project, sandbox, settings = opened

    def verify(changed, lines=""):
        written = {**PAGES, **changed, "settings.py": settings + lines}
        for name, text in written.items():
            (project.root / name).unlink(missing_ok=True)
            if text is not None:
                (project.root / name).write_text(textwrap.dedent(text).lstrip("\n"))
        project.refresh()
        sandbox.mark_log()
        found = list(FixDebug(None).verify(project, sandbox, sandbox.answers))
        return {each.item: each for each in found if each.status is Status.FAILED}

    return verify


def context(value):
    return {"more.py": CONTEXT_MODULE.format(value)}


def handler(code, body):
    return {"urls.py": HANDLER.format(body, code)}


def test_good_pages_have_no_fault(check):
    assert check({}) == {}


LINKING = """
from django.http import HttpResponse
from django.urls import path, reverse

def start(request):
    return HttpResponse("start")

def broken(request):
    return HttpResponse(f'<a href="{reverse("start")}">Start</a>', status=500)

handler500 = broken
urlpatterns = [path("", start, name="start")]
"""


def test_an_error_page_may_link_to_the_site(check):
    assert not check({"urls.py": LINKING})


def test_a_login_before_all_pages_and_a_frontend_are_no_fault(check):
    elsewhere = "HttpResponse(status=302, headers={'Location': '/login/'})"
    wall = f"return self.get_response(request) if request.path == '/login/' else {elsewhere}"
    assert check({"more.py": ADDED.format(wall, "return None")}, "\nMIDDLEWARE = ['more.Added']\n") == {}
    frontend = EVERY.format("HttpResponse('<script src=/app.js></script>')")
    assert check({"urls.py": frontend}) == {}
    json = "from django.http import JsonResponse\n    return JsonResponse({'detail': 'Not found.'}, status=404)"
    assert check(handler(404, json)) == {}


@pytest.mark.parametrize(
    ("changed", "lines", "item", "found", "where"),
    [
        ({"pages/404.html": None}, "", "2.3", "pages/404.html is missing", "pages/404.html"),
        ({"pages/404.html": ""}, "", "2.3", "the page is empty", "pages/404.html"),
        (
            {"pages/404.html": "<html><!-- --><body>\n&nbsp;</body></html>"},
            "",
            "2.3",
            "the page is empty",
            "pages/404.html",
        ),
        ({"pages/500.html": "\n"}, "", "2.4", "the page is empty", "pages/500.html"),
        (
            {"pages/404.html": "<p>Lost\n{% load nothere %}"},
            "",
            "2.3",
            "'nothere' is not a registered tag library",
            "pages/404.html:2",
        ),
        (
            {"pages/404.html": "<p>Lost\n<a href='{% url \"nothere\" %}'>x</a>"},
            "",
            "2.3",
            "NoReverseMatch: Reverse for 'nothere'",
            "pages/404.html:2",
        ),
        (
            {"pages/404.html": "{# x #}\n{% extends 'nothere.html' %}"},
            "",
            "2.3",
            "pages/404.html uses nothere.html, which is missing",
            "pages/404.html:2",
        ),
        (
            {"pages/404.html": "{% include 'nothere.html' %}"},
            "",
            "2.3",
            "pages/404.html uses nothere.html, which is missing",
            "pages/404.html:1",
        ),
        (
            {"pages/500.html": "{% extends 'nothere.html' %}"},
            "",
            "2.4",
            "TemplateDoesNotExist: nothere.html",
            "pages/500.html:1",
        ),
        (
            {"pages/404.html": "<p>Lost {{ request.META }}", **context("1")},
            CONTEXT,
            "2.3",
            "the page shows the request's headers",
            "pages/404.html:1",
        ),
        (
            {"pages/404.html": "<p>Lost {{ request.headers.items }}", **context("1")},
            CONTEXT,
            "2.3",
            "the page shows the request's headers",
            "pages/404.html:1",
        ),
        (
            {"pages/404.html": "<p>Lost {{ request }}", **context("1")},
            CONTEXT,
            "2.3",
            "the page shows request.META: <WSGIRequest",
            "pages/404.html:1",
        ),
        (
            {"pages/404.html": "<p>Lost {{ it }}", **context("settings.DATABASES")},
            CONTEXT,
            "2.3",
            "the page shows settings",
            "pages/404.html",
        ),
        (
            {"pages/404.html": "<p>Lost {{ it }}", **context("str(settings.BASE_DIR)")},
            CONTEXT,
            "2.3",
            "the page shows a path of the server",
            "pages/404.html",
        ),
        (
            {"pages/404.html": "<p>Lost {{ it }}", **context("django.get_version()")},
            CONTEXT,
            "2.3",
            "the page shows the version of Django",
            "pages/404.html",
        ),
        (
            {"pages/404.html": "<p>Lost <!-- {{ it }} -->", **context("sys.version")},
            CONTEXT,
            "2.3",
            "the page shows a version",
            "pages/404.html",
        ),
        (
            {"pages/404.html": "<p>Lost</p><small>Django 4.2, gunicorn/21.2</small>"},
            "",
            "2.3",
            "the page shows a version: Django 4.2",
            "pages/404.html:1",
        ),
        (
            {"pages/404.html": "<p>Lost {{ it }}", **context("dict(os.environ)")},
            CONTEXT,
            "2.3",
            "the page shows",
            "pages/404.html",
        ),
        (
            handler(404, "return HttpResponse('<p>%r</p>' % (exception,), status=404)"),
            "",
            "2.3",
            "the page shows URL patterns",
            "urls.py:3",
        ),
        (handler(404, "return HttpResponse('<p>Lost', status=200)"), "", "2.3", "handler404 answers 200", "urls.py:3"),
        (handler(404, "return HttpResponse('', status=404)"), "", "2.3", "the page is empty", "urls.py:3"),
        (
            handler(404, "return HttpResponse('gone', status=404)"),
            "",
            "2.3",
            "handler404 does not show 404.html",
            "urls.py:3",
        ),
        (
            handler(404, "return HttpResponse(status=302, headers={'Location': '/'})"),
            "",
            "2.3",
            "302, a redirect to /",
            "urls.py:3",
        ),
        (handler(404, "raise ValueError('no')"), "", "2.3", "ValueError: no", "urls.py:3"),
        (
            handler(500, "raise ValueError('no')"),
            "",
            "2.4",
            "the server's own page. It can't be rendered: ValueError: no",
            "urls.py:3",
        ),
        (handler(500, "return HttpResponse('<p>Sorry')"), "", "2.4", "handler500 answers 200", "urls.py:3"),
        (
            handler(500, "import sys\n    return HttpResponse('<p>Sorry %r' % (sys.exc_info()[1],), status=500)"),
            "",
            "2.4",
            "the page shows the error's message",
            "urls.py:3",
        ),
        (
            handler(500, "import traceback\n    return HttpResponse('<pre>%s' % traceback.format_exc(), status=500)"),
            "",
            "2.4",
            "the page shows a traceback",
            "urls.py:3",
        ),
        (
            {"urls.py": EVERY.format("HttpResponse('nothing here')")},
            "",
            "2.3",
            "a URL pattern matches every address: urls.every answers 200",
            "urls.py:",
        ),
        (
            {"urls.py": EVERY.format("redirect('/admin/')")},
            "",
            "2.3",
            "urls.every answers 302, a redirect to /admin/",
            "urls.py:",
        ),
        (
            {"more.py": ADDED.format("return self.get_response(request)", "return HttpResponse('All is well')")},
            "\nMIDDLEWARE = ['more.Added']\n",
            "2.4",
            "an error in a view is answered with status 200",
            "",
        ),
        (
            {
                "more.py": ADDED.format(
                    "return self.get_response(request)", "return HttpResponse('<p>%r' % error, status=500)"
                )
            },
            "\nMIDDLEWARE = ['more.Added']\n",
            "2.4",
            "the page shows the error's message",
            "pages/500.html",
        ),
        (
            {},
            "\nDEBUG_PROPAGATE_EXCEPTIONS = True\n",
            "2.4",
            "the server's own page: DEBUG_PROPAGATE_EXCEPTIONS is True",
            "settings.py:",
        ),
    ],
)
def test_a_fault_of_a_page_is_found_with_its_place(check, changed, lines, item, found, where):
    failed = check(changed, lines)
    assert list(failed) == [item]
    assert found in failed[item].showed
    assert failed[item].where.startswith(where)
    assert failed[item].expected == f"the project's own page with status {'404' if item == '2.3' else '500'}"
