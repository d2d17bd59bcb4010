"""Tests run `golive` in a copy of a process that has imported it. It behaves as a new interpreter does."""

from __future__ import annotations

import os
import subprocess

import psutil
import pytest

from tests.cli_runner import golive


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["status", "--project", "."], 0), (["report", "."], 0), (["--only", "99"], 2), (["check", "nowhere"], 5),
     (["completion", "bash"], 0), (["--help"], 0)],
    ids=str,
)  # fmt: skip
def test_a_copy_prints_what_a_new_interpreter_prints(arguments, code, shop):
    copy, program = golive(*arguments, cwd=shop), golive(*arguments, cwd=shop, new_program=True)
    assert (copy.returncode, copy.stdout, copy.stderr) == (program.returncode, program.stdout, program.stderr)
    assert copy.returncode == code and copy.stdout + copy.stderr


def test_a_copy_has_the_environment_and_the_streams_that_it_is_given(shop, tmp_path):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path / "nobody"), "GOLIVE_DATABASE_URL": "nonsense"}
    outputs = []
    for new_program in (False, True):
        with (tmp_path / "output").open("w+") as output:
            arguments = ("plan", "2", "--python", "/nowhere", "--project", ".")
            result = golive(*arguments, cwd=shop, env=environment, new_program=new_program, stdout=output,
                            stderr=subprocess.STDOUT)  # fmt: skip
            output.seek(0)
            outputs.append((result.returncode, output.read()))
            assert (result.stdout, result.stderr) == (None, None)
    assert outputs[0] == outputs[1]
    assert "trust" in outputs[0][1], "the folder is trusted in the configuration of the tests only"


def test_a_copy_that_takes_too_long_is_killed(shop):
    """Its interpreter waits for a reader of a pipe."""
    pipe, interpreter = shop / "pipe", shop / "interpreter"
    os.mkfifo(pipe)
    interpreter.write_text(f"#!/bin/sh\necho $PPID >>{shop}/parents\necho >{pipe}\n")
    interpreter.chmod(0o755)
    with pytest.raises(subprocess.TimeoutExpired):
        golive("plan", "2", python=interpreter, project=shop, timeout=1)
    parents = (shop / "parents").read_text().split()
    pipe.open().close()
    assert parents and not [parent for parent in parents if psutil.pid_exists(int(parent))]
