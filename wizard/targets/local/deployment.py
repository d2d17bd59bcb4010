"""The deployed service of a rehearsal: a copy of the files, the platform's start command and a health check.

Source: Railway's documentation of health checks, and Railpack's source: a build does not run `collectstatic` itself.
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

from wizard.base import process, process_output
from wizard.base.error_output import last_error
from wizard.base.errors import CommandError, Stopped
from wizard.base.secrets import excerpt
from wizard.project.project import Project
from wizard.project.release_copy import export
from wizard.project.release_environment import ReleaseEnvironment
from wizard.project.start_sources import StartSource, find
from wizard.services.http import without_authorities
from wizard.targets.local import service_build
from wizard.targets.local.listening import Listening
from wizard.targets.local.observer import Observer
from wizard.targets.local.private_network.network import PrivateNetwork
from wizard.targets.local.start_command import bind_to_loopback, server_part
from wizard.targets.local.traffic import Traffic
from wizard.targets.verification.gunicorn import UNTRUSTED_EDGE

HEALTH_SECONDS = 120.0
"""The time limit of the health check. Railway's default is 300 s; locally a shorter one is enough.

Source: Railway's documentation of health checks.
"""
UNHEALTHY_SECONDS = 15.0
"""The time limit once the service answers, but with a status other than 200."""
STOP_SECONDS = 10.0
"""How long the service may take to stop after SIGTERM."""
LOST_WORKER = re.compile(r"WORKER TIMEOUT|was sent SIGKILL")
"""What gunicorn logs about a worker that it has to replace."""
LOST_WORKERS = 4
"""After that many, the service won't become healthy."""
LOG_LINES = 20_000
LONGEST_ANSWER = 120
"""How many characters of a failed health check's answer the error message quotes."""
LONGEST_HOME = 70
"""The longest path in bytes of a home directory where a server can create a socket.

The path of a socket is limited to about 100 bytes.
"""


