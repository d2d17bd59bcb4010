"""One long-lived process of the project's interpreter, in which the agent answers questions about the project."""

from __future__ import annotations

import itertools
import json
import math
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wizard.base import process
from wizard.base.errors import ProjectError, UsageError
from wizard.project.agent.egress import FOLDER as TRAFFIC
from wizard.project.agent_answer import AgentError, Answer
from wizard.project.printed_output import PrintedOutput, last_lines
from wizard.project.python_environment import PythonEnvironment

AGENT = Path(__file__).parent / "agent" / "__main__.py"
CHECKS = "traffic-of-checks"
"""The name of the folder that tells the agent's children which hosts they may reach."""
LARGEST = 64 << 20
"""The maximum size of one answer in bytes."""
LIMIT = 420.0
"""Seconds that one question may take. The migrations of a large project take longest."""
LOAD_LIMIT = 120.0
"""Seconds that loading the settings, apps and URLs may take."""
LOAD_VARIABLE = "GOLIVE_LOAD_SECONDS"
"""The environment variable that replaces this limit."""
GRACE = 15.0
"""Seconds after a question's limit within which the agent must answer with an error. Then Golive ends the process."""
SEE_LOG = "See .golive/runs/agent.log."


def load_limit() -> float:
    """Seconds that loading the project may take.

    Raises:
        UsageError: GOLIVE_LOAD_SECONDS is not a positive number.
    """
    given = os.environ.get(LOAD_VARIABLE, "")
    try:
        seconds = float(given) if given else LOAD_LIMIT
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise UsageError(f"{LOAD_VARIABLE} is {given!r}", "it must be a number of seconds", f"Try {LOAD_LIMIT:.0f}.")
    return seconds


def _limit(request: Mapping[str, Any]) -> float:
    """Seconds that *request* may take."""
    return load_limit() if request["op"] == "inspect" else max(LIMIT, load_limit())


