"""A hostile project: its file names, output, overlay and links cause no harm and control no terminal."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests import cli_runner
from tests.engine import small_shop
from wizard.base import files
from wizard.base.errors import ChecklistError, EditError, ServiceError, SiteError
from wizard.base.terminal import harmless
from wizard.project.detection import detect
from wizard.services import http
from wizard.services.http import Client
from wizard.site.session import Site

TOP = Path(__file__).parents[2]
ESCAPES = "\x1b]52;c;aGFja2Vk\x07\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\\x1b[2J\x9b31m\u202etxt"
STEERING = ("\x1b", "\x07", "\x9b", "\u202e")


def golive(shop, python, *words, **more):
    return cli_runner.golive(*words, python=python, **more)


@pytest.fixture
def shop(tmp_path):
    return small_shop.write(tmp_path / "shop")


@pytest.fixture
def hostile(shop):
    """A project with hostile file names, whose settings print control sequences and an endless line."""
    app = shop / "$(touch pwned) `touch pwned` [red]{0}%s; touch pwned"
    app.mkdir()
    (app / f"{ESCAPES.replace('/', '')}.py").write_text("x = 1\n")
    (shop / "-rf").write_text("")
    settings = shop / "election_cart" / "settings.py"
    shouting = f"import sys\nfor out in (sys.stdout, sys.stderr):\n    print({ESCAPES!r}, 'y' * 3_000_000, file=out)\n"
    settings.write_text(shouting + settings.read_text())
    return shop


def test_no_control_sequence_reaches_the_terminal(hostile, python, tmp_path):
    result = golive(hostile, python, "--auto", "--only", "1-2", "--project", str(hostile))
    assert result.returncode == 0, result.stderr[-2000:]
    outputs = [result.stdout, result.stderr]
    for words in (("plan", "3"), ("report", "--format", "html"), ("report",), ("status",), ("doctor",), ("check",)):
        result = golive(hostile, python, *words, "--project", str(hostile))
        assert "Traceback" not in result.stderr
        outputs += [result.stdout, result.stderr]
    for text in outputs:
        assert not [sign for sign in STEERING if sign in text]
        assert len(text) < 500_000, "an endless line is shortened"
    assert not list(hostile.parent.rglob("pwned")), "no name was run by a shell"
    assert not list(TOP.glob("pwned"))


ODD_NAMES = (b"caf\xe9\xff", b"two\nlines", b"-rf", b"n" * 200, " <b>`|\u202e\u200b\U000e0041".encode(), b"\x1b]0;x")


def test_file_names_of_any_bytes_work_and_are_shown_harmlessly(shop, python, tmp_path):
    top = shop.parent.rename(tmp_path / os.fsdecode(b"caf\xe9\n\x1b[31m<b>"))
    shop = top / "backend"
    for name in map(os.fsdecode, ODD_NAMES):
        (shop / "templates" / f"{name}.html").write_text(
            "{% load static %}<script src='http://cdn.example/x.js'></script>"
        )
        (shop / f"{name}.py").write_text("x = 1\n")
        (shop / f"app{name}").mkdir()
        (shop / f"app{name}" / "__init__.py").write_text("")
    for words in (["add", "--all"], ["commit", "-qm", "Odd names"]):
        subprocess.run(["git", *words], cwd=top, check=True)
    forms = [("report", "--format", form) for form in ("md", "html", "json", "sarif", "junit")]
    for words in (
        ("--auto", "--json", "--only", "2"),
        ("check",),
        ("undo", "2", "--yes"),
        *forms,
    ):
        result = golive(shop, python, *words, "--project", str(shop))
        assert result.returncode == 0, (words, result.stderr[-2000:])
        for text in (result.stdout, result.stderr):
            assert harmless(text) == text
            text.encode("utf-8")
    status = subprocess.run(["git", "status", "--porcelain"], cwd=top, capture_output=True, text=True, check=True)
    assert status.stdout == "", "undo restored every byte"


@pytest.mark.parametrize("text", [r"\e]52;c;x\a", r"\u202e", r"\x9b31m", r"\0"])
def test_an_overlay_with_control_characters_is_refused_with_its_line(shop, python, text):
    item = f'{{task: 2, id: "2.9", text: "{text}", way: "by hand"}}'
    (shop / "golive.yaml").write_text(f"version: 1\nitems:\n  - {item}\n")
    result = golive(shop, python, "status", "--project", str(shop))
    assert result.returncode == 2
    assert "golive.yaml:3" in result.stderr
    assert not [sign for sign in STEERING if sign in result.stderr]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("golive.yaml", "!!python/object/apply:os.system ['touch pwned']", "golive.yaml:1"),
        ("golive.yaml", BOMB, "aliases make it larger"),
        ("golive.yaml", BOMB.encode("utf-16"), "aliases make it larger"),
        ("golive.yaml", "&a [*a]", "contains itself"),
        ("golive.yaml", "[" * 5000, "golive.yaml:1"),
        ("golive.yaml", "x: " + "y" * 2_000_000, "more than the"),
        ("answers.yaml", BOMB, "aliases make it larger"),
        ("answers.yaml", "a: &a {x: *a}", "contains itself"),
        ("answers.yaml", "!!python/name:os.system", "answers.yaml:1"),
    ],
    ids=[
        "code",
        "bomb",
        "bomb in UTF-16",
        "loop",
        "deep",
        "large",
        "bomb of answers",
        "loop of answers",
        "code in answers",
    ],
)
def test_yaml_runs_no_code_and_its_size_is_limited(shop, python, name, content, says):
    (shop / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    more = ("--answers", str(shop / name)) if name == "answers.yaml" else ()
    result = golive(shop, python, "plan", "2", "--project", str(shop), *more)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(shop.rglob("pwned"))


def test_a_link_out_of_the_project_is_not_written_through(shop, python, tmp_path):
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (shop / "way").symlink_to(outside)
    found = detect(shop, python=python)
    with pytest.raises(EditError, match="lies behind a link that leads out"):
        found.guard(shop / "way" / "file.py")
    found.guard(shop / "election_cart" / "settings.py")
    assert files.inside(shop / "election_cart", shop)


# ---- services


@pytest.fixture
def serving(monkeypatch):
    """Make a client whose service gives the answers of a function."""

    def make_client(answer, base="https://api.example.com/v1/"):
        client = Client("Service", base, {"Authorization": "Bearer secret-of-ours"})
        client._http = httpx.Client(transport=httpx.MockTransport(answer), headers=client.headers)
        monkeypatch.setattr(Client, "_wait", lambda self, seconds, why: None)
        return client

    return make_client


def endless(size=1 << 16):
    while True:
        yield b"x" * size


def test_an_endless_answer_is_refused(serving):
    client = serving(lambda request: httpx.Response(200, content=endless()))
    with pytest.raises(ServiceError, match="more than 20 MB"):
        client.json("GET", "things")


def test_an_answer_that_never_completes_is_refused(serving, monkeypatch):
    clock = iter(range(0, 10**9, 30))
    monkeypatch.setattr(http.time, "monotonic", lambda: next(clock))
    client = serving(lambda request: httpx.Response(200, content=endless(1)))
    with pytest.raises(ServiceError, match="takes longer than"):
        client.json("POST", "things")


@pytest.mark.parametrize(
    "where", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:22/", "https://evil.example/"]
)
def test_a_redirect_is_not_followed(serving, where):
    requested = []

    def answer(request):
        requested.append(str(request.url))
        return httpx.Response(302, headers={"Location": where})

    with pytest.raises(ServiceError, match="redirects to another address"):
        serving(answer).json("GET", "things")
    assert requested == ["https://api.example.com/v1/things"]


@pytest.mark.parametrize(
    "where",
    ["https://evil.example/next", "http://api.example.com/v1/next", "http://169.254.169.254/", "https://api.example.com.evil.example/",
     "https://api.example.com:8443/", "https://api.example.com@evil.example/"],
)  # fmt: skip
def test_a_link_to_another_host_gets_no_token(serving, where):
    client = serving(lambda request: httpx.Response(200, json={}))
    with pytest.raises(ServiceError, match="another host"):
        client.json("GET", where)


def test_an_endless_page_of_a_site_is_refused(monkeypatch):
    site = Site(1, "shop.example.com", public=True)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=endless()))
    site._clients[""] = httpx.Client(transport=transport)
    with pytest.raises(SiteError, match="got a response that is too large"):
        site.get("/")


def test_certificates_are_checked():
    """Connections to a server with an untrusted certificate are refused."""
    from wizard.targets.local.edge import Edge
    from wizard.targets.local.event_loop import EventLoopThread

    loop = EventLoopThread()
    edge = Edge("127.0.0.1")
    loop.run(edge.start())
    try:
        with pytest.raises(ServiceError, match="CERTIFICATE_VERIFY_FAILED"):
            Client("Service", f"https://127.0.0.1:{edge.https_port}/", direct=True).json("POST", "")
    finally:
        loop.run(edge.stop())
        loop.close()


# ---- the code itself

BANNED = {"eval", "exec", "compile", "__import__"}
OWN_SETTINGS = "wizard/project/agent/settings.py"
"""In the project's own process, this module evaluates an expression of its settings, which that process has run."""


