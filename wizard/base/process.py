"""Child processes: their own process group, streamed output, time limits, redaction, and none left behind."""

from __future__ import annotations

import codecs
import io
import os
import re
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wizard.base.errors import CommandError, Stopped
from wizard.base.secrets import redact

if TYPE_CHECKING:
    import psutil

MARK = "GOLIVE_CHILD_OF"
"""Environment variable by which children of a killed run are found again; its value names the project."""

PASSED_ON = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "XDG_CACHE_HOME",
)  # fmt: skip
"""What a production-like child keeps of the person's own environment: nothing that configures Django."""

PRIVATE = re.compile(r"GOLIVE_|RAILWAY_(API_)?TOKEN$|DJANGO_SUPERUSER_|SENTRY_(AUTH_TOKEN|ORG)$|UPTIMEROBOT_API_KEY$")
"""Variables that Golive reads itself and no program it starts needs: tokens, answers, and the owner's account."""

KEPT_LINES, KEPT_SIGNS = 20_000, 8_000_000
"""How much of the end of a command's output is kept in memory, in lines and characters; all of it was passed on."""


LARGEST_OUTPUT = 1 << 30
"""Characters that a command may print before it is stopped."""
LINGER = 1.0
"""Seconds that are waited for output after a command has ended: what it left running may hold the pipe for ever."""
LONGEST, MARGIN = 1 << 16, 1 << 13
"""Characters of a line that are kept, and those after them that no secret is longer than."""


@dataclass
class Spent:
    """Seconds spent waiting for children, and how many interpreters of the project were started."""

    seconds: float = 0.0
    interpreters: int = 0


spent = Spent()
_running: set[subprocess.Popen[str]] = set()


_waits = threading.Lock()
_waiting: list[float] = []


@contextmanager
def waiting() -> Iterator[None]:
    """Count the time inside as time of child processes; threads that wait beside each other count once."""
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
    """Megabytes this process held at most, its children not counted."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)  # macOS counts bytes, Linux kilobytes


def bare_environment(**extra: str) -> dict[str, str]:
    """The environment of a production-like child: what every process needs, and *extra*."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **extra}


def own_environment() -> dict[str, str]:
    """The person's own environment, for git, pip and the project as it runs here, without what is Golive's alone."""
    return {name: value for name, value in os.environ.items() if not PRIVATE.match(name)}


def marked(environment: Mapping[str, str], project: Path) -> dict[str, str]:
    return {**environment, MARK: str(project)}


@dataclass(frozen=True)
class Completed:
    argv: tuple[str, ...]
    returncode: int
    output: str
    errors: str = ""
    """Standard error, where it was taken apart from *output*; that is then as it came, secrets and all."""

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
    apart: bool = False,
) -> Completed:
    """Run *argv* to its end, passing on each line of output, redacted.

    *stdin* is given to it. *apart*: its results (standard output) are kept as they came and passed on to nobody.

    Raises:
        CommandError: the program is missing, ran longer than *timeout* seconds, or printed without end.
    """
    try:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if apart else subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise CommandError(f"{argv[0]} could not be started", str(error.strerror), "Is it installed?") from error
    _running.add(child)
    late = threading.Timer(timeout, stop_group, [child])
    late.daemon = True  # whoever leaves in between need not wait for it
    late.start()
    results: list[str | CommandError] = []
    beside = threading.Thread(target=_gather, args=(child, results), daemon=True)
    lines: deque[str] = deque()
    kept = 0
    try:
        with waiting():
            if stdin is not None:
                _give(child, stdin)
            if apart:
                beside.start()
            told = child.stderr if apart else child.stdout
            assert told is not None
            for line in bounded(chunks(child, told, LARGEST_OUTPUT)):
                lines.append(line)
                kept += len(line)
                while len(lines) > KEPT_LINES or kept > KEPT_SIGNS:
                    kept -= len(lines.popleft())
                on_line(line)
            child.wait()
            if apart:
                beside.join(timeout)
        timed_out = not late.is_alive() and child.returncode < 0
    finally:
        late.cancel()
        _running.discard(child)
        stop_group(child)
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()
    if timed_out:
        raise CommandError(
            f"{Path(argv[0]).name} {' '.join(argv[1:])}", f"no end after {timeout:.0f} s; it was stopped"
        )
    told_lines = "\n".join(lines)
    if apart:
        found = results[0] if results else ""
        if isinstance(found, CommandError):
            raise found
        return Completed(tuple(argv), child.returncode, found, told_lines)
    return Completed(tuple(argv), child.returncode, told_lines)


