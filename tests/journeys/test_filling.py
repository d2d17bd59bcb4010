"""Values for forms: by kind, name, limits and choices, and files that are what they say."""

from __future__ import annotations

import datetime
import struct
import zlib

import pytest

from wizard.journeys.filling import Filler, Person, Upload, combined
from wizard.journeys.sample_files import make_file, make_jpeg, make_pdf, make_png
from wizard.journeys.sample_values import fits
from wizard.project.inputs import Button, Form, Input

PERSON = Person("visitor0a1b2c3d", "visitor0a1b2c3d@example.com", "Rain-7-ab-Tea", "Zoë Ångström 0a1b2c3d", "0a1b2c3d")
TODAY = datetime.date(2030, 6, 1)


def filled(*inputs, source="code", shown=None, given=None, formsets=(), rows=None, **more):
    form = Form("post", "form", inputs, source, model="shop.Book")
    return Filler(PERSON, rows, today=TODAY, **more).fill(form, shown, given, formsets)


def value(name, kind="text", **more):
    return filled(Input(name, kind, **more)).values.get(name)


@pytest.mark.parametrize(("name", "kind", "expected"), [
    ("username", "text", PERSON.name), ("login", "text", PERSON.name), ("email2", "email", PERSON.email),
    ("confirm_password", "text", PERSON.password), ("newPassword1", "password", PERSON.password),
    ("first_name", "text", "Zoë"), ("lastName", "text", "Ångström"), ("postal_code", "text", "10115"),
    ("date_of_birth", "date", "1990-05-17"), ("start_date", "date", "2030-06-08"), ("end_date", "date", "2030-06-15"),
    ("expires_at", "datetime", "2030-06-15T10:00"), ("end_time", "time", "12:00"), ("check_in", "text", "2030-06-08"),
    ("card_number", "text", "4242424242424242"), ("latitude", "float", 52.52), ("quantity", "integer", 2),
    ("price", "decimal", "19.90"), ("unit_price", "text", "19.9"), ("iban", "text", "DE89370400440532013000"),
    ("agree_to_terms", "boolean", True), ("is_staff", "boolean", False), ("newsletter", "boolean", True),
    ("items-0-quantity", "integer", 2), ("items-1-quantity", "integer", None), ("items-0-DELETE", "boolean", None),
])  # fmt: skip
def test_a_name_tells_the_value(name, kind, expected):
    assert value(name, kind, required=False) == expected


def test_texts_have_letters_outside_ascii_and_can_be_found_again():
    values = filled(
        Input("title"), Input("description", shortest=100), Input("tag", longest=14), Input("x", longest=3)
    ).values
    assert values["title"].startswith("Zoë")
    assert all(PERSON.random in values[name] for name in ("title", "description", "tag"))
    assert values["title"] != values["description"]
    assert len(values["description"]) >= 100
    assert len(values["tag"]) <= 14
    assert len(values["x"]) == 3


def test_two_forms_get_different_texts():
    filler = Filler(PERSON)
    form = Form("post", "form", (Input("title"), Input("slug", "slug"), Input("phone", "phone")), "code")
    first, second = filler.fill(form).values, filler.fill(form).values
    assert not set(first.values()) & set(second.values())


@pytest.mark.parametrize(
    "pattern", [r"[a-z]+", r"\d{5}", r"[A-Z]{2}\d{4}", r"\+?\d{9,15}", r"[A-Za-z0-9_-]{3,16}", r"\d{4}-\d{2}-\d{2}"]
)
def test_a_pattern_is_matched(pattern):
    assert fits(pattern, value("reference_text", pattern=pattern))


def test_a_pattern_that_takes_exponential_time_is_not_tried():
    assert value("name", pattern="(a+)+$") is not None


@pytest.mark.parametrize(("more", "expected"), [
    ({"minimum": 5}, 7), ({"minimum": 10}, 10), ({"maximum": 3}, 3),
])  # fmt: skip
def test_numbers_stay_inside_their_limits(more, expected):
    assert value("number", "integer", **more) == expected


def test_choices_are_taken_from_the_list():
    assert value("country", "choice", choices=("AF", "DE")) == "DE"
    assert value("status", "choice", choices=("draft", "live"), initial="live") == "live"
    assert value("kinds", "choice", choices=("a", "b"), many=True) == ["a"]


def test_references_name_known_rows():
    category = Input("category", "reference", model="shop.Category")
    assert filled(category, rows={"shop.Category": ["3", "4"]}).values == {"category": "3"}
    assert "needs a row of shop.Category" in filled(category).problem
    assert filled(Input("category", "reference", False, model="shop.Category")).problem == ""