def calls():
    for folder in ("wizard", "steps", "screens"):
        for path in (TOP / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield path, node


def test_the_code_uses_no_shell_eval_or_unsafe_parser():
    found = []
    for path, node in calls():
        name = ast.unparse(node.func)
        words = {word.arg: ast.unparse(word.value) for word in node.keywords}
        bad = (
            name in BANNED
            or name in {"os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "pickle.load", "pickle.loads"}
            or name.startswith("marshal.")
            or words.get("shell") == "True"
            or words.get("verify") == "False"
            or words.get("follow_redirects") == "True"
        )
        place = path.relative_to(TOP).as_posix()
        if bad and (place, name) not in {(OWN_SETTINGS, "eval"), (OWN_SETTINGS, "compile")}:
            found.append(f"{place}:{node.lineno} {name}")
    assert not found


def test_events_about_a_hostile_project_are_json(hostile, python):
    result = golive(hostile, python, "--auto", "--json", "--only", "1", "--project", str(hostile), env={**os.environ})
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events[-1]["event"] == "RunFinished", result.stderr


def test_an_overlay_with_an_unknown_task_is_refused(shop):
    from wizard.checklist import loader

    (shop / "golive.yaml").write_text("version: 1\nitems:\n  - {task: 99, id: x, text: y}\n")
    with pytest.raises(ChecklistError, match="unknown task 99"):
        loader.load(shop)
