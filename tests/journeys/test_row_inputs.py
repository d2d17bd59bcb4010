"""Inputs that name a row, and marks inside of objects, as GraphQL and nested serializers have them."""

from __future__ import annotations

from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filler, Person
from wizard.journeys.row_inputs import field_of, flat, identify, marked_given, marked_leaf
from wizard.project.inputs import Form, Input

ITEM = Input("input", "object", inputs=(Input("name"), Input("price", "decimal")))
MARK = "0a1b2c3d"


def form(*inputs, **more):
    return Form("post", "graphql", inputs, "mutation createItem", **more)


def test_the_row_is_named_by_its_key_or_by_the_id_that_the_api_told():
    inputs = (Input("id"), Input("itemId"), Input("item", "reference", model="items.Item"), Input("shopId"))
    assert identify(form(*inputs), Row("items.Item", 7)) == {"id": 7, "itemId": 7, "item": 7}
    assert identify(form(Input("id")), Row("items.Item", 7, content={"id": "SXRlbTo3"})) == {"id": "SXRlbTo3"}


def test_a_mark_is_put_into_an_object_if_no_other_field_can_have_it():
    given = marked_given(Filler(Person.made_up()), form(Input("id"), ITEM), MARK, given={"id": 7})
    assert given["input"]["name"] == f"Zoë Ångström {MARK}"
    assert given["input"]["price"]
    assert marked_leaf({"id": 7, **given}, MARK) == ("name", f"Zoë Ångström {MARK}")


def test_a_form_without_a_text_has_no_mark():
    assert marked_given(Filler(Person.made_up()), form(Input("count", "integer")), MARK) == {}


def test_the_values_of_objects_are_compared_with_the_row_too():
    sent = {"id": 7, "input": {"name": "Tea", "price": 2}}
    assert [(each.name, value) for each, value in flat((Input("id"), ITEM), sent)] == [
        ("id", 7), ("name", "Tea"), ("price", 2)]  # fmt: skip


def test_a_field_of_the_model_is_known_by_the_name_of_an_input():
    kept = {"category": 1, "first_name": "Zoë"}
    assert [field_of(name, kept) for name in ("category_id", "categoryId", "firstName", "other")] == [
        "category", "category", "first_name", ""]  # fmt: skip
