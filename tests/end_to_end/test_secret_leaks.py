"""Secrets planted in a project, and searched for wherever they have no business, during a run and after it.

Each canary is a secret of its own, shaped as its place demands, so that a leak names the place it came from.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import secrets as chance
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from screens.failure import FailureScreen
from screens.forms import Form
from tests.conftest import fresh
from tests.screens.driving import press, session, settled
from tests.secret_watch import GOLIVE, SERVERS, TOOLS, FileWatch, Watch, forms_of, found_in
from wizard.base import secrets
from wizard.base.secrets import names_secret
from wizard.editing import dotenv
from wizard.project.trust import trust
from wizard.reporting.report import FORMATS

HERE = Path(__file__).parents[2]

FILE = ("password", "razorpay", "cloudinary", "dsn", "query", "basic", "header")
"""Canaries of the .env files."""
QUIET_GIT = " -c core.hooksPath=/dev/null "
"""In the command line of a git that runs nothing of the person's."""
CODE = ("key", "signing")
"""Canaries of the settings' code."""
INDEXES = ("index", "line")
"""Canaries of private package indexes: of the environment's, and of a line in requirements.txt."""
OWN = ("settings.py", "requirements.txt", "django.log")
"""Files of the project in which secrets stand, of the person's writing or its own; a copy of them is private."""
TOKENS = {"sentry": "SENTRY_AUTH_TOKEN", "robot": "UPTIMEROBOT_API_KEY", "railway": "RAILWAY_API_TOKEN"}
"""Canaries that are Golive's own, with their variables."""

ENV_FILE = """\
REPLICA_URL=postgresql://shop:{quoted}@replica.example.com:5432/shop
RAZORPAY_KEY_SECRET={razorpay}
CLOUDINARY_API_SECRET={cloudinary}
TRACKER_DSN=https://{dsn}@o1.ingest.example.com/1
GEOCODER_URL=https://api.example.com/v1?unit=km&key={query}
HOOK_URL=https://hook:{basic}@hooks.example.com/in
PARTNER_AUTHORIZATION=Bearer {header}
"""
SETTINGS = """
import sys
from urllib.parse import parse_qs, unquote, urlsplit

PARTS = [
    unquote(urlsplit(os.getenv("REPLICA_URL", "")).password or ""),
    urlsplit(os.getenv("TRACKER_DSN", "")).username,
    urlsplit(os.getenv("HOOK_URL", "")).password,
    parse_qs(urlsplit(os.getenv("GEOCODER_URL", "")).query).get("key", [""])[0],
    os.getenv("PARTNER_AUTHORIZATION", "").removeprefix("Bearer "),
    os.getenv("RAZORPAY_KEY_SECRET"), os.getenv("MAPS_API_KEY"), JWT_SIGNING_KEY, SECRET_KEY,
]
for part in PARTS:
    print("the settings print", part)
    print("the settings log", part, file=sys.stderr, flush=True)
"""
VIEWS = """

def weather(request):
    from django.conf import settings
    from django.http import HttpResponse
    print("a view prints", *settings.PARTS, flush=True)
    return HttpResponse(f"<title>Weather</title><p>Sunny, say {settings.PARTS}")


class Broken:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        from django.conf import settings
        raise RuntimeError(f"no forecast from {settings.PARTS}")


urlpatterns += [path("weather/", weather)]
"""
SITE_RAISES = "\nMIDDLEWARE = ['election_cart.urls.Broken', *MIDDLEWARE]\n"
SETTINGS_RAISE = "\nraise RuntimeError(f'no licence for {PARTS}')\n"


def canary(place):
    if place == "dsn":
        return chance.token_hex(16)
    more = {"key": "$k2!m0q@x4w&c9v^t1z8r*e5y(u3i)o6p-a#s", "password": "/+ü&@:%"}
    return f"canary-{place}-{chance.token_hex(8)}{more.get(place, '')}"


