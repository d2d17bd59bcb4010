"""The project's own interpreter: where it is, and one long-lived process of it that answers questions."""

from __future__ import annotations

import fcntl
import itertools
import json
import math
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from wizard.base import files, process
from wizard.base.errors import EditError, ProjectError, UsageError
from wizard.base.secrets import redact
from wizard.project.agent_answer import AgentError, Answer

AGENT = Path(__file__).parent / "agent" / "__main__.py"
ENVIRONMENT_FOLDERS = (".venv", "venv", "env", ".env", "virtualenv")
LARGEST = 64 << 20
"""Bytes of one answer."""
LOG = 2 << 20
"""Bytes after which the log of what the project printed begins anew."""
LIMIT = 420.0
"""Seconds one question may take; migrations of a large project are the slowest."""
LOAD_LIMIT = 120.0
"""Seconds that loading the settings, apps and URLs may take."""
LOAD_VARIABLE = "GOLIVE_LOAD_SECONDS"
"""The environment variable that says how many they may be instead."""
GRACE = 15.0
"""Seconds after its limit until which a question is answered with an error; later the whole process is given up."""


def load_limit() -> float:
    """Seconds that loading the project may take.

    Raises:
        UsageError: the variable that says so holds no number.
    """
    given = os.environ.get(LOAD_VARIABLE, "")
    try:
        seconds = float(given) if given else LOAD_LIMIT
    except ValueError:
        seconds = math.nan
    if not seconds > 0:
        raise UsageError(f"{LOAD_VARIABLE} is {given!r}", "it should be a number of seconds", f"Try {LOAD_LIMIT:.0f}.")
    return seconds


def _limit(request: Mapping[str, Any]) -> float:
    """Seconds that *request* may take."""
    return load_limit() if request["op"] == "look" else max(LIMIT, load_limit())


@dataclass(frozen=True)
class PythonEnvironment:
    """An interpreter and how it was found."""

    path: Path
    how: str

    @property
    def prefix(self) -> Path:
        return self.path.parent.parent


def find(root: Path, repository: Path, flag: str | None) -> PythonEnvironment:
    """The interpreter the project runs with.

    Order: the flag; an environment folder at or above manage.py; VIRTUAL_ENV and CONDA_PREFIX; the environments of
    poetry, pipenv and uv; at last `python3` on PATH.

    Raises:
        ProjectError: the flag names none, or there is none.
    """
    if flag:
        path = Path(flag).expanduser()
        if path.is_dir():
            path = path / "bin" / "python"
        if not path.is_file() or not os.access(path, os.X_OK):
            raise ProjectError(
                f"There is no interpreter at {path}",
                "--python names it",
                "Give the python of the project's environment.",
            )
        return PythonEnvironment(path.absolute(), "--python")
    for found in _candidates(root, repository):
        if found.path.is_file() and os.access(found.path, os.X_OK):
            return found
        if found.how.startswith("broken"):
            raise ProjectError(
                f"The project's interpreter is missing: {found.path}",
                "its environment points to a Python that is gone",
                "Make the environment anew (`python3 -m venv …`, then install the requirements), or give --python.",
            )
    raise ProjectError(
        "No interpreter was found for the project",
        "there is no virtual environment in it, and no python3 on PATH",
        "Make one with `python3 -m venv .venv` and install the requirements, or give --python.",
    )


def in_folder(root: Path, repository: Path) -> Path | None:
    """The interpreter of a virtual environment at or above *root*, in the repository. Runs nothing."""
    return next((each.path for each in _in_folders(_above(root, repository))), None)


def _above(root: Path, repository: Path) -> list[Path]:
    return [root, *(folder for folder in root.parents if folder.is_relative_to(repository))]


