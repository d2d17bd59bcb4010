"""Journeys through GraphQL: rows named inside of objects and by global ids, unions, errors in answers of 200."""

from __future__ import annotations

import json
import re
import time

import httpx
import pytest

from wizard.journeys import graphql, holes, reading
from wizard.journeys.context import Context, Contradiction, Unfinished
from wizard.journeys.crud import send_marked
from wizard.journeys.evidence import Row, replaced_values
from wizard.journeys.filling import Filler, Person
from wizard.journeys.global_ids import decoded, encoded, is_key
from wizard.journeys.graphql_answers import half_made, is_internal
from wizard.journeys.members_only import is_for_members
from wizard.journeys.operations import Operation
from wizard.journeys.queries import check_queries, check_search
from wizard.journeys.resources import find_resources
from wizard.journeys.result import Verdict
from wizard.journeys.row_inputs import aimed, sent_value, texts_of
from wizard.journeys.visitor import Answer
from wizard.project.agent import graphql_ids
from wizard.project.inputs import Form, Input, Model, Surface, View
from wizard.project.urls import Url

ITEM, MARK = "items.Item", "0a1b2c3d"
OWN_ID = Input("id", "reference", model=ITEM, type="ID!")
GLOBAL_ID = Input("id", "reference", model=ITEM, type="ID!", lookup="global:ItemNode")
OUTPUTS = ("item.id", "item.name", "item.created")
FILLER = Filler(Person.made_up())


def form_of(source, *inputs, model=ITEM, outputs=("id", "name")):
    return Form("post", "graphql", inputs, source, model, source.split()[-1], outputs=outputs)


def view_of(form, role, requires="", model=ITEM):
    url = Url("graphql/", None, "items.graph.view", "items/graph.py", 7, "function", None, None, False, False)
    return View(url, (form,), model, role, requires, action=form.action)


CREATE = form_of("mutation createItem", Input("input", "object", inputs=(Input("name"), Input("price", "decimal"))),
                 outputs=OUTPUTS)  # fmt: skip
LIST = form_of("query items", Input("search", required=False, type="String"), Input("first", "integer", required=False))
MINE, DETAIL = form_of("query myItems"), form_of("query item", OWN_ID)
DELETE = form_of("mutation deleteItem", OWN_ID, outputs=("ok",))


class Api:
    """A visitor of a site that answers each document by the function *answers*."""

    role = "first"

    def __init__(self, answers):
        self.answers, self.documents, self.requests, self.person = answers, [], [], FILLER.person

    def begin(self):
        self.documents.clear()

    def learned(self, text):
        pass

    def send(self, filled, path="", **options):
        self.documents.append(graphql.body(filled.form, filled.values)["query"])
        return answer_of(self.answers(self.documents[-1]))


def answer_of(content):
    return Answer(
        httpx.Response(200, text=json.dumps(content), headers={"Content-Type": "application/json"}), "/graphql/"
    )


def failed(message, *path):
    return {"data": {path[0]: None} if path else None, "errors": [{"message": message, "path": list(path)}]}


def context_of(answers, *views, models=()):
    surface = Surface(tuple(views), tuple(models), user_model="auth.User")
    visitors = {"first": Api(answers)}
    return Context(surface, visitors, {"first": FILLER}, deadline=time.monotonic() + 60)


# ---- documents


def test_a_row_is_named_inside_of_an_object_and_by_its_own_references():
    inner = Input(
        "input", "object", inputs=(OWN_ID, Input("categoryId", "reference", model="items.Category"), Input("name"))
    )
    form = aimed(form_of("mutation updateItem", inner), Row(ITEM, 7), {"category": 3})
    values = FILLER.fill(form).values["input"]
    assert (values["id"], values["categoryId"]) == ("7", "3")
    assert re.search(r'id: "7".*categoryId: "3"', graphql.body(form, {"input": values})["query"])


def test_a_key_is_a_number_where_the_argument_is_one():
    form = aimed(form_of("mutation deleteItem", Input("itemId", "reference", model=ITEM, type="Int!")), Row(ITEM, 7))
    assert "deleteItem(itemId: 7)" in graphql.body(form, FILLER.fill(form).values)["query"]


def test_the_value_of_an_enum_is_no_text():
    kind = Input("kind", "choice", choices=("new",), type="Kind!")
    assert graphql.literal("new", kind) == "new"
    assert graphql.literal("new", Input("kind", "choice", choices=("new",), type="String!")) == '"new"'


def test_the_types_of_a_union_are_asked_for_what_they_have():
    outputs = ("__typename", "@Item.id", "@Item.owner.name", "@Failure.messages.field")
    assert graphql.selection(outputs) == (
        " { __typename ... on Item { id owner { name } } ... on Failure { messages { field } } }"
    )


