"""The fuzzing targets: a name, a strategy for inputs, and a function that must return or raise a Golive error.

Each input is bytes or text from outside: a project's files, an overlay, or a response of a service. An expected error
is a GoliveError. Anything else would show the user a traceback.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from aiohttp import test_utils
from hypothesis import strategies as st

from steps.shared import git_history_secrets
from tests.fuzz.strategies import JSON, mutated, mutated_json, texts
from wizard.base.errors import GoliveError
from wizard.base.secrets import redact
from wizard.base.terminal import harmless
from wizard.checklist import answers, loader
from wizard.editing import dotenv, requirements
from wizard.editing.source import Source
from wizard.editing.syntax import assignments
from wizard.project import dependencies, start_sources, start_variables
from wizard.project.secret_literals import in_settings
from wizard.project.settings import SettingsFiles
from wizard.project.settings_choice import production_module
from wizard.services.http import Client
from wizard.services.razorpay import Razorpay
from wizard.services.sentry import Sentry
from wizard.services.uptimerobot import UptimeRobot
from wizard.site.journey_reader import STEP_KEYS, read_config
from wizard.state import state_file
from wizard.state.journal import Journal
from wizard.targets.local import error_collector, sentry_envelopes
from wizard.targets.local.start_command import bind_to_loopback, web_command
from wizard.targets.railway.api import ByToken, RailwayApi, nodes

TOP = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fuzzed:
    name: str
    inputs: st.SearchStrategy[Any]
    run: Callable[[Any], object]


def attempt(function: Callable[..., Any], *arguments: Any) -> Any:
    """Return the result of *function*, or None if it raised a Golive error."""
    with suppress(GoliveError):
        return function(*arguments)
    return None


@cache
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="golive-fuzz-"))


def in_file(name: str, function: Callable[[Path], Any]) -> Callable[[bytes], object]:
    def run(content: bytes) -> object:
        path = folder() / name
        path.write_bytes(content)
        return attempt(function, path)

    return run


def read_env(content: bytes) -> None:
    attempt(dotenv.values, content)
    after = attempt(dotenv.with_value, content, "NAME", "value")
    if after is not None:
        assert dotenv.values(after)["NAME"] == "value"
    git_history_secrets._secrets(content.decode("utf-8", "surrogateescape"))


def read_settings(path: Path) -> None:
    files = SettingsFiles("settings", path, (path.parent,))
    attempt(lambda: [*files.reads(), files.environment, files.classes, files.fields, files.definition("SECRET_KEY")])
    attempt(lambda: in_settings(files))
    source = Source.of(path, path.read_bytes())
    for each in assignments(source.tree, "DEBUG"):
        source.replace(each.value, "NEW")
    source.add_import("import os")
    source.append("\nADDED = 1\n")
    source.result()


KINDS = {"requirements.txt": "requirements", "Pipfile": "pipfile", "environment.yml": "conda", "setup.cfg": "setupcfg"}


def read_dependencies(path: Path) -> None:
    found = attempt(dependencies.find, path.parent, path.parent)
    if found is not None:
        attempt(lambda: found.names)
    for kind in (found.kind if found else "", KINDS.get(path.name, "")):
        if kind:
            attempt(requirements.with_added, path, kind, path.read_bytes(), ["gunicorn"], {"gunicorn": "27.0"})


def in_own_folder(name: str, function: Callable[[Path], Any]) -> Callable[[bytes], object]:
    def run(content: bytes) -> object:
        place = folder() / f"only-{name}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / name).write_bytes(content)
        return attempt(function, place / name)

    return run


def read_start(build: dict[str, bytes]) -> None:
    """Read a project whose build files are *build*, as each command does before anything else."""
    place = folder() / "start"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name, content in build.items():
        (place / name).write_bytes(content)
    production_module(place, place, "shop.settings")
    source = attempt(start_sources.find, place, place)
    if source is not None:
        attempt(lambda: [start_variables.of_server(source), start_variables.of_management(source)])
        attempt(lambda: [source.runnable(), source.place(), source.at_start(), source.is_broken, source.environment])


def read_procfile(path: Path) -> None:
    bind_to_loopback(web_command(path), path.parent)


def read_state(content: bytes) -> None:
    place = state_file.prepare(folder())
    (place / "journal.jsonl").write_bytes(b"")
    (place / "state.json").write_bytes(content)
    attempt(state_file.load, folder())


def read_journal(content: bytes) -> None:
    journal = Journal(state_file.prepare(folder()))
    journal.path.write_bytes(content)
    attempt(journal.batches)
    attempt(journal.forgotten)
    journal.append("answer", name="a", answer="b")
    assert list(journal.records())[-1]["name"] == "a", "a record written after damage can be read"


def answering(document: Any) -> httpx.Client:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, content=content)))


def client(document: Any) -> Client:
    service = Client("Service", "http://127.0.0.1:9/", direct=True)
    service._http = answering(document)
    return service


def ask_railway(document: Any) -> None:
    api = RailwayApi(ByToken(client(document)))
    for name in ("whoami", "project"):
        if data := attempt(lambda name=name: api.ask(name, id="1")):
            attempt(lambda data=data: nodes(data))


def ask_sentry(document: Any) -> None:
    sentry = Sentry(client(document), "shop", "shop")
    for method in (
        sentry.check_token,
        sentry.at_organisation,
        sentry.project_exists,
        sentry.dsn,
        sentry.events,
        sentry.create_project,
    ):
        attempt(method)


def ask_uptimerobot(document: Any) -> None:
    robot = UptimeRobot(client(document))
    monitor = {"id": 1, "url": "https://shop.example.com/health/", "status": "UP"}
    for method in (
        robot.account,
        robot.contacts,
        lambda: robot.find_monitor(monitor["url"]),
        lambda: robot.read(monitor),
        lambda: robot.incident(monitor),
        lambda: robot.find_or_create_monitor(monitor["url"]),
    ):
        attempt(method)


def ask_razorpay(document: Any) -> None:
    attempt(Razorpay(client(document), "rzp_test_a", "b").validate)


def envelopes() -> Callable[[tuple[bytes, str]], object]:
    collector = error_collector.ErrorCollector()

    def run(envelope: tuple[bytes, str]) -> None:
        body, encoding = envelope
        headers = {"X-Sentry-Auth": f"Sentry sentry_key={collector.key}", "Content-Encoding": encoding}
        request = test_utils.make_mocked_request(
            "POST",
            f"/api/{error_collector.PROJECT_ID}/envelope/",
            headers=headers,
            match_info={"project": error_collector.PROJECT_ID},
        )

        async def read() -> bytes:
            return body

        request.read = read
        answer = asyncio.run(collector.receive(request))
        assert answer.status in {200, 400}
        for event in collector.events.values():
            sentry_envelopes.event_summary("1", event)
        collector.events.clear()

    return run


def show(text: str) -> None:
    shown = harmless(redact(text))
    assert not any(sign in shown for sign in "\x1b\x07\x9b\u202e")


WHOAMI = {"data": {"me": {"id": "1", "email": "a@example.com", "workspaces": [{"id": "w", "name": "W"}]}}}
PROJECT = {
    "data": {"project": {"id": "p", "name": "shop", "services": {"edges": [{"node": {"id": "s", "name": "web"}}]},
                         "environments": {"edges": [{"node": {"id": "e", "name": "production"}}]}}},
    "errors": [{"message": "Not Authorized"}],
}  # fmt: skip
SENTRY = [
    {"auth": {"scopes": ["org:read", "project:read", "event:read"]}},
    [{"slug": "shop", "links": {"regionUrl": "https://us.sentry.io"}, "dsn": {"public": "https://a@b.ingest/1"},
      "isActive": True, "eventID": "1", "title": "x", "id": "1", "name": "shop"}],
]  # fmt: skip
ROBOT = [
    {"data": [{"id": 1, "url": "https://shop.example.com/health/", "status": "UP", "interval": 300,
               "friendlyName": "x", "type": "HTTP"}], "nextLink": None},
    {"email": "a@example.com", "monitorLimit": 50, "activeSubscription": {"plan": "Free"}},
]  # fmt: skip
ENCODINGS = ["", "gzip", "deflate", "x"]
ENVELOPE = (
    b'{"event_id": "9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type": "event", "length": 41}\n'
    b'{"message": "x", "exception": {"values":[]}}\n'
)

ENV = [*texts("*/**/.env*"), b"A=1\nexport B='x'\n"]
SETTINGS = texts("*/**/settings*.py", "*/**/settings/*.py")
PROJECT_TOML = [b'[project]\nname = "a"\ndependencies = ["django>=4"]\n', *texts("*/pyproject.toml")]
CONDA = [b"name: a\ndependencies:\n  - python=3.11\n  - pip:\n    - django\n"]
CFG = [b"[metadata]\nname = a\n[options]\ninstall_requires =\n    django\n"]
PROCFILE = [b"web: python manage.py migrate && exec gunicorn a --bind 0.0.0.0:$PORT\nworker: celery\n"]
BUILD = {
    "Procfile": [*PROCFILE, b"web: ./start.sh\n", b"web: DJANGO_SETTINGS_MODULE=shop.live gunicorn -c g.py shop\n"],
    "start.sh": [b"cd app\nexport DJANGO_SETTINGS_MODULE=shop.live\nexec gunicorn --env A=b shop.wsgi\n"],
    "Dockerfile": [b"FROM python AS a\nENV DJANGO_SETTINGS_MODULE=shop.live\nCOPY . /app\nWORKDIR /app\n"
                   b"RUN pip install -r a.txt\nENTRYPOINT [\"./start.sh\"]\nCMD [\"gunicorn\", \"shop.wsgi\"]\n"],
    "railway.json": [b'{"build": {"builder": "RAILPACK", "dockerfilePath": "a"},'
                     b' "deploy": {"startCommand": "gunicorn shop.wsgi", "preDeployCommand": ["a"]}}'],
    "railway.toml": [b'[build]\nbuilder = "NIXPACKS"\n[deploy]\nstartCommand = "./start.sh"\n'],
    "nixpacks.toml": [b'[start]\ncmd = "gunicorn shop.wsgi"\n[phases.build]\ncmds = ["./start.sh"]\n'],
    "railpack.json": [b'{"steps": {"build": {"commands": [{"cmd": "a"}]}}, "deploy": {"startCommand": "gunicorn"}}'],
    "gunicorn.conf.py": [b'raw_env = ["DJANGO_SETTINGS_MODULE=shop.live"]\nos.environ["A"] = "b"\n'],
    "pyproject.toml": [*PROJECT_TOML, b"project = 3\n", b'[tool.poetry.dependencies]\ndjango = { version = "^4" }\n'],
    "requirements.txt": [b"-r base.txt\n", b"# autogenerated by pip-compile\n#    pip-compile a.in\ndjango==4\n"],
    "setup.cfg": CFG,
    ".env.production": [b"DJANGO_SETTINGS_MODULE=shop.live\n"],
}  # fmt: skip
"""The files that a build reads, with the commonest contents of each."""
STATES = TOP / "tests/states/version-2"
OVERLAYS = texts("*/**/golive.yaml")


def overlay(path: Path) -> None:
    loader.load(path.parent)


def flows(path: Path) -> None:
    read_config(path.parent)


STEPS = st.dictionaries(st.sampled_from(STEP_KEYS.split()), JSON, max_size=4)
"""Steps of a journey with values of any type."""


def flow_of(step: dict[str, object]) -> bytes:
    flow = {"flow": "a", "item": "21.1", "title": "A", "steps": [{"get": "/", **step}]}
    return yaml.safe_dump({"version": 1, "flows": [flow]}).encode()


FUZZED = (
    Fuzzed(".env files", mutated(ENV) | st.binary(), read_env),
    Fuzzed("settings", mutated(SETTINGS), in_file("settings.py", read_settings)),
    Fuzzed(
        "requirements.txt",
        mutated(texts("*/**/requirements*.txt")),
        in_own_folder("requirements.txt", read_dependencies),
    ),
    Fuzzed("pyproject.toml", mutated(PROJECT_TOML), in_own_folder("pyproject.toml", read_dependencies)),
    Fuzzed("Pipfile", mutated(texts("*/Pipfile")), in_own_folder("Pipfile", read_dependencies)),
    Fuzzed("environment.yml", mutated(CONDA), in_own_folder("environment.yml", read_dependencies)),
    Fuzzed("setup.cfg", mutated(CFG), in_own_folder("setup.cfg", read_dependencies)),
    Fuzzed("Procfile", mutated(PROCFILE) | st.binary(), in_file("Procfile", read_procfile)),
    Fuzzed(
        "build files",
        st.fixed_dictionaries({}, optional={name: mutated(texts) for name, texts in BUILD.items()}),
        read_start,
    ),
    Fuzzed("overlay", mutated(OVERLAYS), in_file("golive.yaml", overlay)),
    Fuzzed(
        "overlay of any shape", JSON.map(lambda data: yaml.safe_dump(data).encode()), in_file("golive.yaml", overlay)
    ),
    Fuzzed("flows", mutated(OVERLAYS), in_file("golive.yaml", flows)),
    Fuzzed("flows of any shape", STEPS.map(flow_of), in_file("golive.yaml", flows)),
    Fuzzed("answers", mutated([b"rates: {login: 5/m}\nmigrate: start\n"]), in_file("answers.yaml", answers.read)),
    Fuzzed("state", mutated([(STATES / "state.json").read_bytes()[:3000]]) | st.binary(), read_state),
    Fuzzed("journal", mutated([(STATES / "journal.jsonl").read_bytes()[:6000]]) | st.binary(), read_journal),
    Fuzzed("responses of Railway", mutated_json([WHOAMI, PROJECT]) | st.binary(), ask_railway),
    Fuzzed("responses of Sentry", mutated_json(SENTRY) | st.binary(), ask_sentry),
    Fuzzed("responses of UptimeRobot", mutated_json(ROBOT) | st.binary(), ask_uptimerobot),
    Fuzzed("responses of Razorpay", mutated_json([{"items": [{"id": "1"}], "count": 1}]) | st.binary(), ask_razorpay),
    Fuzzed("envelopes", st.tuples(mutated([ENVELOPE]) | st.binary(), st.sampled_from(ENCODINGS)), envelopes()),
    Fuzzed("output", st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")), show),
)
"""Every reader of data from outside."""
