"""Nothing that a rehearsal runs reaches another host. What it wanted is refused at once and listed."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil
import pytest

from tests.targets.observed_project import ATTEMPTS, SERVE, observed, results, write_files
from wizard.base.process import MARK, bare_environment
from wizard.checklist.answers import Answers
from wizard.project.detection import detect
from wizard.targets.local.private_network.network import PrivateNetwork
from wizard.targets.local.traffic import Traffic, wanted
from wizard.targets.sandbox import Sandbox

AT_ONCE = 5.0
"""Seconds: far below any timeout of a connection, far above what two busy cores need."""


@pytest.fixture(scope="module", params=["namespace", "interpreter"])
def site(request, python, tmp_path_factory):
    """The running site, and what its attempts ended with."""
    with observed(tmp_path_factory.mktemp("egress"), python, request.param) as made:
        if request.param == "namespace" and not made.deployment.network.running:
            pytest.skip(f"no network namespace here: {made.deployment.network.problem}")
        made.mode = request.param
        made.start()
        made.results = results(made)
        yield made


def line_of(text):
    return ATTEMPTS[: ATTEMPTS.index(text)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "host", "port", "text"),
    [
        ("requests", "requests.example.com", 443, "return requests.get("),
        ("urllib3", "urllib3.example.com", 8443, "return urllib3.PoolManager"),
        ("address", "93.184.216.34", 443, "return socket.create_connection"),
        ("psycopg", "psycopg.example.com", 6543, "return psycopg.connect"),
        ("coroutine", "coroutine.example.com", 443, "return asyncio.run"),
        ("thread", "thread.example.com", 443, "found.append(refused"),
        ("child", "child.example.com", 443, ""),
        ("isolated", "isolated.example.com", 443, ""),
        ("curl", "curl.example.com", 443, ""),
    ],
)
def test_a_view_reaches_no_other_host_and_the_line_that_asked_is_known(site, name, host, port, text):
    if name == "curl" and not shutil.which("curl"):
        pytest.skip("curl is not installed")
    found = site.results[name]
    assert found["seconds"] < AT_ONCE
    assert any(words in found["found"] for words in ("refused", "reset", "aborted", "connect to"))
    wanted_port, where = site.wanted()[host]
    assert wanted_port == port
    assert where == (f"shop/attempts.py:{line_of(text)}" if text else where)
    assert where


def test_an_attempt_at_import_is_listed_with_its_line_and_the_site_starts(site):
    port, where = site.wanted()["import.example.com"]
    assert (port, where.rpartition(":")[0]) == (80, "shop/settings.py")


def test_an_async_view_is_refused(site):
    assert site.get("/later/").text == "ConnectionRefusedError"
    assert site.wanted()["later.example.com"][1].startswith("shop/urls.py:")


def test_loopback_and_unix_sockets_work(site):
    server = socket.create_server(("127.0.0.1", 0))

    def echo():
        with contextlib.suppress(OSError):
            while True:
                client = server.accept()[0]
                client.sendall(client.recv(9))
                client.close()

    threading.Thread(target=echo, daemon=True).start()
    site.deployment.inside([])  # what starts inside knows the ports of this machine
    answer = site.get(f"/allowed/?port={server.getsockname()[1]}").text
    server.close()
    assert answer == "xy127.0.0.1"


def test_a_site_that_asks_for_its_own_address_sends_nothing(site):
    assert site.get("/own/").text.startswith("127.")
    assert "8.8.8.8" not in site.wanted()


def test_a_management_command_is_guarded_and_named(site):
    code = "import urllib.request as u\nu.urlopen('https://command.example.com/')"
    done = site.run("manage.py", "shell", "-c", code)
    assert "Connection refused" in done.output
    assert site.wanted()["command.example.com"] == (443, "manage.py shell")


def test_the_evidence_says_which_way_was_used(site):
    way = "network namespace" if site.mode == "namespace" else "guard in the interpreter"
    assert site.target.egress_description(site.deployment) == f"reaches this machine only ({way})"


def test_a_sigterm_reaches_the_server_and_the_site_starts_again(site):
    assert site.deployment.stop()
    with pytest.raises(httpx.HTTPError):
        site.get("/health/").raise_for_status()
    site.start()
    assert site.get("/health/").text == "ok"


@pytest.mark.parametrize("mode", ["namespace", "interpreter"])
def test_an_allowed_host_is_reached_and_no_other_port_of_it(mode, python, tmp_path):
    address = next(
        (each.address for name, many in psutil.net_if_addrs().items() for each in many
         if each.family == socket.AF_INET and not each.address.startswith("127.")), None,
    )  # fmt: skip
    if not address:
        pytest.skip("this machine has no address but loopback")
    with socket.create_server((address, 0)) as allowed, socket.create_server((address, 0)) as other:
        ports = [each.getsockname()[1] for each in (allowed, other)]
        config = f'version: 1\nrehearsal:\n  egress: ["{address}:{ports[0]}"]\n'
        with observed(tmp_path, python, mode, **{"golive.yaml": config}) as site:
            site.start()
            first, second = (site.get(f"/reach/?host={address}&port={port}").json()["found"] for port in ports)
            assert "socket.socket" in first
            assert "refused" in second
            assert site.wanted()[address][0] == ports[1]
            assert f"and {address}:{ports[0]}" in site.target.egress_description(site.deployment)


def test_a_command_that_lacks_rights_in_the_namespace_starts_again_without_it(python, tmp_path):
    """Both starts are real; the first ends as a server does that may not change its user."""
    serve = (
        "import os\nif os.readlink('/proc/self/ns/net') != os.environ['OUTSIDE']:\n"
        "    raise SystemExit('setgroups: Operation not permitted')\n"
    )
    with observed(tmp_path, python, "namespace") as site:
        if not site.deployment.network.running:
            pytest.skip(site.deployment.network.problem)
        path = site.deployment.folder / "serve.py"
        path.write_text(serve + path.read_text())
        outside = str(Path("/proc/self/ns/net").readlink())
        site.target._start(site.deployment, bare_environment(OUTSIDE=outside))
        assert site.get("/health/").text == "ok"
        assert site.target.egress_description(site.deployment).endswith("(guard in the interpreter)")
        assert any("starts again without a network namespace" in line for line in site.lines)


def test_the_gateway_and_what_runs_inside_carry_the_mark_and_end_with_golive(tmp_path):
    """A Golive that is killed leaves no gateway, and the next run finds what was running inside by its mark."""
    program = (
        "import subprocess, sys, time\nfrom pathlib import Path\n"
        "from wizard.base.process import bare_environment, marked\n"
        "from wizard.targets.local.private_network.network import PrivateNetwork\n"
        "folder = Path(sys.argv[1])\nnetwork = PrivateNetwork(folder, folder)\nnetwork.start([])\n"
        "env = marked(bare_environment(), folder)\n"
        "child = subprocess.Popen(network.command(['/bin/sh', '-c', 'echo; exec sleep 60']), env=env,\n"
        "                         start_new_session=True, stdout=subprocess.PIPE)\nchild.stdout.readline()\n"
        "print(network.problem or f'{network._child.pid} {network._process} {child.pid}', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as golive:
        line = golive.stdout.readline()
        if not line[:1].isdigit():
            golive.kill()
            pytest.skip(line)
        outside, inside, sleeper = (psutil.Process(int(word)) for word in line.split())
        assert {each.environ().get(MARK) for each in (outside, inside)} == {str(tmp_path)}
        golive.send_signal(signal.SIGKILL)
    try:
        _, alive = psutil.wait_procs([outside, inside], timeout=10)
        assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []
        assert sleeper.environ()[MARK] == str(tmp_path)
    finally:
        os.kill(sleeper.pid, signal.SIGKILL)


def test_a_damaged_file_of_records_is_read_as_far_as_possible(tmp_path):
    traffic = Traffic(tmp_path)
    traffic.configure(mail=1)
    traffic.record("api.example.com", 443, "a program")
    with (tmp_path / "wanted.jsonl").open("a") as file:
        file.write('{"host": 1\n[]\n' + "[" * 100_000 + '\n{"host": "x", "port": "many", "process": "", "place": ""}\n')
    traffic.record("api.example.com", 443, "gunicorn", "shop/views.py:3")
    assert [tuple(each) for each in wanted(traffic.attempts())] == [("api.example.com", 443, "shop/views.py:3")]


def test_a_system_without_namespaces_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    network = PrivateNetwork(tmp_path, tmp_path)
    network.start([])
    assert (network.running, network.problem) == (False, "only Linux has network namespaces")
    assert network.command(["true"]) == ["true"]


def test_checks_that_serve_the_project_or_run_its_commands_reach_no_other_host(python, tmp_path):
    """They run without a deployment: the agent's children, and manage.py with production's environment."""
    write_files(tmp_path / "shop", {})
    project = detect(tmp_path / "shop", python=python)
    facts = SimpleNamespace(put=lambda name, fact: None)
    sandbox = Sandbox(project, "local", facts, None, Answers())
    try:
        with sandbox.running() as site:
            found = json.loads(site.get("/every/").text)
            assert site.get("/send/?to=ann@example.com").text == "1"  # discarded
        code = "import urllib.request as u; u.urlopen('https://command.example.com/')"
        done = sandbox.manage("shell", "-c", code, environment="production")
        wanted = {host.host: host.where for host in sandbox.target.wanted_hosts()}
    finally:
        sandbox.close()
        project.close()
    assert all(attempt["seconds"] < AT_ONCE for attempt in found.values())
    assert "Connection refused" in done.output
    assert wanted.pop("command.example.com") == "manage.py shell"
    assert wanted.pop("import.example.com").startswith("shop/settings.py:")
    assert wanted.pop("requests.example.com") == f"shop/attempts.py:{line_of('return requests.get(')}"
    programs = {"curl.example.com"} if shutil.which("curl") else set()
    assert {host.partition(".")[0] for host in wanted} == {
        "urllib3", "93", "psycopg", "coroutine", "thread", "child", "isolated", *(host[:4] for host in programs),
    }  # fmt: skip


PACKAGES = (
    "django==5.2.*", "requests", "httpx", "aiohttp", "uvloop", "gevent", "psycopg2-binary", "psycopg[binary]", "grpcio",
    "gunicorn", "packaging",
)  # fmt: skip
BY_PACKAGES = """
import asyncio

