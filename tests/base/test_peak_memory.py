"""The peak memory that a run reports is its own, and not that of the program that started it."""

from __future__ import annotations

import subprocess
import sys

from tests.cli_runner import TOP

PROGRAM = "from wizard.base.process import peak_memory; used = bytearray(40 << 20); print(peak_memory())"
LARGE = f"""
import subprocess, sys
used = bytearray(200 << 20)
print(subprocess.run([sys.executable, "-c", {PROGRAM!r}], capture_output=True, text=True, check=True).stdout)
"""


def test_the_peak_is_that_of_the_process_alone():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True, cwd=TOP)
    assert 40 < float(done.stdout) < 120
