"""Find the error that ended a program in what it printed: the exception of a traceback, or the program's own line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wizard.base.secrets import redact

Frame = tuple[str, int]
"""A file and a line of a traceback."""

HEADING = "Traceback (most recent call last):"
TRACEBACK = re.compile(
    r"^(?P<indent>[\s|+]*)(?P<before>\S.*?)??(?:Exception Group )?Traceback \(most recent call last\):\s*$"
)
FRAME = re.compile(r"^[\s|]+File \"(?P<file>[^\"]+)\", line (?P<line>\d+)(?:, in .*)?$")
DIRECT_CAUSE = "The above exception was the direct cause of the following exception"
ANOTHER = "During handling of the above exception, another exception occurred"
EXCEPTION = re.compile(
    r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exists|Exist|Denied|Configured|Warning|Exit|Found)\b(?::|$)"
)
"""An exception that a program prints without a traceback, as `manage.py` does with `CommandError: …`."""
ERROR = re.compile(
    r"""
      ^\s*(?:[\w./-]+:\s)*(?:fatal|error|panic|critical)\b[\s:\]!]    # git, compilers, pip, uv
    | \[(?:error|critical|fatal|alert|emerg)\]                        # gunicorn, nginx
    | ^\s*(?:npm|pnpm|yarn)\s(?:err!|error)\s
    | \b(?:ERROR|CRITICAL|FATAL)\b
    | :\s(?:command\s)?not\sfound\s*$
    | \b(?:permission\sdenied|no\ssuch\sfile\sor\sdirectory|can't\sopen\sfile|no\sspace\sleft\son\sdevice
      |is\sa\sdirectory|read-only\sfile\ssystem|address\salready\sin\suse|connection\srefused|exec\sformat\serror
      |segmentation\sfault|syntax\serror|out\sof\smemory|cannot\sallocate\smemory|disk\squota\sexceeded)\b
    | ^E:\s | ^\s*×\s
    | ^\s*unknown\s(?:command|option|argument) | ^\s*(?:failed|unable|cannot|can't|could\snot|couldn't)\s(?:to\s)?\w
    """,
    re.VERBOSE | re.IGNORECASE,
)
CONSEQUENCE = re.compile(
    r"""
      ^\s*(?:type|try|run|see|for\smore)\s.*(?:help|usage|details|information)
    | Worker\sfailed\sto\sboot | \[ERROR\]\sReason: | Can't\sconnect\sto\s\( | \bHaltServer\b
    | Shutting\sdown:\sMaster | \(pid:\s?\d+\)\s(?:exited\swith\scode|was\ssent\sSIGABRT)
    | Exception\sin\sworker\sprocess | Error\shandling\srequest\s
    | \bA\scomplete\slog\sof\sthis\srun | \b(?:ELIFECYCLE|errno|syscall)\b
    | npm\s(?:err!|error)\s(?:code|errno|syscall|path|cwd|command|signal|type|Exit|Lifecycle)
    | npm\s(?:err!|error)\s(?:network\s)?(?:This\sis|In\smost|'proxy'|If\syou\sare|\s+at\s|\s+\w+:\s|}|https?:\S+$)
    | npm\s(?:err!|error)(?:\snetwork)?\s*$
    | subprocess-exited-with-error | This\serror\soriginates\sfrom | See\sabove\sfor\soutput
    | ^\s*(?:hint|note|\[notice\]|warning)\b
    | (?:Internal\sServer\sError|Service\sUnavailable|Bad\sRequest|Bad\sGateway|Gateway\sTimeout):\s/
    | exit(?:ed\swith)?\s(?:code|status)\s\d+\s*$
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Error lines that only repeat that something failed. The cause is in another line."""
GIVEN_CAUSE = re.compile(r"\s+caused?(?: by)?:", re.IGNORECASE)
"""The line below an error in which uv says why."""
STOPPED = re.compile(r"was sent SIG(TERM|INT)|Handling signal: (term|int)|\bSIGTERM\b|KeyboardInterrupt")
"""Lines about a stop that Golive, or the platform, asked for."""
KILLED = re.compile(r"\((pid:\s?\d+)\) was sent SIGKILL")
INDIRECT = ("SystemExit", "KeyboardInterrupt")
"""Exceptions by which a program is stopped. The line before them says why."""
LONGEST = 300
MOST_LINES = 200
"""How far the lines reach that continue an error."""
LONGEST_HEADING = 1_000
"""The most characters of a line that begins a traceback, with what a log writes before it."""


@dataclass(frozen=True)
class ErrorLine:
    """The line that says why a program failed.

    Arguments:
        text: the line, in one line, without its indentation.
        frames: files and lines of its traceback, the deepest last; empty without a traceback.
        root: the exception that led to this one, if the program names it as the cause.
    """

    text: str
    frames: tuple[Frame, ...] = ()
    root: str = ""

    @property
    def is_exception(self) -> bool:
        """Whether Python raised it, so that it names code and not a command."""
        return bool(self.frames) or bool(EXCEPTION.match(self.text))

    @property
    def full(self) -> str:
        """The line, with the root cause if the line does not repeat it."""
        _, _, message = self.root.partition(": ")
        if not self.root or (message or self.root) in self.text:
            return self.text[:LONGEST]
        return f"{self.text[:LONGEST]} (because of {self.root[:LONGEST]})"


def last_error(output: str, *, ended: bool = True) -> ErrorLine | None:
    """The error of the program which printed *output*; None if it printed none.

    Of several, that is the last, because a program goes on after an error that it handles. A line that only says that
    something failed comes after those that say what. If the program *ended*, its last line counts as an error.
    """
    lines = redact(output).splitlines()  # before they are cut: half a secret is not recognised
    found = list(_errors(lines))
    telling = [error for error, tells in found if tells]
    if telling:
        return telling[-1]
    if not ended:
        return None
    rest = [line.strip() for line in lines if line.strip() and not STOPPED.search(line)]
    last = next((line for line in reversed(rest) if not CONSEQUENCE.search(line)), rest[-1] if rest else "")
    if found and (not last or CONSEQUENCE.search(rest[-1])):
        return found[-1][0]
    return ErrorLine(last[:LONGEST]) if last else None


def last_traceback(output: str) -> ErrorLine | None:
    """The exception of the last traceback in *output*; None if there is none."""
    tracebacks = [error for error, _ in _errors(redact(output).splitlines()) if error.frames]
    return tracebacks[-1] if tracebacks else None


def _errors(lines: Sequence[str]) -> Iterator[tuple[ErrorLine, bool]]:
    """The errors in *lines*, each with whether it says what failed."""
    index, previous, link = 0, None, ""
    before = ""
    while index < len(lines):
        line = lines[index]
        # The pattern needs quadratic time for a long line.
        if HEADING in line and len(line) <= LONGEST_HEADING and (match := TRACEBACK.match(line)):
            error, index = _traceback(lines, index + 1, "" if match["before"] else match["indent"])
            if previous and link:
                error = _after(error, previous, direct=link == DIRECT_CAUSE)
            if error.text.startswith(INDIRECT) and before:
                error = replace(error, text=before)
            if error.text:
                yield error, not (error.text.startswith(INDIRECT) or CONSEQUENCE.search(error.text))
            previous, link = error, ""
            continue
        index += 1
        text = line.strip()
        if text.strip(":").endswith((DIRECT_CAUSE, ANOTHER)):
            link = DIRECT_CAUSE if DIRECT_CAUSE in text else ANOTHER
        elif not text or STOPPED.search(text):
            continue
        elif EXCEPTION.match(text) or ERROR.search(text):
            killed = KILLED.search(text)  # gunicorn kills a worker that takes too long
            tells = not CONSEQUENCE.search(text) and not (killed and f"WORKER TIMEOUT ({killed[1]})" in before)
            before = text[:LONGEST] if tells else before
            yield ErrorLine(_with_continuation(text, lines[index : index + MOST_LINES])), tells


def _after(error: ErrorLine, previous: ErrorLine, *, direct: bool) -> ErrorLine:
    """*error*, which was raised after *previous*.

    If that is its cause, its lines are deeper: its traceback begins where it was caught.
    """
    message = previous.text.partition(": ")[2]
    deeper = direct or bool(message and message in error.text)
    frames = (*error.frames, *previous.frames) if deeper else (*previous.frames, *error.frames)
    return replace(error, root=(previous.root or previous.text) if direct else "", frames=frames)


def _traceback(lines: Sequence[str], index: int, indent: str) -> tuple[ErrorLine, int]:
    """The exception whose frames begin at *index*, and the index of the line after it."""
    frames = list[Frame]()
    while index < len(lines):
        line = lines[index]
        if frame := FRAME.match(line):
            frames.append((frame["file"], int(frame["line"])))
        elif line.strip(" \t|") and not line.removeprefix(indent).startswith((" ", "\t")):
            text = line.removeprefix(indent).strip()
            return ErrorLine(_with_continuation(text, lines[index + 1 : index + MOST_LINES]), tuple(frames)), index + 1
        index += 1
    return ErrorLine("", tuple(frames)), index


def _with_continuation(text: str, following: Sequence[str]) -> str:
    """*text* with what it announces: the first error of a list, or the fields of a validation error."""
    if "System check identified" in text:
        rest = iter(following)
        for line in rest:
            if line.strip() == "ERRORS:":
                return f"{text.rstrip(':')}: {next((item.strip() for item in rest if item.strip()), '')}"[:LONGEST]
    if following and GIVEN_CAUSE.match(following[0]):
        return f"{text}: {following[0].strip()}"[:LONGEST]
    if re.search(r":$|validation errors? for \S+$", text):
        more = list[str]()
        for line in following[:6]:
            if not line.strip() or HEADING in line or len(more) == 2:
                break
            more.append(line.strip())
        return " ".join([text, *more])[:LONGEST]
    return text[:LONGEST]
