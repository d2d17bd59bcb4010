"""Journeys against a real server: their requests, kept values and failures."""

from __future__ import annotations

import pytest
from aiohttp import web

from wizard.base.errors import ChecklistError
from wizard.base.secrets import READ, remember
from wizard.site.journey_reader import read_config
from wizard.site.journey_runner import JourneyRunner, mark_consequences, used_variables
from wizard.site.session import Site
from wizard.targets.local.event_loop import EventLoopThread
from wizard.targets.local.serving import serve

SECRET = "a-secret-that-is-split-by-the-cut"


async def login(request):
    body = await request.json()
    answer = web.json_response({"token": "t1", "user": {"name": body["name"], "tags": ["a", "b"]}})
    answer.set_cookie("sessionid", "s1")
    return answer


async def me(request):
    if request.cookies.get("sessionid") != "s1" or request.headers.get("Authorization") != "Bearer t1":
        return web.json_response({"detail": "Not authenticated"}, status=401)
    return web.json_response({"id": 7})


async def form(request):
    if request.method == "GET":
        page = '<form><input type="hidden" name="csrfmiddlewaretoken" value="tok"></form>'
        return web.Response(text=page, content_type="text/html")
    data = await request.post()
    right = data["csrfmiddlewaretoken"] == "tok" == request.headers["X-CSRFToken"]
    return web.Response(status=302 if right and request.headers["Origin"] == "https://shop.example" else 403)


async def spaced(request):
    """A secret that ends beyond the characters that are searched, with almost nothing visible before it."""
    return web.Response(text=" " * (READ - 10) + SECRET)


async def empty(request):
    return web.json_response({"error": "Your cart is empty"}, status=400)


async def upload(request):
    data = await request.post()
    content = data["file"].file.read()
    return web.json_response({"size": len(content), "type": data["file"].content_type}, status=201)


@pytest.fixture(scope="module")
def port():
    loop, app = EventLoopThread(), web.Application(client_max_size=0)
    app.add_routes([
        web.post("/login", login), web.get("/me", me), web.route("*", "/form", form), web.post("/upload", upload),
        web.get("/spaced", spaced), web.get("/empty", empty),
    ])  # fmt: skip
    runner, port_number = loop.run(serve(app))
    yield port_number
    loop.run(runner.cleanup())
    loop.close()


STEP = "  - {flow: a, item: '21.1', title: A, steps: [{get: /, %s}]}\n"


def run(tmp_path, port, text):
    (tmp_path / "golive.yaml").write_text("version: 1\nflows:\n" + text)
    with Site(port, "shop.example") as site:
        runner = JourneyRunner(site, {"name": "ravi"}, client="192.0.2.1")
        return [runner.run(flow) for flow in read_config(tmp_path).journeys], runner


def test_a_journey_keeps_cookies_and_values(tmp_path, port):
    outcomes, runner = run(tmp_path, port, """
  - flow: login
    item: "21.2"
    title: Log in
    steps:
      - post: /login
        json: {name: "{name}"}
        expect: {status: 200, has: [token, user.tags.1], json: {user.name: ravi}}
        keep: {token: token}
      - get: /me
        headers: {Authorization: "Bearer {token}"}
        expect: {status: 200, json: {id: 7}}
  - flow: stranger
    item: "21.3"
    title: Another visitor is not logged in
    as: stranger
    steps:
      - get: /me
        repeat: 2
        headers: {Authorization: "Bearer {token}"}
        expect: {status: 401}
  - flow: form
    item: "21.4"
    title: A form with its token
    steps:
      - post: /form
        csrf: true
        form: {csrfmiddlewaretoken: "{csrf}"}
        expect: {status: 302}
  - flow: upload
    item: "22.2"
    title: A large file
    steps:
      - post: /upload
        files: {file: {name: a.png, size: 5242880, type: image/png}}
        expect: {status: 201, json: {size: 5242880, type: image/png}}
""")  # fmt: skip
    assert [str(each) for each in outcomes if not each.holds] == []
    assert len(outcomes[1].exchanges) == 2
    assert len(runner.timings["GET /me"]) == 3


