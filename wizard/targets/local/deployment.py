"""The service as Railway would start it: a copy of what would be deployed, the Procfile's command, a health check.

Source: Railpack's source (the Procfile is YAML, one command of it is taken, nothing is collected by itself) and
Railway's documentation of health checks.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from wizard.base import files, process, yaml_file
from wizard.base.errors import CommandError, StepError, Stopped
from wizard.project.project import Project
from wizard.project.release_copy import export
from wizard.targets.sandbox import UNTRUSTED_EDGE

HEALTH_SECONDS = 120.0
"""Railway waits 300 s; a laptop's patience is shorter."""
ANSWERING_SECONDS = 15.0
"""Once it answers, more patience changes little."""
DRAIN = 10.0
LINES = 20_000
LONGEST_HOME = 70
"""Bytes of a home in which a server can still put a socket: the system takes a path of about a hundred."""
ORDER = ("web", "worker")
"""Which process of a Procfile is started; any other only without these."""


def web_command(path: Path) -> str:
    """The command Railpack would take from a Procfile.

    Raises:
        StepError: there is none, or it is no YAML mapping of names to commands.
    """
    hint = "One line: `web: python manage.py migrate --noinput && exec gunicorn …`."
    try:
        written = files.read(path)
        if written is None:
            raise StepError(f"There is no {path.name}", "the platform would not know what to start", hint)
        content = yaml_file.load(written)
    except yaml_file.NotYamlError as error:
        raise StepError(
            f"{path}:{error.line}: the Procfile is no YAML, and the build would end here",
            error.problem,
            hint,
        ) from error
    if not isinstance(content, dict) or not all(isinstance(each, str) for each in content.values()) or not content:
        raise StepError(f"{path}:1: the Procfile names no process", "a space belongs behind the colon", hint)
    name = next((name for name in ORDER if name in content), next(iter(content)))
    return str(content[name])


EVERYWHERE = re.compile(r"(?<![\d.])0\.0\.0\.0(?![\d.])|\[::\]|(?<=--host )::(?= |$)")
CONFIGURED = re.compile(r"(?:^|\s)(?:-c|--config)[ =](?:file:)?(\S+)")


def kept_here(command: str, root: Path) -> str:
    """*command* so that it listens on loopback alone, where production listens to the network.

    The copy's gunicorn configuration is changed likewise; a gunicorn that is told no address takes them all.
    """
    configured = CONFIGURED.search(command)
    path = root / (configured[1] if configured else "gunicorn.conf.py")
    text = files.text(path, "surrogateescape") if files.inside(path, root) else ""
    if EVERYWHERE.search(text):
        path.write_text(EVERYWHERE.sub("127.0.0.1", text), "utf-8", "surrogateescape")
    command = EVERYWHERE.sub("127.0.0.1", command)
    if "gunicorn" in command and not re.search(r"--bind|\s-b\b", command) and not re.search(r"(?m)^bind\b", text):
        command = f'export GUNICORN_CMD_ARGS="--bind=127.0.0.1:$PORT $GUNICORN_CMD_ARGS"; {command}'
    return command


class Deployment:
    """One running copy of the project; `log` keeps what it printed."""

    def __init__(self, project: Project, folder: Path, on_line: Callable[[str], None]) -> None:
        self.project, self.folder, self.on_line = project, folder, on_line
        self.port = 0
        self.log: deque[str] = deque(maxlen=LINES)
        self._child: subprocess.Popen[str] | None = None
        self._sockets: TemporaryDirectory[str] | None = None
        self._reader: threading.Thread | None = None

    @property
    def root(self) -> Path:
        """The folder of manage.py in the copy."""
        return self.folder / self.project.root.relative_to(self.project.top)

    def build(self) -> int:
        """Copy what would be deployed; returns how many files that were."""
        shutil.rmtree(self.folder, ignore_errors=True)
        return export(self.project.copy.files(), self.project.top, self.folder)

    def start(self, environment: Mapping[str, str]) -> None:
        """Run the start command and wait until the health check answers 200.

        Raises:
            StepError: there is no start command.
            CommandError: it ended, or stayed unhealthy; carries the end of its log.
        """
        command = kept_here(web_command(self.root / "Procfile"), self.root)
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        python = self.project.python.path.parent
        home = self.folder.with_name("home")  # gunicorn's control socket goes there; the person's own stays as it is
        home.mkdir(exist_ok=True)
        values = {
            **environment, "PORT": str(self.port), "FORWARDED_ALLOW_IPS": UNTRUSTED_EDGE,
            "PATH": f"{python}{os.pathsep}{os.environ.get('PATH', '')}", "HOME": str(home),
        }  # fmt: skip
        if len(os.fsencode(home)) > LONGEST_HOME:
            self._sockets = TemporaryDirectory(prefix="golive-")
            values["XDG_RUNTIME_DIR"] = self._sockets.name
        process.spent.interpreters += 1
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=self.root, env=process.marked(values, self.project.root),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._child,), daemon=True)
        self._reader.start()
        self._await_health()

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in process.bounded(process.chunks(child, child.stdout)):
            self.log.append(line)
            with suppress(Stopped):  # the person's wish is for the thread that works, not for this one
                self.on_line(line)

    def _await_health(self) -> None:
        deadline, said = time.monotonic() + HEALTH_SECONDS, ""
        assert self._child is not None
        with process.waiting(), httpx.Client(trust_env=False, timeout=10) as client:
            while time.monotonic() < deadline and self._child.poll() is None:
                try:
                    answer = client.get(
                        f"http://127.0.0.1:{self.port}/health/", headers={"Host": self.project.platform.health_host}
                    )
                except httpx.HTTPError:
                    time.sleep(0.05)  # nothing tells when a port opens
                    continue
                if answer.status_code == 200:
                    return
                if not said:
                    deadline = min(deadline, time.monotonic() + ANSWERING_SECONDS)
                said = f"failed with status {answer.status_code}"
                time.sleep(0.5)
        ended = self._child.poll()
        self.stop()
        why = (
            f"the start command ended with {ended}"
            if ended is not None
            else f"the health check {said or 'had no answer'}"
        )
        raise CommandError("The deployment did not become healthy", f"{why}: {self.tail()}", "Its log says why.")

    def tail(self, count: int = 6) -> str:
        return " / ".join([line for line in self.log if line.strip()][-count:])

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def environment(self) -> dict[str, str]:
        """The environment the process really runs with."""
        import psutil

        return dict(psutil.Process(self.pid).environ())

    def interrupt(self) -> None:
        """Kill it while another thread waits for it; that thread sees it end."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)

    def stop(self) -> bool:
        """End it as the platform does, by SIGTERM to the one process it started; whether that sufficed."""
        child, obeyed = self._child, True
        if child is None:
            return True
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                with process.waiting():
                    child.wait(DRAIN)
            except subprocess.TimeoutExpired:
                obeyed = False
        obeyed = not _group_lives(child.pid) and obeyed
        if not obeyed:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(5)
        if self._reader:
            self._reader.join(5)
        if child.stdout:
            child.stdout.close()
        if self._sockets:
            self._sockets.cleanup()
        self._child = self._sockets = None
        return obeyed


def _group_lives(group: int) -> bool:
    """Whether a process of *group* still runs."""
    import psutil

    for each in psutil.process_iter():
        try:
            if os.getpgid(each.pid) == group and each.status() != psutil.STATUS_ZOMBIE:
                return True
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    return False
