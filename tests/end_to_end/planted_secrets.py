"""The sample with a canary in every place that can hold a secret, and the search for canaries everywhere else.

Each canary is a different secret in the form that its place requires, so a leak names the place that it came from.
"""

from __future__ import annotations

import os
import re
import secrets as random_secrets
import signal
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

from tests import cli_runner
from tests.bench.loads import add_counter
from tests.cli_runner import TOP
from tests.conftest import FAST_LOGINS, fresh
from tests.secret_watch import GOLIVE, NOT_SEARCHED, TOOLS, FileWatch, Watch, forms_of, found_in
from wizard.base.secrets import is_sensitive_name
from wizard.editing import dotenv

FILE = ("password", "razorpay", "cloudinary", "dsn", "query", "basic", "header")
"""Canaries in the .env files."""
QUIET_GIT = " -c core.hooksPath=/dev/null "
"""Part of the command line of a git that runs none of the user's hooks."""
CODE = ("key", "signing")
"""Canaries in the code of the settings."""
INDEXES = ("index", "line")
"""Canaries in addresses of package indexes: in the environment, and in a line of requirements.txt."""
PRIVATE = ("settings.py", "requirements.txt", "django.log")
"""Files of the project that hold secrets. A copy of one is private."""
TOKENS = {"sentry": "SENTRY_AUTH_TOKEN", "robot": "UPTIMEROBOT_API_KEY", "railway": "RAILWAY_API_TOKEN"}
"""Canaries in Golive's own tokens, with the variables that hold them."""

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
"""Lines for the settings that let the site, or the settings themselves, raise an error that quotes secrets."""


def canary(place):
    if place == "dsn":
        return random_secrets.token_hex(16)
    more = {"key": "$k2!m0q@x4w&c9v^t1z8r*e5y(u3i)o6p-a#s", "password": "/+ü&@:%"}
    return f"canary-{place}-{random_secrets.token_hex(8)}{more.get(place, '')}"


