"""Pages and answers that no browser would choke on: odd encodings, invalid addresses, huge and deep content."""

import time

import httpx
import pytest

from wizard.journeys.html_limits import DEEPEST, LONGEST, MANY_OPTIONS, MOST_ATTRIBUTES, bounded
from wizard.journeys.html_page import read_page
from wizard.journeys.visitor import Answer
from wizard.services.http import fetch, readable
from wizard.site.journey_expectations import DEEPEST as DEEPEST_JSON
from wizard.site.journey_expectations import first_mismatch

FORM = "<title>Café</title><form method=post><input name=prénom></form>"
CODECS = ("rot13", "undefined", "punycode", "idna", "zlib", "hex", "base64", "bz2", "quopri", "uu", "utf-32", "klingon",
          "unicode_escape", "utf-7", "cp037", "\x00")  # fmt: skip
"""Codecs of Python that are no encodings of pages, and names of none."""


def answer(content, content_type="text/html; charset=utf-8"):
    """What a visitor gets of *content*, through the client that reads all answers of a site."""
    headers = {"Content-Type": content_type.encode()}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=content))
    with httpx.Client(transport=transport) as client:
        return Answer(fetch(client, "GET", "https://site.example/"), "/", host="site.example")


@pytest.mark.parametrize("charset", CODECS)
def test_a_charset_that_is_no_encoding_of_pages_is_read_as_utf_8(charset):
    got = answer(FORM.encode(), f"text/html; charset={charset}")
    assert got.page.title == "Café"
    assert [each.name for form in got.page.forms for each in form.inputs] == ["prénom"]
    assert readable(got.response).startswith("<title>Café")
    assert answer(FORM.encode(), f"text/plain; charset={charset}").text.startswith("<title>Café")


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-16-le", "windows-1252", "iso-8859-15", "utf-8-sig"])
def test_other_encodings_are_read(charset):
    got = answer(FORM.encode(charset), f"text/html; charset={charset}")
    assert got.page.title == "Café"
    assert "Café" in readable(got.response)


@pytest.mark.parametrize("name", ["menü.pdf".encode(), "menü.pdf".encode("latin-1")])
def test_a_header_outside_ascii_is_read(name):
    headers = [(b"Content-Disposition", b"attachment; filename=" + name), (b"Content-Encoding", b"identity")]
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, content=b"x"))
    with httpx.Client(transport=transport) as client:
        response = fetch(client, "GET", "https://site.example/")
    assert response.headers["content-disposition"] == "attachment; filename=menü.pdf"
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize("charset", ["shift_jis", "euc-jp", "iso-2022-jp", "gb18030"])
def test_encodings_of_asia_are_read(charset):
    got = answer("<title>動物園</title>".encode(charset), f"text/html; charset={charset}")
    assert got.page.title == "動物園"


def test_invalid_addresses_of_a_page_are_no_addresses():
    page = read_page(
        "<base href='http://[::1'><a href='//[x'>a</a><a href='/b/'>b</a>"
        "<form method=post action='http://['><input name=a></form>"
        "<form method=post action='javascript:go()'><input name=a></form>"
        "<form method=post action='data:text/html,x'><input name=a></form>",
        "/x/",
    )
    assert [link.path for link in page.links] == ["/b/"]
    assert page.forms == ()


def test_json_that_is_nested_too_deep_is_no_json():
    for content in (b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 500 + b"1" + b"}" * 500, b"1" * 5000, b'"\xff"'):
        got = answer(content, "application/json")
        assert got.json is None
        assert first_mismatch({"has": ["a"]}, got.response, {}, 0) == "the response is not JSON"
    fits = b'{"a":' * (DEEPEST_JSON - 1) + b"1" + b"}" * (DEEPEST_JSON - 1)
    assert answer(fits, "application/json").json["a"]["a"]


def test_a_list_of_choices_with_thousands_of_options_is_read_at_once():
    cities = [f"<option value={number}>City {number}" for number in range(20_000)]
    options = "".join(cities).replace("=9000>", "=9000 selected>")
    several = "<select name=tags multiple><option value=a selected><option value=b selected></select>"
    began = time.process_time()
    [form] = read_page(f"<form method=post><select name=city>{options}</select>{several}</form>", "/").forms
    assert time.process_time() - began < 3
    city, tags = form.inputs
    assert (city.many, city.initial, len(city.choices) > 10) == (False, "9000", True)
    assert (tags.many, tags.chosen) == (True, ("a", "b"))
    assert len(options) < LONGEST
    assert options.count("<option") > MANY_OPTIONS


def test_an_element_with_thousands_of_attributes_ends_the_page():
    before = "<form method=post><input name=a></form>"
    crowd = "".join(f" ={number} data-{number}='a > b'" for number in range(MOST_ATTRIBUTES))
    assert bounded(f"{before}<p{crowd}>text") == before
    for text in ("<img src='data:;base64," + "A" * 50_000 + "'>", "word " * 5_000, f"<p>{'a=b ' * 5_000}</p>"):
        assert bounded(before + text) == before + text
        assert bounded(text + before) == text + before
    assert bounded("<div>" * (DEEPEST + 1)).count("<div>") == DEEPEST


def test_many_errors_of_one_field_are_read_at_once():
    rows = "<div class='errorlist alert alert-danger'>x</div><input name=a>" * 10_000
    began = time.process_time()
    page = read_page(f"<form method=post>{rows}</form>", "/")
    assert time.process_time() - began < 2.5
    assert page.errors[0].message == "x"
