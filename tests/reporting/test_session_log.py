"""Session logs, harmless text, and support bundles."""

from __future__ import annotations

import zipfile

import pytest

from wizard.base import secrets
from wizard.base.terminal import harmless
from wizard.checklist import loader
from wizard.reporting import session_log, support_bundle
from wizard.reporting.session_log import RunLog
from wizard.state import state_file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("\x1b[31mred\x1b[0m", "red", id="colour"),
        pytest.param("a\x1b]52;c;ZXZpbA==\x07b", "ab", id="the clipboard"),
        pytest.param("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink", id="a link"),
        pytest.param("50%\r100%", "50%100%", id="carriage return"),
        pytest.param("txt.\u202eexe", "txt.exe", id="turned direction"),
        pytest.param("tab\tand\nline", "tab\tand\nline", id="tabs and lines stay"),
        pytest.param("Zürich 東京", "Zürich 東京", id="other scripts stay"),
    ],
)
def test_control_sequences_are_removed(text, shown):
    assert harmless(text) == shown


def test_the_last_lines_are_in_memory_and_all_are_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(session_log, "KEPT", 100)
    log = RunLog(tmp_path / "runs")
    for number in range(250):
        log.write(f"line {number}")
    assert (log.count, log.first) == (250, 150)
    assert [log[149], log[150], log[249], log[250]] == ["", "line 150", "line 249", ""]
    assert log.last(2) == ["line 248", "line 249"]
    assert len(log._lines) == 100, "memory use is limited"
    assert log.whole().splitlines() == [f"line {number}".encode() for number in range(250)]
    assert log.path.stat().st_mode & 0o777 == 0o600
    log.close()


def test_the_size_of_the_file_is_limited(tmp_path, monkeypatch):
    monkeypatch.setattr(session_log, "HALF", 1000)
    log = RunLog(tmp_path / "runs")
    for number in range(1000):
        log.write(f"line {number}")
    log.close()
    assert sum(path.stat().st_size for path in (tmp_path / "runs").iterdir()) < 2100
    assert log.whole().endswith(b"line 999\n")


def test_a_giant_line_is_shortened_in_memory_only(tmp_path):
    log = RunLog(tmp_path / "runs")
    log.write("x" * 100_000)
    assert len(log[0]) < 5000
    assert len(log.whole()) == 100_001
    log.close()


def test_old_logs_are_deleted(tmp_path):
    for day in range(10, 31):
        (tmp_path / f"session-202601{day}-000000-1.log").write_text("old")
    log = RunLog(tmp_path)
    log.write("new")
    log.close()
    assert len(list(tmp_path.glob("session-*.log"))) == session_log.SESSIONS


def test_a_support_bundle_has_no_secret(tmp_path):
    secrets.remember("a-token-nobody-should-see")
    state_file.prepare(tmp_path)
    log = b"deploying with a-token-nobody-should-see\nSECRET_KEY = 'django-insecure-0123456789abcdefghijkl'\n"
    path = support_bundle.make(tmp_path, loader.load(), state_file.load(tmp_path), log=log, failure="Task 5: it failed")
    assert path.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert set(parts) == {"about.txt", "failure.txt", "log.txt", "report.md", "state.json"}
    assert "it failed" in parts["failure.txt"]
    assert "deploying with" in parts["log.txt"]
    contents = "".join(parts.values())
    assert "nobody-should-see" not in contents
    assert "0123456789abcdef" not in contents


def test_the_log_continues_in_memory_if_the_disk_is_full(tmp_path):
    log = RunLog(tmp_path)
    log.path.symlink_to("/dev/full")
    log.write("x" * 10_000)
    log.write("and more")
    assert "No space left" in "".join(log.last(3))
    assert log.last(1) == ["and more"]
    log.close()
