"""What templates load is let in, and what stands in the page itself is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from steps.shared.csp import build_policy, scan_templates


def seen(tmp_path, page, views=""):
    (tmp_path / "page.html").write_text("<html>\n" + page)
    (tmp_path / "views.py").write_text(views)
    urls = [SimpleNamespace(file="views.py"), SimpleNamespace(file=None)]
    looked = {"template_dirs": [str(tmp_path)]}
    return scan_templates(SimpleNamespace(root=tmp_path, inspect_settings=lambda: looked, urls=urls))


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
def test_what_a_page_needs_is_let_in(tmp_path, page, directive, source):
    assert source in build_policy(seen(tmp_path, page))[directive]


@pytest.mark.parametrize(
    "page",
    [
        '<script src="{% static "a.js" %}"></script>',
        '<script type="application/json" id="data">{}</script>',
        '<img src="https://cdn.example.com/a.png">',
        "<p>a description of onclick = nothing</p>",
    ],
)
def test_what_needs_nothing_leaves_the_policy_strict(tmp_path, page):
    found = seen(tmp_path, page)
    assert not found.inline
    assert "script-src" not in build_policy(found)


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
def test_what_comes_over_plain_http_is_asked_for_by_https(tmp_path, page, place):
    found = seen(tmp_path, page)
    assert found.plain == place
    assert ("upgrade-insecure-requests" in build_policy(found)) is bool(place)


@pytest.mark.parametrize(
    ("page", "place"),
    [
        ('<script src="https://cdn.example.com/a.js"></script>', "page.html:2"),
        ('<script src="//cdn.example.com/a.js" integrity="sha384-x" crossorigin="anonymous"></script>', ""),
        ('<script src="/static/a.js"></script>', ""),
    ],
)
def test_a_script_from_elsewhere_without_its_hash_is_found(tmp_path, page, place):
    assert seen(tmp_path, page).unproven == place


def test_the_place_of_the_first_inline_script_is_told(tmp_path):
    assert seen(tmp_path, "<body>\n<script>go()</script>").inline == "page.html:3"


def test_a_frame_of_the_site_itself_is_let_in_and_one_elsewhere_where_the_site_wants_it(tmp_path):
    assert build_policy(seen(tmp_path, "", "def page(request): ..."))["frame-ancestors"] == ["'self'"]
    views = "@xframe_options_exempt\ndef widget(request): ..."
    assert "frame-ancestors" not in build_policy(seen(tmp_path, "", views)), "the header alone knows which pages"
