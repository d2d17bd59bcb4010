"""Deletions after which the row is still there: ended by a change, refused with a message, or not carried out."""

from __future__ import annotations

import httpx
import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys.changes import delete
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.visitor import Answer


class Rows:
    def __init__(self):
        self.found = {"pk": 1, "room": "A", "phase": "N", "updated": "2026-01-01"}

    def keys(self, label):
        return [1]

    def values(self, label, key):
        return dict(self.found)

    def is_visible(self, label, key):
        return True


class Guest:
    """A visitor to whose requests the site answers *text*, after the *change* of the row."""

    role, requests = "first", ()

    def __init__(self, text, change):
        self.text, self.change = text, change
        self.person = Person.made_up()

    def begin(self):
        pass

    def get(self, path, *, data=False):
        return Answer(httpx.Response(200, text="", headers={"content-type": "text/html"}), path, first=200)

    def request(self, method, path, **more):
        self.change()
        return Answer(httpx.Response(200, text=self.text, headers={"content-type": "text/html"}), path, first=302)


REFUSED = '<div class="alert alert-danger">It is too late to cancel.</div>'


@pytest.mark.parametrize(("word", "change", "text", "verdict", "why"), [
    ("cancel", {"phase": "X"}, "", Verdict.WORKS, "is kept with another phase"),
    ("unsubscribe", {"phase": "X"}, "", Verdict.WORKS, "is kept with another phase"),
    ("cancel", {"updated": "2026-02-02"}, "", Verdict.BROKEN, "is still in the database"),
    ("cancel", {}, "", Verdict.BROKEN, "is still in the database"),
    ("cancel", {}, REFUSED, Verdict.OPEN, "It is too late to cancel"),
    ("delete", {"phase": "X"}, "", Verdict.BROKEN, "is still in the database"),
])  # fmt: skip
def test_a_row_that_stays_is_ended_refused_or_not_deleted(word, change, text, verdict, why):
    site = surface(view(f"bookings/<int:pk>/{word}/", "delete", model="rooms.Booking"), models=[model("rooms.Booking")])
    rows = Rows()
    guest = Guest(text, lambda: rows.found.update(change))
    context = Context(site, {"first": guest}, {"first": Filler(guest.person)}, rows=rows)
    [resource] = find_resources(site)
    delete(context, resource, Row("rooms.Booking", 1, "", {"room": "A"}), [], "first")
    [result] = context.results
    assert result.verdict is verdict
    assert why in result.why