class Index(BaseHTTPRequestHandler):
    """A private package index that has no packages."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *arguments):
        """Nothing."""


@pytest.fixture
def index():
    with ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class Planted:
    """The sample with a canary in every place a secret may stand, and where each was met that it should not."""

    def __init__(self, place, python, port):
        self.place, self.hits = place, []
        names = (*FILE, *CODE, *INDEXES, *TOKENS, "exported")
        self.secrets = {name: canary(name) for name in names}
        self.backend = fresh(place / "shop", python)
        self._plant(port)
        folders = {"XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "TMPDIR": "tmp"}
        for name in folders.values():
            (place / name).mkdir(mode=0o755)
        self.given = {
            **{variable: str(place / name) for variable, name in folders.items()},
            **{variable: self.secrets[name] for name, variable in TOKENS.items()},
            "MAPS_API_KEY": self.secrets["exported"],
            "PIP_EXTRA_INDEX_URL": f"http://shop:{self.secrets['index']}@127.0.0.1:{port}/simple",
        }
        self.environment = {**os.environ, **self.given, "PYTHONPATH": str(HERE)}
        self.before = self.objects()

    def _plant(self, port):
        settings, urls = (self.backend / "election_cart" / name for name in ("settings.py", "urls.py"))
        text = settings.read_text()
        [line] = (each for each in text.splitlines() if each.startswith("SECRET_KEY ="))
        literals = f"SECRET_KEY = {self.secrets['key']!r}\nJWT_SIGNING_KEY = {self.secrets['signing']!r}"
        settings.write_text(text.replace(line, literals) + SETTINGS)
        urls.write_text(urls.read_text() + VIEWS)
        quoted = quote(self.secrets["password"], safe="")
        for name in (".env", ".env.production"):
            (self.backend / name).touch(mode=0o600)
            (self.backend / name).write_text(ENV_FILE.format(**self.secrets, quoted=quoted))
        requirements = self.backend / "requirements.txt"
        self.line = f"--extra-index-url http://__token__:{self.secrets['line']}@127.0.0.1:{port}/simple\n"
        requirements.write_text(self.line + requirements.read_text())
        (self.backend / ".gitignore").write_text(".env\n.env.production\nvenv/\n")
        self.git("add", "--all", ".")
        self.git("commit", "--quiet", "-m", "Before Golive")

    def git(self, *arguments, given=""):
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.backend, input=given.encode(), capture_output=True, check=True).stdout

    def objects(self):
        return set(self.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode().split())

    @property
    def forms(self):
        """Every form of every secret there is by now: the new ones of production and Golive's own key too."""
        made = dotenv.values((self.backend / ".env.production").read_bytes())
        known = {name: value for name, value in made.items() if names_secret(name) and name not in ENV_FILE}
        if (key := self.place / "config/golive/key").exists():
            known["golive/key"] = key.read_text().strip()
        return forms_of({**self.secrets, **known})

    def search(self, where, text):
        self.hits += [f"{name} in {where}" for name in sorted(found_in(text, self.forms))]

    @contextmanager
    def broken(self, lines):
        """The project as it would be with *lines* at the end of its settings."""
        settings = self.backend / "election_cart/settings.py"
        text = settings.read_text()
        settings.write_text(text + lines)
        yield
        settings.write_text(text)

    # ---- places

    def search_all(self, when, *, copies=False):
        """All that Golive leaves in its folders and in git; only a kill leaves *copies* of the project."""
        for path in self.kept(copies=copies):
            self.search(f"{path.relative_to(self.place)} after {when}", path.read_bytes().decode("utf-8", "replace"))
        stored = self.git("cat-file", "--batch", given="\n".join(sorted(self.objects() - self.before)))
        own = stored.decode("utf-8", "replace").replace(self.line, "")
        self.search(f"git objects after {when}", own)
        assert (self.place / "cache/golive/copies").stat().st_mode & 0o777 == 0o700
        for path in (self.backend / ".golive/backups").glob("*"):
            assert path.stat().st_mode & 0o777 == 0o600

    def kept(self, *, copies):
        folders = [self.backend / ".golive", *(self.place / name for name in ("cache", "config", "tmp"))]
        for path in (each for folder in folders for each in folder.rglob("*")):
            servers = SERVERS & set(path.parts)  # what a killed run leaves of PostgreSQL: 100 MB of pages and programs
            if path.is_file() and not servers and not self._is_place_of_secrets(path, copies=copies):
                yield path

    def _is_place_of_secrets(self, path, *, copies=True):
        """Backups, Golive's own key, and copies of what the person had written into the code."""
        key = path == self.place / "config/golive/key"
        private = "copies" in path.parts and (path.name in OWN or path.name.startswith("requirements-"))
        return key or path.parent.name == "backups" or (copies and private)

    @contextmanager
    def watched(self, when):
        """Search the processes and the files that come and go meanwhile."""
        folders = [self.backend / ".golive", *(self.place / name for name in ("cache", "config", "tmp"))]
        with Watch(self.forms) as watch, FileWatch(self.forms, *folders) as files:
            yield
        assert files.read, "the watch saw the files"
        for line in watch.seen:
            self.search(f"the command line {line[:200]} during {when}", line)
        for line, value in watch.given:
            name = value.partition("=")[0]
            stray = {each for each in found_in(value, self.forms) if not may_have(each, line)}
            self.hits += [f"{each} as {name} in the environment of {line[:200]} during {when}" for each in stray]
        for name, path in files.found:
            if not self._is_place_of_secrets(path):
                self.hits.append(f"{name} in {path.relative_to(self.place)} during {when}")

    def in_backups(self):
        """Secrets that stand in backups."""
        kept = [path.read_bytes().decode("utf-8", "replace") for path in (self.backend / ".golive/backups").glob("*")]
        return {name for text in kept for name in found_in(text, self.forms)}

    # ---- commands

    def argv(self, *arguments):
        return [sys.executable, "-m", "wizard", *arguments, "--project", str(self.backend)]

    def golive(self, *arguments, code=0):
        """Run a command, and search all that it prints."""
        done = subprocess.run(
            self.argv(*arguments), cwd=self.place, env=self.environment, capture_output=True, text=True, check=False
        )
        self.search(f"the output of golive {' '.join(arguments)}", done.stdout)
        self.search(f"what golive {' '.join(arguments)} says", done.stderr)
        assert done.returncode == code, done.stderr[-3000:]
        return done

    def killed(self, *arguments, at):
        """Run a command, and kill it once it printed *at*."""
        with (self.place / "said").open("w+") as said:
            command = self.argv(*arguments, "--json")
            child = subprocess.Popen(
                command, cwd=self.place, env=self.environment, stdout=subprocess.PIPE, stderr=said, text=True
            )
            told = []
            for line in child.stdout:
                told.append(line)
                if at in line:
                    break
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            assert at in told[-1]
            said.seek(0)
            self.search("the events of a run that is killed", "".join(told))
            self.search("what a run says that is killed", said.read())


