"""Pages in the other languages of a site, where addresses begin with the language."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.surfaces import surface, view
from wizard.journeys.context import Context
from wizard.journeys.cookies import Cookies
from wizard.journeys.filling import Person
from wizard.journeys.plain_pages import check_pages, in_other_languages
from wizard.journeys.recorded import Recorder
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer

CHOICE = (
    '<form method="post" action="/i18n/setlang/"><select name="language"><option value="en" selected>English</option>'
    '<option value="pt-br">Português</option></select></form>'
)
LINKS = (
    '<a href="/de/">Deutsch</a><a href="/en/news/">News</a><a href="/shop/">Shop</a><a href="https://x.org/fr/">x</a>'
)
PATHS = ["/en/", "/en/news/", "/admin/"]


def home(text, path="/en/"):
    return Answer(httpx.Response(200, text=text, headers={"content-type": "text/html"}), path, first=302)


@pytest.mark.parametrize(("text", "path", "found"), [
    (CHOICE, "/en/", ["/pt-br/", "/pt-br/news/"]),
    (LINKS, "/en/", ["/de/", "/de/news/"]),
    ("no other language", "/en/", []),
    (CHOICE + LINKS, "/", []),
    (CHOICE + LINKS, "/start/", []),
])  # fmt: skip
def test_the_home_page_tells_the_other_languages(text, path, found):
    assert in_other_languages(home(text, path), PATHS) == found


@pytest.mark.parametrize(("status", "verdict"), [(200, Verdict.WORKS), (404, Verdict.WORKS), (500, Verdict.BROKEN)])
def test_a_page_that_raises_an_error_in_one_language_is_found(status, verdict):
    class Reader:
        role, requests, person = "first", (), Person.made_up()
        cookies, recorder = Cookies("shop.example"), Recorder(20)

        def begin(self):
            pass

        def get(self, path, *, data=False):
            answer = home(LINKS, "/en/" if path == "/" else path)
            answer.response.status_code = status if path == "/de/news/" else 200
            return answer

    context = Context(surface(view("en/"), view("en/news/")), {"first": Reader()}, {})
    check_pages(context)
    [result] = context.results
    assert result.verdict is verdict
    assert ("GET /de/news/ got 500" in result.why) is (verdict is Verdict.BROKEN)
