"""What other programs can see of a run while it lasts, and what is left of it: searched for secrets in every form."""

from __future__ import annotations

import contextlib
import html
import itertools
import os
import re
import subprocess
import threading
from functools import cache
from pathlib import Path

from wizard.base.secrets import _forms


def listening():
    """Where this machine listens to the network, as the kernel writes it: address and port in hexadecimal."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in read(f"/proc/net/{name}").decode().splitlines()[1:]:
            place, state = line.split()[1], line.split()[3]
            loopback = place.startswith(("0100007F:", "00000000000000000000000001000000:")) or place[6:8] == "7F"
            if state == "0A" and not loopback:
                found.add(place)
    return found


class Watch:
    """Looks at the command line and the environment of every process while it lasts."""

    def __init__(self, forms=None):
        self._forms = [form for known in (forms or {}).values() for form in known]
        self.seen: set[str] = set()
        self.given: set[tuple[str, str]] = set()
        """Command lines, and an assignment in the environment of each: of a secret's name, or with one of *forms*."""
        self.before = listening()
        self.listening: set[str] = set()
        """Addresses, but for those of loopback, at which somebody began to listen."""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end.set()
        self._thread.join()

    def _look(self):
        looked: set[tuple[str, bytes]] = set()
        ages: dict[str, int] = {}
        for turn in itertools.count():
            if self._end.wait(0.02):
                break
            if turn % 20 == 0:  # a server lasts for seconds, and to list all sockets takes the kernel long
                self.listening |= listening() - self.before
            running = filter(str.isdigit, os.listdir("/proc"))  # noqa: PTH208 - a Path for each is what takes long
            ages = {number: ages.get(number, 0) + 1 for number in running}
            for number, age in ages.items():
                if age < 10 or turn % 10 == 0:  # a young process is still to become what it was started for
                    with contextlib.suppress(OSError):
                        self._read(number, looked)

    def _read(self, number, looked):
        argv = read(f"/proc/{number}/cmdline")
        if (number, argv) not in looked:
            values = read(f"/proc/{number}/environ").decode("utf-8", "replace").split("\0")
            if not argv or read(f"/proc/{number}/cmdline") != argv:
                return  # becoming another program just now: the two would not belong together
            looked.add((number, argv))
            line = argv.replace(b"\0", b" ").decode("utf-8", "replace")
            self.seen.add(line)
            self.given |= {(line, value) for value in values if SECRET_NAME.match(value) or self._holds_one(value)}

    def _holds_one(self, value):
        return any(form in value for form in self._forms)


def read(path):
    """The bytes of *path*, without the layers of a file object: there are thousands of looks, beside what is tested."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return b"".join(iter(lambda: os.read(descriptor, 65536), b""))
    finally:
        os.close(descriptor)


SECRET_NAME = re.compile(r"\w*(TOKEN|SECRET|PASSWORD|KEY|DATABASE_URL|DSN)\w*=")
GOLIVE = r"-m wizard( |$)"
GOLIVES = {"RAILWAY_API_TOKEN": rf"{GOLIVE}|railway", "SENTRY_AUTH_TOKEN": GOLIVE, "UPTIMEROBOT_API_KEY": GOLIVE}
"""Golive's own, and who may have each in its environment: a part of the command line."""
TOOLS = re.compile(r"(^|/)(git(?! rev-parse HEAD )|pip|railway|uv|initdb|postgres|pg_ctl)( |$)|-m pip")
"""Programs that have no use for a secret of the site, which its own processes have: in them sentry-sdk asks git for the
commit."""


def strays(watch, secrets):
    """Programs that were given a secret that they have no use for."""
    found = set()
    for line, value in watch.given:
        name, _, text = value.partition("=")
        for known in (each for each, secret in secrets.items() if secret in text):
            allowed = re.search(GOLIVES[known], line) if known in GOLIVES else not TOOLS.search(line)
            if not allowed:
                found.add((known, name, line[:400]))
    return found


def leaks(texts, secrets):
    """The names of *secrets* of which some form stands in one of *texts*, with the beginning of that text."""
    forms = {name: _forms(secret) for name, secret in secrets.items()}
    return {(name, text[:80]) for name, known in forms.items() for text in texts if any(form in text for form in known)}


def left_behind(*folders, repository):
    """The text of all that is in *folders* but the backups, and of every object of the git *repository*."""
    found = [
        path for folder in folders for path in folder.rglob("*") if path.is_file() and path.parent.name != "backups"
    ]
    objects = ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"]
    stored = subprocess.run(objects, capture_output=True, check=True).stdout
    return [stored.decode("utf-8", "replace"), *(path.read_text(errors="replace") for path in found)]


def forms_of(secrets):
    """Every form in which each of *secrets* may turn up."""
    return {name: _all_forms(value) for name, value in secrets.items()}


@cache
def _all_forms(value):
    return {*_forms(value), value.encode().hex()}


def found_in(text, forms):
    """The names of the secrets that stand in *text* in one of their *forms*, escape codes and line wrapping aside."""
    plain = html.unescape(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|<[^>]*>", "", text))
    texts = (text, plain, re.sub(r"[\s\u2500-\u259f]+", "", plain))
    return {name for name, known in forms.items() if any(form in each for form in known for each in texts)}


LARGEST = 1 << 20
"""Bytes of a file that is read while it is there."""
SERVERS = {"base", "global", "pg_wal", "pg_xact", "programs"}
"""Folders of PostgreSQL's: pages of tables, and its programs."""


class FileWatch:
    """Reads what is written into *folders* while it lasts: which secret stood in which file."""

    def __init__(self, forms, *folders):
        self.found: set[tuple[str, Path]] = set()
        self.read = 0
        self._bytes = {name: [form.encode() for form in known] for name, known in forms.items()}
        self._folders = folders
        self._seen: dict[str, tuple[int, int]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._end.set()
        self._thread.join()

    def _look(self):
        while not self._end.wait(0.1):
            self._walk(list(self._folders))
        self._walk(list(self._folders))

    def _walk(self, folders):
        while folders:
            with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders += [entry.path] * (entry.name not in SERVERS)
                    elif entry.is_file(follow_symlinks=False):
                        self._search(entry)

    def _search(self, entry):
        status = entry.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if self._seen.get(entry.path) == stamp or status.st_size > LARGEST:
            return
        self._seen[entry.path] = stamp
        content = read(entry.path)
        self.read += 1
        self.found |= {
            (name, Path(entry.path)) for name, known in self._bytes.items() if any(form in content for form in known)
        }
