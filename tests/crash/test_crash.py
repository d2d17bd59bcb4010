"""A sample of the crash matrix; `./dev crashtest` and the nightly run try every point."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


def run_matrix(step):
    environment = {**os.environ, "PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'tests'}"}
    argv = [sys.executable, "-m", "tests.crash.matrix", str(step)]
    return subprocess.run(argv, capture_output=True, text=True, env=environment, cwd=TOP, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="tests.crash.disk reads /proc")
@pytest.mark.parametrize("step", [37, pytest.param(1, marks=[pytest.mark.nightly, pytest.mark.timeout(1800)])])
def test_no_fault_loses_data(step):
    result = run_matrix(step)
    assert result.returncode == 0, result.stdout + result.stderr
    assert ", 0 lost, " in result.stdout
    assert "power" in result.stdout
