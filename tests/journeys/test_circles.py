"""Circles of redirects: which ones are a fault wherever they begin."""

from __future__ import annotations

import pytest

from tests.journeys.account_sites import PAGES
from wizard.journeys.account_context import AccountContext
from wizard.journeys.circles import asks_itself
from wizard.journeys.filling import Person
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import RedirectLoop, Visitor
from wizard.site.session import Site

ITSELF = "/?next=/ → /?next=/%3Fnext%3D/ → /?next=/%3Fnext%3D/%253Fnext"


@pytest.mark.parametrize(("way", "fault"), [
    (ITSELF, True),
    ("/a/?to=1&next=/a/ → /a/?to=2&next=/a/", True),
    ("/login/?next=/staff/ → /staff/ → /login/?next=/staff/", False),
    ("/profile/ → /profile/ → /profile/", False),
    ("", False),
])  # fmt: skip
def test_a_page_that_sends_a_visitor_to_itself_to_log_in_is_a_fault(way, fault):
    assert asks_itself(way) is fault


@pytest.mark.parametrize(("way", "verdict"), [(ITSELF, Verdict.BROKEN), ("/ → /a/ → /", Verdict.OPEN)])
def test_nobody_logs_in_at_a_page_that_asks_for_a_log_in(way, verdict):
    with Site(1, "shop.example.com") as site:
        context = AccountContext(site, PAGES, list)
        visitor = Visitor(site, Person.made_up())
        found = context.failed(visitor, "login", "A visitor logs in", "login", RedirectLoop("redirects", way, ""))
    assert found.verdict is verdict
    assert bool(found.expected) is (verdict is Verdict.BROKEN)