def test_rows_have_global_ids_where_the_schema_wants_them():
    told = encoded(GLOBAL_ID, 7)
    assert decoded(told) == "7" and encoded(GLOBAL_ID, told) == told and encoded(OWN_ID, 7) == 7
    assert is_key(told, 7) and is_key("7", 7) and not is_key(told, 8)
    assert [decoded(value) for value in ("", "items", 7, "Zm9v", "a" * 400)] == [""] * 5
    assert FILLER.fill(aimed(form_of("query item", GLOBAL_ID), Row(ITEM, 7))).values == {"id": told}
    filler = Filler(Person.made_up(), {ITEM: ["7"]})
    assert filler.fill(form_of("mutation like", GLOBAL_ID, model="items.Like")).values == {"id": told}
    answer = answer_of({"data": {"items": [{"id": told}]}})
    resource = find_resources(Surface((view_of(LIST, "list"),), (Model(ITEM, "item"),)))[0]
    assert reading.is_shown(context_of(dict), resource, answer, Row(ITEM, 7), "first")


def test_a_mutation_that_saves_is_for_new_and_for_old_rows():
    title, key = (
        {"name": "title", "kind": "text"},
        {"name": "id", "kind": "reference", "model": ITEM, "required": False},
    )
    both = {"role": "", "model": ITEM, "function": None, "forms": [
        {"source": "mutation saveItem", "inputs": [{"name": "input", "kind": "object", "inputs": [title, key]}]},
    ]}  # fmt: skip
    assert [each["role"] for each in graphql_ids.split_upsert(both, "save item")] == ["create", "update"]
    assert [each["role"] for each in graphql_ids.split_upsert({**both, "role": "delete"}, "delete item")] == ["delete"]
    only = {**both, "forms": [{"source": "mutation like", "inputs": [key]}]}
    assert graphql_ids.split_upsert(only, "like") == [only]


def test_a_mutation_that_requires_the_id_of_its_row_does_not_create_one():
    required = {"name": "id", "kind": "reference", "model": ITEM}
    inputs = [{"name": "input", "kind": "object", "inputs": [{"name": "title"}, required]}]
    assert graphql_ids.names_old_row(inputs)
    assert not graphql_ids.names_old_row([{"name": "id", "required": False}, {"name": "title"}])
    row = {"role": "create", "model": ITEM, "forms": [{"source": "mutation saveItem", "inputs": inputs}]}
    assert graphql_ids.split_upsert(row, "save item") == [row]


def test_references_are_marked_as_global_by_their_type():
    inputs = [{"name": "input", "kind": "object", "inputs": [
        {"name": "id", "kind": "reference", "model": ITEM, "type": "ID!"},
        {"name": "pk", "kind": "reference", "model": ITEM, "type": "ID!"},
        {"name": "key", "kind": "reference", "model": ITEM, "type": "Int!"}]}]  # fmt: skip
    graphql_ids.mark_inputs(inputs, {ITEM: "ItemNode"})
    assert [each.get("lookup") for each in inputs[0]["inputs"]] == ["global:ItemNode", None, None]


# ---- errors


@pytest.mark.parametrize(("message", "internal"), [
    ("list index out of range", True), ("'NoneType' object has no attribute 'pk'", True),
    ("UNIQUE constraint failed: items_item.code", True), ("no such table: items_item", True),
    ("You do not have permission to perform this action", False), ("Item matching query does not exist.", False),
])  # fmt: skip
def test_an_error_of_the_site_is_told_from_a_refusal(message, internal):
    context = context_of(dict)
    with pytest.raises(Contradiction if internal else Unfinished, match=re.escape(message)):
        reading.require(context, answer_of(failed(message, "items")), "POST /graphql/ (items)")
    assert is_internal(message) is internal


def test_a_row_without_its_values_is_not_saved():
    message = "Cannot return null for non-nullable field ItemType.created."
    with pytest.raises(Contradiction, match=r"did not save: .*ItemType\.created"):
        send(lambda document: failed(message, "createItem", "item", "created"))
    assert half_made(answer_of(failed(message, "createItem", "item")), CREATE) == ""
    flat = form_of("mutation addNote", outputs=("__typename", "@Note.id", "@Note.text"))
    assert half_made(answer_of(failed("Cannot return null for non-nullable field Note.text.", "addNote", "text")), flat)


def send(answers):
    return send_marked(context_of(answers), CREATE, "/graphql/", Api(answers), MARK, {})


def test_a_name_outside_ascii_that_raises_an_error_is_noticed_in_an_answer_of_200():
    def answers(document):
        if "Zoë" in re.findall(r'name: "([^"]*)"', document)[0]:
            return failed("'ascii' codec can't encode character", "createItem")
        return {"data": {"createItem": {"item": {"id": "1", "name": "x", "created": "now"}}}}

    with pytest.raises(Contradiction, match="is accepted"):
        send(answers)


