"""Error pages of the project are distinguished from Django's defaults."""

from __future__ import annotations

import pytest

from steps.shared.error_pages import is_own_page
from tests.steps.fakes import FakeProject, response

GUNICORN = """<html>
  <head>
    <title>Internal Server Error</title>
  </head>
  <body>
    <h1><p>Internal Server Error</p></h1>

  </body>
</html>
"""
DJANGO = "<h1>Server Error (500)</h1><p></p>"


@pytest.mark.parametrize(
    ("handlers", "template", "page", "own"),
    [
        ([], False, "<h1>Sorry</h1>", False),
        ([], True, "<h1>Sorry</h1>", True),
        ([], True, DJANGO, False),
        ([500], False, "<h1>Sorry</h1>", True),
        ([500], False, "", False),
        ([404], False, "<h1>Sorry</h1>", False),
        ([500], True, "A server error occurred.  Please contact the administrator.", False),
        ([500], True, GUNICORN, False),
    ],
    ids=["neither", "template", "Django's page", "handler", "empty", "another handler", "wsgiref", "gunicorn"],
)
def test_a_page_is_the_projects_own_by_its_handler_or_template(tmp_path, handlers, template, page, own):
    project = FakeProject(tmp_path, template_folders=lambda: [tmp_path])
    project.inspected["handlers"] = handlers
    if template:
        (tmp_path / "500.html").write_text(page)
    assert is_own_page(project, 500, response(500, page)) is own