@pytest.mark.parametrize(
    ("spelling", "csrf"), [("true", True), ("yes", True), ("On", True), ("no", False), ("False", False)]
)
def test_booleans_are_read_in_every_spelling_of_yaml(tmp_path, spelling, csrf):
    (tmp_path / "golive.yaml").write_text("version: 1\nflows:\n" + STEP % f"csrf: {spelling}")
    assert read_config(tmp_path).journeys[0].steps[0].csrf is csrf


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("{post: /login, json: {name: x}, expect: {status: 201}}", "expected 201"),
        ("{post: /login, json: {name: x}, expect: {json: {user.name: y}}}", "user.name is 'x', expected 'y'"),
        ("{post: /login, json: {name: x}, expect: {has: [nothing.here]}}", "has no nothing.here"),
        ("{get: /form, expect: {text: welcome}}", "lacks 'welcome'"),
        ("{get: /form, expect: {without: csrfmiddlewaretoken}}", "contains 'csrfmiddlewaretoken'"),
        ("{get: /form, expect: {has: [a]}}", "is not JSON"),
        ("{get: /form, expect: {header: {Content-Type: json}}}", "header Content-Type is 'text/html"),
        ("{post: /login, json: {name: x}, keep: {id: order.id}}", "no order.id to keep"),
        ('{get: "/orders/{order}/"}', "no earlier step kept a value as order"),
        ("{post: /login, json: {name: x}, expect: {max_ms: 0}}", "took longer than 0 ms"),
    ],
)
def test_the_outcome_names_the_expectation_that_was_not_met(tmp_path, port, step, message):
    outcomes, _ = run(tmp_path, port, f"  - {{flow: a, item: '21.1', title: A, steps: [{step}]}}\n")
    assert not outcomes[0].holds
    assert message in str(outcomes[0])


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ('{get: "/{id}", expect: {status: 404}}', "GET /7 → 404"),
        ('{get: /me, headers: {Authorization: "Bearer {token}", X-Number: "{id}"}}', "GET /me → 200"),
        (
            '{post: /form, csrf: true, form: {csrfmiddlewaretoken: "{csrf}", number: "{id}"}, expect: {status: 302}}',
            "302",
        ),
        ('{post: /upload, files: {file: "{id}"}}', "POST /upload → 201"),
        ('{get: /form, expect: {text: "{id}"}}', "lacks '7'"),
        ('{get: /form, expect: {header: {Content-Type: "{id}"}}}', "header Content-Type is 'text/html"),
        ('{post: /login, json: {name: x}, expect: {has: "{id}"}}', "has no 7"),
    ],
)
def test_a_kept_number_becomes_text_in_paths_headers_forms_and_expectations(tmp_path, port, step, message):
    before = """
      - {post: /login, json: {name: x}, keep: {token: token}}
      - {get: /me, headers: {Authorization: "Bearer {token}"}, keep: {id: id}}"""
    flow = f"  - flow: a\n    item: '21.1'\n    title: A\n    steps:{before}\n      - {step}\n"
    outcomes, _ = run(tmp_path, port, flow)
    assert message in str(outcomes[0].exchanges[2])


def test_secrets_in_a_response_are_redacted(tmp_path, port):
    remember("t1-is-short-but-this-is-not")
    step = "{post: /login, json: {name: t1-is-short-but-this-is-not}, expect: {status: 500}}"
    outcomes, _ = run(tmp_path, port, f"  - {{flow: a, item: '21.1', title: A, steps: [{step}]}}\n")
    assert "t1-is-short-but-this-is-not" not in str(outcomes[0])
    assert "[hidden]" in str(outcomes[0])