@dataclass
class Interpreter:
    """A process of the project's interpreter, started at the first question and used from one thread at a time.

    Arguments:
        project: the folder of manage.py. It also marks the process, so that a later run can find and end it.
        log: the file for the output of the project's code.
    """

    python: PythonEnvironment
    project: Path
    log: Path
    traffic: Path | None = None
    """The folder that tells the agent's children which hosts they may reach, and where they record the others."""
    hello: Answer = field(default_factory=dict)
    """The agent's greeting: the versions of Python and Django, and the folder of the packages."""
    _packages_changed: int = 0
    """Modification time of the packages' folder when the process was started."""
    _child: subprocess.Popen[bytes] | None = None
    _printed: PrintedOutput | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _pending: bytearray = field(default_factory=bytearray)
    _answers: dict[int, Answer] = field(default_factory=dict)

    def start(self) -> Answer:
        """Start the process if it is not running, or if packages have changed since. Returns the agent's greeting.

        Raises:
            ProjectError: the interpreter can't be started, or lacks Django.
        """
        if self._child is not None and self._packages_changed == self._packages_changed_now():
            return self.hello
        self.close()  # the packages that it has imported may have changed
        process.spent.interpreters += 1
        self._child = self._started()
        self.hello = self._read_line(load_limit())
        if "error" in self.hello or "django" not in self.hello:
            error = AgentError.of(self.hello) or AgentError("", "no answer")
            self.close()
            raise ProjectError(
                f"The project's interpreter has no working Django: {self.python.path} ({self.python.how})",
                f"{error.type}: {error.message}",
                "Install the project's requirements into it, or choose the right one with --python.",
            )
        self._packages_changed = self._packages_changed_now()
        return self.hello

    def _started(self) -> subprocess.Popen[bytes]:
        self._printed = PrintedOutput(self.log)
        traffic = {TRAFFIC: str(self.traffic)} if self.traffic else {}
        try:
            return subprocess.Popen(
                [str(self.python.path), str(AGENT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed.file,
                cwd=self.project,
                env=process.marked(process.bare_environment(**traffic), self.project),
                start_new_session=True,
            )
        except OSError as error:
            raise ProjectError(
                f"The project's interpreter {self.python.path} can't be started",
                str(error.strerror),
                "Choose a working one with --python.",
            ) from error

    def packages_changed(self) -> int:
        """When the packages' folder was last changed, as a modification time."""
        self.start()
        return self._packages_changed

    def _packages_changed_now(self) -> int:
        folder = Path(self.hello["packages"])
        return folder.stat().st_mtime_ns if folder.is_dir() else 0

    def ask(self, op: str, **request: Any) -> Answer:
        return self.ask_all([{"op": op, **request}])[0]

    def ask_all(self, requests: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Answers to *requests*, in their order. The agent works on all of them at the same time.

        An answer carries `error` if the project raised; see AgentError.
        """
        self.start()
        sent = [(self._send(request), _limit(request)) for request in requests]
        return [self._receive(number, limit + GRACE) for number, limit in sent]

    def stop(self, number: int, *, gently: bool = False) -> None:
        """End the child that answers question *number*, such as a server; *gently* by SIGTERM."""
        if self._child and self._child.stdin and self._child.poll() is None:
            request = {"op": "stop", "stop": number, "gently": gently}
            self._child.stdin.write(json.dumps(request).encode() + b"\n")
            self._child.stdin.flush()

    def _send(self, request: Mapping[str, Any]) -> int:
        assert self._child is not None and self._child.stdin is not None
        number = next(self._numbers)
        try:
            self._child.stdin.write(json.dumps({"id": number, "limit": _limit(request), **request}).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise self._ended() from error
        return number

    def _receive(self, number: int, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        while number not in self._answers:
            answer = self._read_line(deadline - time.monotonic())
            if not isinstance(answer.get("id"), int):
                raise self._invalid()
            self._answers[answer["id"]] = answer
        answer = self._answers.pop(number)
        answer["id"] = number
        return answer

    def _read_line(self, seconds: float) -> Answer:
        """The next line that the process writes, as JSON.

        Raises:
            ProjectError: no line arrives within *seconds*, or it is not an answer. The process is ended.
        """
        with process.waiting():
            self._wait_for_line(time.monotonic() + seconds, seconds)
        line, self._pending = self._pending.split(b"\n", 1)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._invalid() from error
        if not isinstance(answer, dict):
            raise self._invalid()
        return answer

    def _wait_for_line(self, deadline: float, seconds: float) -> None:
        assert self._child is not None and self._child.stdout is not None
        descriptor, data = self._child.stdout.fileno(), bytes(self._pending)
        while b"\n" not in data:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.close()
                raise ProjectError(f"The project's interpreter gave no answer within {seconds:.0f} s", "", SEE_LOG)
            data = os.read(descriptor, 1 << 20)
            if not data:
                error = self._ended()
                self.close()
                raise error
            self._pending += data
            if len(self._pending) > LARGEST:
                self.close()
                raise ProjectError(
                    f"The project's interpreter answered with more than {LARGEST >> 20} MB",
                    "its settings or URLs are far larger than usual",
                    SEE_LOG,
                )

    def _ended(self) -> ProjectError:
        self.keep_log()
        return ProjectError("The project's interpreter ended unexpectedly", last_lines(self.log), SEE_LOG)

    def _invalid(self) -> ProjectError:
        self.close()
        return ProjectError(
            "The project's interpreter gave an invalid answer",
            "the project's code wrote into the channel that Golive uses",
            SEE_LOG,
        )

    def keep_log(self) -> None:
        """Append the project's latest output to the log."""
        if self._printed:
            self._printed.keep()

    def interrupt(self) -> None:
        """End the process while another thread waits for its answer. That thread gets a ProjectError."""
        if self._child and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGTERM)  # the agent then ends its children, which have their own groups

    def close(self) -> None:
        """End the process and everything it forked."""
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            process.stop_group(child)
        if self._printed:
            self._printed.close()
            self._printed = None
        self._pending.clear()
        self._answers.clear()
