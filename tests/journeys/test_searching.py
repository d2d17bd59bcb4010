"""Searches: which views are one, and whether a page shows a row because it was found."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.journeys.surfaces import inputs, model, surface, view
from wizard.journeys.context import Context
from wizard.journeys.cookies import Cookies
from wizard.journeys.evidence import Row
from wizard.journeys.plain_pages import check_pages
from wizard.journeys.recorded import Recorder
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.searching import check_search, check_site_search, of_site
from wizard.project.inputs import Form

MARK = "0a1b2c3d"
TITLE = f"Zoë {MARK}"


def searching(route, label="", fields=("q", "integer:page")):
    found = view(route, "list", model=label)
    return replace(found, forms=(Form("get", "form", inputs(fields), "request.GET"),))


class Site:
    """A visitor of a site whose pages *answer* writes from an address and the words of a search."""

    role, person = "first", SimpleNamespace(name="visitor")
    cookies, recorder = Cookies("news.example"), Recorder(20)

    def __init__(self, answer):
        self.answer, self.requests = answer, []

    def begin(self):
        pass

    def get(self, path, *, data=False):
        parts = urlsplit(path)
        text = self.answer(parts.path, "".join(parse_qs(parts.query).get("q", [])))
        response = SimpleNamespace(text=text, content=text.encode())
        status = 500 if text == "error" else 200
        page = SimpleNamespace(links=(), forms=())
        return SimpleNamespace(
            status=status, json=None, response=response, page=page, is_page=True, redirects=(), path=path, text=text
        )


def results(answer, *views, site=False):
    found = surface(*views, models=[model("news.Story", "title")])
    context = Context(found, {"first": Site(answer)}, {})
    resources = find_resources(found)
    row = Row("news.Story", 1, MARK, {"title": TITLE})
    if site:
        context.run("story-list", "", "list", "news.Story", "first", lambda visitor: "shown")
        check_site_search(context, resources, {each.name: row for each in resources}, "first")
    else:
        check_search(context, resources[0], row, "first")
    return [each.verdict for each in context.results if each.kind == "search"]


STORIES = view("stories/", "list", model="news.Story")


@pytest.mark.parametrize(("found", "verdicts"), [
    (lambda words: TITLE if words in TITLE else "", [Verdict.WORKS]),
    (lambda words: f"Results for {words}: " + (TITLE if words == TITLE else ""), [Verdict.WORKS]),
    (lambda words: f"Results for {words}", [Verdict.BROKEN]),
    (lambda words: f"Menu: {TITLE}. Results for {words}", [Verdict.BROKEN]),
])  # fmt: skip
@pytest.mark.parametrize("site", [False, True])
def test_a_row_counts_as_found_only_where_the_page_has_more_of_it_than_one_without_results(found, verdicts, site):
    def answer(path, words):
        return found(words) if path == "/search/" else TITLE

    assert results(answer, STORIES, searching("search/", "" if site else "news.Story"), site=site) == verdicts


def test_a_list_that_a_script_searches_is_not_judged():
    assert results(lambda path, words: f"<p>{TITLE}</p>", searching("stories/", "news.Story")) == []


@pytest.mark.parametrize(("label", "verdicts"), [("news.Story", [Verdict.OPEN]), ("", [])])
def test_a_search_with_a_field_whose_value_is_not_known_is_not_judged(label, verdicts):
    found = searching("search/", label, ("q", "kind"))
    assert results(lambda path, _: "" if path == "/search/" else TITLE, STORIES, found, site=not label) == verdicts


def test_a_search_whose_results_a_script_draws_is_not_judged():
    def answer(path, words):
        return "<script src='search.js'></script>" if path == "/search/" else TITLE

    assert results(answer, STORIES, searching("search/"), site=True) == []


def test_the_code_tells_the_searches_of_a_site():
    found = surface(STORIES, searching("find/", "news.Story"), searching("staff/find/"), models=[model("news.Story")])
    found = replace(found, views=(*found.views[:2], replace(found.views[2], requires="staff")))
    context = Context(found, {}, {})
    assert [(each.path, each.address("a b")) for each in of_site(context.surface)] == [("/find/", "/find/?q=a%20b")]


def test_the_empty_list_of_an_api_by_django_ninja_is_opened_before_there_are_rows():
    context = Context(
        surface(view("api/stories", "list", function="_sync_view")), {"first": Site(lambda *_: "error")}, {}
    )
    context.visitors["first"].requests = ()
    check_pages(context)
    assert [each.verdict for each in context.results] == [Verdict.BROKEN]
    assert "GET /api/stories got 500" in context.results[0].why
