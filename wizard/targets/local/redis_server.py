"""A temporary Redis server on loopback for the rehearsal."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from wizard.base import process
from wizard.base.errors import CommandError

PREFIX = "golive-redis-"
START_SECONDS = 20.0
USUAL_PORT = 6379


class RedisServer:
    """A server without data.

    Arguments:
        project: the project's folder, by which a later run finds processes that were left behind.
        program: the server's program.
        password: whether clients need a password. Settings that know host and port only have no place for one.
    """

    def __init__(self, project: Path, program: Path, *, password: bool = True) -> None:
        self.project, self.program = project, program
        self.password = secrets.token_urlsafe(24) if password else ""
        self.port = 0
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._server: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "") -> str:
        """Return the server's URL, with the number of a *database* if one is given."""
        login = f"default:{self.password}@" if self.password else ""
        return f"redis://{login}127.0.0.1:{self.port}" + (f"/{database}" if database else "")

    @property
    def version(self) -> str:
        lines = str(self.ask("INFO", "server")).splitlines()
        found = {name: value for name, _, value in (line.partition(":") for line in lines)}
        return found.get("valkey_version") or found.get("redis_version", "")

    def start(self, *, port: int = 0) -> None:
        """Start the server and wait until it answers.

        Raises:
            CommandError: it does not start. Has the end of its log.
        """
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port = free.getsockname()[1]
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {self._folder}", 'save ""', "appendonly no"]
        lines += [f"requirepass {self.password}"] if self.password else ["protected-mode no"]
        log = self._folder / "log"
        with log.open("ab") as output:  # a pipe without a reader would fill up and block the server
            self._server = subprocess.Popen(
                [str(self.program), "-"], cwd=self._folder, stdin=subprocess.PIPE, stdout=output,
                stderr=subprocess.STDOUT, env=process.marked(process.bare_environment(LC_ALL="C"), self.project),
                start_new_session=True,
            )  # fmt: skip
        assert self._server.stdin is not None
        with self._server.stdin as configuration:  # the command line would show the password to all users
            configuration.write("\n".join(lines).encode())
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline:
                last = log.read_text("utf-8", "replace").splitlines()[-3:]
                self.stop()
                raise CommandError("Redis does not start", " / ".join(last), "Install another Redis server.")
            process.pause(0.02)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING") == "PONG")
        except OSError:
            return False

    def ask(self, *words: str) -> Any:
        """Return the server's answer to one command.

        Raises:
            OSError: it can't be reached, or reports an error.
        """
        commands = [("AUTH", self.password)] if self.password else []
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            stream = connection.makefile("rwb")
            for command in (*commands, words):
                stream.write(f"*{len(command)}\r\n".encode())
                for word in command:
                    content = word.encode()
                    stream.write(b"$%d\r\n%s\r\n" % (len(content), content))
            stream.flush()
            return [_reply(stream) for _ in (*commands, words)][-1]

    def stop(self) -> None:
        if self._server is not None:
            process.stop_group(self._server)
            self._server = None
        shutil.rmtree(self._folder, ignore_errors=True)


def _reply(stream: Any) -> Any:
    """Read one answer. Source: the specification of Redis' protocol RESP2."""
    line = stream.readline().rstrip(b"\r\n").decode()
    kind, text = line[:1], line[1:]
    if kind == "$":
        return None if text == "-1" else stream.read(int(text) + 2)[:-2].decode("utf-8", "replace")
    if kind == "*":
        return [_reply(stream) for _ in range(int(text))]
    if kind == ":":
        return int(text)
    if kind == "+":
        return text
    raise ConnectionError(f"Redis answers: {text or 'nothing'}")