def chunks(child: subprocess.Popen[Any], stream: IO[Any], most: int | None = None) -> Iterator[str]:
    """The text of *stream* as it comes, until it ends or *child* has.

    Raises:
        CommandError: it is more than *most* characters.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=True)
    printed, last = 0, 0.0
    while True:
        ready, _, _ = select.select([stream], [], [], LINGER)
        data = os.read(stream.fileno(), 1 << 16) if ready else b""
        if ready and not data:
            yield decoder.decode(b"", final=True)
            return
        text = decoder.decode(data)
        printed += len(text)
        if most is not None and printed > most:
            name = " ".join([Path(str(child.args[0])).name, *map(str, child.args[1:])])  # type: ignore[index]
            raise CommandError(name, f"it printed more than {most:,} characters, and was stopped")
        yield text
        if child.poll() is not None:
            last = last or time.monotonic() + LINGER
            if time.monotonic() > last:
                return


def bounded(texts: Iterable[str]) -> Iterator[str]:
    """The lines of *texts*, redacted; of one that has no end only the beginning is kept."""
    line, length = "", 0
    for text in texts:
        for index, part in enumerate(text.split("\n")):
            if index:
                yield _cut(line, length)
                line, length = "", 0
            line += part[: LONGEST + MARGIN - len(line)]
            length += len(part)
    if length:
        yield _cut(line, length)


def _cut(line: str, length: int) -> str:
    """What is told of a line of *length* characters that begins with *line*."""
    if length <= LONGEST + MARGIN:
        return redact(line)
    # A secret that the limit cuts lies in the margin, which is left out.
    return f"{redact(line)[:LONGEST]} … and {length - LONGEST:,} more characters"


def _gather(child: subprocess.Popen[str], results: list[str | CommandError]) -> None:
    """Put what *child* prints on its standard output into *results*, or why that can't be had."""
    assert child.stdout is not None
    try:
        results.append("".join(chunks(child, child.stdout, KEPT_SIGNS)))
    except CommandError as error:
        results.append(error)
        stop_group(child)


def keep_log(child: subprocess.Popen[bytes], log: Path, most: int = KEPT_SIGNS) -> threading.Thread:
    """Write the lines that *child* prints to a new *log*, redacted. After *most* bytes the log begins anew.

    The project's code may print secrets. It writes to a pipe instead of the file, so that none reaches the disk.
    """
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    stream = child.stdout
    assert stream is not None

    def keep() -> None:
        with suppress(OSError, ValueError):  # a full disk, or the stream was closed: the program goes on all the same
            for line in bounded(chunks(child, stream)):
                if os.fstat(file).st_size > most:
                    os.ftruncate(file, 0)
                    os.lseek(file, 0, os.SEEK_SET)
                os.write(file, f"{line}\n".encode("utf-8", "replace"))
        os.close(file)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    return thread


def _give(child: subprocess.Popen[str], text: str) -> None:
    assert child.stdin is not None
    with suppress(BrokenPipeError):  # it ended before it read; its exit code says why
        child.stdin.write(text)
        child.stdin.close()


def stop_group(child: subprocess.Popen[str] | subprocess.Popen[bytes], grace: float = 5.0) -> None:
    """End a child and everything that it started in its group, even if it has ended itself: politely, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except (ProcessLookupError, PermissionError):  # nobody is left; macOS refuses where only zombies are
            break
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            continue


_halted = threading.Event()


def pause(seconds: float) -> None:
    """Wait where nothing tells when something is ready.

    Raises:
        Stopped: somebody called `stop_running` meanwhile.
    """
    with waiting():
        if _halted.wait(seconds):
            raise Stopped("Stopped")


def resume() -> None:
    """Waits last again, after a stop."""
    _halted.clear()


def stop_running() -> None:
    """End the commands and pauses that other threads wait for; these then see them fail."""
    _halted.set()
    for child in list(_running):
        stop_group(child)


def stop_leftovers(project: Path) -> int:
    """Stop what a killed run, or the project's code, left behind; returns how many processes that were."""
    import psutil

    found = running_of(project)
    for each in found:
        with suppress(psutil.Error):  # it has ended meanwhile
            each.kill()
    deadline, alive = time.monotonic() + 5, found
    while alive and time.monotonic() < deadline:
        psutil.wait_procs(alive, timeout=0.05)
        alive = running_of(project)  # in a container without an init nobody collects those that have ended
    return len(found)


def running_of(project: Path) -> list[psutil.Process]:
    """The processes that carry the project's mark and still run, this one left out."""
    import psutil

    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):  # it is another user's, or has ended
            marked_so = each.pid != os.getpid() and each.environ().get(MARK) == str(project)
            if marked_so and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
    return found
