"""The private network of a rehearsal: its processes run in a network namespace, and a gateway relays chosen ports."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wizard.base import process

FOLDER = Path(__file__).parent
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from {module} import main; main(sys.argv[2])".format(
    module="wizard.targets.local.private_network.gateway"
)
SECONDS = 15.0
"""How long the gateway may take to answer."""


class PrivateNetwork:
    """A network namespace. Start it with `start`; `problem` says why it can't be used.

    Arguments:
        project: the project's folder, which marks the processes of the gateway.
        folder: the folder in which attempts to reach other hosts are recorded.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        self.project, self.folder = project, folder
        self.problem = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._process = 0
        self._pending = b""

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self, allowed: Sequence[str]) -> None:
        """Start the gateway, which lets processes reach this machine's loopback and the hosts *allowed*."""
        if sys.platform != "linux":
            self.problem = "only Linux has network namespaces"
            return
        argv = [sys.executable, "-I", "-S", "-c", PROGRAM, str(FOLDER.parents[3]), str(self.folder)]
        self._child = subprocess.Popen(
            argv, cwd="/", env=process.marked(process.bare_environment(), self.project), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        answer = self._read()
        self.problem = str(answer.get("error", ""))
        self._process = int(answer.get("process", 0))
        if not self.problem:
            self.problem = str(self._ask(allow=list(allowed), refresh=True).get("error", "")) or self._try_launcher()
        if self.problem:
            self.stop()

    def _try_launcher(self) -> str:
        """Run a program that does nothing. Returns the error, or an empty text."""
        command = [*self._prefix(), "/bin/sh", "-c", ":"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=process.bare_environment())
        lines = done.stderr.strip().splitlines()
        return (lines[-1] if lines else f"exit code {done.returncode}") if done.returncode else ""

    def _prefix(self) -> list[str]:
        return [sys.executable, "-I", "-S", str(FOLDER / "launcher.py"), str(self._process)]

    def serve(self, port: int) -> str:
        """Relay *port* of this machine's loopback to the one inside. Returns the error, or an empty text."""
        return str(self._ask(serve=port).get("error", ""))

    def command(self, argv: Sequence[str]) -> list[str]:
        """Return the command that runs *argv* inside. It may use the ports on which this machine listens now."""
        if not self.running:
            return list(argv)
        if error := self._ask(refresh=True).get("error"):
            self.problem = str(error)
            self.stop()
            return list(argv)
        return [*self._prefix(), *argv]

    def _ask(self, **request: Any) -> dict[str, Any]:
        child = self._child
        if child is None or child.stdin is None or child.poll() is not None:
            return {"error": "the gateway has ended"}
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        """The next line of the gateway; an error if none arrives."""
        assert self._child is not None and self._child.stdout is not None
        while b"\n" not in self._pending:
            ready, _, _ = select.select([self._child.stdout], [], [], SECONDS)
            data = self._child.stdout.read1(1 << 16) if ready else b""  # type: ignore[attr-defined]
            if not data:
                return {"error": "the gateway gave no answer"}
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return dict(json.loads(line))

    def stop(self) -> None:
        """End the gateway. Processes inside then reach nothing but each other."""
        child, self._child = self._child, None
        if child is None:
            return
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()
        try:
            child.wait(2)
        except subprocess.TimeoutExpired:
            process.stop_group(child)
