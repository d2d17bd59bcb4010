"""Error handlers that answer with the wrong status are corrected where they make their response."""

from __future__ import annotations

from pathlib import Path

import pytest

from steps.shared.error_handlers import Handler, _set_status, wrong_statuses
from steps.t02_fix_debug import FixDebug
from tests.steps import real_project
from wizard.editing.source import Source


def corrected(text, name="lost", code=404):
    source = Source.of(Path("views.py"), text.encode())
    line = next(number for number, each in enumerate(text.splitlines(), 1) if name in each)
    for each in wrong_statuses(source, Handler(code, Path("views.py"), line, name)):
        _set_status(source, each, code)
    return source.result().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('render(request, "404.html")', 'render(request, "404.html", status=404)', id="render"),
        pytest.param("HttpResponse()", "HttpResponse(status=404)", id="no argument"),
        pytest.param("http.HttpResponse(page, status=200)", "http.HttpResponse(page, status=404)", id="another status"),
        pytest.param('render(request, "a", {}, None, 200)', 'render(request, "a", {}, None, 404)', id="by position"),
        pytest.param('render(request, ("a"))', 'render(request, ("a"), status=404)', id="parentheses"),
        pytest.param(
            'render(\n        request,\n        "404.html",  # ours\n    )',
            'render(\n        request,\n        "404.html",  # ours\n        status=404,\n    )',
            id="comment stays",
        ),
        pytest.param(
            'render(\n        request,\n        "404.html",\n    )',
            'render(\n        request,\n        "404.html",\n        status=404,\n    )',
            id="one argument a line",
        ),
        pytest.param("HttpResponseNotFound(page)", "HttpResponseNotFound(page)", id="right class"),
        pytest.param("render(request, page, status=404)", "render(request, page, status=404)", id="right status"),
        pytest.param("render(request, page, **options)", "render(request, page, **options)", id="options"),
        pytest.param("redirect('home')", "redirect('home')", id="redirect"),
    ],
)
def test_the_status_is_added_to_the_response(before, after):
    text = "def lost(request, exception):\n    return {}\n"
    assert corrected(text.format(before)) == text.format(after)


def test_a_response_in_a_variable_a_lambda_and_a_class_are_corrected():
    text = "def lost(request, exception):\n    page = render(request, 'a')\n    page['X'] = 'y'\n    return page\n"
    assert "render(request, 'a', status=404)" in corrected(text)
    assert corrected(text.replace("page['X'] = 'y'", "page.status_code = 404")) == text.replace(
        "page['X'] = 'y'", "page.status_code = 404"
    )
    text = "class lost(View):\n    def get(self, request):\n        return HttpResponse('x')\n"
    assert "HttpResponse('x', status=404)" in corrected(text)
    text = "handler404 = lambda request, exception: HttpResponse('lost')\n"
    source = Source.of(Path("urls.py"), text.encode())
    assert len(list(wrong_statuses(source, Handler(404, Path("urls.py"), 1, "<lambda>")))) == 1


URLS = """
urlpatterns = []
handler400 = handler403 = "errors.refused"
handler404 = "errors.lost"
handler500 = "errors.broken"
"""
ERRORS = """
from django.http import HttpResponse
from django.shortcuts import render


def refused(request, exception):
    return HttpResponse("<p>refused</p>")


def lost(request, exception):
    return render(request, "lost.html")


def broken(request):
    return HttpResponse("<p>broken</p>")
"""


def test_the_pages_of_corrected_handlers_are_sent_with_their_status(tmp_path, python):
    files = {"urls.py": URLS, "errors.py": ERRORS, "pages/lost.html": "<p>no page {{ here }}</p>"}
    with real_project.opened(tmp_path, python, files) as (project, sandbox):
        step = FixDebug(None)
        before = {found.item: found for found in step.verify(project, sandbox, sandbox.answers)}
        assert [before[item].status for item in ("2.2", "2.3", "2.4")] == ["done", "failed", "failed"]
        assert before["2.3"].showed.startswith("handler404 answers 200")
        assert before["2.3"].where == "errors.py:9"
        plan = step.plan(project, sandbox, sandbox.answers)
        written = [action for action in plan.actions if getattr(action, "path", tmp_path).name == "errors.py"]
        assert [action.why for action in written] == ["answer 404 from handler404; answer 500 from handler500"]
        assert [action.why for action in plan.actions if hasattr(action, "snippet")] == [
            "handler400 must answer 400, but handler403 is the same view",
            "handler403 must answer 403, but handler400 is the same view",
        ]
        (tmp_path / "errors.py").write_bytes(written[0].after)
        project.refresh()
        after = {found.item: found for found in step.verify(project, sandbox, sandbox.answers)}
        assert [after[item].status for item in ("2.2", "2.3", "2.4")] == ["done", "done", "done"]


def test_a_page_that_cannot_be_rendered_names_its_error(tmp_path, python):
    pages = {"pages/404.html": "<p>lost</p>", "pages/500.html": "{% load no_such_library %}<p>broken</p>"}
    with real_project.opened(tmp_path, python, pages) as (project, sandbox):
        found = {each.item: each for each in FixDebug(None).verify(project, sandbox, sandbox.answers)}
        assert found["2.3"].status == "done"
        assert found["2.4"].status == "failed"
        assert "TemplateSyntaxError: 'no_such_library' is not a registered tag library" in found["2.4"].showed
