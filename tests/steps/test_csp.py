"""The Content-Security-Policy allows the resources that templates load, and inline scripts are found."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.csp import build_policy, scan_templates


def scan(tmp_path, page, views=""):
    """Scan a project with one template, whose second line is *page*, and *views* as its views.py."""
    (tmp_path / "page.html").write_text("<html>\n" + page)
    (tmp_path / "views.py").write_text(views)
    urls = [SimpleNamespace(file="views.py"), SimpleNamespace(file=None)]
    settings = {"template_dirs": [str(tmp_path)]}
    return scan_templates(SimpleNamespace(root=tmp_path, inspect_settings=lambda: settings, urls=urls))


@pytest.mark.parametrize(
    ("page", "directive", "source"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', "script-src", "https://cdn.example.com"),
        ('<script defer src="//unpkg.com/x"></script>', "script-src", "https://unpkg.com"),
        ('<link rel="stylesheet" href="https://fonts.example.com/css?x">', "style-src", "https://fonts.example.com"),
        ('<iframe src="https://player.example.com/1"></iframe>', "frame-src", "https://player.example.com"),
        ('<form method="post" action="https://pay.example.com/go">', "form-action", "https://pay.example.com"),
        ("<script>go()</script>", "script-src", "'unsafe-inline'"),
        ('<a href="#" onclick="go()">', "script-src", "'unsafe-inline'"),
    ],
)
def test_the_policy_allows_what_a_page_loads(tmp_path, page, directive, source):
    assert source in build_policy(scan(tmp_path, page))[directive]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="{% static "a.js" %}"></script>',
        '<script type="application/json" id="data">{}</script>',
        '<img src="https://cdn.example.com/a.png">',
        "<p>a description of onclick = nothing</p>",
    ],
)
def test_a_page_without_scripts_from_elsewhere_gets_no_script_src(tmp_path, page):
    evidence = scan(tmp_path, page)
    assert not evidence.inline
    assert "script-src" not in build_policy(evidence)


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


def test_only_the_site_itself_may_frame_its_pages_unless_a_view_is_exempt(tmp_path):
    assert build_policy(scan(tmp_path, "", "def page(request): ..."))["frame-ancestors"] == ["'self'"]
    views = "@xframe_options_exempt\ndef widget(request): ..."
    assert "frame-ancestors" not in build_policy(scan(tmp_path, "", views)), "X-Frame-Options decides for each view"
