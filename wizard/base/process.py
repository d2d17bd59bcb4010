"""Run child processes: in their own process group, with streamed output, time limits and redaction."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wizard.base import reader
from wizard.base.errors import CommandError, Stopped
from wizard.base.process_output import KEPT_CHARACTERS, KEPT_LINES, bounded_lines, chunks

MARK = "GOLIVE_CHILD_OF"
"""Environment variable of child processes, with the project's path. The next run finds orphans by it."""

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "XDG_CACHE_HOME",
)  # fmt: skip
"""Variables of the user that a production-like child gets. None of them configures Django."""

PRIVATE = re.compile(r"GOLIVE_|RAILWAY_(API_)?TOKEN$|DJANGO_SUPERUSER_|SENTRY_(AUTH_TOKEN|ORG)$|UPTIMEROBOT_API_KEY$")
"""Variables that only Golive reads, and no program that it starts: tokens, answers, and the admin account."""

LARGEST_OUTPUT = 1 << 30
"""Characters that a command may print before it is stopped."""


@dataclass
class Spent:
    """Seconds spent waiting for child processes, and how many interpreters of the project were started."""

    seconds: float = 0.0
    interpreters: int = 0


spent = Spent()
_running: set[subprocess.Popen[str]] = set()
_stopped = threading.Event()
_waits = threading.Lock()
_waiting: list[float] = []


@contextmanager
def waiting() -> Iterator[None]:
    """Count the time of the block as time of child processes. Overlapping waits of several threads count once."""
    with _waits:
        _waiting.append(time.perf_counter())
        began = _waiting[0]
    try:
        yield
    finally:
        with _waits:
            _waiting.pop()
            if not _waiting:
                spent.seconds += time.perf_counter() - began


def peak_memory() -> float:
    """The peak memory of this process in megabytes, without its children.

    On Linux `getrusage` begins with the memory of the process that started this one. Source: getrusage(2), measured.
    """
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return round(int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 2**10, 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)  # macOS counts bytes, Linux kilobytes


# ---- environments


def bare_environment(**extra: str) -> dict[str, str]:
    """The environment of a production-like child: what every process needs, and *extra*."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **extra}


def own_environment() -> dict[str, str]:
    """The user's environment without Golive's private variables, for git, pip and the project in development."""
    return {name: value for name, value in os.environ.items() if not PRIVATE.match(name)}


def marked(environment: Mapping[str, str], project: Path) -> dict[str, str]:
    """*environment* with the mark by which orphans of *project* are found."""
    return {**environment, MARK: mark_of(project)}


def mark_of(project: Path) -> str:
    """The mark of this process's children that work on *project*. Those of other readers have another."""
    return f"{project}{reader.suffix()}"


# ---- running a command to its end


@dataclass(frozen=True)
class Completed:
    """A command that has ended."""

    argv: tuple[str, ...]
    returncode: int
    output: str
    errors: str = ""
    """Standard error, if standard output was captured; *output* is then not redacted."""

    @property
    def command(self) -> str:
        return " ".join(Path(part).name if part.startswith("/") else part for part in self.argv)

    def last_lines(self, count: int = 6) -> str:
        return "\n".join([line for line in self.output.splitlines() if line.strip()][-count:])


def run(
    argv: list[str] | tuple[str, ...],
    *,
    cwd: Path,
    env: Mapping[str, str],
    on_line: Callable[[str], None] = lambda line: None,
    timeout: float = 900.0,
    stdin: str | None = None,
    capture_stdout: bool = False,
) -> Completed:
    """Run *argv* to its end, and pass each line of its output to *on_line*, redacted.

    *stdin* is the text for its standard input. *capture_stdout*: return standard output as it is, without passing it
    on. Only the lines of standard error are passed on then.

    Raises:
        CommandError: the program is missing, ran longer than *timeout* seconds, or printed too much.
    """
    child = _start(argv, cwd, env, stdin=stdin is not None, capture_stdout=capture_stdout)
    _running.add(child)
    limit = _TimeLimit(child, timeout)
    limit.start()
    captured = _Capture(child) if capture_stdout else None
    try:
        with waiting():
            if stdin is not None:
                _write_stdin(child, stdin)
            if captured:
                captured.start()
            output = _follow(child, child.stderr if captured else child.stdout, on_line)
            child.wait()
            if captured:
                captured.join(timeout)
        timed_out = limit.passed and child.returncode < 0
    finally:
        limit.cancel()
        _running.discard(child)
        stop_group(child)
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()
    if timed_out:
        command = f"{Path(argv[0]).name} {' '.join(argv[1:])}"
        raise CommandError(f"`{command}` timed out", f"it was stopped after {timeout:.0f} s")
    if captured:
        return Completed(tuple(argv), child.returncode, captured.text(), output)
    return Completed(tuple(argv), child.returncode, output)


