"""A closed terminal and a cancelled run end Golive as Ctrl+C does, so that the servers that it started end, too."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

COMMAND = """
import signal, sys, types

def run(options):
    try:
        print("running", flush=True)
        print("went on" if sys.stdin.readline() else "left", flush=True)
    finally:
        print("servers ended", flush=True)
    return 0

module = sys.modules["wizard.cli.commands.version"] = types.ModuleType("version")
module.run = run
if len(sys.argv) > 1:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
from wizard.cli.main import main

sys.exit(main(["version"]))
"""


def ended(number, *arguments):
    """The exit code and the output after the signal *number*, and the input of a line."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout.readline() == "running\n"
        child.send_signal(number)
        if not arguments:
            child.wait(60)
        shown, wrong = child.communicate("\n" if arguments else None, timeout=60)
    return child.returncode, shown, wrong


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_what_was_started(number):
    assert ended(number) == (130, "servers ended\n", "golive: interrupted. Run it again to resume.\n")


def test_a_run_under_nohup_goes_on_when_the_terminal_closes():
    assert ended(signal.SIGHUP, "nohup") == (0, "went on\nservers ended\n", "")