@pytest.mark.parametrize("name", ["captcha", "captcha_1", "g-recaptcha-response"])
def test_a_captcha_cannot_be_filled(name):
    assert "is a captcha" in filled(Input(name)).problem


def test_traps_and_codes_that_nobody_has_stay_empty():
    values = filled(
        Input("honeypot", required=False), Input("coupon_code", required=False), Input("website", "hidden")
    ).values
    assert values == {"website": ""}


def test_the_page_is_what_is_sent_and_the_code_explains_it():
    shown = Form("post", "multipart", (
        Input("csrfmiddlewaretoken", "hidden", initial="t"), Input("cover",
        "file"), Input("title", longest=9), Input("age"),
    ), "page", path="/new/", buttons=(Button("save", "1"),))  # fmt: skip
    code = (Input("title"), Input("age", "integer", maximum=4), Input("cover", "image"), Input("not_shown"))
    made = filled(*code, shown=shown)
    assert list(made.values) == ["save", "csrfmiddlewaretoken", "cover", "title", "age"]
    assert made.values["cover"].name.endswith(".png")
    assert (made.values["age"], len(made.values["title"]) <= 9) == (4, True)
    assert combined(made.form, None) is made.form


def test_given_values_are_used_as_they_are():
    assert filled(Input("title"), given={"title": "x", "extra": 1}).values == {"title": "x", "extra": 1}


def test_a_row_of_a_formset_is_added_where_a_script_would():
    total = Input("items-TOTAL_FORMS", "hidden", initial="0")
    lines = Form("post", "form", (Input("quantity", "integer"),), "code", formset="items")
    assert filled(total, formsets=(lines,)).values == {"items-TOTAL_FORMS": "1", "items-0-quantity": 2}
    template = Input("items-__prefix__-quantity", "integer")
    assert filled(total, template).values["items-0-quantity"] == 2


def test_objects_have_values_inside():
    address = Input("address", "object", inputs=(Input("city"), Input("zip")))
    assert filled(address).values == {"address": {"city": "Köln", "zip": "10115"}}


def test_optional_files_are_sent_if_asked_for():
    photo = Input("photo", "image", False)
    assert filled(photo).values == {}
    assert isinstance(filled(photo, optional_files=True).values["photo"], Upload)
    assert "wants a file of the kind psd" in filled(Input("design", "file", extensions=("psd",))).problem


def chunks_of(png):
    place = 8
    while place < len(png):
        size, name = struct.unpack(">I4s", png[place : place + 8])
        content = png[place + 8 : place + 8 + size]
        [check] = struct.unpack(">I", png[place + 8 + size : place + 12 + size])
        assert check == zlib.crc32(name + content)
        yield name, content
        place += size + 12


@pytest.mark.parametrize("size", [0, 5 << 20])
def test_a_png_has_real_pixels_valid_checksums_and_the_exact_size(size):
    png = make_png(size)
    parts = dict(chunks_of(png))
    assert len(zlib.decompress(parts[b"IDAT"])) == 320 * (480 * 3 + 1)
    assert list(parts)[-1] == b"IEND"
    assert not size or len(png) == size


def test_a_large_png_has_other_pixels_than_a_small_one():
    """A site that scales both would keep the same picture twice, as if the second upload had been lost."""
    small, large = (dict(chunks_of(make_png(size)))[b"IDAT"] for size in (0, 5 << 20))
    assert small != large


@pytest.mark.parametrize("make", [make_jpeg, make_pdf])
@pytest.mark.parametrize("size", [2_000, 65_370, 300_001])
def test_a_file_has_the_size_that_is_asked_for(make, size):
    assert len(make(size)) == size


def test_the_first_kind_that_golive_can_make_is_sent():
    assert make_file(("doc", "pdf"), "a").content.startswith(b"%PDF")
    assert make_file((), "a", image=True).type == "image/png"
    assert make_file(("psd",), "a") is None


def test_the_two_inputs_of_a_date_with_a_time_are_filled_as_such():
    form = Form("post", "form", (Input("opens", "datetime"),), "a model")
    shown = Form("post", "form", (Input("opens_0"), Input("opens_1"), Input("title_0")), "page /")
    filled = Filler(Person.made_up()).fill(form, shown)
    datetime.date.fromisoformat(filled.values["opens_0"])
    datetime.time.fromisoformat(filled.values["opens_1"])
