"""Journeys become flows of golive.yaml, and the other bytes of the file stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.errors import ChecklistError, UsageError
from wizard.journeys.flow_text import add_flows, flow_of, with_needs
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney
from wizard.site.journey_reader import parse_config

FLOW = {"flow": "a", "item": "21.1", "title": "Größe: x", "steps": [{"post": "/x/", "form": {"n": "1"}}]}
HAND = b"""\
# mine
version: 1
flows:
- flow: z  # one
  item: '21.2'
  title: t
  steps:
  - get: /
    # last

# end
skip_urls: [/a/]
"""
BLOCK = b"version: 1\nflows:\n    - flow: z\n      item: '21.2'\n      title: |\n        t\n\n      steps: [{get: /}]\n"


def stored(name, *replays, kind="create", items=("21.21",), verdict=Verdict.WORKS, visitor="first", **given):
    requests = tuple(SentRequest("POST /x/", status=302, replay=replay, **given) for replay in replays)
    return StoredJourney(JourneyResult(name, name, kind, "x", verdict, "", visitor, requests), items)


@pytest.mark.parametrize(
    "before",
    [None, b"", b"# nothing yet\n", b"version: 1", b"version: 1\nflows:\nskip_urls: [/a/]\n", HAND,
     HAND.replace(b"\n", b"\r\n"), BLOCK],
    ids=["no file", "empty", "comment", "no flows", "no flow", "by hand", "CRLF", "block text"],
)  # fmt: skip
def test_flows_are_added_after_those_that_are_there(before):
    after = add_flows(before, [FLOW])
    flows = parse_config(Path("golive.yaml"), after).journeys
    assert [flow.name for flow in flows] == (["z", "a"] if b"flow: z" in (before or b"") else ["a"])
    assert flows[-1].title == "Größe: x"
    rest = iter(after.splitlines(keepends=True))
    kept = [line for line in (before or b"").splitlines(keepends=True) if line.endswith(b"\n")]
    assert all(line in rest for line in kept), "all lines of the file are there, in their order"
    assert (b"\r\n" in after) is (b"\r\n" in (before or b""))
    assert b"\r\n" not in after or after.count(b"\n") == after.count(b"\r\n")


def test_a_comment_stays_with_the_flow_that_it_is_about():
    after = add_flows(HAND, [FLOW]).decode()
    assert after.index("# last") < after.index("flow: a") < after.index("# end")


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (b"version: 1\nflows: []\n", "its `flows` in line 2 are written in one line"),
        (b"{version: 1}\n", "it is not a mapping with one key a line"),
        (b"- a\n", "it is not a mapping with one key a line"),
        (b"version: 1\n...\n", "it is written in an unusual way"),
        ("version: 1".encode("utf-16"), "it is not UTF-8"),
    ],
)
def test_a_file_that_can_not_be_extended_safely_is_refused(before, why):
    with pytest.raises(UsageError) as refused:
        add_flows(before, [FLOW])
    assert refused.value.why == why


def test_a_mistake_in_the_file_names_its_line():
    with pytest.raises(ChecklistError, match=r"golive\.yaml:3"):
        add_flows(b"version: 1\nflows: [\n", [FLOW])


def test_a_journey_becomes_a_flow_without_what_the_site_refused():
    journey = stored(
        "book-create",
        {"post": "/books/", "form": {"isbn": "1"}},
        {"post": "/books/", "form": {"isbn": "978"}, "as": "first"},
    )
    refused, accepted = journey.result.requests
    requests = (SentRequest(refused.request, replay=refused.replay, learned="isbn: not valid"), accepted)
    learned = JourneyResult(**{**vars(journey.result), "requests": requests})
    assert flow_of(StoredJourney(learned, ("18.7", "21.21"))) == {
        "flow": "book-create", "item": "21.21", "title": "book-create", "as": "first",
        "steps": [{"post": "/books/", "form": {"isbn": "978"}}],
    }  # fmt: skip


@pytest.mark.parametrize(
    "journey",
    [
        stored("no-item", {"get": "/"}, items=()),
        stored("no-request"),
        stored("secret", {"post": "/", "json": {"key": "[hidden]"}}),
        stored("unknown", {"post": "/", "cookies": {"a": "b"}}),
        stored("hole", {"get": "/"}, kind="hole"),
    ],
    ids=lambda journey: journey.name,
)
def test_what_golive_yaml_can_not_hold_is_no_flow(journey):
    assert flow_of(journey) is None


def test_a_journey_brings_those_that_it_needs():
    known = [
        stored("signup", {"post": "/signup/"}, kind="signup"),
        stored("login", {"post": "/login/", "keep": {"token": "token"}}, kind="login"),
        stored("other-login", {"post": "/login/"}, kind="login", visitor="second"),
        stored("author-create", {"post": "/authors/", "keep": {"author_id": "id"}}, visitor="staff"),
        stored("list", {"get": "/authors/"}),
        stored("book-create", {"post": "/books/", "json": {"author": "{author_id}", "name": "{name}"}}),
    ]
    names = [each.name for each in with_needs(known[-1:], known)]
    assert names == ["signup", "login", "author-create", "book-create"]
    assert [each.name for each in with_needs(known[2:3], known)] == ["other-login"]
