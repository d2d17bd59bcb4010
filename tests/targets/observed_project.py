"""A small Django site that tries to reach other hosts in many ways and sends mail, deployed to a rehearsal."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from wizard.base import process
from wizard.base.process import bare_environment
from wizard.checklist.answers import Answers
from wizard.project.platform import RAILWAY
from wizard.targets.base import Database
from wizard.targets.local.private_network.network import PrivateNetwork
from wizard.targets.local.rehearsal import Rehearsal

SETTINGS = """
import os, urllib.request
SECRET_KEY = "for this test alone, and of fifty letters at the least"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["django.contrib.contenttypes", *filter(None, os.environ.get("APPS", "").split(","))]
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = "smtp.example.com", 587, True
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = "a-user", "a-password"
EMAIL_FILE_PATH = os.environ.get("EMAIL_FILE_PATH")
try:
    urllib.request.urlopen("http://import.example.com/", timeout=30)
except OSError:
    pass
"""
ATTEMPTS = '''
"""Functions that try to reach a host each."""
import asyncio, json, socket, subprocess, sys, threading, time, urllib.request

def refused(function):
    began = time.monotonic()
    try:
        found = function()
    except Exception as error:
        found = "%s: %s" % (type(error).__name__, error)
    return {"found": str(found), "seconds": time.monotonic() - began}

def requests():
    import requests
    return requests.get("https://requests.example.com/")

def urllib3():
    import urllib3
    return urllib3.PoolManager(retries=False).request("GET", "https://urllib3.example.com:8443/")

def address():
    return socket.create_connection(("93.184.216.34", 443), timeout=30)

def psycopg():
    import psycopg
    return psycopg.connect("postgresql://user:word@psycopg.example.com:6543/x")

def coroutine():
    return asyncio.run(asyncio.open_connection("coroutine.example.com", 443))

def thread():
    found = []
    def work():
        found.append(refused(lambda: urllib.request.urlopen("https://thread.example.com/"))["found"])
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()
    return found[0]

def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return "%d %s" % (done.returncode, done.stderr[-200:])

OPEN = "import urllib.request; urllib.request.urlopen('https://%s.example.com/')"

def child():
    return run(sys.executable, "-c", OPEN % "child")

def isolated():  # this interpreter does not read the guard, like a program in another language
    return run(sys.executable, "-I", "-S", "-c", OPEN % "isolated")

def curl():
    return run("curl", "-sS", "--max-time", "30", "https://curl.example.com/")

ALL = [requests, urllib3, address, psycopg, coroutine, thread, child, isolated, curl]

def own_address():  # as a site does to learn its address; nothing is sent
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("8.8.8.8", 80))
        return sock.getsockname()[0]

def loopback(port):
    for host in ("127.0.0.1", "localhost", "0.0.0.0"):
        with socket.create_connection((host, port), timeout=30) as sock:
            sock.sendall(b"x")
            found = sock.recv(9).decode()
    first, second = socket.socketpair()
    first.sendall(b"y")
    return found + second.recv(9).decode() + urllib.request.url2pathname(socket.gethostbyname("localhost"))
'''
URLS = """
from django.core import mail
from django.http import HttpResponse, JsonResponse
from django.urls import path
from . import attempts

def every(request):
    return JsonResponse({each.__name__: attempts.refused(each) for each in attempts.ALL})

async def later(request):
    import asyncio
    try:
        await asyncio.open_connection("later.example.com", 443)
    except OSError as error:
        return HttpResponse(type(error).__name__)

def allowed(request):
    return HttpResponse(str(attempts.refused(lambda: attempts.loopback(int(request.GET["port"])))["found"]))

def reach(request):
    port, host = int(request.GET["port"]), request.GET["host"]
    return JsonResponse(attempts.refused(lambda: attempts.socket.create_connection((host, port), timeout=30)))

def send(request):
    return HttpResponse(mail.send_mail("Your code", "The code is 2468", "shop@example.com", [request.GET["to"]]))

urlpatterns = [
    path("health/", lambda request: HttpResponse("ok")),
    path("every/", every), path("later/", later), path("allowed/", allowed), path("reach/", reach), path("send/", send),
    path("own/", lambda request: HttpResponse(attempts.own_address())),
]
"""
SERVE = """
import os, sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.wsgi import get_wsgi_application

class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

server = Server(("127.0.0.1", int(os.environ["PORT"])), WSGIRequestHandler)
server.set_app(get_wsgi_application())
server.serve_forever()
"""
MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
FILES = {
    "Procfile": "web: exec python serve.py\n", "serve.py": SERVE, "manage.py": MANAGE, "shop/__init__.py": "",
    "shop/settings.py": SETTINGS, "shop/urls.py": URLS, "shop/attempts.py": ATTEMPTS,
}  # fmt: skip


def write_files(top: Path, files: dict[str, str]) -> list[Path]:
    """Write the site's files into the folder *top*, with *files* more or instead. Returns their paths."""
    for name, text in {**FILES, **files}.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    return sorted(path for path in top.rglob("*") if path.is_file())


class ObservedProject:
    """The site in *folder*, with *files* more, run by the interpreter *python*."""

    def __init__(self, folder: Path, python: str, files: dict[str, str]) -> None:
        top = folder / "shop"
        paths = write_files(top, files)
        self.project = SimpleNamespace(
            top=top, root=top, work=folder / "work", copy=SimpleNamespace(files=lambda: paths), value={}.get,
            python=SimpleNamespace(path=Path(python)), platform=RAILWAY, display_path=str,
            dependencies=SimpleNamespace(requirements=dict),
        )  # fmt: skip
        self.project.work.mkdir()
        self.facts: dict[str, str] = {}
        facts = SimpleNamespace(put=self.facts.__setitem__)
        self.lines: list[str] = []
        self.target = Rehearsal(self.project, self.lines.append, Answers(), facts, None)
        self.target.database = Database("sqlite:///x", "SQLite", None)
        self.deployment = self.target.deployment
        self.deployment.build()

    def start(self) -> None:
        self.target._start(self.deployment, bare_environment())

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.deployment.port}{path}", timeout=60, trust_env=False)

    def run(self, *arguments: str, **variables: str) -> process.Completed:
        """Run the project's interpreter as the rehearsal runs manage.py."""
        argv = self.deployment.inside([str(self.deployment.python), *arguments])
        environment = bare_environment(**self.deployment.import_variables(), **variables)
        return process.run(argv, cwd=self.deployment.root, env=environment)

    def wanted(self) -> dict[str, tuple[int, str]]:
        return {host: (port, where) for host, port, where in self.target.wanted_hosts()}


@contextmanager
def observed(folder, python, mode, **files):
    """The site in the *mode* `namespace` or `interpreter`. It is not started yet."""
    with pytest.MonkeyPatch.context() as patch:
        if mode == "interpreter":
            patch.setattr(PrivateNetwork, "start", lambda network, allowed: setattr(network, "problem", "not wanted"))
        made = ObservedProject(folder, python, files)
    try:
        yield made
    finally:
        made.target.close()


def results(site: ObservedProject) -> dict[str, dict[str, object]]:
    return dict(json.loads(site.get("/every/").text))
