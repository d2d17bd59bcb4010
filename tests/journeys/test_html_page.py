"""Pages as visitors have them: forms as a browser sends them, errors beside fields, and pages that are hard to read."""

from __future__ import annotations

import gc
import time

import pytest

from wizard.journeys.html_page import Link, read_page
from wizard.journeys.html_tree import Element, decode
from wizard.project.inputs import Button


def form_of(markup, path="/books/new/", **more):
    [form] = read_page(f"<form method=post {markup}", path, **more).forms
    return form


def inputs_of(controls):
    return {each.name: each for each in form_of(f">{controls}</form>").inputs}


@pytest.mark.parametrize(("markup", "path", "method", "encoding"), [
    ("method=post", "/books/new/", "post", "form"),
    ("method=POST action=''", "/books/new/", "post", "form"),
    ("action=../?page=2#top", "/books/?page=2", "get", "form"),
    ("method=put action=/x/", "/x/", "get", "form"),
    ("method=post action=save enctype=multipart/form-data", "/books/new/save", "post", "multipart"),
    ("method=post action=https://shop.example/pay/", "/pay/", "post", "form"),
    ("method=post action=https://pay.example/now", "https://pay.example/now", "post", "form"),
])  # fmt: skip
def test_a_form_is_sent_where_a_browser_sends_it(markup, path, method, encoding):
    [form] = read_page(f"<form {markup}></form>", "/books/new/", host="shop.example").forms
    assert (form.path, form.method, form.encoding) == (path, method, encoding)


def test_the_base_of_a_page_moves_its_addresses():
    page = read_page("<base href=/shop/><form method=post action=buy/></form><a href=cart>Cart</a>", "/x/y/")
    assert page.forms[0].path == "/shop/buy/"
    assert page.links == (Link("/shop/cart", "Cart"),)


@pytest.mark.parametrize(("control", "kind", "initial"), [
    ('<input name=x value="a &amp; b">', "text", "a & b"),
    ("<input name=x type=number step=any>", "decimal", ""),
    ("<input name=x type=number step=2>", "integer", ""),
    ("<input name=x type=datetime-local>", "datetime", ""),
    ("<input name=x type=tel>", "phone", ""),
    ("<input name=x type=unheard-of value=1>", "text", "1"),
    ("<input name=x type=file accept='image/png, .jpg'>", "image", ""),
    ("<input name=x type=file accept=.pdf>", "file", ""),
    ("<textarea name=x>\n first\nsecond</textarea>", "text", " first\nsecond"),
    ("<select name=x><option value='' disabled>-<option>A<option value=b selected>B</select>", "choice", "b"),
    ("<select name=x><option value='' disabled>-<option>A<option>B</select>", "choice", "A"),
    ("<select name=x data-ajax--url='/admin/autocomplete/'></select>", "text", ""),
    ("<input name=x type=checkbox>", "boolean", ""),
    ("<input name=x type=checkbox value=1 checked>", "boolean", "1"),
    ("<input name=x type=radio value=a><input name=x type=radio value=b checked>", "choice", "b"),
])  # fmt: skip
def test_a_control_has_its_kind_and_its_value(control, kind, initial):
    found = inputs_of(control)["x"]
    assert (found.kind, found.initial) == (kind, initial)


def test_limits_and_labels_come_from_attributes():
    found = inputs_of(
        "<label for=n>How many</label><input id=n name=n type=number min=1 max=9.5 required>"
        "<label>Name <input name=t maxlength=20 minlength=2 pattern='[a-z]+'></label>"
    )
    assert (found["n"].minimum, found["n"].maximum, found["n"].required, found["n"].label) == (1, 9.5, True, "How many")
    assert (found["t"].longest, found["t"].shortest, found["t"].pattern, found["t"].label) == (20, 2, "[a-z]+", "Name")


def test_controls_that_a_browser_does_not_send_are_left_out():
    found = inputs_of(
        "<input value=nameless><input name=a disabled><fieldset disabled><input name=b></fieldset>"
        "<datalist><input name=c></datalist><button name=d type=button></button><input type=reset name=e>"
        "<input name=kept>"
    )
    assert list(found) == ["kept"]


