"""Addresses of rows: which value of a row stands for a parameter of the route."""

from __future__ import annotations

import pytest

from tests.journeys.test_resources import view
from wizard.journeys.context import Context
from wizard.journeys.evidence import Row
from wizard.journeys.operations import Operation
from wizard.journeys.row_address import address
from wizard.project.inputs import Input, Model, Surface

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
