"""A command that runs for too long is stopped, and said to be."""

from __future__ import annotations

import os
import threading

import pytest

from wizard.base import process
from wizard.base.errors import CommandError


def test_a_command_is_late_also_while_its_group_is_still_being_stopped(tmp_path, monkeypatch):
    read, stop_group = threading.Event(), process.stop_group

    def stop_slowly(child):
        stop_group(child)
        if threading.current_thread() is not threading.main_thread():
            read.wait(5)

    monkeypatch.setattr(process, "stop_group", stop_slowly)
    with pytest.raises(CommandError, match="timed out: it was stopped after 0 s"):
        process.run(["/bin/sleep", "60"], cwd=tmp_path, env=dict(os.environ), timeout=0.1)
    read.set()