def _in_folders(folders: list[Path]) -> Iterator[PythonEnvironment]:
    for folder in folders:
        usual = [name for name in ENVIRONMENT_FOLDERS if (folder / name / "pyvenv.cfg").is_file()]
        other = sorted(path.parent.name for path in folder.glob("*/pyvenv.cfg"))
        for name in dict.fromkeys([*usual, *other]):
            python = folder / name / "bin" / "python"
            yield PythonEnvironment(python, name if python.exists() else "broken environment")


def _candidates(root: Path, repository: Path) -> Iterator[PythonEnvironment]:
    above = _above(root, repository)
    yield from _in_folders(above)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if os.environ.get(variable):
            yield PythonEnvironment(Path(os.environ[variable]) / "bin" / "python", variable)
    for folder in above:
        if (folder / "poetry.lock").exists() and (path := _asked(["poetry", "env", "info", "--path"], folder)):
            yield PythonEnvironment(Path(path) / "bin" / "python", "poetry")
        if (folder / "Pipfile").exists() and (path := _asked(["pipenv", "--venv"], folder)):
            yield PythonEnvironment(Path(path) / "bin" / "python", "pipenv")
    for name in ("python3", "python"):
        if there := shutil.which(name):
            yield PythonEnvironment(Path(there), "PATH")


