"""Start Golive's agent as a copy of a process that has imported Django: the imports take longer than most questions.

    bin/python tests/agent_server.py SOCKET PRELOADING PROJECT

It runs in the environment of the tests' projects. It imports what the agent imports before its children load a project
like PROJECT for the second time, which the module PRELOADING of the agent finds out. Each connection is one agent.
"""

from __future__ import annotations

import importlib.util
import io
import json
import os
import runpy
import sys
from pathlib import Path

import fork_server

STAND_IN = {
    "DJANGO_SETTINGS_MODULE": "election_cart.settings",
    "DJANGO_SECRET_KEY": "a stand-in " * 5,
    "DEBUG": "False",
}


def main() -> int:
    sys.path.pop(0)  # the folder of the tests
    spec = importlib.util.spec_from_file_location("preloading", sys.argv[2])
    assert spec and spec.loader
    preloading = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(preloading)
    preloading.import_beforehand(_loaded_by(sys.argv[3], preloading))
    return fork_server.listen(sys.argv[1], run)


def _loaded_by(project, preloading) -> list[str]:
    """The names of the modules that the *project* loads and that do not depend on its settings."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.environ.update(STAND_IN)
        sys.path.insert(0, project)
        os.chdir(project)
        import django
        from django.core.checks import run_checks

        django.setup()
        run_checks()
        with os.fdopen(writing, "w") as pipe:
            json.dump(preloading.neutral_modules(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        names = json.load(pipe)
    assert os.waitpid(child, 0)[1] == 0
    return names


def run(streams: list[int], argv: list[str], cwd: str, environment: dict[str, str]) -> int:
    """Become the process that the interpreter with *argv* is in a session of its own, and run it."""
    os.setsid()
    fork_server.become(streams, argv, cwd, environment)
    sys.stdin, sys.stdout, sys.stderr = (
        io.TextIOWrapper(os.fdopen(number, mode, 0, closefd=False), write_through=True)
        for number, mode in enumerate(("rb", "wb", "wb"))
    )
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
    for name in ("fork_server", "preloading"):
        sys.modules.pop(name, None)
    sys.path.insert(0, str(Path(argv[0]).parent))
    runpy.run_path(argv[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
