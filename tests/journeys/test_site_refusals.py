"""What answers say against a form, and what is sent instead."""

from __future__ import annotations

import json

import httpx
import pytest

from wizard.journeys.filling import Filled, Filler, Person
from wizard.journeys.html_page import read_page
from wizard.journeys.learning import alternative
from wizard.journeys.lessons import OMIT, Lesson
from wizard.journeys.refusals import refusals_of
from wizard.journeys.visitor import Answer
from wizard.project.inputs import Form, Input

PERSON = Person("visitor0a1b2c3d", "visitor0a1b2c3d@example.com", "Rain-7-ab-Tea", "Zoë Ångström 0a1b2c3d", "0a1b2c3d")
NAMES = ("title", "price", "address", "email", "detail_level")


def answer_of(content, status=400, kind="application/json", first=None):
    text = content if isinstance(content, str) else json.dumps(content)
    return Answer(httpx.Response(status, text=text, headers={"Content-Type": kind}), "/books/", first=first or status)


def filled_with(encoding="json", **values):
    return Filled(Form("post", encoding, tuple(Input(name) for name in NAMES), "code", path="/books/"), values)


def found(answer, filled=None):
    return [(each.field, each.message) for each in refusals_of(answer, filled or filled_with())]


@pytest.mark.parametrize(("content", "expected"), [
    ({"title": ["May not be blank."], "price": ["Too low.", "Odd."]},
     [("title", "May not be blank."), ("price", "Too low."), ("price", "Odd.")]),
    ({"address": {"city": ["Required."]}}, [("address.city", "Required.")]),
    ({"items": [{}, {"quantity": ["Too many."]}]}, [("items.1.quantity", "Too many.")]),
    ([{"title": ["Required."]}], [("title", "Required.")]),
    ({"non_field_errors": ["Unable to log in."]}, [("", "Unable to log in.")]),
    ({"detail": "Method not allowed."}, [("", "Method not allowed.")]),
    ({"detail": [{"type": "missing", "loc": ["body", "payload", "title"], "msg": "Field required"}]},
     [("title", "Field required")]),
    ({"status": 400, "errors": [{"message": "Taken.", "code": "taken", "param": "email"}]}, [("email", "Taken.")]),
    ({"type": "validation_error", "errors": [{"code": "required", "detail": "Required.", "attr": "title"}]},
     [("title", "Required.")]),
    ({"errors": {"title": "Required."}}, [("title", "Required.")]),
    ({"error": "Your cart is empty"}, [("", "Your cart is empty")]),
    ({"success": False, "message": "No.", "code": 7}, [("", "No.")]),
    ({"title": [{"message": "Required.", "code": "required"}]}, [("title", "Required.")]),
    ({"detailLevel": ["Odd."]}, [("detail_level", "Odd.")]),
])  # fmt: skip
def test_the_errors_of_an_api_are_read(content, expected):
    assert found(answer_of(content)) == expected


@pytest.mark.parametrize(("content", "expected"), [
    ({"errors": [{"message": 'Argument "title" of type "String!" is required'}]}, "title"),
    ({"data": {"addBook": {"errors": [{"field": "price", "messages": ["Too low."]}]}}}, "price"),
    ({"data": {"addBook": {"ok": False, "message": "No."}}}, ""),
    ({"data": {"addBook": {"__typename": "ValidationError", "message": "No."}}}, ""),
])  # fmt: skip
def test_the_errors_of_graphql_come_with_status_200(content, expected):
    [(field, _)] = found(answer_of(content, 200), filled_with("graphql"))
    assert field == expected


@pytest.mark.parametrize("content", [
    {"id": 7, "title": "x"}, {"success": True, "errors": []},
    {"data": {"addBook": {"errors": None, "book": {"id": 1}}}},
    [],
    {"status": "pending", "error": None},
])  # fmt: skip
def test_a_success_is_no_refusal(content):
    assert found(answer_of(content, 200)) == []


@pytest.mark.parametrize(
    "content", [{"success": False}, {"ok": False, "message": "No."}, {"status": "error", "message": "No."}]
)
def test_an_error_with_status_200_is_a_refusal(content):
    assert len(found(answer_of(content, 200))) == 1


def test_a_page_with_errors_is_a_refusal_and_one_with_a_message_of_success_is_not():
    form = "<form method=post action=/books/><input name=title value='Tea time'>{}</form>"
    filled = filled_with("form", title="Tea time")
    wrong = form.format("<ul class=errorlist><li>Taken.</li></ul><input name=price>")
    assert found(answer_of(wrong, 200, "text/html"), filled) == [("price", "Taken.")]
    [(_, message)] = found(answer_of(form, 200, "text/html"), filled)
    assert "shown again" in message
    saved = form + "<p class='alert alert-success'>Saved</p>"
    assert found(answer_of(saved, 200, "text/html"), filled) == []
    assert found(answer_of(form, 200, "text/html", first=302), filled) == []