def may_have(name, line):
    """Whether the program with the command line *line* has a use for the secret *name* in its environment."""
    if re.search(GOLIVE, line):
        return True
    if name in TOKENS or name == "golive/key":
        return False
    if name in {"index", "exported"}:  # the person's own: pip is given them, and git where it runs hooks and filters
        return not TOOLS.search(line) or "-m pip " in line or (line.startswith("git ") and QUIET_GIT not in line)
    return not TOOLS.search(line)


@pytest.fixture
def planted(python, index):
    """A folder for it that the database's own user can enter too."""
    with tempfile.TemporaryDirectory(prefix="golive-test-") as folder:
        Path(folder).chmod(0o755)
        yield Planted(Path(folder), python, index)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="other processes are read in /proc")
def test_no_secret_leaves_its_place_on_the_way_to_production_and_back(planted):
    with planted.watched("the first commands"):
        planted.golive("plan", "2", "--trust")
        planted.golive("--dry-run", "--only", "1-4")
        planted.golive("doctor")
    planted.search_all("the first commands")
    with planted.watched("a run that is killed"):
        planted.killed("--auto", at="Operations to perform")
    planted.search_all("a kill", copies=True)
    with planted.watched("the run"):
        done = planted.golive("--auto")
    assert "82 rehearsed, 0 wait for a person, 0 failed" in done.stdout
    planted.search_all("the run")
    with planted.watched("failures"):
        with planted.broken(SITE_RAISES):
            assert "no forecast from" in planted.golive("--auto", "--only", "3", code=1).stderr
            planted.golive("--auto", "--only", "3", "--json", code=1)
        with planted.broken(SETTINGS_RAISE):
            assert "no licence for" in planted.golive("--auto", "--only", "3", code=5).stderr
            planted.golive("doctor", code=1)
    planted.search_all("failures")
    with planted.watched("the last commands"):
        planted.golive("status")
        for form in FORMATS:
            planted.golive("report", "--format", form)
        planted.golive("check", "--only", "1-4")
        planted.golive("undo", "1-24")
        planted.golive("report", "--format", "md")
    planted.search_all("undo")
    planted.golive("forget")
    assert not planted.in_backups(), "forget removes what held a secret"
    assert not planted.hits, "\n".join(planted.hits)