def test_a_secret_is_not_split_where_a_long_response_is_cut(tmp_path, port):
    remember(SECRET)
    step = "{get: /spaced, expect: {status: 500}}"
    outcomes, _ = run(tmp_path, port, f"  - {{flow: a, item: '21.1', title: A, steps: [{step}]}}\n")
    assert outcomes[0].exchanges[0].body == "[hidden]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("  - {flow: a, item: '21.1', title: A}\n", "golive.yaml:3: flows"),
        ("  - {flow: a, item: '21.1', title: A, steps: [{get: /, post: /}]}\n", "found 2 methods"),
        ("  - {flow: a, item: '21.1', title: A, steps: [{get: /, expcet: {}}]}\n", "unknown key 'expcet'"),
        ("  - {flow: a, item: '21.1', title: A, steps: [{get: /, expect: {stauts: 1}}]}\n", "unknown key 'stauts'"),
        (STEP % "repeat: many", "repeat: found 'many', expected a whole number"),
        (STEP % "repeat: 0", "repeat: found 0, expected a number from 1 to 1,000"),
        (STEP % "csrf: maybe", "csrf: found 'maybe', expected one of true, false"),
        (STEP % "headers: {a: [1]}", "a: found a list, expected a string"),
        (STEP % "form: {a: {b: 1}}", "a: found a mapping, expected a string"),
        (STEP % "keep: [token]", "keep: found a list, expected a mapping"),
        (STEP % "files: {a: {size: large}}", "size: found 'large', expected a whole number"),
        (STEP % "files: {a: {size: -1}}", "size: found -1, expected a number from 0"),
        (STEP % "expect: {status: soon}", "status: found 'soon', expected a whole number"),
        (STEP % "expect: {max_ms: fast}", "max_ms: found 'fast', expected a number"),
        (STEP % "expect: {header: [a]}", "header: found a list, expected a mapping"),
        (STEP % "expect: {json: 3}", "json: found '3', expected a mapping"),
        (STEP % "expect: {has: {a: 1}}", "has: found a mapping, expected a string"),
        (STEP % "json: !!python/name:os.system x", "expected plain values"),
    ],
)
def test_invalid_flows_are_rejected_with_their_line(tmp_path, text, message):
    (tmp_path / "golive.yaml").write_text("version: 1\nflows:\n" + text)
    with pytest.raises(ChecklistError, match="expected") as error:
        read_config(tmp_path)
    assert message in str(error.value)


def test_hosts_that_the_rehearsal_may_reach_are_read(tmp_path):
    text = 'version: 1\nrehearsal:\n  egress: [api.Example.com, "*.example.org", "db.example.com:5432"]\n'
    (tmp_path / "golive.yaml").write_text(text)
    assert read_config(tmp_path).egress == ("api.example.com", "*.example.org", "db.example.com:5432")


@pytest.mark.parametrize("host", ["https://api.example.com/", "a b", "api.example.com:port", "*"])
def test_an_address_that_is_no_host_is_rejected_with_its_line(tmp_path, host):
    (tmp_path / "golive.yaml").write_text(f'version: 1\nrehearsal:\n  egress:\n    - "{host}"\n')
    with pytest.raises(ChecklistError, match=r"golive\.yaml:4") as error:
        read_config(tmp_path)
    assert "a host such as api.example.com" in str(error.value)


CHAIN = """
  - {flow: name, item: "21.1", title: Who, steps: [{get: /me, expect: {status: %s}, keep: {who: name}}]}
  - {flow: use, item: "21.2", title: Use, steps: [{get: "/{who}"}]}
  - {flow: spaced, item: "21.3", title: Spaced, steps: [{get: /spaced, expect: {text: no such text}}]}
  - {flow: form, item: "21.4", title: Form, steps: [{get: /empty, expect: {status: 201}}]}
  - {flow: other, item: "21.5", title: Other, steps: [{get: /spaced, expect: {status: 201}}]}
"""


def test_a_failure_that_follows_from_an_earlier_one_is_told_apart(tmp_path, port):
    outcomes, _ = run(tmp_path, port, CHAIN % 200)
    mark_consequences(outcomes, [outcome.journey for outcome in outcomes])
    found = {outcome.journey.name: (outcome.holds, outcome.refused, outcome.follows) for outcome in outcomes}
    assert found == {
        "name": (False, True, ""),
        "use": (False, True, "Who"),  # {who} was not kept
        "spaced": (False, False, "Who"),  # the right status with other content
        "form": (False, False, "Who"),  # a status that is about the data
        "other": (False, True, ""),  # a status of its own
    }


def test_the_variables_that_a_journey_needs_are_those_that_it_does_not_keep_itself(tmp_path):
    text = """
  - flow: order
    item: "21.1"
    title: Order
    steps:
      - {post: /orders/, headers: {Authorization: "Bearer {token}"}, json: {items: ["{item}"]}, keep: {order: id}}
      - {get: "/orders/{order}/", expect: {json: {total: "{price}"}}}
"""
    (tmp_path / "golive.yaml").write_text("version: 1\nflows:\n" + text)
    [journey] = read_config(tmp_path).journeys
    assert used_variables(journey) == {"token", "item", "price"}