def test_what_the_page_showed_before_is_no_answer():
    page = "<p class='alert alert-danger'>We close on Friday</p>"
    before = read_page(page, "/")
    assert refusals_of(answer_of(page, 200, "text/html"), filled_with("form"), before) == []
    assert refusals_of(answer_of(page, 200, "text/html"), filled_with("form"))[0].message == "We close on Friday"


def test_a_401_of_allauth_with_steps_is_no_refusal():
    content = {"status": 401, "data": {"flows": [{"id": "verify_email", "is_pending": True}]}, "meta": {}}
    assert found(answer_of(content, 401)) == []


def test_deep_and_broken_answers_are_read_without_an_error():
    deep = "[" * 5_000 + "]" * 5_000
    assert found(answer_of(deep))[0][0] == ""
    assert found(answer_of("{broken")) == [("", "{broken")]
    assert len(found(answer_of({f"f{number}": ["No."] for number in range(10_000)}))) == 60


# ---- learning


def lesson(message, value="Tea", kind="text", *, code="", name="title", turn=0, rows=None, values=None, **more):
    field = Input(name, kind, **more)
    filler = Filler(PERSON, rows)
    return alternative(
        Lesson(
            field,
            value,
            message,
            code,
            values or {name: value},
            filler,
            Filled(Form("post", "json", (field,), "code")),
            turn,
        )
    )[0]


@pytest.mark.parametrize(("message", "value", "expected"), [
    ("Ensure this value has at most 3 characters (it has 8).", "visitors", "0a1"),
    ("Ensure this field has at least 5 characters.", "Tea", "Tea and more words"[:5]),
    ("Ensure this value is greater than or equal to 10.", 2, 10),
    ("Ensure this value is less than or equal to 5.", "7", "5"),
    ("Input should be greater than 3", 2, 4),
    ("A valid integer is required.", "Zoë", 3),
    ("Enter a valid date in DD/MM/YYYY format", "2030-06-08", "08/06/2030"),
    ("Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss].", "2030-06-08",
     "2030-06-08T00:00:00Z"),
    ("Input should be 'red', 'green' or 'blue'", "Tea", "red"),
    ("Value must be one of: NL, BE", "DE", "NL"),
    ("Only letters and numbers are allowed.", "Zoë 1", "visitor0a1b2c3d"),
    ("Must be a list", "Tea", ["Tea"]),
    ("Must be a valid boolean.", "Tea", True),
    ("Extra fields not permitted", "Tea", OMIT),
])  # fmt: skip
def test_the_message_tells_the_next_value(message, value, expected):
    assert lesson(message, value) == expected


def test_what_exists_already_is_made_unique():
    assert lesson("A user with that username already exists.", "tea") != "tea"
    assert lesson("Already taken.", PERSON.email).endswith("@example.com")
    assert len(lesson("Must be unique.", "x" * 10, longest=10)) == 10


def test_what_is_missing_is_filled_in():
    assert lesson("This field is required.", None, name="first_name") == "Zoë"
    assert lesson("Required.", None, kind="boolean", name="terms") is True


def test_another_row_is_referred_to():
    row = {"kind": "reference", "model": "shop.Category"}
    assert lesson('Invalid pk "1" - object does not exist.', "1", rows={"shop.Category": ["1", "5"]}, **row) == "5"
    assert lesson('Invalid pk "1" - object does not exist.', "1", required=False, **row) is OMIT
    assert lesson('Invalid pk "1" - object does not exist.', "1", **row) is None


@pytest.mark.parametrize(("message", "later"), [
    ("The date cannot be in the past.", True), ("Must be in the future", True),
    ("The date cannot be in the future.", False),
    ("End date must be after start date.", True),
])  # fmt: skip
def test_a_day_moves_to_the_other_side(message, later):
    value = "2020-06-08" if later else "2090-06-08"
    assert (lesson(message, value, "date", name="day") > value) is later


def test_passwords_follow_the_rules_of_the_message():
    more = {"kind": "password", "name": "password2"}
    assert any(each in "#!" for each in lesson("The password needs a special character", "abc", **more))
    assert lesson("The passwords do not match.", "b", values={"password1": "a", "password2": "b"}, **more) == "a"
    assert len(lesson("At most 12 characters", "x" * 30, **more)) == 12


def test_a_file_of_an_allowed_kind_is_sent():
    made = lesson(
        "File extension “txt” is not allowed. Allowed extensions are: pdf, docx.",
        None,
        "file",
        code="invalid_extension",
    )
    assert made.name.endswith(".pdf")


def test_an_unknown_message_leaves_out_what_is_optional():
    assert lesson("Nope.", "Tea", required=False) is OMIT
    assert lesson("Nope.", "Tea") == "visitor0a1b2c3d"
    assert lesson("Nope.", "Tea", turn=1) is None