@pytest.mark.slow
def test_a_password_in_the_address_of_a_package_is_given_to_pip_in_a_private_file(planted, index):
    planted.secrets["address"] = canary("address")
    address = f"http://shop:{planted.secrets['address']}@127.0.0.1:{index}/forecasts-1.0-py3-none-any.whl"
    with (planted.backend / "requirements.txt").open("a") as file:
        file.write(f"forecasts @ {address}\n")
    with planted.broken("\nimport forecasts\n"), planted.watched("an installation"):
        failed = planted.golive("--auto", "--trust", "--only", "2", code=1)
    assert "/forecasts-1.0-py3-none-any.whl" in failed.stderr
    planted.search_all("an installation")
    assert not planted.hits, "\n".join(planted.hits)


@pytest.mark.slow
async def test_no_secret_is_on_a_screen_in_its_picture_or_in_a_bundle(planted, monkeypatch):
    for name, value in planted.given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(secrets, "_known", {})  # as in a process of its own
    trust(planted.place)
    async with session(planted.backend, str(planted.backend / "venv/bin/python"), task=1) as (app, pilot):

        def picture(what):
            shown = app.export_screenshot()
            assert what in " ".join(html.unescape(re.sub("<[^>]*>", "", shown)).split())
            planted.search(f"the picture with {what}", shown)

        picture("DJANGO_SECRET_KEY")
        await press(app, pilot, "a")
        picture("characters, used by the settings")
        with planted.broken(SITE_RAISES):
            app.open_task(app.engine_session.engine.checklist.tasks[3])
            await settled(app, pilot)
            while isinstance(app.screen, Form):
                await press(app, pilot, "ctrl+s")
            await press(app, pilot, "a")
            assert isinstance(app.screen, FailureScreen)
            picture("no forecast from")
            await press(app, pilot, "b", "escape")
            app.screen.action_tab("output")
            await settled(app, pilot)
            assert app.screen.log_view.find("no forecast from")
            await settled(app, pilot)
            picture("no forecast from")
        log = app.engine_session.log.whole().decode()
    planted.search("the log of the session", log)
    assert "no forecast from" in log
    [bundle] = planted.backend.glob(".golive/runs/bundle-*.zip")
    with zipfile.ZipFile(bundle) as packed:
        for name in packed.namelist():
            planted.search(f"{name} of the bundle", packed.read(name).decode())
    planted.search_all("a session")
    assert not planted.hits, "\n".join(planted.hits)


@pytest.mark.slow
async def test_no_secret_is_in_what_a_browser_is_sent(planted):
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("textual_serve")
    drawn = bytearray()

    async def until(socket, words):
        while words not in "".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", drawn.decode("utf-8", "replace"))):
            message = await socket.receive(60)
            assert message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}, message
            drawn.extend(message.data if isinstance(message.data, bytes) else message.data.encode())

    with planted.watched("a session in a browser"):
        planted.golive("plan", "2", "--trust")
        server = await asyncio.create_subprocess_exec(
            *planted.argv("serve"), env=planted.environment, cwd=planted.place, stdout=asyncio.subprocess.PIPE
        )
        told = (await server.stdout.readline()).decode()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.get(told.split()[1]) as page:
                drawn.extend(await page.read())
                address, origin = str(page.url), str(page.url.origin())
            async with browser.ws_connect(f"{address}ws?width=110&height=40", origin=origin) as socket:
                await until(socket, "24 tasks")
                for words in ("Rotate Secrets", "Generate DJANGO_SECRET_KEY"):
                    await socket.send_json(["stdin", "\r"])
                    await until(socket, words)
            sessions = psutil.Process(server.pid).children(recursive=True)
        _, alive = await asyncio.to_thread(psutil.wait_procs, sessions, 60)
        assert not alive
        server.send_signal(signal.SIGINT)
        await server.wait()
    planted.search("what a browser is sent", drawn.decode("utf-8", "replace"))
    planted.search_all("a session in a browser")
    assert not planted.hits, "\n".join(planted.hits)
