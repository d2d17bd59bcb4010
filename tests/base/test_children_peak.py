"""The bench's measurement of memory counts all processes below one, and not that one itself."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from tests.bench import memory
from tests.bench.memory import ChildrenPeak

GENERATION = """
import subprocess, sys
held, younger = bytearray(b"x") * (30 << 20), int(sys.argv[2]) - 1
if younger:
    command = [sys.executable, "-c", sys.argv[1], sys.argv[1], str(younger)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE)
input()
if younger:
    child.communicate(b"end")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_children_and_theirs_is_added(monkeypatch):
    monkeypatch.setattr(memory, "INTERVAL", 0.02)
    root = subprocess.Popen([sys.executable, "-c", GENERATION, GENERATION, "3"], stdin=subprocess.PIPE)
    with ChildrenPeak(root.pid) as peak:
        end = time.monotonic() + 30
        while peak.megabytes < 60 and time.monotonic() < end:
            peak.sampled.wait(1)
            peak.sampled.clear()
        root.communicate(b"end")
    assert 60 < peak.megabytes < 90, "30 MB each, and the interpreter's own"
    assert peak.processes == 2