def httpx():
    import httpx
    return httpx.get("https://httpx.example.com/")

def async_httpx():
    import httpx
    async def get():
        async with httpx.AsyncClient() as client:
            return await client.get("https://ahttpx.example.com/")
    return asyncio.run(get())

def aiohttp():
    import aiohttp
    async def get():
        async with aiohttp.ClientSession() as session, session.get("https://aiohttp.example.com/") as response:
            return response.status
    return asyncio.run(get())

def uvloop():
    import uvloop
    return uvloop.run(asyncio.open_connection("uvloop.example.com", 443))

def psycopg2():
    import psycopg2
    return psycopg2.connect("postgresql://user:word@psycopg2.example.com/x")

def async_psycopg():
    import psycopg
    return asyncio.run(psycopg.AsyncConnection.connect("postgresql://user:word@apsycopg.example.com/x"))

def grpc():
    import grpc
    channel = grpc.secure_channel("grpc.example.com:443", grpc.ssl_channel_credentials())
    return channel.unary_unary("/service/Method")(b"", timeout=30)

ALL += [httpx, async_httpx, aiohttp, uvloop, psycopg2, async_psycopg, grpc]
"""


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["namespace", "interpreter"])
def test_packages_with_connections_of_their_own_are_refused_at_once(mode, tmp_path):
    """Under gunicorn with gevent, which replaces Python's sockets."""
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin/python", "-m", "pip", "install", "-q", *PACKAGES], check=True)
    files = {
        "Procfile": "web: exec gunicorn serve:application --bind 0.0.0.0:$PORT -k ${WORKER}\n",
        "serve.py": SERVE[: SERVE.index("server =")] + "application = get_wsgi_application()\n",
        "shop/attempts.py": ATTEMPTS + BY_PACKAGES,
    }
    with observed(tmp_path, str(venv / "bin/python"), mode, **files) as site:
        for worker in ("gthread", "gevent"):
            site.target._start(site.deployment, bare_environment(WORKER=worker))
            found = results(site)
            assert {name: each for name, each in found.items() if each["seconds"] > AT_ONCE} == {}
            assert "UNAVAILABLE" in found["grpc"]["found"]
            assert site.deployment.stop()
        wanted = site.wanted()
        for name in ("httpx", "ahttpx", "aiohttp", "uvloop", "psycopg2", "apsycopg", "grpc"):
            assert wanted[f"{name}.example.com"][1].startswith("shop/attempts.py:"), name
