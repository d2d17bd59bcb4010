"""Start the agent of the tests' shared environment as a copy of a process that has imported Django and its libraries.

For the sample, these imports are most of what an agent does. Its program is started wherever a copy would differ: for
another interpreter, by a new program, and in tests with the fixture `new_agents`.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

from wizard.base import process
from wizard.project import interpreter

SERVER = Path(__file__).with_name("agent_server.py")
SAMPLE = Path(__file__).parent / "projects" / "election_cart" / "backend"
OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG", "LD_", "DYLD_", "TZ")
"""Variables that an interpreter reads when it starts."""

served: list[object] = []
"""The interpreter of which agents are copies, the address of their server, and its variables of the interpreter."""


class CopiedAgent:
    """The process of an agent that the server has started, with the part of `Popen` that Golive uses."""

    def __init__(self, argv, *, cwd, env, stderr):
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(served[1])
        requests, writing = os.pipe()
        reading, answers = os.pipe()
        socket.send_fds(self._connection, [b" "], [requests, answers, stderr.fileno()])
        request = {"argv": argv[1:], "cwd": str(cwd), "environment": env}
        self._connection.sendall(json.dumps(request).encode() + b"\n")
        os.close(requests)
        os.close(answers)
        self.stdin, self.stdout = os.fdopen(writing, "wb"), os.fdopen(reading, "rb")
        self._lines = self._connection.makefile("rb", 0)
        self.args, self.pid, self.returncode = argv, int(self._lines.readline()), None

    def wait(self, timeout=None):
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._connection.close()
        return self.returncode

    def poll(self):
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None


def start(argv, *, stdin, stdout, stderr, cwd, env, start_new_session):
    """Start the program *argv* as `Popen` does, or as a copy if it is an agent of the shared environment."""
    if served and argv == [served[0], str(interpreter.AGENT)] and _of_the_interpreter(env) == served[2]:
        return CopiedAgent(argv, cwd=cwd, env=env, stderr=stderr)
    return subprocess.Popen(argv, stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, env=env,
                            start_new_session=start_new_session)  # fmt: skip


def _of_the_interpreter(environment):
    return {name: value for name, value in environment.items() if name.startswith(OF_THE_INTERPRETER)}


def use(*server):
    """Let this process start copies of *server* from now on."""
    served[:] = server
    interpreter.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start})


def serve(python):
    """Start a server of agents of the interpreter *python*, and use it. It ends with this process."""
    folder = tempfile.mkdtemp(prefix="golive-tests-agents-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    argv = [python, SERVER, f"{folder}/server", interpreter.AGENT.with_name("preloading.py"), SAMPLE]
    environment = process.bare_environment()
    child = subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(child.communicate)  # closes its input
    assert child.stdout.readline() == b"ready\n"
    use(python, f"{folder}/server", _of_the_interpreter(environment))
