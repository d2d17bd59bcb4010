"""Rows of formsets: as many are filled as the site demands, and each of them must be in the database."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.journeys.surfaces import inputs, model, surface, view
from wizard.journeys import formset_rows, holes
from wizard.journeys.bodies import CSRF_FIELD
from wizard.journeys.context import Context, Contradiction
from wizard.journeys.evidence import Row
from wizard.journeys.filling import Filled, Filler, Person
from wizard.journeys.improving import Improver
from wizard.journeys.inline_rows import check_inline
from wizard.journeys.operations import Operation
from wizard.journeys.refusals import Refusal
from wizard.journeys.sent_form import Attempt
from wizard.project.inputs import Form, Input

PERSON = Person("visitor0a1b2c3d", "visitor0a1b2c3d@example.com", "Rain-7-ab-Tea", "Zoë Ångström 0a1b2c3d", "0a1b2c3d")
NAMES = [f"choice_set-{number}-choice_text" for number in range(4)]


def page_form(lowest="0"):
    managed = [
        Input(f"choice_set-{name}_FORMS", "hidden", initial=value)
        for name, value in (("TOTAL", "4"), ("INITIAL", "0"), ("MIN_NUM", lowest))
    ]
    return Form("post", "form", (Input("question"), *managed, *(Input(name, required=False) for name in NAMES)), "page")


@pytest.mark.parametrize(("lowest", "count"), [("0", 1), ("1", 1), ("3", 3), ("99", 4), ("many", 1)])
def test_as_many_rows_are_filled_as_the_formset_demands(lowest, count):
    values = Filler(PERSON).fill(page_form(lowest)).values
    assert [name for name in NAMES if values.get(name)] == NAMES[:count]


def improved(refusal):
    form = page_form()
    filler, learned = Filler(PERSON), []
    visitor = SimpleNamespace(learned=learned.append)
    answer = SimpleNamespace(status=200, first=200, redirects=(), page=SimpleNamespace(forms=()), response=None)
    made = Attempt(answer, filler.fill(form), False, "/ask/", refusals=[refusal])
    assert Improver(filler, visitor, frozenset()).improve(made) is True
    assert learned
    return [name for name in NAMES if made.filled.values.get(name)]


@pytest.mark.parametrize("refusal", [
    Refusal(NAMES[1], "This field is required."), Refusal("", "Please submit at least 2 forms."),
])  # fmt: skip
def test_a_second_row_is_filled_once_the_site_asks_for_it(refusal):
    assert improved(refusal) == NAMES[:2]


def test_inputs_of_a_row_are_told_from_others():
    assert formset_rows.in_first_row("lines-12-book") == "lines-0-book"
    assert formset_rows.in_first_row("street-2") == "street-2"
    assert formset_rows.is_blank(Input("lines-__prefix__-book"), page_form())
    assert formset_rows.is_blank(Input("lines-0-DELETE"), page_form())
    assert not formset_rows.is_blank(Input("1-name"), page_form()), "a step of a wizard of forms"


class Database:
    """Rows of one model in memory."""

    def __init__(self, *rows):
        self.rows = dict(enumerate(rows, 1))

    def find(self, label, text):
        return [key for key, row in self.rows.items() if any(text in str(value) for value in row.values())]

    def values(self, label, key):
        return self.rows[key]

    def count(self, label):
        return len(self.rows)


def checked(*kept, sent=None, fields=("name", "email:mail"), before=None):
    ask = view("ask/", "create", model="polls.Question", fields=["question"])
    formset = Form("post", "form", inputs(fields), "formset", "polls.Choice", formset="choices")
    ask = type(ask)(ask.url, (*ask.forms, formset), ask.model, "create")
    site = surface(ask, models=[model("polls.Question", "question"), model("polls.Choice", "name", "mail")])
    context = Context(site, {}, {"first": Filler(PERSON)}, rows=Database(*kept))
    values = sent or {"choices-0-name": "Zoë 0a1b2c3d name 1", "choices-0-mail": "a@example.com", "choices-1-name": ""}
    attempt = Attempt(None, Filled(ask.forms[0], values), True)
    return check_inline(context, Operation("create", ask, "post", ask.forms[0]), attempt, before)


def test_a_row_of_a_formset_must_be_kept_with_all_its_fields():
    row = {"name": "Zoë 0a1b2c3d name 1", "mail": "a@example.com"}
    assert checked({"name": "another 0a1b2c3d"}, row) == "polls.Choice has 1 of the rows that were sent with it"
    with pytest.raises(Contradiction, match=r"lost choices: no row of polls\.Choice has"):
        checked({"name": "another 0a1b2c3d"})
    with pytest.raises(Contradiction, match="lost mail: kept nothing"):
        checked({**row, "mail": ""})


def test_a_row_without_a_text_is_counted():
    sent = {"choices-0-quantity": 2}
    assert checked({}, sent=sent, fields=["integer:quantity"], before={"polls.Choice": 0}) == ""
    with pytest.raises(Contradiction, match=r"no row of polls\.Choice is new"):
        checked({}, sent=sent, fields=["integer:quantity"], before={"polls.Choice": 1})


def test_another_visitor_sends_the_rows_of_the_owners_page_with_a_token_of_their_own():
    update = view("polls/<int:pk>/edit/", "update", model="polls.Question", fields=["question"])
    formset = Form("post", "form", inputs(["choice_text"]), "formset", "polls.Choice", formset="choice_set")
    update = replace(update, forms=(*update.forms, formset))
    shown = page_form()
    shown = replace(
        shown, inputs=(Input(CSRF_FIELD, "hidden", initial="of the owner"), *shown.inputs), path="/polls/1/edit/"
    )
    page = SimpleNamespace(forms=(shown,), forms_to=lambda path, method="post": (shown,))
    owner = SimpleNamespace(get=lambda path: SimpleNamespace(is_page=True, status=200, page=page))
    sent = []

    def send(filled, path, *, follow):
        sent.append(filled)
        return SimpleNamespace(status=404, response=SimpleNamespace(headers={}))

    other = SimpleNamespace(role="second", send=send)
    context = Context(surface(update), {"first": owner, "second": other}, {"first": Filler(PERSON)})
    operation = Operation("update", update, "post", update.forms[0])
    assert holes._send(context, operation, "/polls/1/edit/", other, Row("polls.Question", 1), "0a1b2c3d") == (
        404,
        "404",
    )
    [filled] = sent
    assert filled.values["choice_set-TOTAL_FORMS"] == "4"
    assert CSRF_FIELD not in filled.values
    assert filled.form.source == "form", "only a form of the code is sent with the token of the visitor's own cookie"
