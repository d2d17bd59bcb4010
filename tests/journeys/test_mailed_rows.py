"""The mail about a new row: its link opens a page, and confirms that row and no other."""

from __future__ import annotations

from email.message import EmailMessage
from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.mailed_rows import follow_link
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer

SITE = surface(
    view("newsletter/", "create", model="news.Subscriber", fields=["email:email"]), models=[model("news.Subscriber")]
)
LINK = "https://news.example.com/newsletter/confirm/k3y/"
PATH = "/newsletter/confirm/k3y/"


class Rows:
    """Two rows; the second is the new one."""

    def __init__(self):
        self.found = {
            1: {"email": "a@example.com", "confirmed": False},
            2: {"email": "b@example.com", "confirmed": False},
        }

    def keys(self, label):
        return [*self.found]

    def values(self, label, key):
        return dict(self.found[key]) if key in self.found else None


class Reader:
    """A visitor of a site that answers each address of *pages* by its status and text, and does *effect* then."""

    role = "first"

    def __init__(self, pages, effect):
        self.pages, self.effect, self.requests = pages, effect, []
        self.person, self.site = Person.made_up(), SimpleNamespace(host="news.example.com")

    def begin(self):
        self.requests = []

    def get(self, path):
        status, text = self.pages.get(path, (404, "not found"))
        self.requests.append(f"GET {path}")
        if "<form" not in text:
            self.effect()
        response = httpx.Response(status, text=text, headers={"content-type": "text/html"})
        return Answer(response, path, first=status)

    def send(self, filled, path):
        self.requests.append(f"POST {path}")
        self.effect()
        return Answer(httpx.Response(200), path, first=302)


def mail(link=LINK, to="b@example.com"):
    made = EmailMessage()
    made["To"], made["Subject"] = to, "Newsletter"
    made.set_content(f"Please confirm your address:\n\n{link}\n")
    return made


def followed(pages, effect=lambda rows: None, mails=(), label="news.Subscriber"):
    rows = Rows()
    reader = Reader(pages, lambda: effect(rows.found))
    context = Context(
        SITE,
        {"first": reader},
        {"first": Filler(reader.person)},
        rows=rows,
        mails=lambda: [mail(), *(mails or [mail()])],
    )
    [resource] = find_resources(SITE)
    follow_link(context, resource, Row(label, 2, "", {"email": "b@example.com"}), "first", 1)
    assert "POST" not in str(reader.requests) or "<form" in str(pages)
    return context.results


def confirm(key):
    return lambda found: found[key].update(confirmed=True)


GOOD = {PATH: (200, "Thank you")}
LANGUAGES = '<form method="post" action="/i18n/"><select name="language"><option>de</option></select></form>'
BUTTON = '<form method="post"><input type="hidden" name="k" value="k3y"><button>Confirm</button></form>'


@pytest.mark.parametrize("page", ["Thank you", BUTTON])
def test_the_link_confirms_the_row(page):
    [result] = followed({PATH: (200, page)}, confirm(2))
    assert result.verdict is Verdict.WORKS
    assert "it changed confirmed of row 2" in result.why


@pytest.mark.parametrize(("pages", "effect", "why"), [
    ({}, lambda found: None, "the link of the mail leads to /newsletter/confirm/k3y/, which got 404"),
    ({PATH: (500, "")}, lambda found: None, "got 500"),
    (GOOD, confirm(1), "about row 2 changed confirmed of another row"),
    (GOOD, lambda found: None, "confirmed of row 2 is still false"),
    ({PATH: (200, LANGUAGES)}, lambda found: None, "confirmed of row 2 is still false"),
])  # fmt: skip
def test_a_link_that_leads_nowhere_or_confirms_something_else_is_found(pages, effect, why):
    [result] = followed(pages, effect)
    assert result.verdict is Verdict.BROKEN
    assert why in result.why
    assert result.expected


@pytest.mark.parametrize("mails", [
    [mail("https://news.example.com/newsletter/confirm/k3y/unsubscribe/")],
    [mail("https://app.example.com/newsletter/confirm/k3y/")],
    [mail(to="editor@example.com")],
])  # fmt: skip
def test_links_that_undo_that_are_elsewhere_or_in_mails_to_others_are_not_followed(mails):
    assert followed({}, mails=mails) == []


def test_a_page_that_asks_for_more_or_that_is_not_there_yet_is_not_judged():
    asks = '<form method="post"><input name="name" required></form>'
    [result] = followed({PATH: (200, asks)})
    assert result.verdict is Verdict.WORKS
    assert followed({}, mails=[mail("https://news.example.com/posts/7/")]) == []
