"""The results of journeys are kept without secrets, within a limit, and only this user can write them."""

from __future__ import annotations

import json

import pytest

from wizard.journeys import store
from wizard.journeys.result import JourneyResult, SentRequest, Verdict
from wizard.journeys.store import StoredJourney


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".golive").mkdir(mode=0o700)
    return tmp_path


def journey(name="book-create", *requests, source="derived", verdict=Verdict.WORKS, why="the row is in the list"):
    result = JourneyResult(name, "A visitor creates a book", "create", "library.Book", verdict, why, "first", requests)
    return StoredJourney(result, ("21.21",), source, target="local")


def sent(answer="", **replay):
    return SentRequest("POST /books/", "title=x", 302, 0.1, answer, "isbn: wrong", replay)


def test_a_result_is_read_as_it_was_written(root):
    found = journey("book-create", sent("ok", post="/books/", form={"title": "Ärger"}))
    store.write(root, [found], derived=True)
    [read] = store.read(root)
    assert read.result == found.result
    assert (read.items, read.source, read.target, bool(read.at)) == (("21.21",), "derived", "local", True)


def test_flows_and_journeys_replace_only_their_own_kind(root):
    store.write(root, [journey("old")], derived=True)
    store.write(root, [journey("flow", source="golive.yaml:3")], derived=False)
    store.write(root, [journey("new")], derived=True)
    assert [each.name for each in store.read(root)] == ["flow", "new"]


def test_secrets_and_long_texts_are_not_kept(root):
    token = "sk_live_" + "a1B2c3D4" * 4
    long = journey("long", sent(f"token {token} {'x' * 5000}", post="/", json={"text": "y" * 9000}))
    store.write(root, [long], derived=True)
    text = store.path_of(root).read_text()
    assert token not in text
    assert len(text) < 3000
    assert store.read(root)[0].result.requests[0].replay == {}, "half a body is never sent again"
    assert store.path_of(root).stat().st_mode & 0o077 == 0


def test_there_is_a_limit(root, monkeypatch):
    monkeypatch.setattr(store, "MOST_JOURNEYS", 4)
    monkeypatch.setattr(store, "MOST_REQUESTS", 3)
    many = [journey(f"j{number}", *[sent("x" * 500)] * 5) for number in range(6)]
    store.write(root, many, derived=True)
    read = store.read(root)
    assert (len(read), len(read[0].result.requests)) == (4, 3)
    monkeypatch.setattr(store, "LARGEST", 6_000)
    broken = journey("broken", sent("the answer"), verdict=Verdict.BROKEN)
    store.write(root, [*many[:3], broken], derived=True)
    read = store.read(root)
    assert read[0].result.requests == () and read[-1].result.requests[0].answer == "the answer"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1, "journeys": []}', b'{"mac": "x"}', b"\xff\xfe"])
def test_a_file_that_others_wrote_is_not_read(root, content):
    store.write(root, [journey()], derived=True)
    store.path_of(root).write_bytes(content)
    assert store.read(root) == []


def test_a_changed_file_is_not_read(root):
    store.write(root, [journey()], derived=True)
    record = json.loads(store.path_of(root).read_text())
    record["journeys"][0]["title"] = "Another"
    store.path_of(root).write_text(json.dumps(record))
    assert store.read(root) == []
    assert store.read(root / "nowhere") == []
