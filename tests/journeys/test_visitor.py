"""A visitor at a server: cookies, redirects, tokens, rounds of learning, and answers that are too much."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from aiohttp import web

from wizard.base.errors import SiteError
from wizard.journeys.attempts import attempt
from wizard.journeys.cookies import Cookies
from wizard.journeys.filling import Filled, Filler, Person, Upload
from wizard.journeys.visitor import Visitor
from wizard.project.inputs import Form, Input
from wizard.site.session import Site
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.serving import serve

SEEN: list[dict] = []


async def seen(request):
    """Note the request, and answer what it was."""
    data = await request.read()
    SEEN.append({"method": request.method, "path": request.path_qs, "body": data.decode(errors="replace"),
                 "cookies": dict(request.cookies), "headers": dict(request.headers)})  # fmt: skip
    return web.json_response({"method": request.method, "path": request.path_qs})


async def cookies(request):
    answer = web.Response(text="set")
    answer.headers.add("Set-Cookie", "kept=1; Path=/; Secure; HttpOnly")
    answer.headers.add("Set-Cookie", "below=2; Path=/shop")
    answer.headers.add("Set-Cookie", "foreign=3; Domain=other.example")
    answer.headers.add("Set-Cookie", "over=4; Max-Age=0")
    answer.headers.add("Set-Cookie", 'quoted="a b"; Domain=.shop.example')
    return answer


async def moved(request):
    status = int(request.query["status"])
    return web.Response(status=status, headers={"Location": request.query.get("to", "/seen?x=1")})


async def loop_back(request):
    return web.Response(status=302, headers={"Location": "/loop"})


async def slow(request):
    await asyncio.sleep(2)


async def endless(request):
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b"x" * 10)
        await asyncio.sleep(0.02)


async def large(request):
    return web.Response(body=b"x" * (21 << 20), content_type="text/html")


async def limited(request):
    LIMITED.append(request.headers["X-Real-IP"])
    return web.Response(status=200 if len(set(LIMITED)) > 1 else 429)


async def page(request):
    return web.Response(text="<p>a page</p>", content_type="text/html")


LIMITED: list[str] = []


async def picky(request):
    """An API whose rules only its refusals tell."""
    if request.content_type != "application/json":
        return web.json_response({"detail": f'Unsupported media type "{request.content_type}" in request.'}, status=415)
    body = await request.json()
    if "isbn" not in body:
        return web.json_response({"isbn": ["This field is required."]}, status=400)
    if body["kind"] != "novel":
        return web.json_response({"kind": ["Value must be one of: novel, poem"]}, status=422)
    return web.json_response(body, status=201)


async def stubborn(request):
    SEEN.append({"body": (await request.read()).decode()})
    swinging = f"Must be one of: {'ab'[len(SEEN) % 2]}"
    message = {"nope": "Nope.", "taken": "Already exists.", "swinging": swinging}[request.query["why"]]
    return web.json_response({"title": [message]}, status=400)


@pytest.fixture(scope="module")
def port():
    loop, app = EventLoopThread(), web.Application(client_max_size=0)
    routes = {"/page": page, "/seen": seen, "/cookies": cookies, "/moved": moved, "/slow": slow,
              "/loop": loop_back, "/endless": endless, "/large": large,
              "/limited": limited, "/picky": picky, "/stubborn": stubborn, "/shop/cart": seen}  # fmt: skip
    app.add_routes([web.route("*", path, handler) for path, handler in routes.items()])
    runner, number = loop.run(serve(app))
    yield number
    loop.run(runner.cleanup())
    loop.close()


@pytest.fixture
def visitor(port):
    SEEN.clear()
    with Site(port, "shop.example") as site:
        yield Visitor(site, Person.made_up(), budget=5)


def test_cookies_are_kept_as_a_browser_keeps_them(visitor):
    visitor.get("/cookies")
    visitor.get("/seen")
    visitor.get("/shop/cart")
    assert SEEN[0]["headers"]["Cookie"] == 'kept=1; quoted="a b"'
    assert SEEN[1]["cookies"]["below"] == "2"


def test_a_link_is_followed_from_the_page_that_the_browser_shows(visitor):
    visitor.get("/seen")
    visitor.get("/page?x=1")
    visitor.get("/moved?status=302")
    assert "Referer" not in SEEN[0]["headers"]
    assert SEEN[1]["headers"]["Referer"] == "https://shop.example/page?x=1"
    visitor.request("POST", "/seen", form={"a": "1"})
    assert SEEN[2]["headers"]["Referer"] == "https://shop.example/page?x=1", "a form is on the page, too"


def test_an_expired_cookie_is_deleted():
    import httpx

    kept = Cookies("shop.example")
    kept.put("sessionid", "a")
    header = 'sessionid=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/'
    kept.take(httpx.Response(200, headers={"Set-Cookie": header}))
    assert kept.names() == set()


@pytest.mark.parametrize(("status", "method", "body"), [
    (301, "GET", ""), (302, "GET", ""), (303, "GET", ""), (307, "POST", "a=1"), (308, "POST", "a=1"),
])  # fmt: skip
def test_redirects_are_followed_as_a_browser_does(visitor, status, method, body):
    answer = visitor.request("POST", f"/moved?status={status}", form={"a": "1"})
    assert (answer.first, answer.path, answer.redirects) == (status, "/seen?x=1", ("/seen?x=1",))
    assert (SEEN[0]["method"], SEEN[0]["body"]) == (method, body)
    assert [each.status for each in visitor.requests] == [status, 200]


def test_another_site_is_not_opened(visitor):
    answer = visitor.get("/moved?status=302&to=https://pay.example/now")
    assert answer.elsewhere == "https://pay.example/now"
    assert visitor.get("/moved?status=302&to=https://shop.example/seen").path == "/seen"


def test_a_loop_of_redirects_is_an_error(visitor):
    with pytest.raises(SiteError, match="redirected more than 10 times"):
        visitor.get("/loop")
    assert len(visitor.requests) == 11


@pytest.mark.parametrize("path", ["/slow", "/endless"])
def test_a_journey_ends_when_its_time_is_over(visitor, path):
    visitor.recorder.budget = 0.3
    visitor.begin()
    with pytest.raises(SiteError, match=f"GET {path} got"):
        visitor.get(path)
    with pytest.raises(SiteError, match=r"The journey took longer than 0\.3 s"):
        visitor.get("/seen")
    assert visitor.requests[0].status == 0


def test_an_answer_that_is_too_large_is_an_error(visitor):
    with pytest.raises(SiteError, match="too large"):
        visitor.get("/large")


def test_a_rate_limit_is_met_once_with_another_address(visitor):
    LIMITED.clear()
    assert visitor.get("/limited").status == 200
    assert len(set(LIMITED)) == 2
    assert "limits the rate" in visitor.requests[0].learned


def test_unsafe_requests_have_origin_and_token_and_pages_forms_only_what_they_contain(visitor):
    visitor.request("POST", "/seen", json={"a": "ë"})
    token = visitor.cookies.get("csrftoken")
    assert SEEN[0]["headers"]["X-CSRFToken"] == token == SEEN[0]["cookies"]["csrftoken"]
    assert SEEN[0]["headers"]["Origin"] == "https://shop.example"
    assert SEEN[0]["body"] == '{"a": "ë"}'
    visitor.send(Filled(Form("post", "form", (), "page", path="/seen"), {"a": "x\ny"}))
    assert "X-CSRFToken" not in SEEN[1]["headers"]
    assert SEEN[1]["body"] == "a=x%0D%0Ay"
    visitor.request("DELETE", "/seen", csrf=False)
    assert "X-CSRFToken" not in SEEN[2]["headers"]


def test_forms_are_sent_in_their_encoding(visitor):
    inputs = (
        Input("b", "boolean", choices=("yes",)),
        Input("tags", many=True),
        Input("f", "file"),
        Input("o", "object"),
    )
    values = {"b": True, "no": False, "tags": ["x", "y"], "o": {"p": 1}}
    visitor.send(Filled(Form("get", "form", inputs, "page", path="/seen?old=1"), values))
    assert SEEN[0]["path"] == "/seen?b=yes&tags=x&tags=y&o.p=1"
    upload = Upload("é.txt", b"content", "text/plain")
    visitor.send(Filled(Form("post", "multipart", inputs, "code", path="/seen"), {**values, "f": upload}))
    assert SEEN[1]["headers"]["Content-Type"].startswith("multipart/form-data")
    assert "content" in SEEN[1]["body"]
    assert visitor.requests[1].sent == "b=yes&tags=x&tags=y&o.p=1&f=<file é.txt, 7 bytes>"
    assert visitor.requests[1].replay["files"] == {"f": {"name": "é.txt", "type": "text/plain", "size": 7}}


def test_graphql_is_one_document(visitor):
    inputs = (Input("title"), Input("kind", "choice", choices=("NOVEL",)))
    form = Form(
        "post", "graphql", inputs, "schema", action="addBook", path="/seen", outputs=("book.id", "book.title", "ok")
    )
    visitor.send(Filled(form, {"title": 'A "b"', "kind": "NOVEL"}))
    assert (
        'mutation { addBook(title: \\"A \\\\\\"b\\\\\\"\\", kind: NOVEL) { book { id title } ok } }' in SEEN[0]["body"]
    )


def test_learning_finds_encoding_field_and_value(visitor):
    form = Form("post", "form", (Input("title"), Input("kind")), "code", path="/picky")
    made = attempt(visitor, Filler(visitor.person), form)
    assert made.accepted
    assert made.filled.values["kind"] == "novel"
    learned = [each.learned for each in visitor.requests if each.learned]
    assert "does not accept" in learned[0]
    assert learned[1] == "isbn: This field is required, so it is required"


@pytest.mark.parametrize(("why", "count"), [("nope", 2), ("taken", 4), ("swinging", 3)])
def test_a_form_is_sent_at_most_four_times_and_never_twice_the_same(visitor, why, count):
    form = Form("post", "json", (Input("title"),), "code", path=f"/stubborn?why={why}")
    made = attempt(visitor, Filler(visitor.person), form)
    assert not made.accepted
    assert made.why.startswith("title: ")
    bodies = [each["body"] for each in SEEN]
    assert len(bodies) == len(set(bodies)) == count


def test_secrets_are_redacted_and_variables_take_the_place_of_names(visitor):
    person = visitor.person
    visitor.recorder.variables["a-token-of-the-site"] = "token"
    visitor.headers["Authorization"] = "Bearer a-token-of-the-site"
    visitor.request(
        "POST", "/seen", json={"password": person.password, "name": person.name, "note": f"Zoë {person.random}"}
    )
    [sent] = visitor.requests
    assert person.password not in repr(sent)
    assert sent.replay == {
        "post": "/seen", "json": {"password": "{password}", "name": "{name}", "note": "Zoë {random}"}, "as": "first",
        "headers": {"Authorization": "Bearer {token}"}, "expect": {"status": 200},
    }  # fmt: skip


@pytest.mark.parametrize("public", [True, False])
def test_a_form_of_another_site_is_not_sent(public):
    sent = []

    def answer(request):
        sent.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, html='<form method=post action="https://news.example/add"><input name=name></form>')

    site = Site(1, "shop.example", public=public)
    site._clients[""] = httpx.Client(transport=httpx.MockTransport(answer))
    visitor = Visitor(site, Person.made_up())
    [shown] = visitor.get("/signup/").page.forms
    with pytest.raises(SiteError, match=r"POST https://news\.example/add is on another site"):
        visitor.send(Filler(visitor.person).fill(shown))
    attempt(visitor, Filler(visitor.person), Form("post", "form", shown.inputs, "code"), "/signup/", rounds=1)
    for path in ("https://[", "http://127.0.0.1.evil.example/"):
        with pytest.raises(SiteError, match="is on another site"):
            visitor.get(path)
    assert sent == ["GET /signup/", "GET /signup/", "POST /signup/"]
