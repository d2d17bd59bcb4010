"""The Content-Security-Policy allows the resources that templates load, and inline scripts are found."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from steps.shared.csp import (
    TemplateContent,
    allows_inline_scripts,
    build_policy,
    read_pages,
    scan_static_files,
    scan_templates,
    setting_names,
)
from steps.t20_security_testing import _listed
from tests.steps.fakes import FakeSandbox, FakeSite, response, url
from wizard.base.errors import StepError
from wizard.project.urls import Url


def scan(tmp_path, page, views="", below="."):
    """Scan a project with one template *below* its folder, whose second line is *page*, and *views* as its views.py."""
    folder = tmp_path / below
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text("<html>\n" + page)
    (tmp_path / "views.py").write_text(views)
    urls = [SimpleNamespace(file="views.py"), SimpleNamespace(file=None)]
    settings = {"template_dirs": [str(folder)]}
    return scan_templates(
        SimpleNamespace(
            root=tmp_path, inspect_settings=lambda: settings, urls=urls, own=lambda path: path,
            display_path=lambda path: str(path.relative_to(tmp_path)),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("page", "directive", "source"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', "script-src", "https://cdn.example.com"),
        ('<script defer src="//unpkg.com/x"></script>', "script-src", "https://unpkg.com"),
        ('<link rel="stylesheet" href="https://fonts.example.com/css?x">', "style-src", "https://fonts.example.com"),
        ('<script src="https://cdn.tailwind.example?plugins=forms"></script>', "script-src",
         "https://cdn.tailwind.example"),
        ('<link rel="stylesheet" href="https://fonts.example.com?family=A">', "style-src", "https://fonts.example.com"),
        ('<iframe src="https://player.example.com/1"></iframe>', "frame-src", "https://player.example.com"),
        ('<form method="post" action="https://pay.example.com/go">', "form-action", "https://pay.example.com"),
        ("<script>go()</script>", "script-src", "'unsafe-inline'"),
        ('<a href="#" onclick="go()">', "script-src", "'unsafe-inline'"),
        ('<script>var s = el("script"); s.src = "https://tags.example.com/t.js";</script>', "script-src",
         "https://tags.example.com"),
        ('<script type="module">import * as React from "https://esm.example.com/react@19"</script>', "script-src",
         "https://esm.example.com"),
        ('<script type="importmap">{"imports": {"react": "https://esm.example.com/react"}}</script>', "script-src",
         "https://esm.example.com"),
        ('<script src="https://cdn.example.com/redoc/redoc.standalone.js"></script>', "worker-src", "blob:"),
        ('<audio controls src="{{ message.audio.url }}"></audio>', "media-src", "https:"),
        ("<script>image.src = URL.createObjectURL(file)</script>", "img-src", "blob:"),
        ('<iframe src="{{ lesson.video }}"></iframe>', "frame-src", "https:"),
        ('<form method="post" action="{{ payment.address }}">', "form-action", "https:"),
        ('<embed src="{{ report.file.url }}" type="application/pdf">', "object-src", "'self'"),
        ('<object data="/media/report.pdf"></object>', "object-src", "'self'"),
        ('<div x-data="{open: false}"><p x-show="open"></p></div>', "script-src", "'unsafe-eval'"),
        ('<li v-for="item in items">', "script-src", "'unsafe-eval'"),
        ('<button hx-on:click="go()">', "script-src", "'unsafe-eval'"),
        ('<div ondragover="go(event)">', "script-src", "'unsafe-inline'"),
        ('<a href="javascript:history.back()">', "script-src", "'unsafe-inline'"),
        ('<p>a script in a file of its own asks another host</p>', "connect-src", "https:"),
    ],
)  # fmt: skip
def test_the_policy_allows_what_a_page_loads(tmp_path, page, directive, source):
    assert source in build_policy(scan(tmp_path, page))[directive]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="{% static "a.js" %}"></script>',
        '<script type="application/json" id="data">{}</script>',
        '<img src="https://cdn.example.com/a.png">',
        "<p>a description of onclick = nothing</p>",
        '<script src="https://{{ host }}/a.js"></script>',
        '<form method="post" action="{{ request.path }}">',
        '<a href="javascript:void(0)" class="x-data">',
        '<button hx-post="/go/" hx-trigger="click delay:1s">',
    ],
)
def test_a_page_without_scripts_from_elsewhere_gets_no_script_src(tmp_path, page):
    evidence = scan(tmp_path, page)
    assert not evidence.inline
    policy = build_policy(evidence)
    assert "script-src" not in policy
    assert policy["form-action"] == ["'self'"] and policy["object-src"] == ["'none'"]


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ('<script src="http://cdn.example.com/a.js"></script>', "page.html:2"),
        ("<link href='http://fonts.example.com/css?x' rel='stylesheet'>", "page.html:2"),
        ('<img class="a" src="http://example.com/a.png">', "page.html:2"),
        ('<link rel="canonical" href="http://example.com/">', ""),
        ('<a href="http://example.com/">', ""),
        ('<img src="https://example.com/a.png">', ""),
    ],
)
def test_resources_over_plain_http_are_found_and_upgraded(tmp_path, page, place):
    evidence = scan(tmp_path, page)
    assert evidence.plain == place
    assert ("upgrade-insecure-requests" in build_policy(evidence)) is bool(place)


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', "page.html:2"),
        ('<script src="//cdn.example.com/a.js" integrity="sha384-x" crossorigin="anonymous"></script>', ""),
        ('<script src="/static/a.js"></script>', ""),
    ],
)
def test_a_script_from_another_host_without_integrity_is_found(tmp_path, page, place):
    assert scan(tmp_path, page).unproven == place


def test_the_first_inline_script_is_found_with_its_line(tmp_path):
    assert scan(tmp_path, "<body>\n<script>go()</script>").inline == "page.html:3"


@pytest.mark.parametrize(
    ("below", "place"),
    [
        ("shop/templates", "shop/templates/page.html:2"),
        (".venv/lib/site-packages/allauth/templates", "allauth/templates/page.html:2"),
    ],
)
def test_a_template_is_named_by_its_path_in_the_repository_or_in_its_package(tmp_path, below, place):
    assert scan(tmp_path, "<script>go()</script>", below=below).inline == place


def test_modules_that_a_script_of_the_project_imports_are_allowed(tmp_path):
    (tmp_path / "chat.js").write_text(
        'import { start } from "https://esm.example.com/chat@2";\nlet a = "//b.example.com"\n'
    )
    content = TemplateContent()
    scan_static_files(SimpleNamespace(copy=SimpleNamespace(files=lambda: [tmp_path / "chat.js"])), content)
    assert build_policy(content)["script-src"] == ["'self'", "https://esm.example.com"]


def test_styles_that_a_style_of_the_project_imports_are_allowed(tmp_path):
    (tmp_path / "base.css").write_text("@import url('https://fonts.example.com/css2?family=Inter');\n")
    content = TemplateContent()
    scan_static_files(SimpleNamespace(copy=SimpleNamespace(files=lambda: [tmp_path / "base.css"])), content)
    assert build_policy(content)["style-src"] == ["'self'", "'unsafe-inline'", "https://fonts.example.com"]


def test_the_widget_of_another_host_may_show_its_frame_and_load_its_own_scripts(tmp_path):
    policy = build_policy(scan(tmp_path, '<script src="https://www.google.com/recaptcha/api.js"></script>'))
    assert policy["script-src"] == ["'self'", "https://www.google.com", "https://www.gstatic.com"]
    assert "https:" in policy["frame-src"] and "https://www.gstatic.com" in policy["style-src"]
    for address in ("/static/a.js", "https://cdn.jsdelivr.net/npm/htmx.org@2"):
        assert "frame-src" not in build_policy(scan(tmp_path, f'<script src="{address}"></script>'))


def test_only_the_site_itself_may_frame_its_pages_unless_a_view_is_exempt(tmp_path):
    assert build_policy(scan(tmp_path, "", "def page(request): ..."))["frame-ancestors"] == ["'self'"]
    views = "@xframe_options_exempt\ndef widget(request): ..."
    assert "frame-ancestors" not in build_policy(scan(tmp_path, "", views)), "X-Frame-Options decides for each view"


def test_a_host_of_the_settings_is_named_by_its_setting_since_a_variable_may_change_it():
    values = {"STATIC_URL": "https://cdn.example.com/static/", "MEDIA_URL": "https://shop.s3.amazonaws.com/media/"}
    project = SimpleNamespace(value=values.get, settings=SimpleNamespace(always=lambda name: name == "STATIC_URL"))
    named = setting_names(project)
    assert named == {"https://cdn.example.com": "STATIC_URL"}
    sources = ["'self'", "https://cdn.example.com", "https://fonts.example.com"]
    assert _listed(sources, named) == """["'self'", STATIC_URL, "https://fonts.example.com"]"""


DOCS = """<html>
<link rel="stylesheet" href="https://cdn.example.net/npm/swagger-ui-dist@5/swagger-ui.css">
<script src="https://cdn.example.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({url: "/api/schema/"})</script>
"""


def read(routes, answer, account=None):
    """Read the pages at *routes*, of which *answer* returns the response. *account* creates the staff member."""
    content = TemplateContent()
    rows = [each if isinstance(each, Url) else url(each, view=f"docs.{each}") for each in routes]
    project = SimpleNamespace(root=Path("/nowhere"), urls=rows)
    ask = account or (lambda op, **given: {"cookies": {"sessionid": "staff"}})
    read_pages(project, FakeSandbox(FakeSite(answer), ask=ask), content)
    return content


def test_the_policy_allows_what_a_library_page_loads():
    requested = []

    def answer(method, path, headers):
        requested.append((path, headers["Accept"].startswith("text/html")))
        return response(200, DOCS, content_type="text/html; charset=utf-8")

    content = read(["api/docs/", "api/items/<int:pk>/", "logout/"], answer)
    assert requested == [("/api/docs/", True)], "only pages that are safe to open"
    policy = build_policy(content)
    assert policy["script-src"] == ["'self'", "'unsafe-inline'", "https://cdn.example.net"]
    assert policy["style-src"] == ["'self'", "'unsafe-inline'", "https://cdn.example.net"]
    assert content.inline == "/api/docs/:4"


def test_each_reading_of_the_pages_has_a_staff_member_of_its_own():
    """The scratch database keeps the accounts of earlier readings."""
    names = []

    def account(op, **given):
        names.append(given["name"])
        return {"cookies": {"sessionid": "staff"}}

    for _ in range(2):
        read(["api/docs/"], lambda method, path, headers: response(403), account)
    assert len(set(names)) == 2


@pytest.mark.parametrize("status", [302, 401, 403])
def test_documentation_for_staff_is_read_as_a_staff_member(status):
    def answer(method, path, headers):
        staff = headers.get("Cookie") == "sessionid=staff"
        return response(200, DOCS, content_type="text/html") if staff else response(status)

    assert read(["api/docs/"], answer).hosts["script-src"] == {"cdn.example.net"}


def test_without_a_staff_member_documentation_for_staff_stays_unread():
    def refuse(op, **given):
        raise StepError("The operation user failed", "TypeError")

    assert not read(["api/docs/"], lambda method, path, headers: response(403), refuse).hosts


@pytest.mark.parametrize(
    ("row", "read_as_page"),
    [
        (url("docs/", view="drf_spectacular.views.SpectacularSwaggerView", drf=True), True),
        (url("api/", view="rest_framework.routers.APIRootView", drf=True), False),
        (url("api/items/", drf=True, file="shop/views.py"), False),
        (url("items/", file="shop/views.py"), True),
    ],
)
def test_the_browsable_api_is_no_page(row, read_as_page):
    content = read([row], lambda method, path, headers: response(200, DOCS, content_type="text/html"))
    assert bool(content.hosts) is read_as_page


@pytest.mark.parametrize(("kind", "status"), [("application/json", 200), ("text/html", 404)])
def test_other_answers_are_no_pages(kind, status):
    assert not read(["api/docs/"], lambda method, path, headers: response(status, DOCS, content_type=kind)).hosts


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("default-src 'self'; script-src 'self' 'unsafe-inline'", True),
        ("script-src 'self'; style-src 'self' 'unsafe-inline'", False),
        ("", False),
    ],
)
def test_a_policy_that_allows_inline_scripts_is_recognised(policy, allowed):
    assert allows_inline_scripts(response(200, content_security_policy=policy)) is allowed
