"""A service that listens on another port than the platform's is told at once, and a rehearsal starts few workers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from wizard.targets.local import listening
from wizard.targets.local.listening import Listening
from wizard.targets.local.start_command import bind_to_loopback

SERVER = "import socket\ns = socket.create_server(('127.0.0.1', 0))\nprint(s.getsockname()[1], flush=True)\ninput()"


@pytest.fixture
def server():
    argv = ["/bin/sh", "-c", f'{sys.executable} -c "{SERVER}"; true']
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        yield child, int(child.stdout.readline())
        child.communicate("\n")


def test_another_port_is_named_and_the_right_one_is_not(server, monkeypatch):
    monkeypatch.setattr(listening, "SECONDS", 0)
    child, port = server
    assert Listening(child.pid, port + 1).elsewhere() == f"127.0.0.1:{port}"
    assert Listening(child.pid, port).elsewhere() == ""


def test_a_port_that_has_just_opened_is_not_named_yet(server):
    child, port = server
    assert Listening(child.pid, port + 1).elsewhere() == ""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("exec gunicorn a.wsgi --workers 200 -b :$PORT", "exec gunicorn a.wsgi --workers 8 -b :$PORT"),
        ("exec gunicorn a.wsgi -w=3 -b :$PORT", "exec gunicorn a.wsgi -w=3 -b :$PORT"),
    ],
)
def test_a_rehearsal_starts_few_workers(tmp_path, command, expected):
    assert bind_to_loopback(command, tmp_path) == expected