class Deployment:
    """A running copy of the project."""

    def __init__(self, project: Project, folder: Path, on_line: Callable[[str], None]) -> None:
        self.project, self.folder, self.on_line = project, folder, on_line
        self.port = 0
        self.python = project.python.path
        """The interpreter that the service runs with."""
        self.import_folders: tuple[Path, ...] = ()
        """Folders in the copy, relative to it, that its interpreter also imports from."""
        self.observer = Observer(folder.with_name(f"{folder.name}-observer"), folder)
        self.traffic = Traffic.of_service(folder.parent)
        self.network: PrivateNetwork | None = None
        """The network of the service's processes, if it is not this machine's own."""
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._lost_workers = 0
        """How many workers the server has replaced since its start, because each was killed or took too long."""
        self._child: subprocess.Popen[str] | None = None
        self._sockets: TemporaryDirectory[str] | None = None
        self._reader: threading.Thread | None = None

    def use(self, environment: ReleaseEnvironment) -> None:
        """Run with the interpreter of *environment* from now on."""
        self.python, self.import_folders = environment.python, environment.import_folders
        if not environment.reason:  # it is Golive's own, and not the project's
            self.observer.attach_to(environment.packages)

    @property
    def root(self) -> Path:
        """The folder of manage.py in the copy."""
        return self.folder / self.project.root.relative_to(self.project.top)

    def build(self, earlier: Deployment | None = None) -> int:
        """Copy the files that would be deployed, and return their number.

        With an *earlier* deployment they replace its files in a copy of its folder, with all that its commands made.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.observer.prepare()
        if earlier:
            shutil.copytree(earlier.folder, self.folder, symlinks=True)
        else:  # a platform's disk is new with each deployment, the home directory too
            shutil.rmtree(self._home, ignore_errors=True)
        return export(self.project.copy.files(), self.project.top, self.folder)

    def source(self) -> StartSource:
        """Return where the platform would find the start command, in the copy."""
        return find(self.root, self.folder)

    def run_build(self, environment: Mapping[str, str]) -> None:
        """Run the commands that the platform's build would run.

        Raises:
            CommandError: one failed. Has the end of its output.
        """
        source = self.source()
        if image := source.image:  # its build gets no other variables of the service
            environment = {name: value for name, value in environment.items() if name in image.arguments}
        values = process.marked(self.service_environment({**source.environment, **environment}), self.project.root)
        service_build.run(self.project, self.folder, source, values, self.on_line, self.inside)

    def run_before_start(self, command: str, environment: Mapping[str, str]) -> None:
        """Run a pre-deploy command of the platform's configuration.

        Raises:
            CommandError: it failed. Has the end of its output.
        """
        source = self.source()
        values = process.marked(self.service_environment({**source.environment, **environment}), self.project.root)
        service_build.run_command(command, source.folder, values, self.on_line, "The pre-deploy command", self.inside)

    def start(self, environment: Mapping[str, str], *, server_only: bool = False) -> None:
        """Run the start command and wait until the health check answers 200.

        With *server_only* the management commands before the server are left out: they have run for this copy.

        Raises:
            StepError: there is no start command.
            CommandError: it ended, or stayed unhealthy. Has the end of its log.
        """
        source = self.source()
        command = f"exec {source.runnable()}" if source.is_direct else source.runnable()
        command = server_part(command) if server_only else command
        command = bind_to_loopback(command, source.folder, source.script())
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        if self.network:
            self.network.serve(self.port)
        values = self.service_environment({**source.environment, **environment})
        self.observer.forget_servers()
        self._lost_workers = 0
        process.spent.interpreters += 1
        self._child = subprocess.Popen(
            self.inside(["/bin/sh", "-c", command]), cwd=source.folder, env=process.marked(values, self.project.root),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, args=(self._child,), daemon=True)
        self._reader.start()
        self._await_health()

    def inside(self, argv: list[str]) -> list[str]:
        """Return the command that runs *argv* in the network of the service."""
        return self.network.command(argv) if self.network else argv

    def service_environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Add port, PATH and a separate home directory, in which gunicorn creates its control socket."""
        python = self.python.parent
        home = self._home
        home.mkdir(exist_ok=True)
        values = {
            **environment, "PORT": str(self.port), "FORWARDED_ALLOW_IPS": UNTRUSTED_EDGE,
            "PATH": f"{python}{os.pathsep}{os.environ.get('PATH', '')}", "HOME": str(home),
        }  # fmt: skip
        values |= self.import_variables()
        if len(os.fsencode(home)) > LONGEST_HOME:
            self._sockets = TemporaryDirectory(prefix="golive-")
            values["XDG_RUNTIME_DIR"] = self._sockets.name
        return values

    @property
    def _home(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-home")

    def import_variables(self) -> dict[str, str]:
        """Return the variables by which packages in folders of the project, and the observer, are imported."""
        folders = os.pathsep.join(str(self.folder / path) for path in self.import_folders)
        return {**self.observer.variables(folders), **self.traffic.variables()}

    def _read(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in process_output.bounded_lines(process_output.chunks(child, child.stdout)):
            self._log.append(line)
            self._lost_workers += bool(LOST_WORKER.search(line))
            with suppress(Stopped):  # a stop by the user is raised in the thread that runs the task
                self.on_line(line)

    def _await_health(self) -> None:
        deadline, failure = time.monotonic() + HEALTH_SECONDS, ""
        redirects = bool(self.project.value("SECURE_SSL_REDIRECT"))
        assert self._child is not None
        listening = Listening(self._child.pid, self.port)
        with process.waiting(), httpx.Client(verify=without_authorities(), trust_env=False, timeout=10) as client:
            while time.monotonic() < deadline and self._child.poll() is None and self._lost_workers < LOST_WORKERS:
                try:
                    response = client.get(
                        f"http://127.0.0.1:{self.port}/health/", headers={"Host": self.project.platform.health_host}
                    )
                except httpx.HTTPError:
                    if elsewhere := listening.elsewhere():
                        failure = f"got no response: the service listens on {elsewhere}, not on the platform's port"
                        break
                    time.sleep(0.05)  # there is no event for a port that opens
                    continue
                if response.status_code == 200:
                    return
                if not failure:
                    deadline = min(deadline, time.monotonic() + UNHEALTHY_SECONDS)
                failure = f"failed with status {response.status_code}{_details(response, https_only=redirects)}"
                time.sleep(0.5)
        exit_code = self._child.poll()
        self.stop()
        why = f"the health check {failure or 'got no response'}"
        if exit_code is not None:
            why = f"the start command {process.ended(exit_code)}"
        output = "\n".join(self.log)
        line = last_error(output, ended=exit_code is not None and 0 <= exit_code < process.SIGNALS)
        where = self._command_place() if exit_code is not None or not failure else ""
        raise CommandError("The deployment did not become healthy", f"{why}: {line.full if line else self.tail()}",
                           "Fix the error in the log, then run the task again.",
                           output=output if line else "", summary=why, where=where)  # fmt: skip

    def _command_place(self) -> str:
        """The file and line of the start command, in the project."""
        path, line = self.source().place()
        return f"{self.project.display_path(self.project.top / path.relative_to(self.folder))}:{line}"

    @property
    def log(self) -> list[str]:
        """The lines that the service has printed. A copy, because a thread adds lines while the service runs."""
        return list(self._log)

    def take_log(self) -> list[str]:
        """Return the lines that the service has printed, and forget them."""
        lines = self.log
        self._log.clear()
        return lines

    def tail(self, count: int = 6) -> str:
        """Return the last *count* lines of the log."""
        return " / ".join([line for line in self.log if line.strip()][-count:])

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def environment(self) -> dict[str, str]:
        """Return the environment of the running process, as the system reports it."""
        import psutil

        return dict(psutil.Process(self.pid).environ())

    def interrupt(self) -> None:
        """Kill the service while another thread waits for it."""
        if self._child is not None and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """Stop the service as the platform does, with SIGTERM to the process it started.

        Returns whether that was enough to end all its processes in *seconds*; otherwise they are killed.
        """
        child, obeyed = self._child, True
        if child is None:
            return True
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                with process.waiting():
                    child.wait(seconds)
            except subprocess.TimeoutExpired:
                obeyed = False
        obeyed = not process.group_is_alive(child.pid) and obeyed
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


def _details(response: httpx.Response, *, https_only: bool) -> str:
    """Where *response* redirects to, or its text, for an error message. *https_only*: SECURE_SSL_REDIRECT is on."""
    if location := response.headers.get("location"):
        return f", a redirect to {location}" + " by SECURE_SSL_REDIRECT" * (https_only and location[:6] == "https:")
    text = "" if "html" in response.headers.get("content-type", "") else excerpt(response.text, LONGEST_ANSWER)
    return f" ({text})" if text else ""