def _asked(argv: list[str], folder: Path) -> str:
    if not shutil.which(argv[0]):
        return ""
    try:
        answer = subprocess.run(
            argv, cwd=folder, env=process.own_environment(), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip().splitlines()[-1] if answer.returncode == 0 and answer.stdout.strip() else ""


@dataclass
class Interpreter:
    """One process of the project's interpreter, started at the first question.

    Used from one thread at a time. *project* marks the process, so that a later run finds it if this one is killed.
    """

    found: PythonEnvironment
    project: Path
    log: Path
    hello: Answer = field(default_factory=dict)
    _packages: int = 0
    """When a package came or went last, as the folder they are in tells."""
    _child: subprocess.Popen[bytes] | None = None
    _printed: IO[bytes] | None = None
    """Takes what the process prints; `_copied` is how much of it is in the log, in bytes."""
    _copied: int = 0
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _pending: bytearray = field(default_factory=bytearray)
    _answers: dict[int, Answer] = field(default_factory=dict)

    def start(self) -> Answer:
        """Start the process; returns its greeting with the versions of Python and Django.

        Raises:
            ProjectError: the interpreter can't be started, or lacks Django.
        """
        if self._child is not None and self._packages == self._changed():
            return self.hello
        self.close()  # what it has imported may be another version by now, or gone
        process.spent.interpreters += 1
        environment = process.marked(process.bare_environment(), self.project)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._printed = tempfile.TemporaryFile(dir=self.log.parent)  # noqa: SIM115 - until the process is closed
        fcntl.fcntl(self._printed, fcntl.F_SETFL, fcntl.fcntl(self._printed, fcntl.F_GETFL) | os.O_APPEND)
        self._copied = 0
        try:
            self._child = subprocess.Popen(
                [str(self.found.path), str(AGENT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
                cwd=self.project,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise ProjectError(
                f"The project's interpreter {self.found.path} can't be started",
                str(error.strerror),
                "Give a working one with --python.",
            ) from error
        self.hello = self._read_line(load_limit())
        if "error" in self.hello or "django" not in self.hello:
            raised = AgentError.of(self.hello) or AgentError("", "no answer")
            self.close()
            raise ProjectError(
                f"The project's interpreter has no working Django: {self.found.path} ({self.found.how})",
                f"{raised.type}: {raised.message}",
                "Install the project's requirements into it, or give the right one with --python.",
            )
        self._packages = self._changed()
        return self.hello

    def _changed(self) -> int:
        folder = Path(self.hello["packages"])
        return folder.stat().st_mtime_ns if folder.is_dir() else 0

    def ask(self, op: str, **request: Any) -> Answer:
        return self.ask_all([{"op": op, **request}])[0]

    def ask_all(self, requests: Sequence[Mapping[str, Any]]) -> list[Answer]:
        """Answers to *requests*, which run beside each other, in their order; each carries `error` if it failed."""
        self.start()
        sent = [(self._send(request), _limit(request)) for request in requests]
        return [self._receive(number, limit + GRACE) for number, limit in sent]

    def _send(self, request: Mapping[str, Any]) -> int:
        assert self._child is not None and self._child.stdin is not None
        number = next(self._numbers)
        try:
            self._child.stdin.write(json.dumps({"id": number, "limit": _limit(request), **request}).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise ProjectError(
                "The project's interpreter ended unexpectedly", redact(self._tail()), "See .golive/runs/agent.log."
            ) from error
        return number

    def _receive(self, number: int, seconds: float) -> Answer:
        deadline = time.monotonic() + seconds
        while number not in self._answers:
            answer = self._read_line(deadline - time.monotonic())
            if not isinstance(answer.get("id"), int):
                raise self._garbage()
            self._answers[answer["id"]] = answer
        answer = self._answers.pop(number)
        answer["id"] = number
        return answer

    def stop(self, number: int) -> None:
        """End the child that answers question *number* (a server)."""
        if self._child and self._child.stdin and self._child.poll() is None:
            self._child.stdin.write(json.dumps({"op": "stop", "stop": number}).encode() + b"\n")
            self._child.stdin.flush()

    def _read_line(self, seconds: float) -> Answer:
        """The next line that the process writes, which must come within *seconds*."""
        deadline = time.monotonic() + seconds
        assert self._child is not None and self._child.stdout is not None
        descriptor, data = self._child.stdout.fileno(), bytes(self._pending)
        with process.waiting():
            while b"\n" not in data:
                ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
                if not ready:
                    self.close()
                    raise ProjectError(
                        "The project's interpreter gave no answer",
                        f"within {seconds:.0f} s",
                        "See .golive/runs/agent.log.",
                    )
                data = os.read(descriptor, 1 << 20)
                if not data:
                    tail = redact(self._tail())
                    self.close()
                    raise ProjectError(
                        "The project's interpreter ended unexpectedly", tail, "See .golive/runs/agent.log."
                    )
                self._pending += data
                if len(self._pending) > LARGEST:
                    self.close()
                    raise ProjectError(
                        f"The project's interpreter answered with more than {LARGEST >> 20} MB",
                        "its settings or its URLs hold more than a project's do",
                        "See .golive/runs/agent.log.",
                    )
        line, self._pending = self._pending.split(b"\n", 1)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise self._garbage() from error
        if not isinstance(answer, dict):
            raise self._garbage()
        return answer

    def _garbage(self) -> ProjectError:
        self.close()
        return ProjectError(
            "The project's interpreter gave an answer that is none",
            "the project's code wrote into the channel by which Golive asks it",
            "See .golive/runs/agent.log.",
        )

    def _tail(self) -> str:
        self.keep_log()
        try:
            return files.tail(self.log, 1200).decode("utf-8", "replace")[-300:].strip()
        except EditError:
            return ""

    def keep_log(self) -> None:
        """Bring the log up to date with what the project has printed: redacted, and of a flood only the end.

        The project prints into a file without a name, since what it prints may hold secrets.
        """
        if self._printed is None:
            return
        size = os.fstat(self._printed.fileno()).st_size
        start = max(min(self._copied, size), size - LOG)  # the agent makes it shorter after a flood
        text = os.pread(self._printed.fileno(), size - start, start).decode("utf-8", "replace")
        self._copied = size
        if not text:
            return
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            if log.tell() > LOG:
                log.truncate(0)
            for line in process.bounded([text]):
                log.write(f"{line}\n".encode("utf-8", "replace"))

    def interrupt(self) -> None:
        """Kill the process while another thread waits for its answer; that thread sees it end, and may start anew."""
        if self._child and self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGTERM)  # it ends its children, which have groups of their own

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
        self.keep_log()
        if self._printed:
            self._printed.close()
            self._printed = None
        self._pending.clear()
        self._answers.clear()