# ---- queries


def queries(answers, *views):
    context = context_of(answers, *views)
    check_queries(context)
    return context.results


def test_each_query_without_arguments_is_sent_before_there_are_rows():
    views = (view_of(LIST, "list"), view_of(MINE, "list"), view_of(DETAIL, "detail"), view_of(DELETE, "delete"))
    [result] = queries(lambda document: {"data": {"items": []}}, *views)
    assert (result.verdict, result.why) == (
        Verdict.WORKS, "2 queries answer without an error of the site: items, myItems")  # fmt: skip
    [broken] = queries(lambda document: failed("list index out of range", "items"), *views)
    assert (broken.verdict, "list index out of range" in broken.why) == (Verdict.BROKEN, True)
    [refused] = queries(lambda document: failed("You must log in", "items"), *views)
    assert refused.verdict is Verdict.WORKS
    assert queries(dict, view_of(DETAIL, "detail")) == []


def search(answers):
    context = context_of(answers, view_of(LIST, "list"), models=[Model(ITEM, "item")])
    row = Row(ITEM, 7, MARK, {"input": {"name": f"Zoë {MARK}"}})
    check_search(context, find_resources(context.surface)[0], row, "first")
    return context.results


def items(*names):
    return {"data": {"items": [{"id": str(number), "name": name} for number, name in enumerate(names, 7)]}}


def test_a_search_argument_finds_the_row_or_is_reported():
    found = f"Zoë {MARK}"
    [works] = search(lambda document: items(found) if "search" not in document or MARK in document else items())
    assert (works.verdict, works.kind) == (Verdict.WORKS, "search")
    [broken] = search(lambda document: items() if "search" in document else items(found))
    assert broken.verdict is Verdict.BROKEN and f"search = '{MARK}' does not find 'Zoë {MARK}'" in broken.why
    [other] = search(lambda document: items("Tea"))
    [ignored] = search(lambda document: items(found))
    assert (other.verdict, ignored.verdict) == (Verdict.OPEN, Verdict.OPEN)


# ---- who may


def test_a_list_of_ones_own_rows_is_known_by_the_name_of_its_query():
    mine = Operation("list", view_of(MINE, "list"), "post", MINE)
    everybody = Operation("list", view_of(LIST, "list"), "post", LIST)
    assert (mine.address_words, everybody.address_words) == ("my-items", "items")
    assert holes.OWN.search(mine.address_words) and not holes.OWN.search(everybody.address_words)


def members_only(*views, owner=True):
    own = Input("owner", "reference", model="auth.User")
    models = [Model(ITEM, "item", (own, Input("name")), "owner" if owner else ""), Model("items.Category", "category")]
    surface = Surface(views, tuple(models), user_model="auth.User")
    context = Context(surface, {}, {})
    return [each.label for each in find_resources(surface) if is_for_members(context, each, holes.BY_VISITORS)]


def test_rows_that_must_have_an_owner_or_are_only_referred_to_are_for_users():
    category = form_of("mutation createCategory", Input("name"), model="items.Category")
    referring = form_of("mutation createItem", Input("input", "object", inputs=(
        Input("categoryId", "reference", model="items.Category"), Input("name"))))  # fmt: skip
    open_category = view_of(category, "create", "nobody", "items.Category")
    assert members_only(view_of(CREATE, "create", "nobody"), view_of(DELETE, "delete", "login")) == [ITEM]
    assert members_only(view_of(CREATE, "create", "nobody"), view_of(DELETE, "delete", "nobody")) == []
    assert members_only(view_of(CREATE, "create", "nobody"), view_of(DELETE, "delete", "login"), owner=False) == []
    assert members_only(open_category, view_of(referring, "create", "login")) == ["items.Category"]
    assert members_only(open_category, view_of(referring, "create", "nobody")) == []


# ---- values


def test_a_price_that_is_always_zero_is_lost_and_a_computed_one_is_not():
    price = Input("price", "decimal")
    assert replaced_values([(price, "19.90")], {"price": "0.00"}) == {"price": "0.00"}
    assert replaced_values([(price, "19.90")], {"price": "21.30"}) == {}
    assert replaced_values([(price, "0")], {"price": "0.00"}) == {}
    assert replaced_values([(Input("total", "decimal"), "19.90")], {"total": "0.00"}) == {}


def test_values_inside_of_objects_are_told():
    sent = {"input": {"name": "Tea", "categoryId": 3}, "id": 7}
    assert texts_of(sent) == {"name": "Tea"}
    assert (sent_value(sent, "category"), sent_value(sent, "name"), sent_value(sent, "price")) == (3, "Tea", None)
