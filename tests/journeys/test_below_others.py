"""Rows that nobody may create below what is their own, such as a rating: they are tried below another visitor's row."""

from types import SimpleNamespace

import pytest

from tests.journeys.surfaces import model, surface, view
from wizard.journeys import crud
from wizard.journeys.context import Context, Unfinished
from wizard.journeys.evidence import Row
from wizard.journeys.operations import of_surface
from wizard.journeys.resources import find_resources
from wizard.journeys.result import SentRequest, Verdict

RATE = view("recipes/<int:recipe_id>/rate/", "create", model="food.Rating", fields=("stars",))


class Visitor:
    role = "first"

    def __init__(self):
        self.requests = []

    def begin(self):
        self.requests = []


def context_of(owner):
    site = surface(RATE, models=[model("food.Recipe", "title", owner=owner), model("food.Rating", "stars")])
    made = []
    rows = SimpleNamespace(made=made, make=lambda label, user=None: made.append((label, user)) or len(made))
    context = Context(site, {"first": Visitor()}, {"first": SimpleNamespace(rows={})}, rows=rows)
    context.accounts.update(first=1, second=2)
    return context


@pytest.mark.parametrize(("owner", "role", "user"), [("cook", "first", 2), ("cook", "second", 1), ("", "first", None)])
def test_the_row_above_belongs_to_another_visitor_if_it_has_an_owner(owner, role, user):
    context = context_of(owner)
    context.fillers["second"] = SimpleNamespace(rows={"food.Recipe": ["7"]})
    [rate] = of_surface(context.surface)
    assert crud._go_below_others(context, rate, role) is (user is not None)
    assert context.rows.made == ([("food.Recipe", user)] if user else [])
    assert context.fillers["second"].rows["food.Recipe"] == (["1", "7"] if role == "second" else ["7"])


@pytest.mark.parametrize(("status", "tries", "verdict"), [(403, 2, Verdict.WORKS), (400, 1, Verdict.OPEN)])
def test_it_is_tried_where_the_visitor_was_forbidden(monkeypatch, status, tries, verdict):
    context = context_of("cook")
    [rating] = find_resources(context.surface)
    tried = []

    def create(context, resource, operation, visitor, made):
        tried.append(dict(context.fillers["first"].rows))
        if len(tried) == 1:
            visitor.requests.append(SentRequest("POST /recipes/5/rate/", status=status))
            raise Unfinished("you can't rate your own recipe")
        made.append(Row("food.Rating", 9))
        return "it was made"

    monkeypatch.setattr(crud, "_create", create)
    crud.create(context, rating)
    [result] = context.results
    assert (len(tried), result.verdict) == (tries, verdict)
    assert tried[-1] == ({"food.Recipe": ["1"]} if tries == 2 else {})