class EmptyIndex(BaseHTTPRequestHandler):
    """A private package index without packages."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *arguments):
        """Print nothing."""


@contextmanager
def package_index():
    """Serve an empty package index on a port of 127.0.0.1."""
    with ThreadingHTTPServer(("127.0.0.1", 0), EmptyIndex) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class PlantedProject:
    """The sample with canaries. *hits* collects every unexpected place where a canary was found."""

    def __init__(self, place, python, port):
        self.place, self.hits = place, []
        names = (*FILE, *CODE, *INDEXES, *TOKENS, "exported")
        self.secrets = {name: canary(name) for name in names}
        self.backend = fresh(place / "shop", python)
        self.loads = place / "loads"
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
        self.environment = {**os.environ, **self.given, "PYTHONPATH": str(TOP)}
        self.before = self.objects()

    def _plant(self, port):
        settings, urls = (self.backend / "election_cart" / name for name in ("settings.py", "urls.py"))
        text = settings.read_text()
        [line] = (each for each in text.splitlines() if each.startswith("SECRET_KEY ="))
        literals = f"SECRET_KEY = {self.secrets['key']!r}\nJWT_SIGNING_KEY = {self.secrets['signing']!r}"
        settings.write_text(text.replace(line, literals) + FAST_LOGINS + SETTINGS)
        add_counter(settings, self.loads)
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

    def git(self, *arguments, stdin=""):
        command = ["git", *arguments]
        return subprocess.run(command, cwd=self.backend, input=stdin.encode(), capture_output=True, check=True).stdout

    def objects(self):
        return set(self.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").decode().split())

    @property
    def forms(self):
        """Every form of every secret so far, including production's new ones and Golive's own key."""
        values = dotenv.values((self.backend / ".env.production").read_bytes())
        known = {name: value for name, value in values.items() if is_sensitive_name(name) and name not in ENV_FILE}
        if (key := self.place / "config/golive/key").exists():
            known["golive/key"] = key.read_text().strip()
        return forms_of({**self.secrets, **known})

    def search(self, where, text):
        self.hits += [f"{name} in {where}" for name in sorted(found_in(text, self.forms))]

    @contextmanager
    def broken(self, lines):
        """Append *lines* to the settings while the block runs."""
        settings = self.backend / "election_cart/settings.py"
        text = settings.read_text()
        settings.write_text(text + lines)
        yield
        settings.write_text(text)

    # ---- places

    def search_all(self, when, *, copies=False):
        """Search all that Golive keeps in its folders and in git. Only a killed run keeps *copies* of the project."""
        for path in self.kept(copies=copies):
            self.search(f"{path.relative_to(self.place)} after {when}", path.read_bytes().decode("utf-8", "replace"))
        stored = self.git("cat-file", "--batch", stdin="\n".join(sorted(self.objects() - self.before)))
        text = stored.decode("utf-8", "replace").replace(self.line, "")
        self.search(f"git objects after {when}", text)
        assert (self.place / "cache/golive/copies").stat().st_mode & 0o777 == 0o700
        for path in (self.backend / ".golive/backups").glob("*"):
            assert path.stat().st_mode & 0o777 == 0o600

    def kept(self, *, copies):
        folders = [self.backend / ".golive", *(self.place / name for name in ("cache", "config", "tmp"))]
        for path in (each for folder in folders for each in folder.rglob("*")):
            left_out = NOT_SEARCHED & set(path.parts)
            if not left_out and path.is_file() and not self._may_hold_secrets(path, copies=copies):
                yield path

    def _may_hold_secrets(self, path, *, copies=True):
        """Whether *path* is a backup, Golive's own key, or a copy of a file in which the user keeps secrets."""
        key = path == self.place / "config/golive/key"
        private = "copies" in path.parts and (path.name in PRIVATE or path.name.startswith("requirements-"))
        return key or path.parent.name == "backups" or (copies and private)

    @contextmanager
    def watched(self, when):
        """Search every process and every file that exists while the block runs."""
        folders = [self.backend / ".golive", *(self.place / name for name in ("cache", "config", "tmp"))]
        with Watch(self.forms) as watch, FileWatch(self.forms, *folders) as files:
            yield watch
        assert files.read, "the watch read files"
        for line in watch.seen:
            self.search(f"the command line {line[:200]} during {when}", line)
        for line, value in watch.given:
            name = value.partition("=")[0]
            strays = {secret for secret in found_in(value, self.forms) if not may_have(secret, line)}
            self.hits += [f"{secret} as {name} in the environment of {line[:200]} during {when}" for secret in strays]
        for name, path in files.found:
            if not self._may_hold_secrets(path):
                self.hits.append(f"{name} in {path.relative_to(self.place)} during {when}")

    def in_backups(self):
        """The names of the secrets in backups."""
        kept = [path.read_bytes().decode("utf-8", "replace") for path in (self.backend / ".golive/backups").glob("*")]
        return {name for text in kept for name in found_in(text, self.forms)}

    # ---- commands

    def argv(self, *arguments):
        return [*cli_runner.GOLIVE, *arguments, "--project", str(self.backend)]

    def golive(self, *arguments, code=0):
        """Run a command and search its output. It must end with *code*; with None, the caller looks at its code."""
        result = cli_runner.golive(
            *arguments, project=self.backend, cwd=self.place, env=self.environment, new_program=True
        )
        self.search(f"stdout of golive {' '.join(arguments)}", result.stdout)
        self.search(f"stderr of golive {' '.join(arguments)}", result.stderr)
        assert code in {None, result.returncode}, result.stderr[-3000:]
        return result

    def killed(self, *arguments, at):
        """Run a command and kill it once it printed *at*. Returns its events as JSON lines."""
        with (self.place / "stderr").open("w+") as stderr:
            command = self.argv(*arguments, "--json")
            child = subprocess.Popen(
                command, cwd=self.place, env=self.environment, stdout=subprocess.PIPE, stderr=stderr, text=True
            )
            events = []
            for line in child.stdout:
                events.append(line)
                if at in line:
                    break
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            assert at in events[-1]
            stderr.seek(0)
            self.search("stdout of the killed run", "".join(events))
            self.search("stderr of the killed run", stderr.read())
        return "".join(events)


def may_have(name, line):
    """Whether the program with the command line *line* needs the secret *name* in its environment."""
    if re.search(GOLIVE, line):
        return True
    if name in TOKENS or name == "golive/key":
        return False
    if name in {"index", "exported"}:  # the user's own: pip gets them, and git when it runs hooks or filters
        return not TOOLS.search(line) or "-m pip " in line or (line.startswith("git ") and QUIET_GIT not in line)
    return not TOOLS.search(line)
