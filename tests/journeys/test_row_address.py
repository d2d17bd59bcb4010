"""Addresses of rows: which value of a row stands for a parameter of the route."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from tests.journeys.test_resources import view
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.operations import Operation
from wizard.journeys.row_address import address, answers_of
from wizard.journeys.visitor import Answer, Visitor
from wizard.project.inputs import Form, Input, Model, Surface

CONFERENCE = Model("talks.Conference", "conference", (Input("name"), Input("address", "slug"), Input("code", "uuid")))
ROW = Row("talks.Conference", 7, content={"name": "PyCon", "address": "pycon-27", "code": "0b1c"})


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("<slug:conference>/talks/", "/pycon-27/talks/"),
        ("api/<uuid:conference>/", "/api/0b1c/"),
        ("<int:conference>/", "/7/"),
        ("<slug:name>/", "/PyCon/"),
    ],
)
def test_the_converter_of_a_route_tells_the_field_that_names_the_row(route, path):
    context = Context(Surface(models=(CONFERENCE,)), {}, {})
    operation = Operation("detail", view(route, "detail", model="talks.Conference"), None)
    assert address(context, operation, ROW, "first") == path


def test_a_query_that_finds_a_row_by_its_name_gets_that_name():
    sent = []
    form = Form("post", "graphql", (Input("name"), Input("first", "integer", required=False)), "query", action="byName")
    visitor = Visitor(SimpleNamespace(host="talks.example"), Person.made_up(), role="first")
    visitor.send = lambda filled, path: sent.append(filled.values) or Answer(httpx.Response(200), path)
    context = Context(Surface(models=(CONFERENCE,)), {}, {"first": Filler(visitor.person)})
    operation = Operation("detail", view("graphql"), "post", form, "talks.Conference")
    [answer] = answers_of(context, operation, "/graphql", ROW, visitor)
    assert sent == [{"name": "PyCon"}]
    assert answer.path == "/graphql { byName }"
