"""Run `golive` in a process of its own, as a user does."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path

from tests import agent_copies

TOP = Path(__file__).parents[1]
"""The repository."""
GOLIVE = (sys.executable, "-m", "wizard")
STREAMS = ("stdin", "stdout", "stderr")


def golive(*arguments, python=None, project=None, cwd=TOP, env=None, timeout=600, new_program=False, **options):
    """Run `golive` with *arguments* and return the finished process, whatever its exit code.

    *python* and *project* are passed as options. *env* replaces the environment. The output is captured as text, unless
    *options* of `subprocess.run` redirect it. The process is a copy of one that has imported Golive, which saves half
    a second. With *new_program* it is a new interpreter, whose command line and environment other processes can read.
    """
    command = [*GOLIVE, *map(str, arguments)]
    for name, value in (("--python", python), ("--project", project)):
        command += [name, str(value)] if value else []
    environment = {"PYTHONPATH": str(TOP), **(os.environ if env is None else env)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    if new_program or not _can_be_copied(environment, options):
        return subprocess.run(command, cwd=cwd, env=environment, timeout=timeout, text=True, check=False, **streams)
    return _run_copy(command, cwd, environment, timeout, streams)


@cache
def uv():
    """The uv on PATH, or else the one that ./dev puts into this environment. None if there is none."""
    return shutil.which("uv") or shutil.which("uv", path=Path(sys.executable).parents[1] / "uv" / "bin")


def with_uv():
    """The environment, with uv on PATH if there is one. Golive then installs a release in less time than with pip."""
    return {**os.environ, "PATH": f"{os.environ['PATH']}{os.pathsep}{Path(uv()).parent}"} if uv() else None


def was_slow(run):
    """Whether task 22 ended *run* because of the site's response times. Other tests may have kept the machine busy."""
    return bool(run.returncode) and "✘ 22.1 API responses take less than" in run.stderr


def _can_be_copied(environment, options):
    """Whether a copy behaves as a new interpreter would: variables of the interpreter itself are the same."""
    own = {"PYTHONPATH": str(TOP), **os.environ}
    changed = {name for name in environment.keys() | own.keys() if environment.get(name) != own.get(name)}
    measured = "COVERAGE_PROCESS_CONFIG" in environment
    interpreter = any(name.startswith(("PYTHON", "LC_", "LANG", "LD_", "TZ")) for name in changed)
    return not (measured or interpreter or set(options) - set(STREAMS))


def _run_copy(command, cwd, environment, timeout, streams):
    """Run *command* in a copy of the process that has imported Golive, as `subprocess.run` would."""
    with contextlib.ExitStack() as closed_here, socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(_server())
        passed, outputs = [], []
        for number, name in enumerate(STREAMS):
            stream = streams.get(name, number)
            if stream is subprocess.PIPE:
                reading, stream = os.pipe()
                outputs.append(_Output(reading))
                closed_here.callback(os.close, stream)
            elif stream is subprocess.DEVNULL:
                stream = closed_here.enter_context(Path(os.devnull).open("r+b"))
            elif stream is subprocess.STDOUT:
                stream = passed[1]
            passed.append(stream if isinstance(stream, int) else stream.fileno())
        request = {"argv": command[len(GOLIVE) :], "cwd": str(cwd), "environment": environment,
                   "agents": agent_copies.served}  # fmt: skip
        socket.send_fds(connection, [b" "], passed)
        connection.sendall(json.dumps(request).encode() + b"\n")
        closed_here.pop_all().close()
        answers = connection.makefile()
        number = int(answers.readline())
        try:
            code = int(answers.readline())
        except BaseException as error:
            os.kill(number, signal.SIGKILL)
            connection.settimeout(None)
            connection.recv(16)  # it has ended
            if isinstance(error, TimeoutError):
                raise subprocess.TimeoutExpired(command, timeout) from None
            raise
    texts = dict(zip((name for name in STREAMS if streams.get(name) is subprocess.PIPE), outputs, strict=True))
    return subprocess.CompletedProcess(command, code, *(texts[name].text() if name in texts else None
                                                       for name in STREAMS[1:]))  # fmt: skip


class _Output:
    """Reads a pipe to its end in a thread."""

    def __init__(self, reading):
        self._content = ""
        self._thread = threading.Thread(target=self._read, args=(reading,), daemon=True)
        self._thread.start()

    def _read(self, reading):
        with open(reading) as file:  # noqa: PTH123 - it is a number
            self._content = file.read()

    def text(self):
        self._thread.join()
        return self._content


@cache
def _server():
    """The address of the server of copies. It ends with this process."""
    folder = tempfile.mkdtemp(prefix="golive-tests-copies-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    address = f"{folder}/server"
    argv = [sys.executable, "-m", "tests.fork_server", address]
    environment = {"PYTHONPATH": str(TOP), **os.environ}
    child = subprocess.Popen(argv, cwd=TOP, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(child.communicate)  # closes its input
    assert child.stdout.readline() == b"ready\n"
    return address