def test_several_controls_of_one_name_are_one_input():
    found = inputs_of(
        "<input type=checkbox name=c value=1 checked><input type=checkbox name=c value=2>"
        "<input type=checkbox name=c value=3 checked>"
        "<select multiple name=m><option>A<option selected>B<option selected>C</select>"
        "<input name=t value=1><input name=t value=2>"
    )
    assert (found["c"].choices, found["c"].chosen, found["c"].many) == (("1", "2", "3"), ("1", "3"), True)
    assert (found["m"].choices, found["m"].chosen) == (("A", "B", "C"), ("B", "C"))
    assert (found["t"].many, found["t"].chosen) == (True, ("1", "2"))


def test_controls_outside_of_their_form_belong_to_it():
    page = read_page(
        "<input name=o form=f><form id=f method=post></form><table><form method=post action=/t/><tr><td>"
        "<input name=i></table>",
        "/",
    )
    assert [[each.name for each in form.inputs] for form in page.forms] == [["o"], ["i"]]


def test_a_lonely_field_that_styles_hide_stays_empty_and_a_hidden_step_does_not():
    found = inputs_of(
        "<div style='position:absolute; left: -9999px'><input name=url></div><div class=d-none>"
        "<input name=a><input name=b></div>"
    )
    assert [found[name].kind for name in ("url", "a", "b")] == ["hidden", "text", "text"]


def test_buttons_are_known_and_one_with_its_own_address_is_another_form():
    page = read_page(
        "<form method=post action=/a/><input name=x><button name=do value=save>Save</button>"
        "<button type=submit formaction=/b/ name=do value=drop>Drop</button></form>",
        "/",
    )
    assert [(form.path, form.buttons) for form in page.forms] == [
        ("/a/", (Button("do", "save", "Save"),)), ("/b/", (Button("do", "drop", "Drop"),)),
    ]  # fmt: skip
    assert [each.name for each in page.forms[0].inputs] == ["x"]


def test_htmx_requests_are_forms_with_inherited_values_and_headers():
    page = read_page(
        """<body hx-headers='{"X-CSRFToken": "t"}'><form hx-post=/add/ hx-vals='{"via": "list"}'><input name=x></form>
        <form><input name=y><button hx-put=/rename/ name=do value=1>Rename</button></form>
        <a hx-delete=/drop/ hx-vals='js:{a: 1}'>Drop</a>""",
        "/",
    )
    found = {form.path: form for form in page.forms}
    assert found["/add/"].method == "post"
    assert [(each.name, each.initial) for each in found["/add/"].inputs] == [("x", ""), ("via", "list")]
    assert dict(found["/add/"].headers) == {"HX-Request": "true", "X-CSRFToken": "t"}
    assert [each.name for each in found["/rename/"].inputs] == ["y", "do"]
    assert (found["/drop/"].method, found["/drop/"].inputs) == ("delete", ())


def test_a_captcha_of_a_script_is_an_input():
    assert inputs_of("<div class=g-recaptcha data-sitekey=k></div>")["captcha"].kind == "captcha"