def _start(
    argv: list[str] | tuple[str, ...], cwd: Path, env: Mapping[str, str], *, stdin: bool, capture_stdout: bool
) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if capture_stdout else subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(f"{argv[0]} could not be started", str(error.strerror), "Is it installed?") from error


def _follow(child: subprocess.Popen[str], stream: IO[str] | None, on_line: Callable[[str], None]) -> str:
    """Pass on the lines of *stream*, and return the last of them, within the memory limits."""
    assert stream is not None
    lines: deque[str] = deque()
    characters = 0
    for line in bounded_lines(chunks(child, stream, LARGEST_OUTPUT)):
        lines.append(line)
        characters += len(line)
        while len(lines) > KEPT_LINES or characters > KEPT_CHARACTERS:
            characters -= len(lines.popleft())
        on_line(line)
    return "\n".join(lines)


class _TimeLimit(threading.Timer):
    """Stops *child* after *seconds*. *passed* says so already while its group is being stopped."""

    def __init__(self, child: subprocess.Popen[str], seconds: float) -> None:
        super().__init__(seconds, self.stop_child)
        self.child, self.passed = child, False
        self.daemon = True  # does not keep Golive from exiting

    def stop_child(self) -> None:
        self.passed = True
        stop_group(self.child)


class _Capture(threading.Thread):
    """Reads the standard output of *child* while another thread reads its standard error."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self.child = child
        self._text = ""
        self._error: CommandError | None = None

    def run(self) -> None:
        assert self.child.stdout is not None
        try:
            self._text = "".join(chunks(self.child, self.child.stdout, KEPT_CHARACTERS))
        except CommandError as error:
            self._error = error
            stop_group(self.child)

    def text(self) -> str:
        """The text that was read; empty if the thread has not ended.

        Raises:
            CommandError: it was too much.
        """
        if self._error:
            raise self._error
        return self._text


def _write_stdin(child: subprocess.Popen[str], text: str) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it ended before it read its input; its exit code says why
        child.stdin.write(text)
        child.stdin.close()


SIGNALS = 128
"""A shell's exit code for a program that a signal killed: this, and the number of the signal."""


def ended(returncode: int) -> str:
    """How a program ended, for example `ended with exit code 1`."""
    number = -returncode if returncode < 0 else returncode - SIGNALS if returncode > SIGNALS else 0
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"ended with exit code {returncode}"
    more = ", as the system does when memory runs out" if number == signal.SIGKILL else ""
    return f"was killed by {name}{more}"


# ---- stopping


def stop_group(child: subprocess.Popen[str] | subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """Stop *child* and all processes of its group, even if *child* has ended: SIGTERM, then SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except (ProcessLookupError, PermissionError):  # the group is empty; macOS refuses if only zombies are left
            break
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            continue


def group_is_alive(group: int) -> bool:
    """Whether a process of the process group *group* still runs."""
    import psutil

    for child in psutil.process_iter():
        try:
            if os.getpgid(child.pid) == group and child.status() != psutil.STATUS_ZOMBIE:
                return True
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    return False


def pause(seconds: float) -> None:
    """Sleep for *seconds*, for a condition that sends no event.

    Raises:
        Stopped: `stop_running` was called during the wait.
    """
    with waiting():
        if _stopped.wait(seconds):
            raise Stopped("Stopped")


def resume() -> None:
    """Allow `pause` again after `stop_running`."""
    _stopped.clear()


def stop_running() -> None:
    """Stop the commands and pauses that other threads wait for. They raise an error in those threads."""
    _stopped.set()
    for child in list(_running):
        stop_group(child)