@pytest.mark.parametrize("markup", [
    pytest.param('<ul class="errorlist"><li>Too short.</li></ul><p><input name=t></p>', id="as_p"),
    pytest.param('<div><label for=id_t>T</label><ul class="errorlist" id="id_t_error"><li>Too short.</li>'
                 '</ul><input name=t '
                 'aria-invalid=true aria-describedby=id_t_error id=id_t></div>', id="Django 5"),
    pytest.param("<tr><td><ul class=errorlist><li>Too short.</li></ul><input name=t></td></tr>", id="as_table"),
    pytest.param("<div class=mb-3><input name=t class=is-invalid><div class=invalid-feedback>Too short."
                 "</div></div>", id="bootstrap"),
    pytest.param('<div id=div_id_t><input name=t class=is-invalid><span id="error_1_id_t" class="invalid-feedback">'
                 "<strong>Too short.</strong></span></div>", id="crispy"),
    pytest.param('<div><input name=t><p id="error_1_id_t" class="text-red-500 text-xs">Too short.</p>'
                 '</div>', id="tailwind"),
    pytest.param("<div class='form-group has-error'><input name=t><span class=help-block>Too short.</span>"
                 "</div>", id="bootstrap 3"),
    pytest.param("<div><input name=t aria-invalid=true aria-describedby=e>"
                 "<small id=e class=error>Too short.</small></div>", id="ARIA"),
    pytest.param("<div class=field><input name=t><p class='help is-danger'>Too short.</p></div>", id="bulma"),
])  # fmt: skip
def test_an_error_belongs_to_its_field(markup):
    page = read_page(
        f"<form method=post><input type=hidden name=c><p><input name=before></p>{markup}<p><input name=z></p>", "/"
    )
    assert [(each.name, each.message) for each in page.errors] == [("t", "Too short.")]


def test_errors_of_the_form_and_messages_have_no_field():
    page = read_page(
        "<form method=post><ul class='errorlist nonfield'><li>Wrong dates.</li></ul><p><input name=a></p></form>"
        "<div class='alert alert-danger'>Not saved</div><ul class=messages><li class=success>Welcome</li></ul>"
        "<span class=help-block>Only letters</span>",
        "/",
    )
    assert [(each.name, each.message) for each in page.errors] == [("", "Wrong dates.")]
    assert (page.alerts, page.notices) == (("Not saved",), ("Welcome",))


def test_the_text_is_what_a_visitor_reads():
    page = read_page(
        "<title> A\n shop</title><style>p {}</style><p>Tea<b>pot</b></p><p>10&nbsp;€</p><script>x='no'</script>", "/"
    )
    assert (page.title, page.text) == ("A shop", "Teapot 10 €")


@pytest.mark.parametrize(("content", "content_type", "text"), [
    ("é".encode(), "text/html", "é"),
    ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
    (b"<meta charset='koi8-r'>" + "да".encode("koi8-r"), "text/html", "<meta charset='koi8-r'>да"),
    ("\ufeffé".encode("utf-16"), "text/html; charset=utf-8", "é"),
    (b"\xe9", "text/html", "é"),
    (b"a", "text/html; charset=nonsense", "a"),
])  # fmt: skip
def test_a_page_is_decoded_as_a_browser_does(content, content_type, text):
    assert decode(content, content_type).removeprefix("\ufeff") == text


@pytest.mark.parametrize("content", [
    pytest.param("<div>" * 200_000, id="nested"),
    pytest.param("<form method=post>" + "".join(f"<p><input name=a{number}>" for number in range(20_000)), id="fields"),
    pytest.param("<ul class=errorlist><li>x</ul>" * 20_000 + "<input name=a>", id="errors"),
    pytest.param("<div class=alert>" * 1_900 + "x " * 200_000, id="alerts"),
    pytest.param("<p><b><i>" * 50_000, id="unclosed"),
    pytest.param("<meta " * 100_000, id="no end"),
])  # fmt: skip
def test_a_page_that_is_hard_to_read_takes_little_time(content):
    began = time.perf_counter()
    page = read_page(content.encode(), "/")
    assert time.perf_counter() - began < 8
    assert sum(len(form.inputs) for form in page.forms) <= 2_000


def test_three_hundred_fields_are_read():
    assert len(inputs_of("".join(f"<p><input name=a{number}></p>" for number in range(300)))) == 300


def test_a_page_that_has_been_read_keeps_no_elements():
    gc.collect()
    gc.disable()  # so that elements which refer to each other would be seen
    try:
        page = read_page("<main><form method=post><p hidden><label>Name <input name=name></label></form></main>", "/")
        kept = [each for each in gc.get_objects() if isinstance(each, Element)]
    finally:
        gc.enable()
    assert [each.name for each in page.forms[0].inputs] == ["name"]
    assert kept == []
